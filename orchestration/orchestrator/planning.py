"""What a run would do: stacks as Terraform sees them, commits, assignments, solutions, and what is destroyed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from orchestration.errors import PlanFailed
from orchestration.fleet import naming
from orchestration.gitops import ControlPlaneChange, Scheduled, plan_control_plane, plan_schedule
from orchestration.gitops.ownership import blob_id
from orchestration.gitops.wiring import PIN
from orchestration.orchestrator.scheduled import assignment_rows, schedule_issues, schedule_notes
from orchestration.orchestrator.session import Session
from orchestration.orchestrator.shared_context import missing_capabilities
from orchestration.orchestrator.survey import Survey, survey
from orchestration.orchestrator.taken import refuse_taken
from orchestration.provision import Plan, Stack, StackResult, plan_fleet
from orchestration.provision.expected import expected_ids
from orchestration.provision.known import CORE
from orchestration.provision.removals import lost
from orchestration.reports import CommitRow, PlanReport, SolutionRow, StackRow, ValuesRow
from orchestration.solutions import PlannedSolution, RolloutPlan, desired_values, plan_rollout, template_uids


@dataclass(frozen=True, slots=True)
class Work:
    """A plan with all that applying it needs; `previews` by stack, `unchanged` stacks are left alone."""

    report: PlanReport
    plan: Plan
    survey: Survey
    previews: Mapping[str, StackResult]
    unchanged: frozenset[str]
    scheduled: tuple[Scheduled, ...]

    @property
    def removing(self) -> frozenset[str]:
        """Stacks that are first applied without what they lose."""
        return frozenset(stack.name for wave in self.plan.removals for stack in wave)

    def require_previews(self) -> None:
        """Raise `PlanFailed` unless Terraform could judge every stack: what it could not is in no list."""
        failed = [result for result in self.previews.values() if result.outcome == "failed"]
        if failed:
            hint = next((result.hint for result in failed if result.hint), "")
            raise PlanFailed({result.stack: result.error for result in failed}, hint=hint)


def plan_work(session: Session, *, everything: bool = False, take_over: bool = False) -> Work:
    """Return what bringing the fleet about would do; nothing is changed."""
    lacking = missing_capabilities(session.fleet, session.connection.arm)
    found = survey(session)
    plan = plan_fleet(session.fleet, found.known)
    deferred = plan.deferred(found.known.states)
    unchanged = frozenset(
        stack.name
        for stack in plan.stacks()
        if not everything and stack.name not in deferred and session.workshop.unchanged(stack, found.exists)
    )
    session.check()
    refuse_taken(session, found, (stack for stack in plan.stacks() if stack.name not in unchanged))
    changed = [stack for stack in plan.stacks() if stack.name not in unchanged | deferred]
    previews = dict(zip((s.name for s in changed), session.in_parallel(session.workshop.preview, changed), strict=True))
    session.check()
    change, scheduled = plan_git(session, take_over=take_over)
    rollout = _rollout(session, found)
    report = _report(session, found, plan, deferred, unchanged, previews, change, scheduled, rollout)
    if lacking:
        note = f"context {session.fleet.azure.context.existing} is to be given the capabilities {', '.join(lacking)}"
        report = replace(report, notes=(*report.notes, note), capabilities=lacking)
    return Work(report, plan, found, previews, unchanged, scheduled)


def plan_git(session: Session, *, take_over: bool = False) -> tuple[ControlPlaneChange | None, tuple[Scheduled, ...]]:
    """Return what would be committed to the control plane, and the schedule that follows from it."""
    if not session.fleet.uses_kalypso:
        return None, ()
    control_plane, gitops = session.present(session.control_plane), session.present(session.gitops)
    change = plan_control_plane(session.fleet, control_plane, take_over=take_over)
    files = change.files(session.control_plane.url, control_plane)
    branches = {name: name for name in session.fleet.environments}
    return change, plan_schedule(branches, files, gitops, session.repositories.follow)


def _rollout(session: Session, found: Survey) -> RolloutPlan:
    there = CORE in found.known.states
    waiting = frozenset(target.name for target in session.fleet.targets.values() if target.cluster in found.pending)
    outputs = session.outputs()
    return plan_rollout(
        session.fleet,
        session.connection.arm if there else None,
        regional=session.connection.regional,
        query=session.connection.query if there else None,
        uids=template_uids(outputs),
        owned_before=outputs.owned_values,
        pending=waiting,
        executor=session.executor,
        cancel=session.cancel,
    )


def _report(
    session: Session,
    found: Survey,
    plan: Plan,
    deferred: frozenset[str],
    unchanged: frozenset[str],
    previews: Mapping[str, StackResult],
    change: ControlPlaneChange | None,
    scheduled: tuple[Scheduled, ...],
    rollout: RolloutPlan,
) -> PlanReport:
    late = {stack.name: lost(stack, found.known) for stack in plan.stacks() if stack.name in deferred}
    waves = [tuple(_stack_row(stack, found, late, unchanged, previews) for stack in wave) for wave in plan.waves]
    if plan.retired:
        waves.insert(0, tuple(_retired_row(name, found) for name in plan.retired))
    destroys = (*_stack_destroys(found, plan, late, previews), *_schedule_destroys(scheduled, change))
    commits = tuple(_commits(session, change, scheduled))
    solution_rows = tuple(_solution_row(item) for item in rollout.solutions)
    covered = {
        "control plane": {branch.branch: _decided(branch.wanted) for branch in change.branches()} if change else {},
        "versions": [[row.solution, row.version, row.target] for row in solution_rows],
        "values": desired_values(session.fleet),
        "destroys": sorted(destroys),
    }
    return PlanReport(
        digest=plan.digest(session.workshop.blueprint_hashes, covered),
        waves=tuple(waves),
        commits=commits,
        assignments=tuple(row for item in scheduled for row in assignment_rows(item)),
        solutions=solution_rows,
        destroys=destroys,
        values=tuple(ValuesRow(item.template, item.version, item.node, item.change) for item in rollout.values),
        issues=tuple(issue for item in scheduled for issue in schedule_issues(item)),
        notes=(
            *_notes(session, found, change),
            *(note for item in scheduled for note in schedule_notes(item)),
        ),
    )


def _stack_row(
    stack: Stack,
    found: Survey,
    deferred: Mapping[str, tuple[str, ...]],
    unchanged: frozenset[str],
    previews: Mapping[str, StackResult],
) -> StackRow:
    """Return a stack's row; *deferred* has what each stack that Terraform cannot judge yet loses by its inputs."""
    preview, late = previews.get(stack.name), stack.name in deferred
    counts = (0, 0, 0)
    if preview is not None:
        counts = (preview.add, preview.change, preview.destroy)
    elif late:
        state = found.known.states.get(stack.name)
        present = {item.lower() for item in state.ids.values()} if state else set()
        added = sum(item.lower() not in present for item in expected_ids(stack))
        counts = (added, 0, len(deferred[stack.name]))
    return StackRow(stack.name, stack.blueprint, stack.environment, late, *counts, stack.name in unchanged)


def _retired_row(name: str, found: Survey) -> StackRow:
    """Return the row of a stack that is no longer planned; such stacks go before the first wave."""
    return StackRow(name, *naming.stack_place(name), False, 0, 0, len(found.known.states[name].ids), False)


def _stack_destroys(
    found: Survey, plan: Plan, deferred: Mapping[str, tuple[str, ...]], previews: Mapping[str, StackResult]
) -> Iterator[str]:
    for preview in previews.values():
        yield from preview.destroys
    for name, addresses in deferred.items():
        yield from (f"{name}: {address}" for address in addresses)
    for name in plan.retired:
        yield from (f"{name}: {address}" for address in found.known.states[name].ids)


def _schedule_destroys(scheduled: tuple[Scheduled, ...], change: ControlPlaneChange | None) -> Iterator[str]:
    for item in scheduled:
        yield from item.destroys
    for path, content in change.main.changes.items() if change else ():
        if content is None and path.startswith(".environments/"):
            yield f"environment {path.removeprefix('.environments/').removesuffix('.yaml')}"


def _commits(
    session: Session, change: ControlPlaneChange | None, scheduled: tuple[Scheduled, ...]
) -> Iterator[CommitRow]:
    repositories = session.fleet.repositories
    if change is None or repositories is None:
        return
    for branch in change.branches():
        if branch.changes:
            yield CommitRow(repositories.control_plane, branch.branch, tuple(sorted(branch.changes)))
    for item in scheduled:
        if item.changes:
            yield CommitRow(repositories.gitops, item.environment, tuple(sorted(item.changes)))


def _decided(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return what the fleet decides of a branch: blob ids by path; the pin, which others move too, by name."""
    return {path: path if path == PIN else blob_id(content) for path, content in files.items()}


def _solution_row(item: PlannedSolution) -> SolutionRow:
    return SolutionRow(item.solution, item.version, item.target, f"{item.environment} {item.ring}", item.change)


def _notes(session: Session, found: Survey, change: ControlPlaneChange | None) -> Iterator[str]:
    program = session.workshop.program
    yield f"Terraform {program.version} ran, from {program.origin}"
    yield from session.connection.notes
    for name, why in found.pending.items():
        yield f"cluster {name} is pending: {why}"
    for branch in change.branches() if change else ():
        for path in branch.kept:
            place = f"{branch.branch}:{path} of the control plane"
            yield f"{place} was edited by hand and is kept; --take-over overwrites it"
    if len(session.fleet.environments) > 1 and change is not None:
        pins = list(change.pins.values())
        behind = [name for name, pin in change.pins.items() if pin != pins[0]]
        yield from (f"{name} awaits promotion: it runs another commit of main" for name in behind)
