"""Which answers are asked for again, and when: the rules of azapi and of the Azure SDK for Go below it."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any

from orchestration.sandbox.provider.problem import Problem

BUSY = frozenset({408, 429, 500, 502, 503, 504})
NOT_YET_THERE = frozenset({403, 404})

DEFAULT_INTERVAL, DEFAULT_MAX_INTERVAL = 10, 180
DEFAULT_MULTIPLIER, DEFAULT_RANDOMIZATION = 1.5, 0.5

# Constructs of Python's expressions that Go's do not have, and azapi therefore refuses.
_NOT_IN_GO = re.compile(r"\(\?(=|!|<=|<!|>|\(|P=|#)|\\[1-9]|[*+?}]\+")


@dataclass(frozen=True)
class RetryRule:
    """Answers with one of *statuses*, or whose error text matches one of *patterns*, are asked for again."""

    delay: float = 0.8
    max_delay: float = 60.0
    statuses: frozenset[int] = BUSY
    patterns: tuple[re.Pattern[str], ...] = ()

    def matches(self, status: int, text: str) -> bool:
        """Return whether an answer with *status* and the error *text* is to be asked for again."""
        if status in self.statuses:
            return True
        return status >= 400 and self.matches_text(text)

    def matches_text(self, text: str) -> bool:
        """Return whether one of the user's patterns matches the error *text*."""
        return any(pattern.search(text) for pattern in self.patterns)

    def pause(self, attempt: int) -> float:
        """Return the seconds to wait after the *attempt*th try, the first being 1, if the server names none."""
        seconds = self.delay * (2 ** min(attempt, 60) - 1)
        return float(min(seconds * (random.random() / 2 + 0.8), self.max_delay))  # noqa: S311 - only spreads requests

    def after_create(self) -> RetryRule:
        """Return this rule for the read after a create, when the resource may not be there yet."""
        return replace(self, statuses=self.statuses | NOT_YET_THERE)


def rule_of(retry: Mapping[str, Any] | None) -> RetryRule:
    """Return the rule that the argument `retry` asks for."""
    if retry is None:
        return RetryRule()
    return RetryRule(
        delay=float(retry.get("interval_seconds") or DEFAULT_INTERVAL),
        max_delay=float(retry.get("max_interval_seconds") or DEFAULT_MAX_INTERVAL),
        patterns=tuple(re.compile(pattern) for pattern in retry["error_message_regex"]),
    )


def check_pattern(pattern: str) -> None:
    """Check a pattern of `error_message_regex`; raises Problem if Go, hence azapi, could not read it."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise Problem("Invalid Attribute Value", f"{pattern!r} is no regular expression: {error}") from error
    if _NOT_IN_GO.search(pattern):
        raise Problem("Invalid Attribute Value", f"{pattern!r} is no regular expression of Go, which azapi uses")


def retry_after(headers: Message, now: datetime | None = None) -> float:
    """Return the seconds that *headers* ask to wait, 0 if they name none: `Retry-After: 0` counts as absent."""
    for name in ("Retry-After-Ms", "x-ms-retry-after-ms"):
        milliseconds = headers.get(name, "")
        if milliseconds.isdecimal():
            return int(milliseconds) / 1000
    text = headers.get("Retry-After", "")
    if text.isdecimal():
        return float(int(text))
    try:
        seconds = (parsedate_to_datetime(text) - (now or datetime.now(UTC))).total_seconds()
    except (TypeError, ValueError):
        return 0.0
    return max(seconds, 0.0)
