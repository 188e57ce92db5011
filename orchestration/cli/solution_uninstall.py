"""`ewo solution uninstall`."""

from __future__ import annotations

from typing import Any

import click

from orchestration.cli.output import emit, output_option
from orchestration.cli.target import open_orchestrator, target_options


@click.command()
@target_options
@click.argument("name", metavar="SOLUTION")
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@output_option
@click.option("--allow-destroy", type=click.IntRange(0), metavar="N", help="Allow it to go from up to N targets.")
def uninstall(name: str, targets: tuple[str, ...], output: str, *, allow_destroy: int | None, **where: Any) -> None:
    """Uninstall SOLUTION from targets of FLEET, all that have it unless some are named.

    The fleet file stays as it is: where SOLUTION is still placed, the next `ewo up` installs it again. Its versions
    stay on the targets and can be installed again.
    """
    from orchestration.cli.confirm import allow
    from orchestration.cli.tables import show_failures, show_rollout

    with open_orchestrator(**where) as (orchestrator, cancel):
        report = orchestrator.uninstall(name, targets, allow_destroy=allow(allow_destroy), cancel=cancel)
    emit(report.to_json(), output, lambda: show_rollout(report))
    show_failures(report, where["fleet"], output, where["log_format"])
    click.get_current_context().exit(report.exit_code)
