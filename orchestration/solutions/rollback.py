"""Rollback: the version before, installed again on the targets that have got the solution's version.

It goes the way that a rollout goes: environments in the order of promotion, ring by ring, and no further than a ring of
which more targets fail than its placement tolerates. The first ring shows that going back goes well.

An older version that ran on a target can be installed there again as it is, with the values it had:
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/ What ran is in the instance's histories.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import groupby
from threading import Event

from orchestration.drivers.azure.arm import Arm
from orchestration.errors import Interrupted, OrchestrationError
from orchestration.fleet.model import Fleet, Solution
from orchestration.solutions.decision import Decision, Step, Wanted
from orchestration.solutions.dependencies import injects
from orchestration.solutions.index import in_flight
from orchestration.solutions.installed import Installed, SolutionVersion
from orchestration.solutions.looked import row
from orchestration.solutions.outcomes import CONNECT, NOT_CONNECTED, Outcome, Progress, SolutionOutcome, unheard
from orchestration.solutions.parallel import in_parallel
from orchestration.solutions.placement import place_in, placements_in_order
from orchestration.solutions.rings import tolerated
from orchestration.solutions.run import pool
from orchestration.solutions.steps import Assignment, Examined, Steps
from orchestration.solutions.value_sets import ValueSets

INSTALLABLE = frozenset({"Deployed", "Undeployed", "ReadyToDeploy", "ReadyToUpgrade"})


@dataclass(frozen=True, slots=True)
class Before:
    """A placed target, and what a rollback does there.

    `version` is to be installed; without one nothing is done, and the reason is why. `changed` says whether the target
    has got the solution's version.
    """

    assignment: Assignment
    version: SolutionVersion | None
    changed: bool
    outcome: Outcome
    reason: str = ""
    hint: str = ""


class Rollback:
    """One solution's rollback: first `look`, then `run` with what that found."""

    def __init__(
        self,
        fleet: Fleet,
        arm: Arm,
        solution: Solution,
        *,
        pending: Collection[str] = (),
        jobs: int = 4,
        executor: Executor | None = None,
        cancel: Event | None = None,
        progress: Progress = unheard,
        sleep: Callable[[float], object] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._fleet, self._solution, self._pending = fleet, solution, pending
        self._jobs, self._executor, self._progress, self._now = jobs, executor, progress, now
        values = ValueSets(fleet, arm, regional=arm)
        self._steps = Steps(fleet, arm, values, retry=True, cancel=cancel, sleep=sleep, now=now, lenient=True)

    def look(self, targets: Collection[str] = (), environment: str | None = None) -> list[Before]:
        """Return what a rollback does on the targets that are placed, or on those of them that are meant.

        Raise `ServiceError` if a target cannot be read.
        """
        items = [
            Assignment(self._solution, self._solution.version, item.target, item.ring, placement.health_timeout)
            for placement in placements_in_order(self._fleet, self._solution)
            for item in place_in(self._fleet, self._solution, placement)
            if environment in (None, item.environment) and (not targets or item.target.name in targets)
        ]
        with pool(self._executor, self._jobs) as workers:
            return in_parallel(workers, self._look, items, self._progress)

    def run(self, found: Iterable[Before]) -> list[SolutionOutcome]:
        """Install the versions that were found, ring by ring, each healthy before the next begins.

        Return what became of each target.
        """
        rows: list[SolutionOutcome] = []
        stop = ""
        with pool(self._executor, self._jobs) as workers:
            for _, members in groupby(found, key=_ring):
                ring = list(members)
                if stop:
                    rows += [_untouched(item, stop) for item in ring]
                    continue
                done = self._together(workers, ring)
                rows, stop = [*rows, *done], self._why_stop(done)
        return rows

    def _together(self, workers: Executor, ring: Sequence[Before]) -> list[SolutionOutcome]:
        """Bring a ring's targets back at once, but one by one what changes others: they may have the same one."""
        if injects(self._solution):
            return [self._bring(item, self._progress) for item in ring]
        return in_parallel(workers, self._bring, ring, self._progress)

    def _why_stop(self, ring: Sequence[SolutionOutcome]) -> str:
        """Return why rings after this one are left as they are, or nothing if they need not be."""
        placements = {each.environment: each for each in self._solution.placements}
        failed = [item.target for item in ring if item.outcome == "failed"]
        live = sum(item.outcome != "pending" for item in ring)
        if len(failed) <= tolerated(placements[ring[0].environment].max_unavailable, live):
            return ""
        return f"{', '.join(failed)} failed in ring {ring[0].ring} of {ring[0].environment}"

    def _look(self, item: Assignment, _: Progress) -> Before:
        if item.target.name in self._pending:
            return Before(item, None, False, "pending", NOT_CONNECTED, CONNECT)
        installed = self._steps.installed(item.solution, item.target)
        running = installed.running(item.solution.instance or "") if installed else None
        if installed is None or running is None:
            return Before(item, None, False, "unchanged", "it is not installed there")
        if running.template_version != self._solution.version:
            under_way = in_flight(running) and running.order[0] < _order(self._solution.version)
            reason = f"it has {running.template_version} there"
            return Before(item, running if under_way else None, False, "unchanged", reason)
        before = version_before(installed, running, self._ran(item, installed))
        if before is None:
            reason = f"no version before {running.template_version} ever ran there"
            return Before(item, None, True, "skipped", reason, "uninstall it, or give the solution a newer version")
        return Before(item, before, True, "done")

    def _ran(self, item: Assignment, installed: Installed) -> frozenset[str]:
        """Return the ids, in lower case, of the versions that the instance ran before."""
        instance = item.solution.instance or installed.name
        histories = self._steps.edge(item.target).histories(installed.name, instance)
        return frozenset(version.lower() for version in histories)

    def _bring(self, found: Before, tell: Progress) -> SolutionOutcome:
        item, version = found.assignment, found.version
        if version is None:
            return _untouched(found)
        item = replace(item, version=version.template_version)
        began = self._now()
        outcome: Outcome = "done"
        reason = hint = ""
        tell("started", item.what, item.target.name)
        try:
            self._steps.bring(self._examined(item, version, changed=found.changed), tell)
        except Interrupted:
            raise
        except OrchestrationError as error:
            outcome, reason, hint = "failed", str(error), error.hint
        tell("finished", item.what, item.target.name, outcome, reason)
        return row(item, "update", outcome, reason, hint, self._now() - began)

    def _examined(self, item: Assignment, version: SolutionVersion, *, changed: bool) -> Examined:
        """Return that *version* is to be installed, or waited for unless the target has *changed* by now.

        What a solution puts into others comes back to them only with another revision of it, which is then reviewed.
        """
        if changed and injects(item.solution):
            return self._steps.examine_as_is(item)
        wanted = Wanted(version.template_version_id, item.solution.instance or "", version.configuration)
        return Examined(item, wanted, Decision(Step.INSTALL if changed else Step.WAIT, version), "update")


def _ring(item: Before) -> tuple[str, int]:
    return item.assignment.target.environment, item.assignment.ring


def _untouched(found: Before, stop: str = "") -> SolutionOutcome:
    """Return the row of a target that is left as it is: nothing is to be done there, or a ring before it failed."""
    if found.version is None:
        return row(found.assignment, "none", found.outcome, found.reason, found.hint)
    item = replace(found.assignment, version=found.version.template_version)
    return row(item, "update", "skipped", stop)


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def version_before(installed: Installed, running: SolutionVersion, ran: Collection[str]) -> SolutionVersion | None:
    """Return the newest of an older template version that ran as the same instance: in *ran*, or undeployed since."""
    older = (item for item in installed.of_instance(running.instance) if item.order[0] < running.order[0])
    known = (item for item in older if item.id.lower() in ran or item.state == "Undeployed")
    return next((item for item in known if item.state in INSTALLABLE), None)


def held_at(found: Iterable[Before]) -> dict[str, str]:
    """Return the version that each environment is to be held at: the newest that one of its targets goes back to."""
    versions: dict[str, list[SolutionVersion]] = {}
    for item in found:
        if item.changed and item.version is not None:
            versions.setdefault(item.assignment.target.environment, []).append(item.version)
    return {name: max(items, key=lambda each: each.order).template_version for name, items in versions.items()}
