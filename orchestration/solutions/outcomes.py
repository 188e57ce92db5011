"""What a rollout would do and what it did, as frozen rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

from orchestration.fleet.model import Values

Change = Literal["create", "update", "delete", "none"]
Outcome = Literal["done", "unchanged", "skipped", "pending", "awaiting", "failed"]
Kind = Literal["started", "progress", "finished"]

NOT_CONNECTED, CONNECT = "its cluster is not connected", "connect it, then run again"
"""Why a target is pending, and what to do about it."""


class Progress(Protocol):
    """Hears of every step; called from the thread that called the verb."""

    def __call__(self, kind: Kind, what: str, where: str, outcome: str = "", message: str = "") -> None:
        """Take one step of *what* at *where*."""


def unheard(kind: Kind, what: str, where: str, outcome: str = "", message: str = "") -> None:
    """Hear of a step and do nothing."""


@dataclass(frozen=True, slots=True)
class PlannedSolution:
    """What a rollout would do for one solution on one target; an uninstall has ring 0."""

    solution: str
    version: str
    target: str
    environment: str
    ring: int
    change: Change

    def to_json(self) -> dict[str, Any]:
        """Return the row as `ewo.plan/1` lists it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class PlannedValues:
    """A config template's values on a node that a rollout would set or take back."""

    template: str
    version: str
    node: str
    change: Change


@dataclass(frozen=True, slots=True)
class RolloutPlan:
    """What a rollout would do: values on nodes that would change, and every solution on its targets."""

    values: tuple[PlannedValues, ...]
    solutions: tuple[PlannedSolution, ...]


@dataclass(frozen=True, slots=True)
class SolutionOutcome:
    """What became of one solution on one target; `error` says why it failed, waits or was skipped."""

    solution: str
    version: str
    target: str
    environment: str
    ring: int
    change: Change
    outcome: Outcome
    seconds: float = 0.0
    error: str = ""
    hint: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the row as `ewo.up/1` lists it."""
        return {**asdict(self), "seconds": round(self.seconds, 3)}


@dataclass(frozen=True, slots=True)
class ValuesOutcome:
    """What became of one value document, by its key: a config template's, or one that was taken back."""

    document: str
    outcome: Outcome
    error: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class RolloutReport:
    """What a rollout did; `owned` are the key paths that are the fleet's from now on, by document.

    `refused` is what the service has refused and is not to be asked again until told to: see `refusals`.
    """

    solutions: tuple[SolutionOutcome, ...]
    values: tuple[ValuesOutcome, ...]
    owned: Mapping[str, tuple[str, ...]]
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether any part failed."""
        outcomes = [*(row.outcome for row in self.solutions), *(row.outcome for row in self.values)]
        return "failed" in outcomes


@dataclass(frozen=True, slots=True)
class InstalledSolution:
    """A solution as it stands on a target; `values` is the resolved configuration of what is installed."""

    name: str
    version: str
    revision: int
    state: str
    values: Values
    healthy: bool
    components: Mapping[str, str]
    message: str = ""
