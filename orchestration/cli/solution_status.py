"""`ewo solution status`: who has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from orchestration.cli.output import emit, output_option, print_table
from orchestration.cli.target import open_orchestrator, target_options

if TYPE_CHECKING:
    from orchestration.solutions import Standing, StandingReport


@click.command()
@target_options
@click.argument("name", metavar="[SOLUTION]", required=False)
@output_option
@click.option("--direct", is_flag=True, help="Ask every target, not Resource Graph, which may be behind by a minute.")
def status(name: str | None, output: str, *, direct: bool, **where: Any) -> None:
    """Show which targets of FLEET have SOLUTION, or all, in which state, since when and by whom.

    Exit 1 unless every target that can be reached has what it is to have. Resource Graph is asked for the versions on
    all targets at once, a target itself only for what runs there and for what is in flight.
    """
    with open_orchestrator(**where) as (orchestrator, cancel):
        report = orchestrator.solution_status(name, direct=direct, cancel=cancel)
    emit(report.to_json(), output, lambda: show_standing(report))
    click.get_current_context().exit(0 if report.healthy else 1)


def show_standing(report: StandingReport) -> None:
    """Print how many targets have each solution, a row for each, and what is wrong."""
    for line in report.headlines():
        click.echo(line)
    for name in dict.fromkeys(row.solution for row in report.rows):
        columns = ("environment", "target", "wanted", "there", "state", "components", "since", "by")
        print_table(name, columns, [_cells(row) for row in report.rows if row.solution == name])
    for row in report.rows:
        if row.pending:
            click.echo(f"pending: {row.solution} on {row.target}: {row.pending}")
        elif row.message:
            click.echo(f"unhealthy: {row.solution} on {row.target}: {row.message}")
        elif row.desired is None:
            click.echo(f"not placed: {row.solution} {row.version} is on {row.target}; `ewo up` uninstalls it")


def _cells(row: Standing) -> tuple[str, ...]:
    there = f"{row.version} revision {row.revision}" if row.version else ""
    coming = f", {row.coming.version} {row.coming.state}" if row.coming else ""
    components = ", ".join(f"{part.name} {part.status}" for part in row.components)
    since = row.since[:19].replace("T", " ")
    return row.environment, row.target, row.desired or "", there, row.state + coming, components, since, row.by
