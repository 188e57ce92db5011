"""`ewo solution validation`."""

from __future__ import annotations

from typing import Any

import click

from orchestration.cli.output import emit, output_option
from orchestration.cli.target import open_orchestrator, target_options


@click.command()
@target_options
@click.argument("name", metavar="SOLUTION")
@click.argument("target", metavar="TARGET")
@click.option("--valid", is_flag=True, help="It may be installed.")
@click.option("--invalid", metavar="REASON", help="It may not be installed, and why. That is final for this version.")
@output_option
def validation(name: str, target: str, output: str, *, valid: bool, invalid: str | None, **where: Any) -> None:
    """Give the verdict on SOLUTION at TARGET of FLEET where no external validator gives it.

    The version that waits for its validation is meant. Nothing is installed.
    """
    from orchestration.cli.tables import show_rollout
    from orchestration.errors import UsageError

    if valid == (invalid is not None):
        raise UsageError("a verdict is --valid or --invalid REASON", hint="give the one or the other")
    with open_orchestrator(**where) as (orchestrator, cancel):
        report = orchestrator.set_validation(name, target, valid=valid, reason=invalid or "", cancel=cancel)
    emit(report.to_json(), output, lambda: show_rollout(report))
