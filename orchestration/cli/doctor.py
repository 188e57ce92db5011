"""`ewo doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.cli.output import emit, output_option
from orchestration.cli.target import sandbox_options

if TYPE_CHECKING:
    from orchestration.orchestrator.doctor import DoctorReport

INDENT = " " * 6


@click.command()
@click.argument("fleet", type=click.Path(path_type=Path), required=False)
@sandbox_options
@output_option
def doctor(fleet: Path | None, output: str, *, sandbox: bool, sandbox_dir: Path | None) -> None:
    """Check tools, and with FLEET all that its verbs need: login, providers, roles, tokens, network.

    Nothing is changed. Exit 1 if a check fails.
    """
    from orchestration.orchestrator.doctor import examine

    report = examine(fleet, sandbox=sandbox, sandbox_dir=sandbox_dir)
    emit(report.to_json(), output, lambda: show(report))
    click.get_current_context().exit(0 if report.healthy else 1)


def show(report: DoctorReport) -> None:
    """Print a line a check, below it what to do unless it is ok."""
    width = max(len(row.name) for row in report.checks)
    for row in report.checks:
        detail = row.detail.replace("\n", f"\n{INDENT}{' ' * width}  ")
        click.echo(f"{row.outcome:<4}  {row.name:<{width}}  {detail}")
        if row.fix:
            click.echo(f"{INDENT}{'':<{width}}  fix: {row.fix}")
    failed = sum(row.outcome == "fail" for row in report.checks)
    click.echo("healthy" if report.healthy else f"not healthy: {failed} of {len(report.checks)} checks failed")
