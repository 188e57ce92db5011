"""What is wrong or doubtful in a control plane, with its place and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: `SOURCE:PATH`, line and column counted from 1 (0: the whole file)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong or doubtful (a warning); an error blocks the environment, unless it only shows further on."""

    code: str
    place: Place
    message: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"
    shows_later: bool = False

    @property
    def blocks(self) -> bool:
        """Whether nothing of the environment can be rendered."""
        return self.severity == "error" and not self.shows_later

    def __str__(self) -> str:
        advice = f" ({self.hint})" if self.hint else ""
        return f"{self.place}: {self.severity}: {self.message}{advice} [{self.code}]"

    def to_json(self) -> dict[str, Any]:
        """Return the problem as `ewo.problems/1` lists it."""
        place = {"file": self.place.file, "line": self.place.line, "column": self.place.column}
        return {"code": self.code, "severity": self.severity, **place, "message": self.message, "hint": self.hint}


@dataclass(frozen=True, slots=True)
class Issue:
    """Why an environment is blocked: the assignment that fails ("" for a cause above them) and its message.

    The message is Kalypso's where it has one; `place` is where the cause stands, if it stands in a file.
    """

    assignment: str
    message: str
    place: Place | None = None
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message

    def to_json(self) -> dict[str, Any]:
        """Return the issue as `ewo.render/1` lists it."""
        place = self.place or Place("")
        return {
            "assignment": self.assignment,
            "message": self.message,
            "file": place.file,
            "line": place.line,
            "hint": self.hint,
        }


def warning(code: str, place: Place, message: str, hint: str = "") -> Problem:
    """Return a problem that blocks nothing."""
    return Problem(code, place, message, hint, "warning")
