"""What the rollouts of one run share, and the values that go before them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from threading import Lock

from orchestration.errors import OrchestrationError, ServiceError
from orchestration.fleet.model import Fleet, Solution, Target
from orchestration.solutions.decision import Step
from orchestration.solutions.dependencies import needs
from orchestration.solutions.extent import Extent
from orchestration.solutions.index import Index
from orchestration.solutions.outcomes import NOT_CONNECTED, Progress, ValuesOutcome
from orchestration.solutions.parallel import in_parallel
from orchestration.solutions.refusals import Refusals
from orchestration.solutions.steps import Steps
from orchestration.solutions.value_sets import ValueSets
from orchestration.solutions.values import DocumentKey

MOST_AT_ONCE = 1000
"""Targets of one bulk action: https://learn.microsoft.com/azure/azure-arc/workload-orchestration/bulk-deployment"""

Connected = Callable[[str], bool]
"""Says of a cluster, by name, whether it is connected now; raises `ServiceError`."""


def pool(executor: Executor | None, jobs: int) -> AbstractContextManager[Executor]:
    """Return the caller's executor, left open, or threads of our own."""
    return nullcontext(executor) if executor else ThreadPoolExecutor(jobs, "solution")


@dataclass
class Run:
    """What the rollouts of one run share.

    `blocked` targets and nodes are not there, with why; `unset` are nodes whose values could not be set, with why;
    `halted` says by solution and environment why its rollout did not go through, `not_in_bulk` are steps that the
    service does not take on many targets at once, `at_once` is of how many others it takes them.
    What the service refused before is tried only if it is to be tried `again`.
    """

    fleet: Fleet
    steps: Steps
    values: ValueSets
    workers: Executor
    progress: Progress
    now: Callable[[], float]
    pending: frozenset[str]
    extent: Extent
    blocked: Mapping[str, str] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=lambda: Refusals({}))
    again: bool = False
    halted: dict[tuple[str, str], str] = field(default_factory=dict)
    shared: dict[str, Lock] = field(init=False)
    connected: Connected | None = None
    index: Index = field(default_factory=Index)
    at_once: int = MOST_AT_ONCE
    not_in_bulk: set[Step] = field(default_factory=set)
    unset: dict[str, OrchestrationError] = field(default_factory=dict)
    value_rows: list[ValuesOutcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shared = {name: Lock() for name in self.fleet.targets}

    def set_values(self, documents: Collection[DocumentKey]) -> None:
        """Bring value documents in line; a node's that fails stops the rollouts below the node."""
        self.value_rows += in_parallel(self.workers, self._set, documents, self.progress)

    def values_are_set(self, target: Target) -> None:
        """Raise `OrchestrationError` if a node above the target lacks values it should have."""
        for node in self.fleet.hierarchy.chain(target.site) if self.fleet.hierarchy else ():
            if error := self.unset.get(node.name):
                raise OrchestrationError(f"values of {node.name} are not set: {error}", hint=error.hint)

    def may_have(self, solution: Solution, target: Target) -> bool:
        """Whether the target may have something of the solution; that it has nothing is known only by the index."""
        return not self.index.rules_out(self.steps.edge(target).id, self.steps.template_id(solution))

    def drop_offline(self, targets: Iterable[Target]) -> None:
        """Note which of these targets' clusters went offline since the run began: theirs are pending from now on."""
        if self.connected is None or not self.extent.whole:
            return
        clusters = sorted({target.cluster for target in targets})
        there = in_parallel(self.workers, self._is_connected, clusters, self.progress)
        gone = {name for name, connected in zip(clusters, there, strict=True) if not connected}
        self.pending |= {target.name for target in self.fleet.targets.values() if target.cluster in gone}

    def _is_connected(self, cluster: str, _: Progress) -> bool:
        """Whether a cluster is connected; one that nobody can tell of is tried."""
        try:
            return self.connected is None or self.connected(cluster)
        except ServiceError:
            return True

    def halt(self, solution: Solution, environment: str, reason: str) -> None:
        """Note why a solution's rollout does not go through an environment: what depends on it is held up there."""
        self.halted.setdefault((solution.name, environment), reason)

    def held_up(self, solution: Solution, environment: str) -> str:
        """Return why an environment is not begun by what the solution depends on, or nothing if it may be."""
        for dependency in solution.depends_on:
            if reason := self.halted.get((dependency.solution, environment)):
                return f"depends on {dependency.solution}: {reason}"
        return ""

    def waits_for(self, solution: Solution, target: Target) -> str:
        """Return for which offline cluster the solution waits on a target, or nothing if it can be reached."""
        if target.name in self.pending:
            return NOT_CONNECTED
        for need in needs(self.fleet, solution, target):
            if need.target is not None and need.target.name in self.pending:
                return f"depends on {need.solution.name}: the cluster of {need.target.name} is not connected"
        return ""

    @contextmanager
    def alone(self, solution: Solution, target: Target) -> Iterator[None]:
        """Let one target at a time change what several depend on: each publication makes a new revision of it."""
        with ExitStack() as stack:
            for name in self.shares(solution, target):
                stack.enter_context(self.shared[name])
            yield

    def shares(self, solution: Solution, target: Target) -> list[str]:
        """Return the other targets that have what the solution on a target depends on, and others may too."""
        found = {need.target.name for need in needs(self.fleet, solution, target) if need.target is not None}
        return sorted(found - {target.name})

    def _set(self, key: DocumentKey, tell: Progress) -> ValuesOutcome:
        self.steps.check_cancelled()
        if key.where in self.blocked:
            self.unset[key.where] = OrchestrationError(self.blocked[key.where])
            return ValuesOutcome(str(key), "skipped", self.blocked[key.where])
        try:
            changed = self.values.apply(key, first=True)
        except OrchestrationError as error:
            self.unset[key.where] = error
            tell("finished", f"values of {key.name} {key.version}", key.where, "failed", str(error))
            return ValuesOutcome(str(key), "failed", str(error), error.hint)
        if changed:
            tell("finished", f"values of {key.name} {key.version}", key.where, "done", self.values.news(key))
        return ValuesOutcome(str(key), "done" if changed else "unchanged")
