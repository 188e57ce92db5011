"""Verbs of solutions alone, on what the last `up` has made: no Terraform, no Git."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from orchestration.errors import DestroyRefused, OrchestrationError, UsageError
from orchestration.fleet import naming
from orchestration.fleet.model import Fleet
from orchestration.orchestrator.recording import Record
from orchestration.orchestrator.rollout import record_solutions, roll_out, waiting_targets
from orchestration.orchestrator.session import Session
from orchestration.orchestrator.survey import Survey, survey
from orchestration.provision import Outputs
from orchestration.provision.known import CORE
from orchestration.reports import EditRow, SolutionRow, SolutionsReport
from orchestration.solutions import (
    DocumentKey,
    StandingReport,
    Through,
    Until,
    owned_paths,
    set_validation,
    solution_standings,
    uninstall,
)
from orchestration.solutions.extent import Extent
from orchestration.solutions.named import require_environment, some
from orchestration.solutions.placement import matching, placements_in_order, version_for
from orchestration.status import connectivity_by_index
from orchestration.status.clusters import CONNECTED, read_connectivity

UP_FIRST = "run `ewo up` first; with --until ENV it rolls out no further than that"


@dataclass(frozen=True, slots=True)
class RolloutOptions:
    """How far a rollout alone goes: of which solutions, all if None, where, and whether after a failure."""

    solutions: tuple[str, ...] | None = None
    environment: str | None = None
    until: Until | None = None
    continue_failed: bool = False

    def check(self, fleet: Fleet) -> None:
        """Raise `UsageError` if the fleet does not have what is named, or no solution at all."""
        if not fleet.solutions:
            raise UsageError("the fleet has no solutions", hint="they are described at `ewo schema fleet`")
        require_environment(fleet, self.environment)
        Extent(fleet, until=self.until, only=self.solutions).check()


def take_through(session: Session, through: Through, options: RolloutOptions, run: str) -> SolutionsReport:
    """Take solutions through a step, ring by ring; return what became of each target.

    Raise `OrchestrationError` before anything is touched if `up` has not made what that needs.
    """
    outputs, record = session.outputs(), Record(session.progress)
    names = frozenset(session.fleet.solutions if options.solutions is None else options.solutions)
    require_uploaded(session, outputs, names)
    found = survey(session)
    with record.step(through):
        roll_out(
            session,
            found,
            outputs,
            record,
            environment=options.environment,
            through=through,
            until=options.until,
            only=options.solutions,
            continue_failed=options.continue_failed,
        )
    return solutions_report(through, record, found, run)


def take_away(
    session: Session, name: str, targets: Collection[str], allow: Callable[[Sequence[str]], bool], run: str
) -> SolutionsReport:
    """Uninstall a solution from targets, all that have it if none is named; return what became of each.

    Raise `DestroyRefused` if *allow* says no to what would go.
    """

    def permit(going: list[str]) -> None:
        if going and not allow(going):
            raise DestroyRefused(going, 0)

    found, record = survey(session), Record(session.progress)
    with record.step("uninstall"):
        rows = uninstall(
            session.fleet,
            session.connection.arm,
            name,
            targets,
            permit=permit,
            pending=waiting_targets(session, found),
            executor=session.executor,
            cancel=session.cancel,
            progress=session.progress,
        )
    record_solutions(record, rows, "then run it again")
    record.notes += _comes_back(session.fleet, name, [row.target for row in rows if row.outcome == "done"])
    return solutions_report("uninstall", record, found, run)


def judge_version(session: Session, name: str, target: str, run: str, *, valid: bool, reason: str) -> SolutionsReport:
    """Give the verdict on the version that waits for a validation; return whether it was still to be given."""
    fleet = session.fleet
    said = set_validation(fleet, session.connection.arm, name, target, valid=valid, reason=reason)
    row = SolutionRow(
        solution=name,
        version="",
        target=target,
        ring=f"{fleet.targets[target].environment} 0",
        change="update" if said else "none",
        outcome="done" if said else "unchanged",
        seconds=0.0,
    )
    then = (
        "the next `ewo up` or `ewo solution install` goes on from there"
        if valid
        else "it needs another version or value"
    )
    note = f"{name} on {target} is {'valid' if valid else 'invalid'}{'' if said else ' already'}: {then}"
    return SolutionsReport("validation", (row,), {}, (), run, notes=(note,))


def _comes_back(fleet: Fleet, name: str, targets: Sequence[str]) -> Iterator[str]:
    """Yield, for each environment, what `up` installs again, and how its placement is to be changed."""
    solution, there = fleet.solutions[name], set(targets)
    for placement in placements_in_order(fleet, solution):
        again = [target.name for target in matching(fleet, solution, placement) if target.name in there]
        if again:
            place = f"{placement.origin.file}:{placement.origin.line}"
            excepted = ", ".join([*placement.excepted, *again])
            yield (
                f"the next `ewo up` installs {name} on {some(again)} again, unless the targets of its placement in "
                f"{placement.environment} ({place}) have except: [{excepted}]"
            )


def where_solutions_stand(session: Session, name: str | None, *, direct: bool) -> StandingReport:
    """Return where every solution stands, or the one that is named; *direct* asks each target and cluster."""
    fleet, connection = session.fleet, session.connection
    if direct:
        ids = [cluster.id for cluster in fleet.clusters.values()]
        found = session.in_parallel(partial(read_connectivity, connection.arm), ids)
        connectivity: Mapping[str, str] = dict(zip(fleet.clusters, found, strict=True))
    else:
        connectivity = connectivity_by_index(fleet, connection.query)
    pending = {
        target.name: f"its cluster {target.cluster} is {connectivity[target.cluster]}"
        for target in fleet.targets.values()
        if connectivity[target.cluster] != CONNECTED
    }
    return solution_standings(
        fleet,
        connection.arm,
        connection.query,
        name,
        pending=pending,
        direct=direct,
        executor=session.executor,
    )


def solutions_report(
    verb: str, record: Record, found: Survey, run: str, edits: Sequence[EditRow] = ()
) -> SolutionsReport:
    """Return what a verb of solutions did, by its record."""
    return SolutionsReport(
        verb=verb,
        solutions=tuple(record.solutions),
        pending=found.pending,
        failed=tuple(record.failed),
        run=run,
        values=tuple(record.values),
        notes=tuple(record.notes),
        edits=tuple(edits),
    )


def require_core(outputs: Outputs) -> None:
    """Raise `OrchestrationError` if the fleet was never up."""
    if CORE not in outputs.stacks:
        raise OrchestrationError("the fleet is not up: its core stack is not applied", hint=UP_FIRST)


def require_uploaded(session: Session, outputs: Outputs, names: Collection[str]) -> None:
    """Raise `OrchestrationError` unless core has the versions and knows the values that a rollout of *names* uses."""
    require_core(outputs)
    fleet, made = session.fleet, session.made()
    versions = [key for key in _versions(fleet, names) if _version_id(fleet, *key).lower() not in made]
    lacking = [f"{name} {version} is not uploaded" for name, version in versions]
    lacking += _values_lacking(fleet, outputs, names, versions)
    if lacking:
        raise OrchestrationError(f"the fleet file is ahead of what is up: {'; '.join(lacking)}", hint=UP_FIRST)


def _versions(fleet: Fleet, names: Collection[str]) -> dict[tuple[str, str], None]:
    """Return the solutions and versions that a rollout brings, in the fleet's order."""
    wanted = [fleet.solutions[name] for name in fleet.solutions if name in names]
    return dict.fromkeys(
        (solution.name, version_for(solution, placement))
        for solution in wanted
        for placement in placements_in_order(fleet, solution)
    )


def _version_id(fleet: Fleet, name: str, version: str) -> str:
    return f"{naming.solution_template_id(fleet, fleet.solutions[name].template)}/versions/{version}"


def _values_lacking(
    fleet: Fleet, outputs: Outputs, names: Collection[str], absent: Collection[tuple[str, str]]
) -> Iterator[str]:
    """Yield the versions with keys that core does not note as the fleet's, so that nobody would take them back.

    Those that are *absent* have been told of.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for text, paths in owned_paths(fleet).items():
        key = DocumentKey.parse(text)
        meant = key.kind == "config" or (key.name in names and (key.name, key.version) not in absent)
        if meant and not set(paths) <= set(outputs.owned_values.get(text, ())):
            found.setdefault((key.name, key.version), []).append(key.where)
    for (name, version), places in found.items():
        yield f"values of {name} {version} on {some(places)} are new"
