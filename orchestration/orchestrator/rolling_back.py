"""Rollback: the version before on the targets that have got the newest, and a fleet file that says so, too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from orchestration.errors import OrchestrationError, UsageError
from orchestration.fleet.holding import Hold, hold_of, write_hold
from orchestration.fleet.model import Fleet, Solution
from orchestration.orchestrator.recording import Record
from orchestration.orchestrator.rollout import record_solutions, waiting_targets
from orchestration.orchestrator.session import Session
from orchestration.orchestrator.solutions import solutions_report
from orchestration.orchestrator.survey import survey
from orchestration.reports import EditRow, Outcome, SolutionsReport
from orchestration.solutions.named import require_environment, solution_named, some, targets_named
from orchestration.solutions.placement import place
from orchestration.solutions.rollback import Before, Rollback, held_at


def check_rollback(fleet: Fleet, name: str, targets: Collection[str], environment: str | None) -> None:
    """Raise `UsageError` if the fleet does not have what is named, or does not place the solution there."""
    solution = solution_named(fleet, name)
    require_environment(fleet, environment)
    if targets and environment is not None:
        raise UsageError("targets and an environment are given", hint="give the one or the others")
    placed = {item.target.name for item in place(fleet, solution)}
    for target in targets_named(fleet, targets):
        if target.name not in placed:
            hint = (
                f"see ewo solution placement; if it is there all the same: ewo solution uninstall {name} {target.name}"
            )
            raise UsageError(f"{name} is not placed on {target.name}", hint=hint)


def take_back(
    session: Session, name: str, targets: Collection[str], environment: str | None, run: str, *, edit: bool
) -> SolutionsReport:
    """Install the version before on targets that have got the solution's, and hold their environments there.

    The fleet file comes first: a run that is killed later is gone on with by `up` as well as by another rollback.
    """
    solution = session.fleet.solutions[name]
    found, record = survey(session), Record(session.progress)
    with record.step("rollback"):
        rollback = Rollback(
            session.fleet,
            session.connection.arm,
            solution,
            pending=waiting_targets(session, found),
            executor=session.executor,
            cancel=session.cancel,
            progress=session.progress,
        )
        looked = rollback.look(targets, environment)
        held = held_at(looked)
        holds = [hold_of(solution, place, version) for place, version in held.items()]
        edits = [_hold(record, solution, hold) if edit else _row(hold, "skipped") for hold in holds]
        rows = rollback.run(looked)
    record_solutions(record, rows, "then run it again")
    record.notes += [*_left(solution, looked), *_follow(session.fleet, solution, looked, held)]
    record.notes += _put_again(session.fleet, solution, looked)
    return solutions_report("rollback", record, found, run, edits)


def _hold(record: Record, solution: Solution, hold: Hold) -> EditRow:
    """Write *hold* into the fleet file; a file that cannot be changed is a failure, and the rollback goes on."""
    try:
        return _row(hold, "done" if write_hold(solution, hold) else "unchanged")
    except OrchestrationError as error:
        hint = f"write {hold.text} into the placement at {hold} yourself, or `ewo up` brings {solution.version} back"
        record.fail("fleet file", hold.file, str(error), hint)
        return _row(hold, "failed")


def _row(hold: Hold, outcome: Outcome) -> EditRow:
    return EditRow(hold.file, hold.line, hold.environment, hold.text, outcome)


def _put_again(fleet: Fleet, solution: Solution, looked: Iterable[Before]) -> Iterator[str]:
    """Yield a note for each solution that puts something into what went back, which has what it was given long ago."""
    back = any(item.changed and item.version is not None for item in looked)
    for other in fleet.solutions.values() if back else ():
        if any(each.solution == solution.name and each.inject for each in other.depends_on):
            yield (
                f"{solution.name} has what {other.name} put into it when that version ran; the next `ewo up`, or "
                f"`ewo solution rollback` of {other.name}, puts in what it is to have"
            )


def _left(solution: Solution, looked: Iterable[Before]) -> Iterator[str]:
    """Yield a note for each reason why targets are left as they are."""
    left: dict[str, list[str]] = {}
    for item in looked:
        if item.outcome == "unchanged" and item.version is None:
            left.setdefault(item.reason, []).append(item.assignment.target.name)
    for reason, targets in left.items():
        yield f"{solution.name} on {some(targets)} is left as it is: {reason}"


def _follow(fleet: Fleet, solution: Solution, looked: Sequence[Before], held: Mapping[str, str]) -> Iterator[str]:
    """Yield a note for each environment with targets that get another version by the next `up`."""
    back = {
        item.assignment.target.name: item.version.template_version
        for item in looked
        if item.changed and item.version is not None
    }
    for environment, version in held.items():
        placed = [item.target.name for item in place(fleet, solution) if item.environment == environment]
        others = [name for name in placed if back.get(name) != version]
        if others:
            yield f"with {environment} held at {version}, the next `ewo up` brings {some(others)} there, too"
