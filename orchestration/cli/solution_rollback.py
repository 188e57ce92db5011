"""`ewo solution rollback`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from orchestration.cli.output import emit, output_option
from orchestration.cli.target import open_orchestrator, target_options

if TYPE_CHECKING:
    from orchestration.reports import SolutionsReport

SAYS = {"done": "now has", "unchanged": "has", "skipped": "is to have", "failed": "is to have"}


@click.command()
@target_options
@click.argument("name", metavar="SOLUTION")
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@output_option
@click.option("--environment", metavar="NAME", help="Only the targets of this environment.")
@click.option("--no-edit", is_flag=True, help="Leave the fleet file as it is, and print what it is to have.")
def rollback(
    name: str, targets: tuple[str, ...], output: str, *, environment: str | None, no_edit: bool, **where: Any
) -> None:
    """Install the version before on targets of FLEET that have got SOLUTION's version, or have failed to.

    It goes ring by ring, as a rollout does; name targets to leave out one that fails. The version before is the newest
    published one of an older version that ran there; it comes back with the values it had. The placements of FLEET are
    held at it, so that `ewo up` does not undo it: that is a change to commit.
    """
    from orchestration.cli.tables import show_failures

    with open_orchestrator(**where) as (orchestrator, cancel):
        report = orchestrator.rollback(name, targets, environment=environment, edit=not no_edit, cancel=cancel)
    emit(report.to_json(), output, lambda: show_rollback(report))
    show_failures(report, where["fleet"], output, where["log_format"])
    click.get_current_context().exit(report.exit_code)


def show_rollback(report: SolutionsReport) -> None:
    """Print what became of the targets, and of the fleet file."""
    from orchestration.cli.tables import show_rollout

    show_rollout(report)
    for edit in report.edits:
        click.echo(f"{edit.file}:{edit.line}: the placement in {edit.environment} {SAYS[edit.outcome]} {edit.text}")
    if any(edit.outcome == "done" for edit in report.edits):
        click.echo("commit that: without it the next `ewo up` goes forward again; to go forward, take it out")
    elif any(edit.outcome != "unchanged" for edit in report.edits):
        click.echo("write that: without it the next `ewo up` goes forward again")
