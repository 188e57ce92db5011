"""What would change on targets: the values that a fleet gives them against those of the version that runs there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Literal

from orchestration.drivers.azure.arm import Arm
from orchestration.errors import ServiceError
from orchestration.fleet import naming
from orchestration.fleet.model import Fleet
from orchestration.solutions.document import same
from orchestration.solutions.edge import EdgeTarget
from orchestration.solutions.installed import SolutionVersion
from orchestration.solutions.language import Provenance
from orchestration.solutions.outcomes import Progress, unheard
from orchestration.solutions.parallel import in_parallel
from orchestration.solutions.resolving import ResolveReport, TargetValues, resolve_solution
from orchestration.solutions.run import pool
from orchestration.solutions.values import dotted, leaves

Change = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A key whose value would change: what it is, what it is to be, and where that comes from."""

    key: str
    change: Change
    old: Any
    new: Any
    source: Provenance | None

    def to_json(self) -> dict[str, Any]:
        """Return the change as `ewo.resolve/1` lists it."""
        source = self.source
        return {
            "key": self.key,
            "change": self.change,
            "old": self.old,
            "new": self.new,
            "from": source.origin if source else None,
            "node": source.node if source else None,
            "file": source.file if source else None,
            "line": source.line if source else None,
        }


@dataclass(frozen=True, slots=True)
class TargetDiff:
    """What would change on one target; *installed* is None when nothing of the solution runs there.

    With an *error* the service did not tell what runs there.
    """

    wanted: TargetValues
    installed: SolutionVersion | None
    changes: tuple[ValueChange, ...] = ()
    error: str = ""

    @property
    def differs(self) -> bool:
        """Whether a value or the version would change."""
        return bool(self.changes) or self.installed is None or self.installed.template_version != self.wanted.version

    def to_json(self) -> dict[str, Any]:
        """Return the target as `ewo.resolve/1` lists it."""
        found = self.installed
        return {
            **self.wanted.to_json(),
            "installed": found
            and {"version": found.template_version, "revision": found.revision, "state": found.state},
            "changes": [change.to_json() for change in self.changes],
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class ValuesDiff:
    """What would change on each target, and what the new values rest on."""

    targets: tuple[TargetDiff, ...]
    resolved: ResolveReport

    @property
    def changes(self) -> bool:
        """Whether anything would change on a target that can be read."""
        return any(each.differs for each in self.targets if not each.error)

    @property
    def unread(self) -> bool:
        """Whether a target could not be read."""
        return any(each.error for each in self.targets)

    def to_json(self) -> dict[str, Any]:
        """Return the report as `ewo.resolve/1`."""
        return {
            **self.resolved.to_json(),
            "targets": [each.to_json() for each in self.targets],
            "changes": self.changes,
        }


def compare_solution(
    fleet: Fleet, arm: Arm, name: str, targets: Sequence[str] = (), *, jobs: int = 4, executor: Executor | None = None
) -> ValuesDiff:
    """Return what would change of a solution on targets, all those it is placed on unless some are named.

    Raise `UsageError` for a solution or target that the fleet does not have, `ServiceError` when Azure does not answer;
    a target that it refuses to tell of has the reason.
    """
    resolved = resolve_solution(fleet, name, targets)

    def compare(wanted: TargetValues, _: Progress) -> TargetDiff:
        try:
            running = _running(fleet, arm, wanted)
        except ServiceError as error:
            if not error.refused:
                raise
            return TargetDiff(wanted, None, error=str(error))
        if wanted.resolution.failed:
            return TargetDiff(wanted, running)
        return TargetDiff(wanted, running, tuple(_changes(running.values() if running else {}, wanted)))

    with pool(executor, jobs) as workers:
        return ValuesDiff(tuple(in_parallel(workers, compare, resolved.targets, unheard)), resolved)


def _running(fleet: Fleet, arm: Arm, wanted: TargetValues) -> SolutionVersion | None:
    """Return the version of a solution's instance that runs on a target."""
    solution = fleet.solutions[wanted.solution]
    edge = EdgeTarget(arm, naming.fleet_target_id(fleet, fleet.targets[wanted.target]))
    installed = edge.installed(naming.solution_template_id(fleet, solution.template))
    return installed.running(solution.instance or "") if installed is not None else None


def _changes(old: Mapping[str, Any], wanted: TargetValues) -> Iterator[ValueChange]:
    """Yield the leaves that differ, those that are new or changed in the template's order, then those that go."""
    new, before = dict(leaves(wanted.resolution.values)), dict(leaves(old))
    entries = {entry.key: entry for entry in wanted.resolution.provenance}
    for path, value in new.items():
        if path not in before and value is not None:
            yield ValueChange(dotted(path), "create", None, value, _source(path, entries))
        elif path in before and not _is_said(value, before[path]):
            yield ValueChange(dotted(path), "update", before[path], value, _source(path, entries))
    for path, value in before.items():
        if path not in new and value is not None:
            yield ValueChange(dotted(path), "delete", value, None, None)


def _is_said(new: Any, old: Any) -> bool:
    """Whether a value is the one that the service has, which may write any value as text (`typed-values`)."""
    if isinstance(old, str) and isinstance(new, bool | int | float):
        return old.lower() == str(new).lower()
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_is_said, new, old))
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(_is_said(value, old[key]) for key, value in new.items())
    return same(new, old)


def _source(path: tuple[str, ...], entries: Mapping[str, Provenance]) -> Provenance | None:
    """Return where the value at a path comes from: the entry of the path, of what it is in, or of its first item."""
    for length in range(len(path), 0, -1):
        if found := entries.get(".".join(path[:length])):
            return found
    inside = f"{'.'.join(path)}."
    return next((entry for key, entry in entries.items() if key.startswith(inside)), None)
