"""What is wrong or doubtful in a control plane, with its place and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]

_ERRORS = (
    "app-configuration", "assignment-fails", "bad-path", "duplicate-object", "duplicate-target", "invalid-label",
    "invalid-name", "invalid-object", "invalid-selector", "invalid-yaml", "kustomization", "missing-base",
    "name-too-long", "no-config-type", "no-such-path", "not-an-object", "object-in-two-sources", "object-manifests",
    "overlapping-policies", "same-flux-name", "too-large", "unknown-kind", "unread", "unsupported-kustomization",
    "workload-without-registration",
)  # fmt: skip
_WARNINGS = (
    "blank-result", "config-data", "content-type", "empty-file", "empty-label", "gitops-repos", "glued-manifests",
    "impure-function", "made-by-scheduler", "missing-template", "missing-workload", "namespace-name",
    "not-a-workload", "old-flux-api", "ordered-by-chance", "ordered-by-name", "plain-secret", "rendered-yaml",
    "selects-nothing", "template-role", "unknown-field", "unused-config", "unused-schema", "unused-source",
    "workload-base",
)  # fmt: skip
SEVERITIES: Mapping[str, Severity] = {
    **dict.fromkeys(_ERRORS, "error"),
    **dict.fromkeys(_WARNINGS, "warning"),
}
"""The code of every problem there can be, with how bad it is; docs/control-plane-problems.md says what each means."""
SHOWS_LATER = "no-config-type"
"""An error of an object that fails only what uses it."""


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
    """Something wrong or doubtful (a warning), by its code; an error blocks, unless it only shows further on."""

    code: str
    place: Place
    message: str
    hint: str = ""

    @property
    def severity(self) -> Severity:
        """How bad it is, which its code decides."""
        return SEVERITIES[self.code]

    @property
    def blocks(self) -> bool:
        """Whether nothing of the environment can be rendered."""
        return self.severity == "error" and self.code != SHOWS_LATER

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
