"""A target of a ring, looked at: what it needs, what came of it, and the row that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.errors import Awaiting, Interrupted, OrchestrationError
from orchestration.fleet.model import Fleet, Placement, Solution
from orchestration.solutions.decision import Step
from orchestration.solutions.installed import Installed
from orchestration.solutions.outcomes import Change, Outcome, Progress, SolutionOutcome
from orchestration.solutions.placement import place_in, version_for
from orchestration.solutions.run import Run
from orchestration.solutions.steps import TRY_AGAIN, Assignment, Examined

There = Mapping[str, Installed | None]


@dataclass(frozen=True, slots=True)
class Looked:
    """A target after it was looked at: what it needs, or why that cannot be said; and since when it is worked on."""

    assignment: Assignment
    examined: Examined | None
    error: OrchestrationError | None = None
    began: float | None = None

    @property
    def broken(self) -> bool:
        """Whether the target holds its ring up."""
        return self.examined is None or self.examined.decision.step is Step.STOP

    @property
    def settled(self) -> bool:
        """Whether the target has what it is to have."""
        return self.examined is not None and self.examined.decision.step is Step.NOTHING

    @property
    def moves(self) -> bool:
        """Whether something is to be done on the target."""
        return not self.broken and not self.settled

    def untouched(self, why: str) -> SolutionOutcome:
        """Return the row of a target for which nothing was done; *why* counts unless the target says itself."""
        if self.examined is None:
            return row(self.assignment, "none", "failed", str(self.error), getattr(self.error, "hint", ""))
        change = self.examined.change
        if self.broken:
            decision = self.examined.decision
            return row(self.assignment, change, "failed", decision.reason, decision.hint or TRY_AGAIN)
        if self.settled:
            return row(self.assignment, change, "unchanged")
        return row(self.assignment, change, "skipped", why)


def row(
    item: Assignment,
    change: Change,
    outcome: Outcome,
    reason: str = "",
    hint: str = "",
    seconds: float = 0.0,
) -> SolutionOutcome:
    """Return what became of an assignment."""
    place = (item.target.name, item.target.environment, item.ring)
    return SolutionOutcome(item.solution.name, item.version, *place, change, outcome, seconds, reason, hint)


def assignments(fleet: Fleet, solution: Solution, placement: Placement, there: There) -> list[Assignment]:
    """Return what an environment's targets are to run, ring by ring; *there* is what they have."""
    instance = solution.instance or ""
    present = frozenset(name for name, found in there.items() if found and found.of_instance(instance))
    version, timeout = version_for(solution, placement), placement.health_timeout
    placed = place_in(fleet, solution, placement, present)
    return [Assignment(solution, version, item.target, item.ring, timeout) for item in placed]


def look_at(run: Run, there: There, item: Assignment, tell: Progress) -> Looked:
    """Set the target's values and return what it needs; *there* is what is known of targets already."""
    looked = _look_at(run, there, item)
    if news := run.values.news(item.document):
        tell("finished", f"values of {item.what}", item.target.name, "done", news)
    if looked.broken:
        tell("finished", item.what, item.target.name, "failed", looked.untouched("").error)
    return looked


def _look_at(run: Run, there: There, item: Assignment) -> Looked:
    name = item.target.name
    try:
        run.values_are_set(item.target)
        known = there.get(name)
        if known is not None and known.indexed and (settled := run.steps.confirm(item, known)):
            return Looked(item, settled)
        fresh = name in there and not (known and known.indexed)
        installed = known if fresh else run.steps.installed(item.solution, item.target)
        examined = run.steps.examine(item, installed)
        return Looked(item, examined if run.again else run.refusals.judge(examined))
    except Interrupted:
        raise
    except OrchestrationError as error:
        return Looked(item, None, error)


def bring(run: Run, looked: Looked, tell: Progress) -> SolutionOutcome:
    """Bring one target to its version, from where it was left, and return what became of it."""
    if looked.settled and looked.began is None and run.extent.whole:
        run.refusals.done(looked.assignment)
    if looked.began is None and (looked.broken or looked.settled):
        return looked.untouched("")
    item, began = looked.assignment, run.now() if looked.began is None else looked.began
    outcome: Outcome = "done"
    reason = hint = ""
    if looked.began is None:
        tell("started", item.what, item.target.name)
    try:
        _bring(run, looked, tell)
    except Interrupted:
        raise
    except Awaiting as error:
        outcome, reason, hint = "awaiting", str(error), error.hint
    except OrchestrationError as error:
        outcome, reason, hint = "failed", str(error), error.hint
    tell("finished", item.what, item.target.name, outcome, reason)
    change: Change = looked.examined.change if looked.examined else "none"
    return row(item, change, outcome, reason, hint, run.now() - began)


def _bring(run: Run, looked: Looked, tell: Progress) -> None:
    """Bring one target to its version; raise `OrchestrationError`, and remember what the service has refused."""
    if looked.examined is None:
        raise looked.error or OrchestrationError("nobody can say what it needs")
    try:
        with run.alone(looked.assignment.solution, looked.assignment.target):
            run.steps.bring(looked.examined, tell)
    except OrchestrationError as error:
        run.refusals.failed(looked.examined, error)
        raise
    run.refusals.done(looked.assignment)
