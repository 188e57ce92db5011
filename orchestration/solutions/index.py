"""What Resource Graph says of solution versions: with one query, which targets may be at rest, and what runs on them.

Its answers lag behind, so they never say that something is to be done: a target is left alone if the instance, read
from the target itself, points at a version that is indexed, which does not change any more in what it resolved to.
Instances are not known to be indexed, so they are read from their target; so is what is in flight.
https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any

from orchestration.drivers.azure.arm import Arm
from orchestration.errors import ServiceError
from orchestration.fleet import naming
from orchestration.fleet.model import Fleet, Target
from orchestration.solutions.edge import EdgeTarget
from orchestration.solutions.installed import Installed, SolutionVersion, newest_first, read_version
from orchestration.solutions.outcomes import Progress, unheard
from orchestration.solutions.parallel import in_parallel

Query = Callable[[str], Iterable[Mapping[str, Any]]]
Found = tuple[Installed, ...] | ServiceError

VERSIONS = "microsoft.edge/targets/solutions/versions"
TO_COMPARE = (
    "configuration",
    "currentStage",
    "errorDetails",
    "externalValidationId",
    "revision",
    "solutionDependencies",
    "solutionInstanceName",
    "solutionTemplateVersionId",
    "state",
    "targetLevelConfiguration",
)
"""What a rollout compares with what a target is to have."""

TO_SHOW = (
    "state", "revision", "solutionTemplateVersionId", "solutionInstanceName", "currentStage",
    "latestActionTriggeredBy", "errorDetails",
)  # fmt: skip
"""What the status of a target tells."""

RESTING = frozenset(
    {
        "InReview", "UpgradeInReview", "ReadyToDeploy", "ReadyToUpgrade",
        "Deployed", "Undeployed", "Failed", "ExternalValidationFailed",
    }
)  # fmt: skip
RESTED = frozenset({"", "None", "Completed", "Failed"})
"""What the last stage of a version at rest can be; an unknown state or status is taken for one that may change."""

WITH_INSTANCE = frozenset({"Deployed", "Failed"})

NOT_GONE = "tostring(properties.state) !~ 'Undeployed'"


class Index:
    """Solution versions by target and template; `empty` where nothing is indexed, or nothing can be asked."""

    def __init__(self, rows: Iterable[Mapping[str, Any]] = ()) -> None:
        self._found: dict[tuple[str, str], tuple[str, list[SolutionVersion]]] = {}
        for target, solution, version in indexed_versions(rows):
            template = version.template_version_id.rsplit("/versions/", 1)[0]
            self._found.setdefault((target, template.lower()), (solution, []))[1].append(version)

    @classmethod
    def read(cls, fleet: Fleet, query: Query | None) -> Index:
        """Return what is indexed of the fleet's targets; nothing without *query*, or if it is refused."""
        if query is None or not fleet.targets:
            return cls()
        try:
            return cls(query(versions_query(fleet, TO_COMPARE)))
        except ServiceError:
            return cls()

    @property
    def empty(self) -> bool:
        """Whether it can say nothing of any target."""
        return not self._found

    def rules_out(self, target_id: str, template_id: str) -> bool:
        """Whether a target has nothing of a solution template, by what is indexed of the others."""
        return not self.empty and (target_id.lower(), template_id.lower()) not in self._found

    def of(self, target_id: str, template_id: str) -> Installed | None:
        """Return what is indexed of a solution template on a target, without instances."""
        found = self._found.get((target_id.lower(), template_id.lower()))
        return Installed(found[0], template_id, newest_first(found[1]), indexed=True) if found else None


def versions_query(fleet: Fleet, properties: Iterable[str], condition: str = "") -> str:
    """Return the query for these properties of the solution versions in the resource groups of the fleet's targets."""
    groups = sorted({fleet.clusters[target.cluster].scope.resource_group for target in fleet.targets.values()})
    columns = ", ".join(f"{name} = properties.{name}" for name in properties)
    listed = ", ".join(f"'{group}'" for group in groups)
    more = f"| where {condition} " if condition else ""
    return (
        f"extensibilityresources | where type =~ '{VERSIONS}' | where resourceGroup in~ ({listed}) {more}"
        f"| project id, {columns} | order by id asc"
    )


def indexed_versions(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, SolutionVersion]]:
    """Yield the target's id, in lower case, the solution's name and the version of each row."""
    for row in rows:
        target, _, solution, _, _ = str(row["id"]).rsplit("/", 4)
        yield target.lower(), solution, read_version({"id": row["id"], "properties": row}, solution)


def installed_by_index(fleet: Fleet, arm: Arm, query: Query, workers: Executor) -> Mapping[str, Found]:
    """Return the solutions on every target of the fleet that has some, by target; raise `ServiceError`.

    Versions that are undeployed are left out. If nothing of any target is indexed, the targets are read themselves.
    """
    listed = _listed(query(versions_query(fleet, TO_SHOW, NOT_GONE)))
    places = {name: naming.fleet_target_id(fleet, target) for name, target in fleet.targets.items()}
    mine = {name: (place, listed[place.lower()]) for name, place in places.items() if place.lower() in listed}
    if not mine:
        return installed_by_target(fleet, arm, workers)
    looked = in_parallel(workers, partial(_completed, arm), mine.values(), unheard)
    return dict(zip(mine, looked, strict=True))


def installed_by_target(fleet: Fleet, arm: Arm, workers: Executor) -> Mapping[str, Found]:
    """Return the solutions on every target, each asked; for one that Azure refuses to tell of there is the error."""

    def read(target: Target, _: Progress) -> Found:
        edge = EdgeTarget(arm, naming.fleet_target_id(fleet, target))
        return _refusable(lambda: tuple(edge.complete(item) for item in edge.solutions()))

    return dict(zip(fleet.targets, in_parallel(workers, read, fleet.targets.values(), unheard), strict=True))


def in_flight(version: SolutionVersion) -> bool:
    """Whether something goes on with a version, or may."""
    return version.state not in RESTING or version.stage_status not in RESTED


def _listed(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, list[SolutionVersion]]]:
    """Return the versions that are indexed, by target's id, in lower case, and solution's name."""
    found: dict[str, dict[str, list[SolutionVersion]]] = {}
    for place, solution, version in indexed_versions(rows):
        found.setdefault(place, {}).setdefault(solution, []).append(version)
    return found


def _completed(arm: Arm, item: tuple[str, Mapping[str, list[SolutionVersion]]], _: Progress) -> Found:
    place, solutions = item
    edge = EdgeTarget(arm, place)
    return _refusable(lambda: tuple(_complete(edge, name, versions) for name, versions in solutions.items()))


def _complete(edge: EdgeTarget, name: str, versions: list[SolutionVersion]) -> Installed:
    """Return a solution with what the index does not have of it, or not surely, read from the target."""
    template = versions[0].template_version_id.rsplit("/versions/", 1)[0]
    solution = Installed(name, template, newest_first(versions))
    if any(map(in_flight, versions)):
        return edge.complete(solution)
    return edge.with_instances(solution) if any(item.state in WITH_INSTANCE for item in versions) else solution


def _refusable(read: Callable[[], tuple[Installed, ...]]) -> Found:
    """Return what *read* returns, or the error if Azure refuses to tell."""
    try:
        return read()
    except ServiceError as error:
        if not error.refused:
            raise
        return error
