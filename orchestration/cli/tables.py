"""Reports as tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.cli.output import print_table

if TYPE_CHECKING:
    from orchestration.reports import DownReport, PlanReport, SolutionsReport, StackRow, UpReport


def show_plan(report: PlanReport) -> None:
    """Print a plan."""
    rows = [(number, row) for number, wave in enumerate(report.waves, 1) for row in wave]
    columns = ("wave", "stack", "environment", "add", "change", "destroy", "")
    print_table("Stacks", columns, [(str(number), *_stack(row), _note(row)) for number, row in rows])
    commits = [(row.repository, row.branch, f"{len(row.files)} files") for row in report.commits]
    print_table("Commits", ("repository", "branch", ""), commits)
    placed = [(row.environment, row.clusterType, row.deploymentTarget, row.change) for row in report.assignments]
    print_table("Assignments", ("environment", "cluster type", "deployment target", "change"), placed)
    values = [(row.template, row.version, row.node, row.change) for row in report.values]
    print_table("Values", ("template", "version", "node", "change"), values)
    solutions = [(row.solution, row.version, row.ring, row.target, row.change) for row in report.solutions]
    print_table("Solutions", ("solution", "version", "ring", "target", "change"), solutions)
    for item in report.destroys:
        click.echo(f"destroys {item}")
    _issues(report)
    click.echo(f"{'changes pending' if report.changes else 'nothing to change'}; digest {report.digest}")


def _issues(report: PlanReport) -> None:
    for issue in report.issues:
        click.echo(f"blocked: {issue.what} {issue.where}: {issue.error}")
    for note in report.notes:
        click.echo(f"note: {note}")


def show_up(report: UpReport, *, verbose: bool) -> None:
    """Print what a run did to the fleet at *fleet*."""
    rows = [row for wave in report.waves for row in wave]
    columns = ("stack", "environment", "add", "change", "destroy", "outcome", "seconds")
    print_table("Stacks", columns, [(*_stack(row), row.outcome or "", _seconds(row.seconds)) for row in rows])
    commits = [(row.repository, row.branch, (row.commit or "")[:12], row.outcome or "") for row in report.commits]
    print_table("Commits", ("repository", "branch", "commit", "outcome"), commits)
    placed = [(row.environment, row.clusterType, row.deploymentTarget, row.outcome or "") for row in report.assignments]
    print_table("Assignments", ("environment", "cluster type", "deployment target", "outcome"), placed)
    _rolled_out(report)
    if verbose:
        print_table("Time", ("step", "seconds"), [(step, _seconds(took)) for step, took in report.steps.items()])
    _to_know(report)


def show_rollout(report: SolutionsReport) -> None:
    """Print what a verb of solutions alone did."""
    _rolled_out(report)
    _to_know(report)


def _rolled_out(report: UpReport | SolutionsReport) -> None:
    values = [(row.template, row.version, row.node, row.outcome or "") for row in report.values]
    print_table("Values", ("template", "version", "node", "outcome"), values)
    solutions = [(row.solution, row.version, row.ring, row.target, row.outcome or "") for row in report.solutions]
    print_table("Solutions", ("solution", "version", "ring", "target", "outcome"), solutions)


def _to_know(report: UpReport | SolutionsReport) -> None:
    for name, why in report.pending.items():
        click.echo(f"pending: {name}: {why}")
    for note in report.notes:
        click.echo(f"note: {note}")


def show_failures(report: UpReport | SolutionsReport | DownReport, fleet: Path, output: str, log_format: str) -> None:
    """Print below a table what failed; programs find it in the report, and JSON lines have told it already."""
    failed = report.failed if output == "table" and log_format == "text" else ()
    for failure in failed:
        click.echo(f"failed: {failure.what} {failure.where}: {failure.error}", err=True)
        if failure.hint:
            click.echo(f"  hint: {failure.hint}", err=True)
    if failed:
        from orchestration.orchestrator.runs import run_line

        click.echo("fix the above and run it again, as the hints say", err=True)
        click.echo(run_line(report.run, fleet), err=True)


def show_down(report: DownReport) -> None:
    """Print what was removed and what was left."""
    columns = ("stack", "environment", "add", "change", "destroy", "outcome", "seconds")
    rows = [(*_stack(row), row.outcome or "", _seconds(row.seconds)) for row in report.removed]
    print_table("Stacks", columns, rows)
    for item in report.deleted:
        click.echo(f"deleted {item}")
    print_table("Left as they are", ("what", "why"), [(item.what, item.why) for item in report.left])


def _stack(row: StackRow) -> tuple[str, str, str, str, str]:
    return row.stack, row.environment or "", str(row.add), str(row.change), str(row.destroy)


def _note(row: StackRow) -> str:
    if row.skipped:
        return "unchanged"
    return "deferred: counted from its inputs" if row.deferred else ""


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
