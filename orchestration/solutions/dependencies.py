"""What solutions depend on: in which order they are rolled out, and on which target each finds what it needs.

A solution that others inject into gets a new revision each time one of them is published. Its configuration then
differs from what it resolves to by the keys that receive, which are left out where the two are compared.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/solution-shared-adapter-dependency
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from orchestration.fleet.model import Fleet, Solution, Target
from orchestration.solutions.placement import matching, why_not
from orchestration.solutions.values import Path, undotted


@dataclass(frozen=True, slots=True)
class Need:
    """Another solution that one on a target depends on, and the target that has it; without one, why."""

    solution: Solution
    target: Target | None
    reason: str = ""


def in_order(fleet: Fleet) -> tuple[Solution, ...]:
    """Return the fleet's solutions, each after what it depends on, otherwise as the file has them."""
    found: dict[str, Solution] = {}

    def take(solution: Solution) -> None:
        if solution.name not in found:
            for dependency in solution.depends_on:
                take(fleet.solutions[dependency.solution])
            found[solution.name] = solution

    for solution in fleet.solutions.values():
        take(solution)
    return tuple(found.values())


def depended_on(solution: Solution, others: Iterable[Solution]) -> bool:
    """Whether any of *others* depends on the solution."""
    return any(each.solution == solution.name for other in others for each in other.depends_on)


def injects(solution: Solution) -> bool:
    """Return whether the solution puts something into what it depends on."""
    return any(dependency.inject for dependency in solution.depends_on)


def received(fleet: Fleet, solution: Solution) -> frozenset[Path]:
    """Return the key paths that other solutions inject into the solution's configuration."""
    return frozenset(
        undotted(item.to)
        for other in fleet.solutions.values()
        for dependency in other.depends_on
        if dependency.solution == solution.name
        for item in dependency.inject
    )


def needs(fleet: Fleet, solution: Solution, target: Target) -> tuple[Need, ...]:
    """Return what the solution depends on and where the target finds it: there, or else as near as can be."""
    return tuple(_need(fleet, fleet.solutions[item.solution], target) for item in solution.depends_on)


def _need(fleet: Fleet, parent: Solution, target: Target) -> Need:
    placements = [item for item in parent.placements if item.environment == target.environment]
    if any(not why_not(parent, placement, target) for placement in placements):
        return Need(parent, target)
    placed = [found for placement in placements for found in matching(fleet, parent, placement)]
    for near in _nearer_and_nearer(fleet, target, placed):
        if len(near) == 1:
            return Need(parent, near[0])
        if near:
            names = ", ".join(item.name for item in near)
            return Need(parent, None, f"it depends on {parent.name}, which {names} have: nobody can say on which")
    return Need(parent, None, f"it depends on {parent.name}, which is placed on no target of {target.environment}")


def _nearer_and_nearer(fleet: Fleet, target: Target, placed: list[Target]) -> Iterator[list[Target]]:
    """Yield the targets of the target's cluster, of its site, of each node above, and all."""
    yield [item for item in placed if item.cluster == target.cluster]
    if fleet.hierarchy is not None:
        chains = {item.name: {node.name for node in fleet.hierarchy.chain(item.site)} for item in placed}
        for node in fleet.hierarchy.chain(target.site):
            yield [item for item in placed if node.name in chains[item.name]]
    yield placed
