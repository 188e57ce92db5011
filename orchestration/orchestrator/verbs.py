"""The library's verbs over one set of drivers; opens the sandbox or Azure.

::

    with Orchestrator(load_fleet("fleet.yaml"), target=Sandbox(folder), work_dir=work) as orchestrator:
        report = orchestrator.up()
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from orchestration.drivers.trace import Trace, untraced
from orchestration.errors import DestroyRefused, PlanChanged
from orchestration.events import Events, OnEvent
from orchestration.fleet.model import Fleet
from orchestration.orchestrator.delivery import schedule, tell_hand_edits, wire
from orchestration.orchestrator.lock import fleet_lock, shared_note
from orchestration.orchestrator.planning import Work, plan_work
from orchestration.orchestrator.provisioning import check_tools, choose, prepare, provision, settle_core
from orchestration.orchestrator.recording import Record
from orchestration.orchestrator.rolling_back import check_rollback, take_back
from orchestration.orchestrator.rollout import roll_out
from orchestration.orchestrator.runs import Run, work_folder
from orchestration.orchestrator.session import Session, open_session
from orchestration.orchestrator.solutions import (
    RolloutOptions,
    judge_version,
    take_away,
    take_through,
    where_solutions_stand,
)
from orchestration.orchestrator.standing import collect_status, wait_for_clusters
from orchestration.orchestrator.survey import refuse_unsupported, survey
from orchestration.orchestrator.survivors import outlive
from orchestration.orchestrator.targets import Azure, Sandbox, connect
from orchestration.orchestrator.teardown import tear_down
from orchestration.provision import Outputs
from orchestration.provision.connect import connect_script
from orchestration.reports import DownReport, PlanReport, SolutionsReport, UpReport
from orchestration.solutions import StandingReport, Through, Until, ValuesDiff, compare_solution
from orchestration.solutions.extent import Extent
from orchestration.solutions.named import solution_named, targets_named
from orchestration.status import StatusReport

__all__ = ["Azure", "Orchestrator", "RolloutOptions", "Sandbox", "UpOptions", "connect_script"]

Cancel = threading.Event | None


def none_destroyed(destroys: Sequence[str]) -> bool:
    """Allow nothing to be destroyed: what every verb does unless told otherwise."""
    return not destroys


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What `up` is asked for beyond the fleet.

    `allow_destroy` judges the list of what is destroyed; `wait` is how many seconds to wait for Flux; solutions are
    rolled out no further than `until`.
    """

    everything: bool = False
    only: str | None = None
    environment: str | None = None
    expect: str | None = None
    take_over: bool = False
    continue_failed: bool = False
    wait: float | None = None
    until: Until | None = None
    allow_destroy: Callable[[Sequence[str]], bool] = none_destroyed


class Orchestrator:
    """A fleet and where it is to be; use it as a context manager.

    *work_dir* takes state, run records and caches; *on_event* is called from one thread; *executor*
    runs stacks in parallel, threads unless given; *trace* is called, in the thread that acts, before and
    after everything that acts on the outside.
    """

    def __init__(
        self,
        fleet: Fleet,
        *,
        target: Azure | Sandbox,
        work_dir: Path,
        on_event: OnEvent | None = None,
        jobs: int = 4,
        executor: Executor | None = None,
        trace: Trace = untraced,
    ) -> None:
        self._fleet, self._target, self._work_dir = fleet, target, work_dir
        self._on_event, self._trace = on_event, trace
        self._executor, self._owned = executor or ThreadPoolExecutor(jobs, thread_name_prefix="ewo"), executor is None
        self._kill = threading.Event()

    def __enter__(self) -> Orchestrator:
        """Open nothing yet: each verb opens what it needs."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what the verbs opened; an executor that was given stays open."""
        if self._owned:
            self._executor.shutdown(cancel_futures=True)

    def kill(self) -> None:
        """Kill the programs that are running; what they were doing goes on with the next run."""
        self._kill.set()

    def plan(self, *, cancel: Cancel = None) -> PlanReport:
        """Return what `up` would do; nothing is changed. Raises `PlanFailed` if Terraform cannot tell."""
        with self._session("plan", cancel, recorded=False) as (session, _):
            work = plan_work(session)
            work.require_previews()
            return work.report

    def up(self, options: UpOptions | None = None, *, cancel: Cancel = None) -> UpReport:
        """Take the fleet to running workloads; a part that fails is in the report.

        Raises before anything is changed: `NotYet`, `PlanChanged`, `DestroyRefused`, `Locked`.
        """
        chosen = options or UpOptions()
        Extent(self._fleet, until=chosen.until).check()
        with self._session("up", cancel) as (session, run):
            record = Record(session.progress)
            with record.step("plan"):
                work = plan_work(session, everything=chosen.everything, take_over=chosen.take_over)
            self._permit(work, chosen)
            record.told = frozenset(work.report.notes)
            tell_hand_edits(session, work.scheduled)
            # Choosing refuses what the fleet does not have, so it comes before anything is made.
            stacks = choose(session, work, chosen.only, chosen.environment)
            with record.step("repositories"):
                record.commits += prepare(session)
            with record.step("provision"):
                outputs = provision(session, work, record, stacks)
            if chosen.only is None:
                with record.step("wire"):
                    wire(session, record, take_over=chosen.take_over, environment=chosen.environment)
                with record.step("schedule"):
                    schedule(session, record, environment=chosen.environment, permitted=work.report.destroys)
                with record.step("roll out"):
                    done = roll_out(
                        session,
                        work.survey,
                        outputs,
                        record,
                        environment=chosen.environment,
                        until=chosen.until,
                        continue_failed=chosen.continue_failed,
                    )
                    settle_core(session, work, outputs, done, record)
            if chosen.wait is not None:
                with record.step("wait"):
                    wait_for_clusters(session, record, chosen.wait, chosen.environment)
            report = record.report(work, run.id)
            run.keep(report.to_json())
            return report

    def down(self, *, cancel: Cancel = None) -> DownReport:
        """Remove what this fleet made, nothing else; return what was removed and what is left, and why."""
        with self._session("down", cancel) as (session, run):
            report = tear_down(session, run.id)
            run.keep(report.to_json())
            return report

    def status(self, *, environment: str | None = None, selector: str = "", cancel: Cancel = None) -> StatusReport:
        """Return where every cluster and every placed solution stands."""
        with self._session("status", cancel, recorded=False) as (session, _):
            return collect_status(session, environment, selector)

    def compare_values(self, solution: str, targets: Sequence[str] = (), *, cancel: Cancel = None) -> ValuesDiff:
        """Return what would change in the values of a solution, against the versions that run on its targets."""
        with self._session("resolve", cancel, recorded=False) as (session, _):
            return compare_solution(self._fleet, session.connection.arm, solution, targets, executor=session.executor)

    def provision(self, plan: PlanReport | None = None, *, cancel: Cancel = None) -> Outputs:
        """Apply the stacks and return their outputs, and what failed; with *plan* only if it still is the plan."""
        with self._session("provision", cancel) as (session, _):
            work = plan_work(session)
            self._permit(work, UpOptions(expect=plan.digest if plan else None))
            record = Record(session.progress)
            prepare(session)
            outputs = provision(session, work, record)
            return replace(outputs, failed={item.where: item.error for item in record.failed})

    def wire(self, outputs: Outputs | None = None, *, cancel: Cancel = None) -> UpReport:
        """Write the fleet into the control-plane repository; return the commits, none if nothing changed."""
        with self._session("wire", cancel) as (session, run):
            record = Record(session.progress)
            prepare(session)
            wire(session, record)
            return record.report(None, run.id)

    def schedule(self, *, cancel: Cancel = None) -> UpReport:
        """Render what stands in the control plane into the GitOps repository, taking nothing away; return the commits.

        An environment whose schedule takes something away fails: that is for `up`, which can be allowed to.
        """
        with self._session("schedule", cancel) as (session, run):
            record = Record(session.progress)
            schedule(session, record)
            return record.report(None, run.id)

    def roll_out(self, *, cancel: Cancel = None) -> UpReport:
        """Review, publish and install solutions ring by ring; return what became of each."""
        with self._session("roll out", cancel) as (session, run):
            record = Record(session.progress)
            roll_out(session, survey(session), session.outputs(), record)
            return record.report(None, run.id)

    def review(self, options: RolloutOptions | None = None, *, cancel: Cancel = None) -> SolutionsReport:
        """Review solutions ring by ring, and no more; return what became of each target."""
        return self._take("review", options, cancel)

    def publish(self, options: RolloutOptions | None = None, *, cancel: Cancel = None) -> SolutionsReport:
        """Review and publish solutions ring by ring, and no more; return what became of each target."""
        return self._take("publish", options, cancel)

    def install(self, options: RolloutOptions | None = None, *, cancel: Cancel = None) -> SolutionsReport:
        """Roll solutions out as `up` does, with what it has uploaded; return what became of each target."""
        return self._take("install", options, cancel)

    def uninstall(
        self,
        solution: str,
        targets: Sequence[str] = (),
        *,
        allow_destroy: Callable[[Sequence[str]], bool] = none_destroyed,
        cancel: Cancel = None,
    ) -> SolutionsReport:
        """Uninstall a solution from targets, all that have it if none is named; return what became of each.

        *allow_destroy* judges the list of what would go. Raises `UsageError` and `DestroyRefused` before that.
        """
        solution_named(self._fleet, solution)
        targets_named(self._fleet, targets)
        with self._session("uninstall", cancel) as (session, run):
            report = take_away(session, solution, targets, allow_destroy, run.id)
            run.keep(report.to_json())
            return report

    def rollback(
        self,
        solution: str,
        targets: Sequence[str] = (),
        *,
        environment: str | None = None,
        edit: bool = True,
        cancel: Cancel = None,
    ) -> SolutionsReport:
        """Install the version before on the targets that have got the solution's; return what became of each.

        All its targets, or those that are named, or an environment's. With *edit* the fleet file's placements are held
        at that version, so that `up` does not undo it. Raises `UsageError` before anything is touched.
        """
        check_rollback(self._fleet, solution, targets, environment)
        with self._session("rollback", cancel) as (session, run):
            report = take_back(session, solution, targets, environment, run.id, edit=edit)
            run.keep(report.to_json())
            return report

    def set_validation(
        self, solution: str, target: str, *, valid: bool, reason: str = "", cancel: Cancel = None
    ) -> SolutionsReport:
        """Give the verdict that an external validator has not given; return whether it was still to be given.

        Raises `UsageError` for names that the fleet does not have, `OrchestrationError` if no verdict is waited for.
        """
        solution_named(self._fleet, solution)
        targets_named(self._fleet, [target])
        with self._session("validation", cancel) as (session, run):
            report = judge_version(session, solution, target, run.id, valid=valid, reason=reason)
            run.keep(report.to_json())
            return report

    def solution_status(
        self, name: str | None = None, *, direct: bool = False, cancel: Cancel = None
    ) -> StandingReport:
        """Return where every solution stands, or the one that is named; *direct* asks each target itself.

        Otherwise Resource Graph is asked for versions, which may be behind by a minute, and each target for what runs
        there and for versions that are in flight.
        """
        with self._session("solution status", cancel, recorded=False) as (session, _):
            return where_solutions_stand(session, name, direct=direct)

    def _take(self, through: Through, options: RolloutOptions | None, cancel: Cancel) -> SolutionsReport:
        chosen = options or RolloutOptions()
        chosen.check(self._fleet)
        with self._session(through, cancel) as (session, run):
            report = take_through(session, through, chosen, run.id)
            run.keep(report.to_json())
            return report

    def _permit(self, work: Work, options: UpOptions) -> None:
        report = work.report
        if options.expect is not None:
            work.require_previews()
            if options.expect != report.digest:
                raise PlanChanged(options.expect, report.digest)
        if report.destroys and not options.allow_destroy(report.destroys):
            raise DestroyRefused(report.destroys, 0)

    @contextmanager
    def _session(self, verb: str, cancel: Cancel, *, recorded: bool = True) -> Iterator[tuple[Session, Run]]:
        """Yield what a verb works with; a verb that changes something is recorded and holds the lock."""
        refuse_unsupported(self._fleet)
        tools = check_tools()
        sandbox = self._target.directory if isinstance(self._target, Sandbox) else None
        run = Run(work_folder(self._work_dir), verb, fleet=self._fleet.name, sandbox=sandbox)
        listeners = [self._on_event] if self._on_event else []
        with ExitStack() as stack:
            if recorded:
                if self._fleet.state.kind == "local":  # shared states are locked by Terraform, one by one
                    stack.enter_context(fleet_lock(self._work_dir, verb))
                stack.enter_context(run.opened())
                listeners.append(run.record)
            events = stack.enter_context(Events(*listeners).open())
            stop = cancel or threading.Event()
            connection = stack.enter_context(
                connect(self._target, self._fleet, self._work_dir, run.id, stop, self._trace)
            )
            run.hide(connection.hidden)
            open_ = partial(open_session, self._fleet, connection, self._executor, events, stop, self._kill, tools)
            if not recorded:
                # It holds no lock, so it must not touch the folders that a run may be using.
                preview = TemporaryDirectory(prefix="preview-", dir=connection.folder)
                yield open_(Path(stack.enter_context(preview)), None), run
                return
            stacks = connection.folder / "stacks" / self._fleet.name  # fleets of one folder have stacks of one name
            beside = stack.enter_context(shared_note(connection.states, self._fleet.name, verb, stacks))
            dead = beside.before if beside.before and beside.before.dead else None
            outlive({stacks, *map(Path, dead.folders if dead else ())}, stop, events)
            session = open_(stacks, run.folder)
            session.workshop.dead_host, session.workshop.leave_locks = dead.host if dead else "", beside.keep
            session.workshop.forget_ended(self._executor)
            yield session, run
