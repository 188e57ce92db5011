"""Solutions of a run: values, review, publish and install, ring by ring, and what became of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from orchestration.fleet import naming
from orchestration.fleet.model import Fleet
from orchestration.orchestrator.explaining import AGAIN
from orchestration.orchestrator.recording import Record
from orchestration.orchestrator.refused import keep_refused, refused_before
from orchestration.orchestrator.session import Session
from orchestration.orchestrator.survey import Survey
from orchestration.provision import Outputs, Stack
from orchestration.provision.expected import expected_ids
from orchestration.provision.inputs import links_inputs
from orchestration.provision.known import CORE, LINKS
from orchestration.reports import Change, Failure, Outcome, SolutionRow, ValuesRow
from orchestration.solutions import (
    DocumentKey,
    RolloutReport,
    SolutionOutcome,
    Through,
    Until,
    ValuesOutcome,
    desired_values,
    template_uids,
)
from orchestration.solutions import roll_out as roll_out_solutions
from orchestration.solutions.named import some
from orchestration.solutions.remedies import plainly, remedy
from orchestration.status.clusters import read_connectivity


def waiting_targets(session: Session, found: Survey) -> frozenset[str]:
    """Return the targets whose cluster is not connected."""
    return frozenset(target.name for target in session.fleet.targets.values() if target.cluster in found.pending)


def roll_out(
    session: Session,
    found: Survey,
    outputs: Outputs,
    record: Record,
    *,
    environment: str | None = None,
    through: Through = "install",
    until: Until | None = None,
    only: Collection[str] | None = None,
    continue_failed: bool = False,
) -> RolloutReport | None:
    """Bring solutions to their targets, as far as asked for; return what became of them, or None if nobody knows."""
    fleet = session.fleet
    if not fleet.uses_orchestration:
        return RolloutReport((), (), {})
    if CORE not in outputs.stacks:
        record.notes.append("no solution was rolled out: the core stack is not applied")
        return None
    with record.part("solutions", fleet.name):
        waiting, refused = waiting_targets(session, found), refused_before(session)
        report = roll_out_solutions(
            fleet,
            session.connection.arm,
            regional=session.connection.regional,
            query=session.connection.query,
            uids=template_uids(outputs),
            owned_before=outputs.owned_values,
            pending=waiting,
            connected=lambda name: _is_connected(session, name),
            blocked=_blocked(session, waiting),
            environments=None if environment is None else [environment],
            through=through,
            until=until,
            only=only,
            refused_before=refused,
            continue_failed=continue_failed,
            executor=session.executor,
            cancel=session.cancel,
            progress=session.progress,
        )
        record_solutions(record, report.solutions)
        for values in report.values:
            _record_values(record, fleet, values)
        keep_refused(session, refused, report.refused)
        return report
    return None


def _is_connected(session: Session, cluster: str) -> bool:
    """Whether a cluster, which was connected when the run began, still is; raise `ServiceError`."""
    connectivity = read_connectivity(session.connection.arm, session.fleet.clusters[cluster].id)
    return connectivity not in ("Offline", "Expired")


def _blocked(session: Session, waiting: Collection[str]) -> dict[str, str]:
    """Return why targets, other than those *waiting*, and nodes cannot be worked with: what they need was not made."""
    fleet, made = session.fleet, session.made()
    nodes = fleet.hierarchy.nodes if fleet.hierarchy else ()
    found = {name: "its site was not made" for name in nodes if naming.site_id(fleet, name).lower() not in made}
    links = Stack(LINKS, LINKS, links_inputs(fleet))
    linked = made.issuperset(item.lower() for item in expected_ids(links))
    for target in fleet.targets.values():
        if target.name in waiting:
            continue
        if naming.fleet_target_id(fleet, target).lower() not in made:
            found[target.name] = "the target was not made"
        elif not linked:
            found[target.name] = "the links of config templates were not made"
    return found


def _record_values(record: Record, fleet: Fleet, values: ValuesOutcome) -> None:
    key = DocumentKey.parse(values.document)
    if values.outcome == "failed":
        record.fail("values", f"{key.name} {key.version} on {key.where}", values.error, values.hint or AGAIN)
    if key.kind == "config":
        named: Change = "update" if values.document in desired_values(fleet) else "delete"
        change: Change = "none" if values.outcome == "unchanged" else named
        record.values.append(ValuesRow(key.name, key.version, key.where, change, values.outcome, 0.0))


CONTINUE = "then run again with --continue"


def record_solutions(record: Record, rows: Collection[SolutionOutcome], then: str = CONTINUE) -> None:
    """Add what became of solutions on their targets; *then* says what to do once the cause of a failure is gone."""
    for row in rows:
        _record(record, row, then)
    record.notes += _skipped(rows)


def _record(record: Record, row: SolutionOutcome, then: str) -> None:
    ring = f"{row.environment} {row.ring}"
    outcome: Outcome = row.outcome
    record.solutions.append(
        SolutionRow(row.solution, row.version, row.target, ring, row.change, outcome, round(row.seconds, 2))
    )
    if row.outcome == "failed":
        known = remedy(row.error)
        hint = f"{known}; {then}" if known else row.hint or AGAIN
        record.failed.append(Failure("solution", f"{row.solution} on {row.target}", plainly(row.error), hint))
    elif row.outcome == "awaiting":
        record.notes.append(f"{row.solution} on {row.target} {row.error}; {row.hint}")


def _skipped(rows: Iterable[SolutionOutcome]) -> Iterator[str]:
    """Yield a note for each reason why targets of a solution were skipped."""
    skipped: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.outcome == "skipped" and row.error:
            skipped.setdefault((row.solution, row.error), []).append(row.target)
    for (solution, why), targets in skipped.items():
        yield f"{solution} on {some(targets)} was skipped: {why}"
