"""Targets of a ring taken forward together, by the bulk actions of their template version.

A bulk action only saves requests: whatever it does not say to be done is looked for on the targets, and every target
is gone on with by itself afterwards, from where it is then. A service that refuses a bulk action is not asked again.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/bulk-deployment
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from orchestration.errors import Interrupted, NoAnswer, OrchestrationError, ServiceError
from orchestration.solutions.decision import Step
from orchestration.solutions.looked import Looked
from orchestration.solutions.outcomes import Progress
from orchestration.solutions.parallel import in_parallel
from orchestration.solutions.run import Run
from orchestration.solutions.steps import LONGEST_PAUSE

QUIET_ROUNDS = 6
"""How often targets are looked at, with a pause before, that no more of them have been reviewed."""

STEPS = (Step.REVIEW, Step.PUBLISH, Step.INSTALL)


def advance(run: Run, ring: Sequence[Looked]) -> list[Looked]:
    """Return the targets of a ring, those that need the same step taken on as far as bulk actions go."""
    found = {item.assignment.target.name: item for item in ring}
    for step in STEPS:
        ready = [item for item in found.values() if _needs(run, item, step)]
        for start in range(0, len(ready), run.at_once):
            part = ready[start : start + run.at_once]
            if len(part) > 1 and step not in run.not_in_bulk:
                found |= {item.assignment.target.name: item for item in _take(run, step, part)}
    return list(found.values())


def _needs(run: Run, item: Looked, step: Step) -> bool:
    """Whether a step is what the target needs, and nobody else has to keep away meanwhile.

    What is depended on is changed by a publication and what follows; a review only names it.
    """
    needed = item.examined is not None and item.examined.decision.step is step
    return needed and (step is Step.REVIEW or not run.shares(item.assignment.solution, item.assignment.target))


def _take(run: Run, step: Step, part: Sequence[Looked]) -> list[Looked]:
    part = list(_begun(run, part))
    try:
        known = [item.examined for item in part if item.examined is not None]
        done = {item.assignment.target.name: item for item in run.steps.bulk(step, known)}
    except ServiceError as error:
        return _after(run, step, part, error)
    for name in done:
        run.progress("progress", part[0].assignment.what, name, message=f"{step.value} done")
    unsaid = [item for item in part if item.assignment.target.name not in done]
    moved = [replace(item, examined=done[name]) for item in part if (name := item.assignment.target.name) in done]
    return [*moved, *_looked_again(run, step, unsaid)]


def _after(run: Run, step: Step, part: Sequence[Looked], error: ServiceError) -> list[Looked]:
    """Return the targets as they are after a bulk action that failed as a whole, or whose end is not known.

    One that may still go on is waited for as long as there are more and more targets that have taken the step, and
    a review for longer, as nothing keeps the service from making another one.
    """
    what, unknown = part[0].assignment.what, isinstance(error, NoAnswer) or not error.final
    reason = "got no answer" if isinstance(error, NoAnswer) else "was not done on all"
    for item in part:
        message = f"{step.value} of {len(part)} targets at once {reason}: looking at each"
        run.progress("progress", what, item.assignment.target.name, message=message)
    patience = QUIET_ROUNDS if step is Step.REVIEW else 1
    ahead, quiet = 0, patience
    while True:
        if unknown:
            run.steps.pause(LONGEST_PAUSE)
        found = _looked_again(run, step, part)
        taken = sum(not _needs(run, item, step) for item in found)
        quiet = patience if taken > ahead else quiet - 1
        ahead = max(ahead, taken)
        if not unknown or taken == len(found) or not quiet:
            break
    if not unknown and not taken:
        run.not_in_bulk.add(step)
    return found


def _looked_again(run: Run, step: Step, part: Iterable[Looked]) -> list[Looked]:
    return in_parallel(run.workers, partial(_again, run, step), part, run.progress)


def _again(run: Run, step: Step, item: Looked, _: Progress) -> Looked:
    try:
        return replace(item, examined=run.steps.again(item.examined, step) if item.examined else None)
    except Interrupted:
        raise
    except OrchestrationError as error:
        return replace(item, examined=None, error=error)


def _begun(run: Run, part: Iterable[Looked]) -> Iterator[Looked]:
    """Yield the targets as worked on, and say so of those that were not before."""
    for item in part:
        if item.began is None:
            run.progress("started", item.assignment.what, item.assignment.target.name)
        yield item if item.began is not None else replace(item, began=run.now())
