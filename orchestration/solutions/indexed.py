"""What runs on targets, by Resource Graph: one query for the versions on all of them.

Instances are not known to be indexed, so they are read from their target; so is what is in flight, because Resource
Graph lags behind: https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any

from orchestration.drivers.azure.arm import Arm
from orchestration.errors import ServiceError
from orchestration.fleet import naming
from orchestration.fleet.model import Fleet, Target
from orchestration.solutions.edge import EdgeTarget
from orchestration.solutions.index import Query, indexed_versions, versions_query
from orchestration.solutions.installed import Installed, SolutionVersion, newest_first
from orchestration.solutions.outcomes import Progress, unheard
from orchestration.solutions.parallel import in_parallel

Found = tuple[Installed, ...] | ServiceError

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
PROPERTIES = (
    "state", "revision", "solutionTemplateVersionId", "solutionInstanceName", "currentStage",
    "latestActionTriggeredBy", "errorDetails",
)  # fmt: skip


def installed_by_index(fleet: Fleet, arm: Arm, query: Query, workers: Executor) -> Mapping[str, Found]:
    """Return the solutions on every target of the fleet that has some, by target; raise `ServiceError`.

    Versions that are undeployed are left out. If nothing of any target is indexed, the targets are read themselves.
    """
    listed = _listed(query(versions_query(fleet, PROPERTIES, NOT_GONE)))
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
