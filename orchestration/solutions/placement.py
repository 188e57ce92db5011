"""Which targets get which solution, environment by environment and in which ring.

A solution may run on a target that has all of its capabilities; labels and names narrow that down.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/ states the capability rule;
environments and rings are the fleet file's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from orchestration.fleet.model import Fleet, Labels, Placement, Requirement, Ring, Solution, Target
from orchestration.solutions.named import solution_named

EVERYTHING = Ring(percent=100)


@dataclass(frozen=True, slots=True)
class Placed:
    """A target that gets a solution; rings count from 1 within the environment."""

    target: Target
    environment: str
    ring: int
    rings: int


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """Whether a target gets a solution; the reason is why not, and empty when it does.

    The version is what the environment is to have, None where the solution is not placed.
    """

    target: str
    environment: str
    solution: str
    version: str | None
    chosen: bool
    ring: int | None
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return the row as `ewo.placement/1` lists it."""
        return {name: getattr(self, name) for name in self.__slots__}


def placements_in_order(fleet: Fleet, solution: Solution) -> tuple[Placement, ...]:
    """Return the solution's placements in the order of promotion."""
    by_environment = {placement.environment: placement for placement in solution.placements}
    return tuple(by_environment[name] for name in fleet.environments if name in by_environment)


def version_for(solution: Solution, placement: Placement) -> str:
    """Return the version the placement's environment is to have, once it may."""
    return placement.version or solution.version


def matching(fleet: Fleet, solution: Solution, placement: Placement) -> tuple[Target, ...]:
    """Return the environment's targets that the placement is meant for, in the fleet file's order."""
    return tuple(
        target for target in _targets_of(fleet, placement.environment) if not why_not(solution, placement, target)
    )


def place(fleet: Fleet, solution: Solution, present: frozenset[str] = frozenset()) -> tuple[Placed, ...]:
    """Return the targets that get the solution, ring by ring in the order of promotion.

    *present* names the targets that have it already, in whatever version. One that has not while a
    later ring has was added later and joins the last ring; one that may just as well be waiting its
    turn keeps its own. A target that no ring reaches is left out.
    """
    ordered = placements_in_order(fleet, solution)
    return tuple(placed for placement in ordered for placed in place_in(fleet, solution, placement, present))


def place_in(
    fleet: Fleet, solution: Solution, placement: Placement, present: frozenset[str] = frozenset()
) -> tuple[Placed, ...]:
    """Return the targets of one environment that get the solution, ring by ring, as `place` does."""
    targets = matching(fleet, solution, placement)
    late = _late(_rings(placement, targets), present)
    rings = _rings(placement, [target for target in targets if target.name not in late])
    if late:
        last = {target.name for target in rings[-1]} | late
        rings[-1] = [target for target in targets if target.name in last]
    numbered = enumerate(rings, start=1)
    return tuple(Placed(item, placement.environment, number, len(rings)) for number, ring in numbered for item in ring)


def explain_placement(fleet: Fleet, name: str | None = None) -> tuple[PlacementRow, ...]:
    """Return, for every target and every solution or the one that is named, its ring or the first reason why not.

    Raise `UsageError` for a solution that the fleet does not have.
    """
    solutions = fleet.solutions.values() if name is None else [solution_named(fleet, name)]
    return tuple(row for solution in solutions for row in _explained(fleet, solution))


def why_not(solution: Solution, placement: Placement, target: Target) -> str:
    """Return the first reason why the placement passes over a target of its environment, or nothing."""
    if placement.names is not None and target.name not in placement.names:
        return f"the placement names {', '.join(placement.names) or 'no target'}"
    if target.name in placement.excepted:
        return "the placement excepts it"
    for key, value in placement.selector.match_labels.items():
        if target.labels.get(key) != value:
            return f"label {key} is {target.labels.get(key, 'absent')}, not {value}"
    for requirement in placement.selector.match_expressions:
        if not requirement.met_by(target.labels):
            return f"label {requirement.key} is {_unmet(requirement, target.labels)}"
    missing = [name for name in solution.capabilities if name not in target.capabilities]
    return f"lacks capability {', '.join(missing)}" if missing else ""


def _unmet(requirement: Requirement, labels: Labels) -> str:
    """Return what a label is, and what it would have to be."""
    there, values = labels.get(requirement.key, "absent"), ", ".join(requirement.values)
    wanted = {
        "In": f", none of {values}",
        "NotIn": f", and may be none of {values}",
        "Exists": "",
        "DoesNotExist": ", and has to be absent",
    }
    return there + wanted[requirement.operator]


def _targets_of(fleet: Fleet, environment: str) -> Iterator[Target]:
    return (target for cluster in fleet.clusters_of(environment) for target in cluster.targets)


def _rings(placement: Placement, targets: Iterable[Target]) -> list[list[Target]]:
    """Split *targets* into rings; sizes are cumulative, and a ring that adds nothing is none."""
    ordered = list(targets)
    sizes = [ring.size(len(ordered)) for ring in placement.rings or (EVERYTHING,)]
    bounds = sorted({0, *sizes})
    return [ordered[start:end] for start, end in pairwise(bounds)]


def _late(rings: list[list[Target]], present: frozenset[str]) -> frozenset[str]:
    """Return the targets that were added after a later ring already had the solution."""
    reached = max((n for n, ring in enumerate(rings) if any(t.name in present for t in ring)), default=0)
    passed = [target.name for ring in rings[:reached] for target in ring]
    return frozenset(name for name in passed if name not in present)


def _explained(fleet: Fleet, solution: Solution) -> Iterator[PlacementRow]:
    rings: Mapping[str, Placed] = {placed.target.name: placed for placed in place(fleet, solution)}
    placements = {placement.environment: placement for placement in solution.placements}
    for environment in fleet.environments:
        placement = placements.get(environment)
        version = version_for(solution, placement) if placement else None
        for target in _targets_of(fleet, environment):
            placed = rings.get(target.name)
            reason = "" if placed else _reason(solution, placement, target)
            chosen, ring = placed is not None, placed.ring if placed else None
            yield PlacementRow(target.name, environment, solution.name, version, chosen, ring, reason)


def _reason(solution: Solution, placement: Placement | None, target: Target) -> str:
    if placement is None:
        return f"{solution.name} is not placed in {target.environment}"
    return why_not(solution, placement, target) or "the rings end before it"
