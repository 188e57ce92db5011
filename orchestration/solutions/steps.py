"""One solution on one target: look at what is there, then take one step after the other until it runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from threading import Event

from orchestration.drivers.azure.arm import Arm
from orchestration.errors import Awaiting, Interrupted, NoAnswer, OrchestrationError, ServiceError
from orchestration.fleet import naming
from orchestration.fleet.model import Fleet, Solution, Target
from orchestration.solutions.decision import (
    Decision,
    Parent,
    Step,
    Through,
    Wanted,
    decide,
    ends,
    next_after,
    parent_of,
)
from orchestration.solutions.dependencies import Need, injects, needs, received
from orchestration.solutions.earlier import GivenUp, after_waiting, become, last_action, review_of
from orchestration.solutions.edge import EdgeTarget, EdgeTemplateVersion, review_item
from orchestration.solutions.index import Index
from orchestration.solutions.installed import Installed
from orchestration.solutions.outcomes import Change, Progress
from orchestration.solutions.value_sets import ValueSets
from orchestration.solutions.values import DocumentKey

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.1, 5.0, 1.5
LONGEST_UNSEEN = 120.0
"""Seconds within which what Azure says is done is to be seen on the target."""

TRY_AGAIN = "correct the cause, then run again with --continue, or give the solution another version"


@dataclass(frozen=True, slots=True)
class Assignment:
    """A version of a solution that a target is to run; `timeout` is how long it may take to become healthy."""

    solution: Solution
    version: str
    target: Target
    ring: int
    timeout: float

    @property
    def what(self) -> str:
        """The solution and its version, for people."""
        return f"{self.solution.name} {self.version}"

    @property
    def document(self) -> DocumentKey:
        """The key of the value document that the version reads on the target."""
        return DocumentKey("solution", self.solution.name, self.version, self.target.name)


@dataclass(frozen=True, slots=True)
class Examined:
    """What a target needs to get to its assignment, and what that changes for whoever looks at it.

    `taken` are steps that this run has taken already, together with other targets.
    """

    assignment: Assignment
    wanted: Wanted
    decision: Decision
    change: Change
    taken: frozenset[Step] = frozenset()

    @property
    def followed(self) -> str:
        """The id of the solution version that it is about, if there is one."""
        return self.decision.version.id if self.decision.version else ""

    def after(self, step: Step, decision: Decision) -> Examined:
        """Return the same with a step taken, and what is next."""
        return replace(self, decision=decision, taken=self.taken | {step})

    def stopped(self, decision: Decision) -> Examined:
        """Return the same with another decision."""
        return replace(self, decision=decision)


def is_first(installed: Installed | None, assignment: Assignment) -> bool:
    """Return whether a target has had other versions of a solution, and this one never."""
    versions = installed.of_instance(assignment.solution.instance or "") if installed else ()
    return bool(versions) and all(version.template_version != assignment.version for version in versions)


class Steps:
    """Takes solutions forward on single targets, *through* a step; *retry* installs failed versions again.

    What solutions depend on has to be healthy, unless *lenient*.
    """

    def __init__(
        self,
        fleet: Fleet,
        arm: Arm,
        values: ValueSets,
        *,
        retry: bool,
        cancel: Event | None,
        sleep: Callable[[float], object],
        now: Callable[[], float],
        through: Through = "install",
        lenient: bool = False,
    ) -> None:
        self._fleet, self._arm, self._values, self._through = fleet, arm, values, through
        self._retry, self._cancel, self._sleep, self._now = retry, cancel, sleep, now
        self._lenient = lenient

    def edge(self, target: Target) -> EdgeTarget:
        """Return the target as Azure has it."""
        return EdgeTarget(self._arm, naming.fleet_target_id(self._fleet, target))

    def template_id(self, solution: Solution) -> str:
        """Return the ARM id of the solution's template."""
        return naming.solution_template_id(self._fleet, solution.template)

    def installed(self, solution: Solution, target: Target) -> Installed | None:
        """Return what the target has of the solution's template; raise `ServiceError`."""
        self.check_cancelled()
        return self.edge(target).installed(self.template_id(solution))

    def glance(self, solution: Solution, target: Target, index: Index) -> Installed | None:
        """Return what is indexed of the solution on the target, with its instance as it is now; else what is there.

        Raise `ServiceError`.
        """
        self.check_cancelled()
        edge, name = self.edge(target), solution.instance or ""
        known = index.of(edge.id, self.template_id(solution))
        found = edge.with_instance(known, name) if known else None
        return found if found and found.running(name) else self.installed(solution, target)

    def confirm(self, assignment: Assignment, indexed: Installed) -> Examined | None:
        """Return that nothing is to be done, if what is indexed and runs says so; None if only a closer look can tell.

        The values need not be read: the version has those that it was reviewed with, and resolves as it would now.
        """
        running = indexed.running(assignment.solution.instance or "")
        if running is None or running.state != "Deployed" or running.template_version != assignment.version:
            return None
        try:
            if not self._values.held(assignment.document, running.target_values):
                return None
            examined = self.compare(assignment, indexed)
        except Interrupted:
            raise
        except OrchestrationError:
            return None
        return examined if examined.decision.step is Step.NOTHING else None

    def examine(self, assignment: Assignment, installed: Installed | None) -> Examined:
        """Set the target's values, resolve without storing, and decide; raise `OrchestrationError`."""
        self.check_cancelled()
        self._values.apply(assignment.document, first=is_first(installed, assignment))
        return self._after_others(self.compare(assignment, installed))

    def examine_as_is(self, assignment: Assignment) -> Examined:
        """Resolve without storing and decide, with the values as they are; raise `OrchestrationError`."""
        return self._after_others(self.compare(assignment, self.installed(assignment.solution, assignment.target)))

    def _after_others(self, examined: Examined) -> Examined:
        """Return *examined*, but what an earlier run began is waited for first."""
        assignment = examined.assignment
        acted = last_action(self.edge(assignment.target), examined.decision, self._given_up(assignment))
        return replace(examined, decision=acted or self._unless_reviewed(examined, examined.decision))

    def compare(self, assignment: Assignment, installed: Installed | None) -> Examined:
        """Resolve without storing and decide, with the values as they are; raise `OrchestrationError`."""
        solution = assignment.solution
        version_id = f"{self.template_id(solution)}/versions/{assignment.version}"
        instance, parents = solution.instance or "", self._parents(assignment)
        configuration = self.edge(assignment.target).resolve(version_id, instance, [each.id for each in parents])
        taken = received(self._fleet, solution)
        wanted = Wanted(version_id, instance, configuration, parents, taken, injects=injects(solution))
        decision = self._decide(assignment, installed, wanted, "", retry=self._retry)
        return Examined(assignment, wanted, decision, change_from(installed, wanted, decision))

    def bring(self, examined: Examined, progress: Progress) -> None:
        """Step on until the solution has got as far as is wanted; an installed one has to be healthy.

        Raise `OrchestrationError` if it fails or takes too long.
        """
        assignment, decision = examined.assignment, examined.decision
        taken, lost = set(examined.taken), set[Step]()
        followed, pause = examined.followed, FIRST_PAUSE
        deadline, seen_by = self._deadline(assignment, decision), self._now() + LONGEST_UNSEEN
        if taken and decision.step is not Step.NOTHING:
            decision = self._look(examined, decision, followed, taken)
        while decision.step is not Step.NOTHING:
            self.check_cancelled()
            if decision.step is Step.STOP:
                raise ServiceError(decision.reason, code=decision.code, hint=decision.hint or TRY_AGAIN)
            if decision.step is Step.WAIT or decision.step in taken:
                if decision.step is Step.WAIT:
                    if (decision.unvalidated or decision.job) and pause == FIRST_PAUSE:
                        progress("progress", assignment.what, assignment.target.name, message=decision.reason)
                    self._wait(assignment, decision, pause, deadline)
                else:
                    self._wait_to_see(decision.step, pause, seen_by)
                pause = min(pause * GROWTH, LONGEST_PAUSE)
            else:
                try:
                    followed = self._take(examined, decision)
                    taken.add(decision.step)
                    message = f"{decision.step.value} done"
                except NoAnswer:
                    if decision.step in lost:
                        raise
                    lost.add(decision.step)
                    message = f"{decision.step.value} got no answer: looking whether it was done"
                    self._sleep(LONGEST_PAUSE)
                seen_by, pause = self._now() + LONGEST_UNSEEN, FIRST_PAUSE
                deadline = self._now() + assignment.timeout
                progress("progress", assignment.what, assignment.target.name, message=message)
            decision = after_waiting(decision, self._look(examined, decision, followed, taken))

    def again(self, examined: Examined, tried: Step) -> Examined:
        """Return what a target needs by what it shows now, after a step was *tried* whose end is not known."""
        return replace(examined, decision=self._look(examined, examined.decision, examined.followed, {tried}))

    def bulk(self, step: Step, items: Sequence[Examined]) -> list[Examined]:
        """Take a step on several targets of one template version at once; return those that have taken it.

        Raise `ServiceError`, which says nothing about a single target.
        """
        self.check_cancelled()
        version = EdgeTemplateVersion(self._arm, items[0].wanted.template_version_id)
        by_id = {self.edge(item.assignment.target).id: item for item in items}
        if step is Step.REVIEW:
            wanted = {target: item.wanted for target, item in by_id.items()}
            done = version.review(
                [review_item(target, each.instance, [p.id for p in each.parents]) for target, each in wanted.items()]
            )
        else:
            act = version.publish if step is Step.PUBLISH else version.deploy
            done = act({target: item.followed for target, item in by_id.items()})
        return [
            item.after(step, ends(next_after(step, item.wanted, done[target.lower()]), self._through))
            for target, item in by_id.items()
            if target.lower() in done
        ]

    def pause(self, seconds: float) -> None:
        """Wait, unless the caller has asked to stop; raise `Interrupted`."""
        self.check_cancelled()
        self._sleep(seconds)

    def check_cancelled(self) -> None:
        """Raise `Interrupted` if the caller has asked to stop."""
        if self._cancel is not None and self._cancel.is_set():
            raise Interrupted("stopped between two steps of a rollout", hint="run it again: it goes on from here")

    def _parents(self, assignment: Assignment) -> tuple[Parent, ...]:
        return tuple(
            self._parent(assignment, need) for need in needs(self._fleet, assignment.solution, assignment.target)
        )

    def _parent(self, assignment: Assignment, need: Need) -> Parent:
        """Return the version that is depended on, once it does not change; raise `OrchestrationError` without one."""
        if need.target is None:
            raise OrchestrationError(
                need.reason, hint=f"place {need.solution.name} so that there is one that is nearest"
            )
        deadline, pause = self._now() + assignment.timeout, FIRST_PAUSE
        installed = self.installed(need.solution, need.target)
        while installed is not None and installed.under_way(need.solution.instance or "") and self._now() < deadline:
            self._sleep(pause)
            pause = min(pause * GROWTH, LONGEST_PAUSE)
            installed = self.installed(need.solution, need.target)
        healthy = self._through == "install" and not self._lenient
        version = installed.usable(need.solution.instance or "", healthy=healthy) if installed else None
        if installed is None or version is None:
            raise OrchestrationError(
                f"it depends on {need.solution.name}, which is not healthy on {need.target.name}",
                hint=f"see to {need.solution.name} first, then run again",
            )
        return parent_of(installed, version, received(self._fleet, need.solution))

    def _decide(
        self, assignment: Assignment, installed: Installed | None, wanted: Wanted, reviewed: str, *, retry: bool
    ) -> Decision:
        """Decide, and stop waiting for a version that has been unhealthy since before its time was up."""
        decision = ends(decide(installed, wanted, reviewed, retry=retry), self._through)
        version = decision.version
        if decision.step is not Step.WAIT or version is None or version.state != "Deployed" or version.ended is None:
            return decision
        if self._now() < version.ended + assignment.timeout:
            return decision
        return Decision(Step.INSTALL if retry else Step.STOP, version, f"not healthy: {decision.reason}")

    def _deadline(self, assignment: Assignment, decision: Decision) -> float:
        ended = decision.version.ended if decision.version and decision.job is None else None
        return (self._now() if ended is None else ended) + assignment.timeout

    def _wait(self, assignment: Assignment, decision: Decision, pause: float, deadline: float) -> None:
        left = deadline - self._now()
        if left <= 0 and decision.unvalidated:
            raise Awaiting(f"{decision.reason}: no verdict within {assignment.timeout:g} s", hint=decision.hint)
        if left <= 0 and decision.job:
            raise OrchestrationError(f"not done within {assignment.timeout:g} s: {decision.reason}", hint=decision.hint)
        if left <= 0:
            raise OrchestrationError(f"not healthy within {assignment.timeout:g} s: {decision.reason}", hint=TRY_AGAIN)
        self._sleep(min(pause, left))

    def _wait_to_see(self, step: Step, pause: float, deadline: float) -> None:
        left = deadline - self._now()
        if left <= 0:
            raise OrchestrationError(
                f"{step.value} was done, and {LONGEST_UNSEEN:g} s later the target does not show it",
                hint="run the same command again: it goes on from what the target shows then",
            )
        self._sleep(min(pause, left))

    def _look(self, examined: Examined, before: Decision, followed: str, taken: Collection[Step]) -> Decision:
        """Return what is next by what the target shows of the version that is *followed*, or of all if none is."""
        assignment = examined.assignment
        self.check_cancelled()
        if becoming := become(self.edge(assignment.target), before):
            return becoming
        if followed:
            installed = self.edge(assignment.target).followed(followed, self.template_id(assignment.solution))
        else:
            installed = self.installed(assignment.solution, assignment.target)
        retry = self._retry and Step.INSTALL not in taken
        decision = self._decide(assignment, installed, examined.wanted, followed, retry=retry)
        return decision if followed else self._unless_reviewed(examined, decision)

    def _unless_reviewed(self, examined: Examined, decision: Decision) -> Decision:
        """Return *decision*, unless that is a review and one goes on, or has ended since the target was looked at."""
        assignment, wanted = examined.assignment, examined.wanted
        if decision.step is not Step.REVIEW:
            return decision
        going, ended = review_of(self.edge(assignment.target), wanted, self._given_up(assignment))
        if going or not ended:
            return going or decision
        installed = self.installed(assignment.solution, assignment.target)
        return self._decide(assignment, installed, wanted, "", retry=self._retry)

    def _given_up(self, assignment: Assignment) -> GivenUp:
        """Return what says of a job that it took too long for a run that is to begin anew what failed."""
        return lambda job: self._retry and (job.began or 0.0) + assignment.timeout < self._now()

    def _take(self, examined: Examined, decision: Decision) -> str:
        """Do the step; return the id of the version that it is about."""
        edge, wanted = self.edge(examined.assignment.target), examined.wanted
        if decision.version is None:
            return edge.review(wanted.template_version_id, wanted.instance, [each.id for each in wanted.parents])
        if decision.step is Step.PUBLISH:
            edge.publish(decision.version.id)
        else:
            self._install(edge, examined, decision.version.id)
        return decision.version.id

    def _install(self, edge: EdgeTarget, examined: Examined, version_id: str) -> None:
        """Install; where that fails, raise what the components say rather than that the operation failed."""
        try:
            edge.install(version_id)
        except NoAnswer:
            raise
        except ServiceError as error:
            installed = self.installed(examined.assignment.solution, examined.assignment.target)
            decision = decide(installed, examined.wanted, version_id)
            reason = decision.reason if decision.step is Step.STOP else ""
            raise OrchestrationError(reason or str(error), hint=error.hint or TRY_AGAIN) from error


def change_from(installed: Installed | None, wanted: Wanted, decision: Decision) -> Change:
    """Return what going to *wanted* is called: a Deployed version in its place is no change, even if it is ill."""
    if decision.step is Step.NOTHING:
        return "none"
    running = installed.running(wanted.instance) if installed else None
    if running is None:
        return "create"
    there = decision.version is not None and decision.version.id.lower() == running.id.lower()
    return "none" if there and running.state == "Deployed" and decision.step is not Step.INSTALL else "update"


def outstanding(installed: Installed | None, instance: str, version: str) -> Change:
    """Return what *version* would be to a target, going by versions alone."""
    running = installed.running(instance) if installed else None
    if running is None:
        return "create"
    return "none" if running.template_version == version else "update"
