"""`ewo up`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from orchestration.cli.duration import in_seconds
from orchestration.cli.optional import MaybeValue, MaybeValues
from orchestration.cli.output import emit, output_option
from orchestration.cli.target import open_orchestrator, target_options
from orchestration.cli.until import until_option

if TYPE_CHECKING:
    from orchestration.solutions import Until


@click.command(cls=MaybeValues)
@target_options
@output_option
@click.option("--all", "everything", is_flag=True, help="Apply every stack, changed or not.")
@click.option("--only", metavar="cluster=NAME", help="Apply only the stack that holds the cluster.")
@click.option("--environment", metavar="NAME", help="Only what belongs to the environment.")
@click.option("--expect", metavar="DIGEST", help="Refuse a plan other than the one with this digest.")
@click.option("--allow-destroy", type=click.IntRange(0), metavar="N", help="Allow up to N things to be destroyed.")
@click.option("--take-over", is_flag=True, help="Overwrite control-plane files of ours that were edited by hand.")
@until_option
@click.option("--continue", "continue_failed", is_flag=True, help="Go on with a rollout that stopped at a failure.")
@click.option(
    "--wait",
    cls=MaybeValue,
    is_flag=False,
    flag_value="15m",
    callback=in_seconds,
    metavar="[DURATION]",
    help="Wait for Flux.  [default: 15m]",
)
@click.option("--strict", is_flag=True, help="Exit 4 for what is pending or awaiting, too.")
def up(
    output: str,
    *,
    everything: bool,
    only: str | None,
    environment: str | None,
    expect: str | None,
    allow_destroy: int | None,
    take_over: bool,
    until: Until | None,
    continue_failed: bool,
    wait: float | None,
    strict: bool,
    **where: Any,
) -> None:
    """Take FLEET from its file to running; safe to run again at any time."""
    from orchestration.cli.confirm import allow
    from orchestration.cli.tables import show_failures, show_up
    from orchestration.orchestrator import UpOptions

    options = UpOptions(
        everything=everything,
        only=only,
        environment=environment,
        expect=expect,
        take_over=take_over,
        until=until,
        continue_failed=continue_failed,
        wait=wait,
        allow_destroy=allow(allow_destroy),
    )
    with open_orchestrator(**where, strict=True) as (orchestrator, cancel):
        report = orchestrator.up(options, cancel=cancel)
    emit(report.to_json(), output, lambda: show_up(report, verbose=where["verbose"]))
    show_failures(report, where["fleet"], output, where["log_format"])
    click.get_current_context().exit(report.exit_code or (4 if strict and report.waiting else 0))
