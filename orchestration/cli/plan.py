"""`ewo plan`."""

from __future__ import annotations

from typing import Any

import click

from orchestration.cli.output import emit, output_option
from orchestration.cli.target import open_orchestrator, target_options

CHANGES, BLOCKED = 3, 1


@click.command()
@target_options
@output_option
@click.option("--exit-code", is_flag=True, help="Exit 3 when there are changes.")
def plan(output: str, *, exit_code: bool, **where: Any) -> None:
    """Show what `up` would do to FLEET: stacks, commits, assignments and solutions."""
    from orchestration.cli.tables import show_plan

    with open_orchestrator(**where, strict=True) as (orchestrator, cancel):
        report = orchestrator.plan(cancel=cancel)
    emit(report.to_json(), output, lambda: show_plan(report))
    if report.issues:
        click.get_current_context().exit(BLOCKED)
    click.get_current_context().exit(CHANGES if exit_code and report.changes else 0)
