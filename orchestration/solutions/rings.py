"""The rollout of one solution: its environments in the order of promotion, and the rings of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import groupby

from orchestration.errors import Interrupted, OrchestrationError
from orchestration.fleet.model import Placement, Ring, Solution, Target
from orchestration.solutions.bulk import advance
from orchestration.solutions.decision import has_got
from orchestration.solutions.installed import Installed
from orchestration.solutions.looked import There, assignments, bring, look_at, row
from orchestration.solutions.outcomes import CONNECT, Change, Progress, SolutionOutcome
from orchestration.solutions.parallel import in_parallel
from orchestration.solutions.placement import matching, placements_in_order
from orchestration.solutions.removal import remove_unplaced
from orchestration.solutions.run import Run
from orchestration.solutions.steps import Assignment, outstanding


class SolutionRollout:
    """One solution's way through the environments.

    `stop` says why nothing further of it happens, `lag` why environments that follow must wait.
    """

    def __init__(self, run: Run, solution: Solution) -> None:
        self.run, self.solution = run, solution
        self.instance = solution.instance or ""
        self.rows: list[SolutionOutcome] = []
        self.stop = self.lag = ""

    def go(self) -> list[SolutionOutcome]:
        """Return what became of every target that is to have the solution."""
        for placement in placements_in_order(self.run.fleet, self.solution):
            self._environment(placement)
        return self.rows

    def remove(self) -> list[SolutionOutcome]:
        """Return what became of targets that are no longer to have the solution."""
        return remove_unplaced(self.run, self.solution, self.stop)

    def _environment(self, placement: Placement) -> None:
        there = self._look(matching(self.run.fleet, self.solution, placement))
        items = assignments(self.run.fleet, self.solution, placement, there)
        if not items:
            return
        self.stop = self.stop or self.run.held_up(self.solution, placement.environment)
        if not self.run.extent.covers(placement.environment):
            self._judge(placement.environment, items, there)
        elif self.stop:
            self._halt(items, there, self.stop)
        elif self.lag and placement.version is None:
            self.rows += [self._waiting(item, None, self.lag) for item in items]
        else:
            self._rings(placement, items, there)

    def _rings(self, placement: Placement, items: Sequence[Assignment], there: There) -> None:
        """Go through the rings; afterwards note what keeps later environments from following."""
        known = there
        for _, ring in groupby(items, key=lambda item: item.ring):
            members = list(ring)
            reason = self.stop or self.run.extent.beyond(placement.environment, members[0].ring)
            if reason:
                self._halt(members, there, reason)
            elif self._ring(placement, members, known):
                known = {}
        version = items[0].version
        if not self.stop and not any(map(self._live, items)):
            self.stop = f"{placement.environment} is unknown: all its targets are pending"
        if self.stop:
            self.run.halt(self.solution, placement.environment, self.stop)
        if version != self.solution.version:
            self.lag = f"follows {self.solution.version}, but {placement.environment} is held at {version}"

    def _ring(self, placement: Placement, members: Sequence[Assignment], known: There) -> bool:
        """Bring one ring's targets to their version; return whether anything was tried."""
        absent = [item for item in members if self._live(item) and item.target.name in self.run.blocked]
        live = [item for item in members if self._live(item) and item not in absent]
        looked = in_parallel(self.run.workers, partial(look_at, self.run, known), live, self.run.progress)
        self.run.drop_offline([item.assignment.target for item in looked if item.moves])
        looked = [item for item in looked if self._live(item.assignment)]
        limit = tolerated(placement.max_unavailable, len(looked) + len(absent))
        self._stop_beyond(limit, placement, [*absent, *(item.assignment for item in looked if item.broken)])
        if self.stop:
            rows = [item.untouched(self.stop) for item in looked]
        else:
            ring = advance(self.run, looked)
            rows = in_parallel(self.run.workers, partial(bring, self.run), ring, self.run.progress)
            failed = [item.assignment for item in looked if item.assignment.target.name in _bad(rows)]
            self._stop_beyond(limit, placement, [*absent, *failed])
            self._stop_unvalidated(limit, placement, rows)
        done = {item.target: item for item in rows}
        self.rows += [done.get(item.target.name) or self._waiting(item, {}, self.stop) for item in members]
        return any(item.outcome in ("done", "awaiting", "failed") for item in rows)

    def _halt(self, members: Sequence[Assignment], there: There, reason: str) -> None:
        """Leave targets as they are, and hold up what depends on the solution there."""
        self.run.halt(self.solution, members[0].target.environment, reason)
        self.rows += [self._waiting(item, there, reason) for item in members]

    def _stop_beyond(self, limit: int, placement: Placement, failed: Sequence[Assignment]) -> None:
        """Stop the rollout if more targets have failed than the placement tolerates."""
        if len(failed) > limit:
            names = ", ".join(item.target.name for item in failed)
            what = "is not there" if all(item.target.name in self.run.blocked for item in failed) else "failed"
            self.stop = f"{names} {what} in ring {failed[0].ring} of {placement.environment}"

    def _stop_unvalidated(self, limit: int, placement: Placement, rows: Sequence[SolutionOutcome]) -> None:
        """Stop, though nothing failed, if with those that wait for a validator too few targets have the version."""
        waiting = [item.target for item in rows if item.outcome == "awaiting"]
        if not self.stop and waiting and len(waiting) + len(_bad(rows)) > limit:
            place = f"ring {rows[0].ring} of {placement.environment}"
            self.stop = f"external validation of {', '.join(waiting)} is awaited in {place}"

    def _waiting(self, item: Assignment, there: There | None, reason: str) -> SolutionOutcome:
        """Return the row of a target that is not reached; without *there* it is not to change for now."""
        if offline := self.run.waits_for(self.solution, item.target):
            return row(item, "none", "pending", offline, CONNECT)
        reason = self.run.blocked.get(item.target.name, reason)
        found = there.get(item.target.name) if there is not None else None
        change: Change = "none" if there is None else outstanding(found, self.instance, item.version)
        return row(item, change, "skipped", reason)

    def _judge(self, environment: str, items: Sequence[Assignment], there: There) -> None:
        """Note whether an environment that this run leaves alone lets later ones follow."""
        live = [item.target.name for item in items if self._live(item)]
        if not live or not all(self._has(there.get(name)) for name in live):
            self.lag = f"follows {self.solution.version}, which {environment} does not have {self.run.extent.wanted}"

    def _has(self, found: Installed | None) -> bool:
        """Whether a target has the solution's version, healthy, or as far as the run goes."""
        through = self.run.extent.through
        if through != "install":
            versions = found.of_instance(self.instance) if found else ()
            mine = (version for version in versions if version.template_version == self.solution.version)
            return any(has_got(version, through) for version in mine)
        running = found.running(self.instance) if found else None
        instance = found.instance(self.instance) if found else None
        return bool(running and instance and running.template_version == self.solution.version and instance.healthy)

    def _live(self, item: Assignment) -> bool:
        return not self.run.waits_for(self.solution, item.target)

    def _look(self, targets: Iterable[Target]) -> There:
        """Return what each target has of the solution; one that cannot be read is left out, and read again later."""
        found = in_parallel(self.run.workers, self._read, targets, self.run.progress)
        return {name: installed for name, installed in found if name}

    def _read(self, target: Target, _: Progress) -> tuple[str, Installed | None]:
        try:
            return target.name, self.run.steps.glance(self.solution, target, self.run.index)
        except Interrupted:
            raise
        except OrchestrationError:
            return "", None


def _bad(rows: Sequence[SolutionOutcome]) -> frozenset[str]:
    return frozenset(item.target for item in rows if item.outcome == "failed")


def tolerated(limit: Ring, total: int) -> int:
    """Return how many of a ring's *total* targets may fail; a percentage rounds down, so one of one may not."""
    return total * limit.percent // 100 if limit.percent is not None else limit.count or 0
