"""Roll solutions out: environment by environment in the order of promotion, ring by ring within one.

A ring starts when the one before is healthy. A failure stops the rollout of that solution, and the
next run stops before the same ring until it is told to go on or the solution has another version.
A solution follows what it depends on, and is held up by it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from threading import Event

from orchestration.drivers.azure.arm import Arm
from orchestration.fleet.model import Fleet, Solution
from orchestration.solutions.decision import Through
from orchestration.solutions.dependencies import depended_on
from orchestration.solutions.extent import Extent, Until
from orchestration.solutions.index import Index, Query
from orchestration.solutions.outcomes import Progress, RolloutReport, SolutionOutcome, unheard
from orchestration.solutions.refusals import Refusals
from orchestration.solutions.rings import SolutionRollout
from orchestration.solutions.run import MOST_AT_ONCE, Connected, Run, pool
from orchestration.solutions.steps import Steps
from orchestration.solutions.value_sets import ValueSets


def roll_out(
    fleet: Fleet,
    arm: Arm,
    *,
    regional: Arm,
    query: Query | None = None,
    uids: Mapping[str, str] | None = None,
    owned_before: Mapping[str, Collection[str]] | None = None,
    pending: frozenset[str] = frozenset(),
    connected: Connected | None = None,
    blocked: Mapping[str, str] | None = None,
    environments: Collection[str] | None = None,
    through: Through = "install",
    until: Until | None = None,
    only: Collection[str] | None = None,
    refused_before: Mapping[str, str] | None = None,
    continue_failed: bool = False,
    at_once: int = MOST_AT_ONCE,
    jobs: int = 4,
    executor: Executor | None = None,
    cancel: Event | None = None,
    progress: Progress = unheard,
    sleep: Callable[[float], object] = time.sleep,
    now: Callable[[], float] = time.time,
) -> RolloutReport:
    """Bring every solution to its targets and return what became of each; what fails is in the report.

    *query* asks Resource Graph, which saves a look at targets that are as they should be.
    *pending* names the targets whose cluster is not connected; *connected* is asked when a ring begins
    whether a cluster still is; *blocked* says why targets and nodes are not there, and holds up their
    rings; *environments* restricts the run to some of the fleet's, *only* to some of its solutions;
    *through* is the last step that is taken, and a target that has got so far is done; nothing after
    *until* is begun; *refused_before* is what an earlier rollout's report says the service refused;
    *at_once* is how many targets one bulk action may have.
    Raise `UsageError` before anything is touched, and `Interrupted` once *cancel* is set,
    which leaves a rollout that the next run goes on with.
    """
    extent = Extent(fleet, through, until, only, environments)
    extent.check()
    values = ValueSets(fleet, arm, regional=regional, uids=uids, owned_before=owned_before)
    steps = Steps(fleet, arm, values, retry=continue_failed, cancel=cancel, sleep=sleep, now=now, through=through)
    with pool(executor, jobs) as workers:
        run = Run(fleet, steps, values, workers, progress, now, pending, extent, blocked or {})
        run.refusals, run.again = Refusals(refused_before or {}), continue_failed
        run.at_once, run.connected, run.index = at_once, connected, Index.read(fleet, query)
        run.set_values(values.config_documents())
        rows = list(_rows(run, extent.solutions()))
    return RolloutReport(tuple(rows), tuple(run.value_rows), values.owned(), run.refusals.known())


def _rows(run: Run, solutions: Sequence[Solution]) -> Iterator[SolutionOutcome]:
    """Yield what became of solutions, what one depends on first; what is no longer placed goes the other way round."""
    waiting: list[SolutionRollout] = []
    for number, solution in enumerate(solutions, start=1):
        waiting.append(SolutionRollout(run, solution))
        yield from waiting[-1].go()
        needed: list[SolutionRollout] = []
        for rollout in reversed(waiting):
            if depended_on(rollout.solution, [*solutions[number:], *(each.solution for each in needed)]):
                needed.insert(0, rollout)
            else:
                yield from rollout.remove()
        waiting = needed
