"""What a doctor reports: one row a check."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Outcome = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `fix` is what to do about it, a command where there is one."""

    outcome: Outcome
    detail: str
    fix: str = ""


def ok(detail: str) -> Finding:
    """Return a finding that needs nothing to be done."""
    return Finding("ok", detail)


def warn(detail: str, fix: str) -> Finding:
    """Return a finding that some verbs may stumble over."""
    return Finding("warn", detail, fix)


def fail(detail: str, fix: str) -> Finding:
    """Return a finding that keeps verbs from working."""
    return Finding("fail", detail, fix)


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check with what it found."""

    name: str
    outcome: Outcome
    detail: str
    fix: str


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """All checks, in the order of the table."""

    checks: tuple[CheckRow, ...]

    @property
    def healthy(self) -> bool:
        """Whether no check failed."""
        return all(row.outcome != "fail" for row in self.checks)

    def to_json(self) -> dict[str, Any]:
        """Return `ewo.doctor/1`."""
        return {"schema": "ewo.doctor/1", "checks": [asdict(row) for row in self.checks]}
