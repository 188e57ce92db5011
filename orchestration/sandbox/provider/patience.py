"""How long a call may take: until its timeout, or until Terraform asks to stop."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from orchestration.errors import SandboxError
from orchestration.sandbox.provider.problem import Problem

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|h|m|s)")


class GaveUp(SandboxError):
    """A call was stopped or ran out of time; says so in azapi's words."""


@dataclass(frozen=True)
class Patience:
    """A point in time (seconds of *now*) and a signal, whichever comes first."""

    until: float
    stop: threading.Event
    now: Callable[[], float] = field(default=time.monotonic, repr=False)

    def left(self) -> float:
        """Return the seconds left; raises GaveUp if there are none or it is time to stop."""
        if self.stop.is_set():
            raise GaveUp("context canceled")
        seconds = self.until - self.now()
        if seconds <= 0:
            raise GaveUp("context deadline exceeded")
        return seconds

    def wait(self, seconds: float) -> None:
        """Wait *seconds*; raises GaveUp as soon as it is clear that they will not be had."""
        left = self.left()
        self.stop.wait(min(seconds, left))
        self.left()

    def acquire(self, lock: threading.Lock) -> None:
        """Take *lock*; raises GaveUp if it cannot be had in time."""
        while not lock.acquire(timeout=min(self.left(), 0.2)):
            pass


def for_seconds(seconds: float, stop: threading.Event) -> Patience:
    """Return the patience of a call that may take *seconds* from now."""
    return Patience(time.monotonic() + seconds, stop)


def parse_duration(text: str) -> float:
    """Return the seconds of *text* (`3m`, `1h30m`, `500ms`); raises Problem if it is no such duration."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text.lstrip("+-"):
        raise Problem(
            "Invalid configuration", f'"{text}" is no duration such as "30s", "3m" or "1h30m".', ("timeouts",)
        )
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return -seconds if text.startswith("-") else seconds
