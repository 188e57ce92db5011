"""`ewo status`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from orchestration.cli.optional import MaybeValue, MaybeValues
from orchestration.cli.output import emit, output_option
from orchestration.cli.progress import paused
from orchestration.cli.target import open_orchestrator, target_options

if TYPE_CHECKING:
    from orchestration.status import StatusReport


@click.command(cls=MaybeValues)
@target_options
@output_option
@click.option("--all", "everything", is_flag=True, help="Every row, not only what is unhealthy.")
@click.option("--environment", metavar="NAME", help="Only this environment.")
@click.option("--selector", metavar="KEY=VALUE,…", default="", help="Only clusters with these labels.")
@click.option(
    "--watch",
    cls=MaybeValue,
    is_flag=False,
    flag_value="5",
    type=click.FloatRange(1),
    metavar="[SECONDS]",
    help="Show it again so often, until Ctrl-C.  [default: 5]",
)
def status(
    output: str, *, everything: bool, environment: str | None, selector: str, watch: float | None, **where: Any
) -> None:
    """Show where everything of FLEET stands; exit 1 unless all is healthy."""
    with open_orchestrator(**where) as (orchestrator, cancel):
        look = partial(orchestrator.status, environment=environment, selector=selector, cancel=cancel)
        show = partial(_show, output=output, everything=everything)
        report = look()
        if watch is not None:
            report = _watch(look, show, report, partial(cancel.wait, watch))
    if watch is None:
        show(report)
    click.get_current_context().exit(0 if report.healthy else 1)


def _show(report: StatusReport, *, output: str, everything: bool) -> None:
    from orchestration.cli.status_table import show_status

    emit(report.to_json(), output, partial(show_status, report, everything=everything))


def _watch(
    look: Callable[[], StatusReport],
    show: Callable[[StatusReport], None],
    report: StatusReport,
    stopped: Callable[[], bool],
) -> StatusReport:
    """Show *report* and whatever follows it until told to stop; return the last that was shown."""
    from orchestration.errors import Interrupted

    while True:
        with paused():
            click.clear()
            show(report)
        try:
            if stopped():
                return report
            report = look()
        except Interrupted:  # which is how a watch ends
            return report
