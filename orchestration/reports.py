"""What the verbs return: frozen reports whose `to_json()` is the command's output.

Every JSON document carries `schema`, `ewo.<kind>/1`; keys may be added, a change that breaks a
reader raises the number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Outcome = Literal["done", "unchanged", "skipped", "pending", "awaiting", "failed"]
Change = Literal["create", "update", "delete", "none"]
GOOD: frozenset[str] = frozenset({"done", "unchanged", "skipped", "pending", "awaiting"})


@dataclass(frozen=True, slots=True)
class StackRow:
    """A stack: counts are of `azapi_resource`s; `skipped` stacks are known to be as they should."""

    stack: str
    blueprint: str
    environment: str | None
    deferred: bool
    add: int
    change: int
    destroy: int
    skipped: bool
    outcome: Outcome | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class CommitRow:
    """A commit on a branch of one of the fleet's repositories."""

    repository: str
    branch: str
    files: tuple[str, ...]
    outcome: Outcome | None = None
    seconds: float | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """A deployment target on a cluster type."""

    environment: str
    clusterType: str  # noqa: N815 - the JSON output's key
    deploymentTarget: str  # noqa: N815
    change: Change
    outcome: Outcome | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class SolutionRow:
    """A version of a solution on a target."""

    solution: str
    version: str
    target: str
    ring: str
    change: Change
    outcome: Outcome | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ValuesRow:
    """A config template's values on a node of the hierarchy."""

    template: str
    version: str
    node: str
    change: Change
    outcome: Outcome | None = None
    seconds: float | None = None


Row = StackRow | CommitRow | AssignmentRow | ValuesRow | SolutionRow


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that failed, for the person who must act."""

    what: str
    where: str
    error: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What `up` would do; `notes` are things to know, such as what is not there yet.

    `capabilities` are those that a context which exists already is to be given.
    """

    digest: str
    waves: tuple[tuple[StackRow, ...], ...]
    commits: tuple[CommitRow, ...]
    assignments: tuple[AssignmentRow, ...]
    solutions: tuple[SolutionRow, ...]
    destroys: tuple[str, ...]
    values: tuple[ValuesRow, ...] = ()
    issues: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether `up` would change anything."""
        rows = [row for wave in self.waves for row in wave]
        infrastructure = any(not row.skipped and (row.deferred or row.add + row.change + row.destroy) for row in rows)
        planned: tuple[AssignmentRow | ValuesRow | SolutionRow, ...] = (
            *self.assignments,
            *self.values,
            *self.solutions,
        )
        scheduled = any(row.change != "none" for row in planned)
        return bool(infrastructure or self.commits or scheduled or self.destroys or self.capabilities)

    def to_json(self) -> dict[str, Any]:
        """Return `ewo.plan/1`."""
        return {
            "schema": "ewo.plan/1",
            "digest": self.digest,
            "changes": self.changes,
            **lists(self.waves, self.commits, self.assignments, self.values, self.solutions),
            "destroys": list(self.destroys),
            "capabilities": list(self.capabilities),
            "issues": [asdict(issue) for issue in self.issues],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class UpReport:
    """What `up` did."""

    digest: str
    waves: tuple[tuple[StackRow, ...], ...]
    commits: tuple[CommitRow, ...]
    assignments: tuple[AssignmentRow, ...]
    solutions: tuple[SolutionRow, ...]
    destroys: tuple[str, ...]
    pending: Mapping[str, str]
    failed: tuple[Failure, ...]
    run: str
    values: tuple[ValuesRow, ...] = ()
    notes: tuple[str, ...] = ()
    steps: Mapping[str, float] = field(default_factory=dict)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcome of every row."""
        rows: list[Row] = [row for wave in self.waves for row in wave]
        rows += [*self.commits, *self.assignments, *self.values, *self.solutions]
        return tuple(row.outcome for row in rows if row.outcome)

    @property
    def waiting(self) -> bool:
        """Whether something is pending or awaiting."""
        return bool(self.pending) or bool({"pending", "awaiting"} & set(self.outcomes))

    @property
    def exit_code(self) -> int:
        """0 if nothing failed, 4 if something else did not, otherwise 1."""
        return exit_code_of(self.failed, self.outcomes)

    def to_json(self) -> dict[str, Any]:
        """Return `ewo.up/1`."""
        return {
            "schema": "ewo.up/1",
            "digest": self.digest,
            **lists(self.waves, self.commits, self.assignments, self.values, self.solutions, outcomes=True),
            "destroys": list(self.destroys),
            "pending": dict(self.pending),
            "failed": [asdict(item) for item in self.failed],
            "run": self.run,
            "notes": list(self.notes),
            "steps": dict(self.steps),
        }


@dataclass(frozen=True, slots=True)
class EditRow:
    """A line that the fleet file is to have in the placement that begins at a line of it.

    `outcome` is done or unchanged, skipped if it was not to be written, failed if it could not be.
    """

    file: str
    line: int
    environment: str
    text: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class SolutionsReport:
    """What a verb of solutions alone did; `pending` are the clusters that are waited for, and why."""

    verb: str
    solutions: tuple[SolutionRow, ...]
    pending: Mapping[str, str]
    failed: tuple[Failure, ...]
    run: str
    values: tuple[ValuesRow, ...] = ()
    notes: tuple[str, ...] = ()
    edits: tuple[EditRow, ...] = ()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcome of every row."""
        rows: list[Row] = [*self.values, *self.solutions]
        return tuple(row.outcome for row in rows if row.outcome)

    @property
    def waiting(self) -> bool:
        """Whether something is pending."""
        return "pending" in self.outcomes

    @property
    def exit_code(self) -> int:
        """0 if nothing failed, 4 if something else did not, otherwise 1."""
        return exit_code_of(self.failed, self.outcomes)

    def to_json(self) -> dict[str, Any]:
        """Return `ewo.rollout/1`."""
        return {
            "schema": "ewo.rollout/1",
            "verb": self.verb,
            "values": [_row(row, outcomes=True) for row in self.values],
            "solutions": [_row(row, outcomes=True) for row in self.solutions],
            "pending": dict(self.pending),
            "failed": [asdict(item) for item in self.failed],
            "run": self.run,
            "notes": list(self.notes),
            "edits": [asdict(item) for item in self.edits],
        }


def exit_code_of(failed: Collection[Failure], outcomes: Collection[str]) -> int:
    """Return 0 if nothing failed, 4 if something else did not, otherwise 1."""
    if not failed:
        return 0
    return 4 if any(outcome in ("done", "unchanged") for outcome in outcomes) else 1


@dataclass(frozen=True, slots=True)
class Left:
    """Something `down` did not remove, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class DownReport:
    """What `down` removed and what it left."""

    removed: tuple[StackRow, ...]
    deleted: tuple[str, ...]
    left: tuple[Left, ...]
    failed: tuple[Failure, ...]
    run: str

    @property
    def exit_code(self) -> int:
        """0 if nothing failed, 4 if something else did not, otherwise 1."""
        if not self.failed:
            return 0
        return 4 if self.deleted or any(row.outcome == "done" for row in self.removed) else 1

    def to_json(self) -> dict[str, Any]:
        """Return `ewo.down/1`."""
        return {
            "schema": "ewo.down/1",
            "removed": [asdict(row) for row in self.removed],
            "deleted": list(self.deleted),
            "left": [asdict(item) for item in self.left],
            "failed": [asdict(item) for item in self.failed],
            "run": self.run,
        }


def lists(
    waves: Iterable[Iterable[StackRow]],
    commits: Iterable[CommitRow],
    assignments: Iterable[AssignmentRow],
    values: Iterable[ValuesRow],
    solutions: Iterable[SolutionRow],
    *,
    outcomes: bool = False,
) -> dict[str, Any]:
    """Return the lists that a plan and a run share, with outcomes and seconds if asked for."""
    return {
        "waves": [[_row(row, outcomes=outcomes) for row in wave] for wave in waves],
        "commits": [_row(row, outcomes=outcomes) for row in commits],
        "assignments": [_row(row, outcomes=outcomes) for row in assignments],
        "values": [_row(row, outcomes=outcomes) for row in values],
        "solutions": [_row(row, outcomes=outcomes) for row in solutions],
    }


def _row(row: Row, *, outcomes: bool) -> dict[str, Any]:
    hidden = () if outcomes else ("outcome", "seconds", "commit")
    found = {key: value for key, value in asdict(row).items() if key not in hidden}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}
