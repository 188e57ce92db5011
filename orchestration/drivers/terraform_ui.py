"""What Terraform says with `-json`: events, planned changes, diagnostics, without its drawing and without secrets.

Terraform promises to add types and properties, never to change them; what is unknown is passed on with its message.
https://developer.hashicorp.com/terraform/internals/machine-readable-ui
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

REDACTED = "(secret)"
SHORTEST_SECRET = 4
BOX = "╷│╵"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or a warning of Terraform or a provider."""

    severity: str
    summary: str
    detail: str = ""
    address: str = ""
    place: str = ""

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.address, self.place) if part)
        first = f"{where}: {self.summary}" if where else self.summary
        return f"{first}\n{self.detail}".strip()


@dataclass(frozen=True, slots=True)
class TerraformEvent:
    """One line of Terraform's UI; `elapsed` in seconds, type `text` for a line that is not JSON."""

    type: str
    message: str
    level: str = "info"
    address: str = ""
    resource_type: str = ""
    action: str = ""
    reason: str = ""
    elapsed: float = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    diagnostic: Diagnostic | None = None


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What a plan does with one resource: `create`, `update`, `replace`, `delete` or `remove` (from state only).

    `reason` is Terraform's word for why, such as `tainted`, where it gives one.
    """

    address: str
    type: str
    action: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What a plan would do; a replaced resource counts both as added and as destroyed, as Terraform counts."""

    changes: bool
    add: int = 0
    change: int = 0
    destroy: int = 0
    resources: tuple[PlannedChange, ...] = ()


class Redactor:
    """Takes secret values out of text, also as JSON or base64 would spell them; its repr shows none."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        spelled = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _spellings(secret)}
        self._forms = sorted(spelled, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return *text* with every secret replaced."""
        for form in self._forms:
            text = text.replace(form, REDACTED)
        return text


def _spellings(secret: str) -> set[str]:
    plain = json.dumps(secret, ensure_ascii=False)[1:-1]
    in_go = plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return {secret, plain, json.dumps(secret)[1:-1], in_go, base64.b64encode(secret.encode()).decode()}


def parse_event(line: str, redact: Redactor) -> TerraformEvent:
    """Return the event that a line of Terraform's output holds."""
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict) or "@message" not in found:
        return TerraformEvent("text", redact(line))
    body = _mapping(found.get("hook")) or _mapping(found.get("change"))
    resource = _mapping(body.get("resource"))
    counts = _mapping(found.get("changes")) or _mapping(found.get("test_summary"))
    diagnostic = _mapping(found.get("diagnostic"))
    return TerraformEvent(
        type=str(found.get("type", "")),
        message=redact(str(found["@message"])),
        level=str(found.get("@level", "info")),
        address=str(resource.get("addr", "")),
        resource_type=str(resource.get("resource_type", "")),
        action=str(body.get("action", "")),
        reason=str(body.get("reason") or ""),
        elapsed=float(body.get("elapsed_seconds") or 0),
        counts={key: count for key, count in counts.items() if isinstance(count, int)},
        diagnostic=parse_diagnostic(diagnostic, redact) if diagnostic else None,
    )


def parse_diagnostic(found: Mapping[str, Any], redact: Redactor) -> Diagnostic:
    """Return a diagnostic of Terraform's JSON."""
    range_ = _mapping(found.get("range"))
    line = _mapping(range_.get("start")).get("line")
    return Diagnostic(
        severity=str(found.get("severity", "error")),
        summary=redact(str(found.get("summary", ""))).strip(),
        detail=redact(str(found.get("detail", ""))).strip(),
        address=str(found.get("address") or ""),
        place=f"{range_.get('filename')}:{line}" if range_.get("filename") else "",
    )


def plain_text(text: str) -> str:
    """Return text that Terraform printed for people without its box drawing and empty lines."""
    lines = (line.lstrip(BOX).rstrip() for line in text.splitlines())
    return "\n".join(line.removeprefix(" ") for line in lines if line.strip())


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}
