"""Gathers what the steps of a run did, for its report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from orchestration.errors import Interrupted, OrchestrationError
from orchestration.events import Events
from orchestration.orchestrator.planning import Work
from orchestration.provision import StackResult
from orchestration.reports import AssignmentRow, CommitRow, Failure, Outcome, SolutionRow, StackRow, UpReport, ValuesRow


class Record:
    """What happened so far: results of stacks, commits, assignments, solutions, failures and times.

    `told` are the notes of the plan, which are not made again.
    """

    def __init__(self, progress: Events) -> None:
        self.progress = progress
        self.stacks: dict[str, StackResult] = {}
        self.commits: list[CommitRow] = []
        self.assignments: list[AssignmentRow] = []
        self.values: list[ValuesRow] = []
        self.solutions: list[SolutionRow] = []
        self.failed: list[Failure] = []
        self.notes: list[str] = []
        self.told: frozenset[str] = frozenset()
        self.steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step and report its beginning and end."""
        began = time.monotonic()
        self.progress("started", "step", name)
        try:
            yield
        finally:
            self.steps[name] = round(time.monotonic() - began, 2)
            self.progress("finished", "step", name, "done", f"{self.steps[name]:.1f} s")

    @contextmanager
    def part(self, what: str, where: str) -> Iterator[None]:
        """Keep the failure of one part from ending the others; an interrupt ends all."""
        try:
            yield
        except Interrupted:
            raise
        except OrchestrationError as error:
            self.fail(what, where, str(error), error.hint)

    def add(self, result: StackResult) -> None:
        """Add what became of a stack; one that was applied before in this run keeps those counts, too."""
        before = self.stacks.get(result.stack)
        if before is not None:
            result = replace(
                result,
                add=before.add + result.add,
                change=before.change + result.change,
                destroy=before.destroy + result.destroy,
                seconds=before.seconds + result.seconds,
            )
        self.stacks[result.stack] = result

    def note(self, text: str) -> None:
        """Add something to know, unless it was said already."""
        if text not in self.told and text not in self.notes:
            self.notes.append(text)

    def fail(self, what: str, where: str, error: str, hint: str = "") -> None:
        """Add a failure."""
        self.failed.append(Failure(what, where, error, hint))
        self.progress("finished", what, where, "failed", error)

    def report(self, work: Work | None, run: str) -> UpReport:
        """Return the run's report: the plan's rows with what became of each; without *work* a part's alone."""
        planned = work.report if work else None
        return UpReport(
            digest=planned.digest if planned else "",
            waves=tuple(tuple(self._row(row) for row in wave) for wave in planned.waves) if planned else (),
            commits=tuple(self.commits),
            assignments=tuple(self.assignments),
            solutions=tuple(self.solutions),
            destroys=planned.destroys if planned else (),
            pending=work.survey.pending if work else {},
            failed=tuple(self.failed),
            run=run,
            values=tuple(self.values),
            notes=(*(planned.notes if planned else ()), *self.notes),
            steps=self.steps,
        )

    def _row(self, row: StackRow) -> StackRow:
        result = self.stacks.get(row.stack)
        counts = (row.stack, row.blueprint, row.environment, row.deferred)
        if result is None:
            outcome: Outcome = "unchanged" if row.skipped else "skipped"
            return StackRow(*counts, row.add, row.change, row.destroy, row.skipped, outcome, 0.0)
        numbers = (result.add, result.change, result.destroy)
        return StackRow(*counts, *numbers, row.skipped, result.outcome, round(result.seconds, 2))
