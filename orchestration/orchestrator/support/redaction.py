"""Takes secrets out of what leaves the machine: those we know, and whatever looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from orchestration.drivers.terraform_ui import REDACTED, Redactor

KEY = (
    r"(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|identity[_-]?header"
    r"|\b(?:authorization|pwd|sas|sig))"
)
"""How names end whose values are taken out."""

VALUE = r"(?:[^\s\"'\\,;&<>(){}\[\]]{6,}|(?<=[\"'])[^\"'\\]+)"
"""A word of some length, or anything in quotes; shorter words are prose, as in `check the token: is it set`."""

PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), f"{kept}{REDACTED}{after}")
    for pattern, kept, after in (
        (r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", "", ""),
        (r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{16,}", r"\1 ", ""),
        (r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*", "", ""),
        (r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,})", "", ""),
        (r"\b([a-z][a-z0-9+.-]{0,20}://)[^\s/@\"'<>\\]{1,500}@", r"\1", "@"),
        (rf"({KEY}\\*[\"']?\s*[:=]\s*\\*[\"']?){VALUE}", r"\1", ""),
    )
)
SECRET_KEY = re.compile(rf"{KEY}$", re.IGNORECASE)


class Redaction:
    """Takes secrets out of texts and documents; `count` is how many places that were. Its repr shows none."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = [secret for secret in secrets if secret]
        # As Git's header and an address would hold it, too.
        spelled = [form for secret in known for form in (secret, f"x-access-token:{secret}", quote(secret, safe=""))]
        self._known = Redactor(spelled)
        self.count = 0

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        found = self._known(text)
        for pattern, instead in PATTERNS:
            found = pattern.sub(instead, found)
        self.count += max(0, found.count(REDACTED) - text.count(REDACTED))
        return found

    def document(self, value: Any) -> Any:
        """Return a JSON document without secrets in its names and values."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.document(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self._value(key, item) for key, item in value.items()}
        return value

    def _value(self, key: str, value: Any) -> Any:
        if isinstance(value, str | list | dict) and value and SECRET_KEY.search(key):
            self.count += 1
            return REDACTED
        return self.document(value)
