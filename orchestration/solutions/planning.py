"""What a rollout would do, without doing it: nothing is written, configurations are resolved as a dry run."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Any

from orchestration.drivers.azure.arm import Arm
from orchestration.errors import Interrupted, OrchestrationError
from orchestration.fleet.model import Fleet, Solution, Target
from orchestration.solutions.dependencies import in_order, needs
from orchestration.solutions.index import Index, Query
from orchestration.solutions.installed import Installed
from orchestration.solutions.looked import There, assignments
from orchestration.solutions.outcomes import Change, PlannedSolution, PlannedValues, Progress, RolloutPlan, unheard
from orchestration.solutions.parallel import in_parallel
from orchestration.solutions.placement import matching, placements_in_order, version_for
from orchestration.solutions.removal import unplaced
from orchestration.solutions.run import pool
from orchestration.solutions.steps import Assignment, Steps, outstanding
from orchestration.solutions.value_sets import ValueSets
from orchestration.solutions.values import DocumentKey, desired_values


def plan_rollout(
    fleet: Fleet,
    arm: Arm | None,
    *,
    regional: Arm | None = None,
    query: Query | None = None,
    uids: Mapping[str, str] | None = None,
    owned_before: Mapping[str, Collection[str]] | None = None,
    pending: frozenset[str] = frozenset(),
    jobs: int = 4,
    executor: Executor | None = None,
    cancel: Event | None = None,
) -> RolloutPlan:
    """Return what a rollout would change; without *arm* nothing is there yet and everything is created.

    *query* asks Resource Graph, as in `roll_out`. Targets in *pending* cannot be reached and change nothing.
    Raise `Interrupted` once *cancel* is set.
    """
    if arm is None:
        items = [item for solution in in_order(fleet) for item in _assignments(fleet, solution, {})]
        keys = [DocumentKey.parse(key) for key in desired_values(fleet)]
        values = tuple(_planned_values(key, "create") for key in keys if key.kind == "config")
        return RolloutPlan(values, tuple(_planned(item, "create") for item in items))
    sets = ValueSets(fleet, arm, regional=regional or arm, uids=uids, owned_before=owned_before)
    steps = Steps(fleet, arm, sets, retry=True, cancel=cancel, sleep=time.sleep, now=time.time)
    with pool(executor, jobs) as workers:
        documents = sets.config_documents()
        differing = in_parallel(workers, lambda key, _: _differs(sets, key), documents, unheard)
        changing = [key for key, differs in zip(documents, differing, strict=True) if differs]
        nodes = frozenset(key.where for key in changing)
        look = _Look(fleet, steps, sets, Index.read(fleet, query), pending, nodes, workers)
        solutions = tuple(row for solution in in_order(fleet) for row in look.plan(solution))
    return RolloutPlan(tuple(_planned_values(key, _change_of(fleet, key)) for key in changing), solutions)


def plan_solutions(fleet: Fleet, arm: Arm | None, **options: Any) -> tuple[PlannedSolution, ...]:
    """Return what `plan_rollout` says of solutions."""
    return plan_rollout(fleet, arm, **options).solutions


def _planned_values(key: DocumentKey, change: Change) -> PlannedValues:
    return PlannedValues(key.name, key.version, key.where, change)


def _change_of(fleet: Fleet, key: DocumentKey) -> Change:
    """Return what happens to a document that is not as the fleet says: one it names nothing in is taken back."""
    return "update" if str(key) in desired_values(fleet) else "delete"


def _differs(values: ValueSets, key: DocumentKey) -> bool:
    """Whether a document is not what the fleet says; one whose place is not made yet will have to be written."""
    try:
        return values.differs(key)
    except Interrupted:
        raise
    except OrchestrationError:
        return True


@dataclass(frozen=True, slots=True)
class _Look:
    """A plan in the making; `nodes` are those whose values would change, `changing` solutions and their targets."""

    fleet: Fleet
    steps: Steps
    values: ValueSets
    index: Index
    pending: frozenset[str]
    nodes: frozenset[str]
    workers: Executor
    changing: set[tuple[str, str]] = field(default_factory=set)

    def plan(self, solution: Solution) -> list[PlannedSolution]:
        """Return the rows of one solution."""
        targets = [target for target in self.fleet.targets.values() if target.name not in self.pending]
        bare = {item.name for item in unplaced(self.fleet, solution) if self._ruled_out(solution, item)}

        def look(target: Target, _: Progress) -> Installed | None:
            return None if target.name in bare else self.steps.glance(solution, target, self.index)

        found = in_parallel(self.workers, look, targets, unheard)
        there = {target.name: installed for target, installed in zip(targets, found, strict=True)}
        items = _assignments(self.fleet, solution, there)
        waiting = frozenset(_waiting(self.fleet, solution)) | self.pending
        changes = in_parallel(self.workers, partial(self._change, there, waiting), items, unheard)
        rows = [_planned(item, change) for item, change in zip(items, changes, strict=True)]
        self.changing.update((row.solution, row.target) for row in rows if row.change != "none")
        return [*rows, *_removals(self.fleet, solution, there)]

    def _change(self, there: There, waiting: frozenset[str], item: Assignment, _: Progress) -> Change:
        if item.target.name in waiting:
            return "none"
        installed = there[item.target.name]
        change = outstanding(installed, item.solution.instance or "", item.version)
        if change != "none":
            return change
        try:
            if self._nodes_change(item) or self._parents_change(item):
                return "update"
            if installed is not None and installed.indexed:
                if self.steps.confirm(item, installed):
                    return "none"
                installed = self.steps.installed(item.solution, item.target)
            return "update" if self.values.differs(item.document) else self.steps.compare(item, installed).change
        except Interrupted:
            raise
        except OrchestrationError:
            # What cannot be resolved is not what was asked for; the rollout itself will say why.
            return "update"

    def _ruled_out(self, solution: Solution, target: Target) -> bool:
        return self.index.rules_out(self.steps.edge(target).id, self.steps.template_id(solution))

    def _nodes_change(self, item: Assignment) -> bool:
        chain = self.fleet.hierarchy.chain(item.target.site) if self.fleet.hierarchy else ()
        return any(node.name in self.nodes for node in chain)

    def _parents_change(self, item: Assignment) -> bool:
        found = needs(self.fleet, item.solution, item.target)
        return any(need.target and (need.solution.name, need.target.name) in self.changing for need in found)


def _assignments(fleet: Fleet, solution: Solution, there: There) -> list[Assignment]:
    placements = placements_in_order(fleet, solution)
    return [item for placement in placements for item in assignments(fleet, solution, placement, there)]


def _planned(item: Assignment, change: Change) -> PlannedSolution:
    target = item.target
    return PlannedSolution(item.solution.name, item.version, target.name, target.environment, item.ring, change)


def _waiting(fleet: Fleet, solution: Solution) -> Iterator[str]:
    """Yield the targets that do not get the version while an environment before theirs is held at another."""
    held = False
    for placement in placements_in_order(fleet, solution):
        targets = matching(fleet, solution, placement)
        if held and placement.version is None:
            yield from (target.name for target in targets)
        held = held or (bool(targets) and version_for(solution, placement) != solution.version)


def _removals(fleet: Fleet, solution: Solution, there: There) -> Iterator[PlannedSolution]:
    instance = solution.instance or ""
    for target in unplaced(fleet, solution):
        installed = there.get(target.name)
        if installed is not None and installed.instance(instance) is not None:
            running = installed.running(instance)
            version = running.template_version if running else ""
            yield PlannedSolution(solution.name, version, target.name, target.environment, 0, "delete")
