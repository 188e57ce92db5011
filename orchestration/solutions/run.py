"""What the rollouts of one run share, and the values that go before them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from orchestration.errors import NotYet, OrchestrationError
from orchestration.fleet.model import Fleet, Target
from orchestration.solutions.extent import Extent
from orchestration.solutions.outcomes import Progress, ValuesOutcome
from orchestration.solutions.parallel import in_parallel
from orchestration.solutions.refusals import Refusals
from orchestration.solutions.steps import Steps
from orchestration.solutions.value_sets import ValueSets
from orchestration.solutions.values import DocumentKey


def refuse_not_yet(fleet: Fleet) -> None:
    """Raise `NotYet` if a solution asks for what this version cannot roll out."""
    for solution in fleet.solutions.values():
        if solution.depends_on:
            raise NotYet(f"{solution.origin}: {solution.name} depends on another solution", hint="leave out dependsOn")
        if solution.external_validation:
            raise NotYet(
                f"{solution.origin}: {solution.name} is to be validated externally", hint="leave out externalValidation"
            )


def pool(executor: Executor | None, jobs: int) -> AbstractContextManager[Executor]:
    """Return the caller's executor, left open, or threads of our own."""
    return nullcontext(executor) if executor else ThreadPoolExecutor(jobs, "solution")


@dataclass
class Run:
    """What the rollouts of one run share.

    `blocked` targets and nodes are not there, with why; `unset` are nodes whose values could not be set, with why.
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
    unset: dict[str, OrchestrationError] = field(default_factory=dict)
    value_rows: list[ValuesOutcome] = field(default_factory=list)

    def set_values(self, documents: Collection[DocumentKey]) -> None:
        """Bring value documents in line; a node's that fails stops the rollouts below the node."""
        self.value_rows += in_parallel(self.workers, self._set, documents, self.progress)

    def values_are_set(self, target: Target) -> None:
        """Raise `OrchestrationError` if a node above the target lacks values it should have."""
        for node in self.fleet.hierarchy.chain(target.site) if self.fleet.hierarchy else ():
            if error := self.unset.get(node.name):
                raise OrchestrationError(f"values of {node.name} are not set: {error}", hint=error.hint)

    def _set(self, key: DocumentKey, tell: Progress) -> ValuesOutcome:
        self.steps.check_cancelled()
        if key.where in self.blocked:
            self.unset[key.where] = OrchestrationError(self.blocked[key.where])
            return ValuesOutcome(str(key), "skipped", self.blocked[key.where])
        try:
            changed = self.values.apply(key)
        except OrchestrationError as error:
            self.unset[key.where] = error
            tell("finished", f"values of {key.name} {key.version}", key.where, "failed", str(error))
            return ValuesOutcome(str(key), "failed", str(error), error.hint)
        if changed:
            tell("finished", f"values of {key.name} {key.version}", key.where, "done")
        return ValuesOutcome(str(key), "done" if changed else "unchanged")
