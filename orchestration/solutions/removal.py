"""Uninstall: what the fleet no longer places, and everything of the fleet's when it is taken down."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from concurrent.futures import Executor
from functools import partial
from threading import Event

from orchestration.drivers.azure.arm import Arm
from orchestration.errors import Interrupted, OrchestrationError
from orchestration.fleet.model import Fleet, Solution, Target
from orchestration.solutions.dependencies import in_order
from orchestration.solutions.edge import EdgeTarget
from orchestration.solutions.installed import Installed
from orchestration.solutions.named import solution_named, targets_named
from orchestration.solutions.outcomes import CONNECT, NOT_CONNECTED, Outcome, Progress, SolutionOutcome, unheard
from orchestration.solutions.parallel import in_parallel
from orchestration.solutions.placement import matching
from orchestration.solutions.run import Run, pool
from orchestration.solutions.steps import Steps
from orchestration.solutions.value_sets import ValueSets


def unplaced(fleet: Fleet, solution: Solution) -> tuple[Target, ...]:
    """Return the fleet's targets that no placement means the solution's instance for."""
    alike = [other for other in fleet.solutions.values() if _same_instance(other, solution)]
    placed = {
        target.name for other in alike for placement in other.placements for target in matching(fleet, other, placement)
    }
    return tuple(target for target in fleet.targets.values() if target.name not in placed)


def remove_unplaced(run: Run, solution: Solution, stop: str) -> list[SolutionOutcome]:
    """Uninstall the solution where it is no longer placed, unless *stop* says why its rollout has stopped.

    A rollout that ends with a review or a publication uninstalls nothing.
    """
    targets = [target for target in unplaced(run.fleet, solution) if run.extent.whole and _reached(run, target)]

    def work(target: Target, tell: Progress) -> SolutionOutcome | None:
        return _remove(run.steps, run.now, solution, stop or run.extent.beyond(target.environment), target, tell)

    looked = [target for target in targets if run.may_have(solution, target)]
    rows = [row for row in in_parallel(run.workers, work, looked, run.progress) if row is not None]
    left = {row.target for row in rows if row.outcome != "done"}
    run.set_values(run.values.stale_documents(solution.name, [item.name for item in targets if item.name not in left]))
    return rows


def uninstall(
    fleet: Fleet,
    arm: Arm,
    name: str,
    targets: Collection[str] = (),
    *,
    permit: Callable[[list[str]], None],
    pending: frozenset[str] = frozenset(),
    jobs: int = 4,
    executor: Executor | None = None,
    cancel: Event | None = None,
    progress: Progress = unheard,
    now: Callable[[], float] = time.time,
) -> tuple[SolutionOutcome, ...]:
    """Uninstall a solution's instance from the targets that are named, from all that have it if none is.

    *permit* is called with what would go, and raises if that may not be. A target that does not have it is unchanged,
    one in *pending* cannot be reached. Raise `UsageError` for names that the fleet does not have, `ServiceError` if a
    target cannot be read, and `Interrupted` once *cancel* is set.
    """
    solution = solution_named(fleet, name)
    chosen = targets_named(fleet, targets or fleet.targets)
    values = ValueSets(fleet, arm, regional=arm)
    steps = Steps(fleet, arm, values, retry=False, cancel=cancel, sleep=time.sleep, now=now)

    def look(target: Target, _: Progress) -> str | None:
        return _version_on(steps.installed(solution, target), solution)

    with pool(executor, jobs) as workers:
        live = [target for target in chosen if target.name not in pending]
        there = zip(live, in_parallel(workers, look, live, progress), strict=True)
        going = {target.name: version for target, version in there if version is not None}
        permit([f"{name} {version} on {target}" for target, version in going.items()])
        leaving = [target for target in live if target.name in going]
        removed = in_parallel(workers, partial(_remove, steps, now, solution, ""), leaving, progress)
    rows = {row.target: row for row in removed if row is not None}
    told = [target for target in chosen if targets or target.name in {*rows, *pending}]
    return tuple(rows.get(target.name) or _left(solution, target, pending) for target in told)


def uninstall_all(
    fleet: Fleet,
    arm: Arm,
    *,
    pending: frozenset[str] = frozenset(),
    jobs: int = 4,
    executor: Executor | None = None,
    cancel: Event | None = None,
    progress: Progress = unheard,
    now: Callable[[], float] = time.time,
) -> tuple[SolutionOutcome, ...]:
    """Uninstall the fleet's solutions, the last first, from its targets that are not *pending*.

    Return a row for each one that was installed; raise `Interrupted` once *cancel* is set.
    """
    values = ValueSets(fleet, arm, regional=arm)
    steps = Steps(fleet, arm, values, retry=False, cancel=cancel, sleep=time.sleep, now=now)
    targets = [target for target in fleet.targets.values() if target.name not in pending]
    rows: list[SolutionOutcome | None] = []
    with pool(executor, jobs) as workers:
        for solution in reversed(in_order(fleet)):
            rows += in_parallel(workers, partial(_remove, steps, now, solution, ""), targets, progress)
    return tuple(row for row in rows if row is not None)


def clear_target(arm: Arm, target_id: str, templates: Collection[str] | None = None) -> tuple[str, ...]:
    """Uninstall everything that is on a target which is to go, or what is of *templates* that are to go.

    Return the names of the solutions' templates.
    """
    edge = EdgeTarget(arm, target_id)
    wanted = None if templates is None else {template.lower() for template in templates}
    found = [edge.complete(item) for item in edge.solutions() if wanted is None or item.template_id.lower() in wanted]
    for solution in found:
        for key, instance in solution.instances.items():
            unnamed = key == solution.name.lower()
            edge.uninstall(solution.template_id, "" if unnamed else instance.id.rsplit("/", 1)[-1])
    return tuple(item.template_id.rsplit("/", 1)[-1] for item in found if item.instances)


def _version_on(installed: Installed | None, solution: Solution) -> str | None:
    """Return the version that a target has of a solution's instance, None if it does not have that."""
    instance = solution.instance or ""
    if installed is None or installed.instance(instance) is None:
        return None
    running = installed.running(instance)
    return running.template_version if running else "of a version that is gone"


def _left(solution: Solution, target: Target, pending: Collection[str]) -> SolutionOutcome:
    """Return the row of a target from which nothing was uninstalled."""
    outcome: Outcome = "pending" if target.name in pending else "unchanged"
    reason = (NOT_CONNECTED, CONNECT) if outcome == "pending" else ("", "")
    return SolutionOutcome(solution.name, "", target.name, target.environment, 0, "none", outcome, 0.0, *reason)


def _same_instance(one: Solution, other: Solution) -> bool:
    return (one.template, one.instance or "") == (other.template, other.instance or "")


def _reached(run: Run, target: Target) -> bool:
    return target.name not in run.pending and run.extent.covers(target.environment)


def _remove(
    steps: Steps, now: Callable[[], float], solution: Solution, stop: str, target: Target, tell: Progress
) -> SolutionOutcome | None:
    """Uninstall the solution from a target; return None if it is not installed there."""
    began, instance = now(), solution.instance or ""
    outcome: Outcome = "skipped" if stop else "done"
    version, reason, hint = "", stop, ""
    try:
        found = _version_on(steps.installed(solution, target), solution)
        if found is None:
            return None
        version = found
        if not stop:
            steps.edge(target).uninstall(steps.template_id(solution), instance)
    except Interrupted:
        raise
    except OrchestrationError as error:
        outcome, reason, hint = "failed", str(error), error.hint
    tell("finished", f"uninstall {solution.name} {version}".rstrip(), target.name, outcome, reason)
    place = (target.name, target.environment, 0)
    return SolutionOutcome(solution.name, version, *place, "delete", outcome, now() - began, reason, hint)
