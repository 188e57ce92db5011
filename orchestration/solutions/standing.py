"""Where a solution stands: on each target what is wanted, what is there, since when and by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from typing import Any

from orchestration.drivers.azure.arm import Arm
from orchestration.errors import ServiceError
from orchestration.fleet import naming
from orchestration.fleet.model import Fleet, Solution, Target
from orchestration.solutions.index import Found, Query, in_flight, installed_by_index, installed_by_target
from orchestration.solutions.installed import Component, Installed, SolutionVersion
from orchestration.solutions.named import solution_named
from orchestration.solutions.placement import explain_placement
from orchestration.solutions.run import pool
from orchestration.solutions.status import FAILED, installed_row

ABSENT, UNREADABLE = "Absent", "Unreadable"


@dataclass(frozen=True, slots=True)
class Coming:
    """A version that is newer than what runs: reviewed, published, on its way or failed."""

    version: str
    revision: int
    state: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A solution on a target; `desired` is None where it is not placed, `version` what runs or what was reviewed.

    `state` is the service's, or Absent, or Unreadable; `since` when the last step of the version ended or began;
    `pending` says why the target cannot be reached.
    """

    solution: str
    target: str
    environment: str
    instance: str
    desired: str | None
    version: str | None = None
    revision: int | None = None
    state: str = ABSENT
    healthy: bool = False
    stage: str = ""
    since: str = ""
    by: str = ""
    components: tuple[Component, ...] = ()
    coming: Coming | None = None
    moving: bool = False
    message: str = ""
    pending: str = ""

    @property
    def has(self) -> bool:
        """Whether the target has what it is to have, and it is well."""
        return self.healthy and self.version == self.desired

    @property
    def summary(self) -> str:
        """What keeps the target from having it, in a word or two."""
        states = {self.state, self.coming.state if self.coming else ""}
        reasons = {
            "pending": bool(self.pending),
            "not readable": self.state == UNREADABLE,
            "failed": bool(states & FAILED),
            "in flight": self.moving,
            "without it": self.state == ABSENT,
            f"at {self.version}": self.version != self.desired,
        }
        return next((reason for reason, holds in reasons.items() if holds), "unhealthy")

    def to_json(self) -> dict[str, Any]:
        """Return the row as `ewo.solution-status/1` lists it."""
        row = {name: getattr(self, name) for name in self.__slots__}
        coming = asdict(self.coming) if self.coming else None
        return {**row, "has": self.has, "components": [asdict(part) for part in self.components], "coming": coming}


@dataclass(frozen=True, slots=True)
class StandingReport:
    """Where solutions stand, a row for each target that is to have one or has one."""

    rows: tuple[Standing, ...]

    @property
    def healthy(self) -> bool:
        """Whether every target that can be reached has what it is to have, and nothing else."""
        return all(row.has or row.pending for row in self.rows)

    def headlines(self) -> tuple[str, ...]:
        """Return a line for each solution: how many targets have it, and what keeps it from the others."""
        names = dict.fromkeys(row.solution for row in self.rows)
        return tuple(_headline(name, [row for row in self.rows if row.solution == name]) for name in names)

    def to_json(self) -> dict[str, Any]:
        """Return `ewo.solution-status/1`."""
        return {
            "schema": "ewo.solution-status/1",
            "healthy": self.healthy,
            "summary": list(self.headlines()),
            "targets": [row.to_json() for row in self.rows],
        }


def solution_standings(
    fleet: Fleet,
    arm: Arm,
    query: Query,
    name: str | None = None,
    *,
    pending: Mapping[str, str] | None = None,
    direct: bool = False,
    jobs: int = 4,
    executor: Executor | None = None,
) -> StandingReport:
    """Return where every solution stands, or the one that is named; *query* asks Resource Graph.

    *pending* says why targets cannot be reached; *direct* asks each target instead of Resource Graph, which may be
    behind by a minute. Raise `UsageError` for a solution that the fleet does not have, and `ServiceError`.
    """
    solutions = list(fleet.solutions.values()) if name is None else [solution_named(fleet, name)]
    with pool(executor, jobs) as workers:
        found: Mapping[str, Found] = (
            installed_by_target(fleet, arm, workers) if direct else installed_by_index(fleet, arm, query, workers)
        )
    rows = [row for solution in solutions for row in _stand(fleet, solution, found, pending or {})]
    return StandingReport(tuple(rows))


def _headline(name: str, rows: list[Standing]) -> str:
    wanted = [row for row in rows if row.desired is not None]
    versions = dict.fromkeys(row.desired for row in wanted if row.desired)
    counted: dict[str, int] = {}
    for row in rows:
        if not row.has:
            reason = row.summary if row.desired is not None else "not placed any more"
            counted[reason] = counted.get(reason, 0) + 1
    have = sum(row.has for row in wanted)
    line = f"{name} {', '.join(versions)}: {have} of {len(wanted)} targets have it"
    return "; ".join([line, ", ".join(f"{number} {reason}" for reason, number in counted.items())]).removesuffix("; ")


def _stand(
    fleet: Fleet, solution: Solution, found: Mapping[str, Found], pending: Mapping[str, str]
) -> Iterator[Standing]:
    targets = fleet.targets
    for placed in explain_placement(fleet, solution.name):
        desired = placed.version if placed.chosen else None
        target = targets[placed.target]
        why = pending.get(target.name, "")
        row = _row(fleet, solution, target, desired, found.get(target.name, ()), why)
        if desired is not None or row.state not in (ABSENT, UNREADABLE):
            yield row


def _row(fleet: Fleet, solution: Solution, target: Target, desired: str | None, found: Found, pending: str) -> Standing:
    place = (solution.name, target.name, target.environment, solution.instance or "", desired)
    if isinstance(found, ServiceError):
        return Standing(*place, state=UNREADABLE, message=str(found), pending=pending)
    template = naming.solution_template_id(fleet, solution.template).lower()
    there = next((item for item in found if item.template_id.lower() == template), None)
    version = _shown(there, solution.instance or "") if there else None
    if there is None or version is None:
        return Standing(*place, message=pending, pending=pending)
    versions = there.of_instance(solution.instance or "")
    row = installed_row(solution.name, there, version, versions)
    instance = there.instance(solution.instance or "")
    newer = next((item for item in versions if item.order > version.order and item.state != "Undeployed"), None)
    coming = Coming(newer.template_version, newer.revision, newer.state) if newer else None
    return Standing(
        *place,
        version=row.version,
        revision=row.revision,
        state=row.state,
        healthy=row.healthy,
        stage=f"{version.stage} {version.stage_status}".strip(),
        since=version.since,
        by=version.by,
        components=instance.components if instance else (),
        coming=coming,
        moving=any(map(in_flight, versions)),
        message=row.message or pending,
        pending=pending,
    )


def _shown(there: Installed, instance: str) -> SolutionVersion | None:
    """Return the version that runs, else the newest that was reviewed and is not gone again."""
    versions = (item for item in there.of_instance(instance) if item.state != "Undeployed")
    return there.running(instance) or next(versions, None)
