"""`ewo down`."""

from __future__ import annotations

from typing import Any

import click

from orchestration.cli.output import emit, output_option
from orchestration.cli.target import open_orchestrator, target_options

DECLINED = 1


@click.command()
@target_options
@output_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def down(output: str, *, yes: bool, **where: Any) -> None:
    """Remove what FLEET made, nothing else; lists what it leaves and why."""
    from orchestration.cli.confirm import ask, can_ask
    from orchestration.cli.tables import show_down, show_failures
    from orchestration.errors import UsageError

    if not yes and not can_ask():
        raise UsageError("down removes what the fleet made, and there is no terminal to ask", hint="give --yes")
    if not yes and not ask(f"Remove everything that {where['fleet']} made?"):
        click.echo("nothing was removed", err=True)
        click.get_current_context().exit(DECLINED)
    with open_orchestrator(**where) as (orchestrator, cancel):
        report = orchestrator.down(cancel=cancel)
    emit(report.to_json(), output, lambda: show_down(report))
    show_failures(report, where["fleet"], output, where["log_format"])
    click.get_current_context().exit(report.exit_code)
