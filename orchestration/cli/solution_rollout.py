"""`ewo solution review`, `publish` and `install`: the rollout alone, up to one of its steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from orchestration.cli.output import emit, output_option
from orchestration.cli.target import open_orchestrator, target_options
from orchestration.cli.until import until_option

if TYPE_CHECKING:
    from orchestration.solutions import Until

_OPTIONS = (
    target_options,
    click.argument("name", metavar="[SOLUTION]", required=False),
    output_option,
    click.option("--environment", metavar="NAME", help="Only this environment."),
    until_option,
    click.option("--continue", "continue_failed", is_flag=True, help="Go on where a rollout stopped at a failure."),
    click.option("--strict", is_flag=True, help="Exit 4 for what is pending, too."),
)


def _rollout(verb: str, text: str) -> click.Command:
    """Return the command that takes solutions through the step *verb*."""
    command: Callable[..., None] = partial(_run, verb)
    for option in reversed(_OPTIONS):
        command = option(command)
    return click.command(verb, help=text)(command)


def _run(
    verb: str,
    name: str | None,
    output: str,
    *,
    environment: str | None,
    until: Until | None,
    continue_failed: bool,
    strict: bool,
    **where: Any,
) -> None:
    from orchestration.cli.tables import show_failures, show_rollout
    from orchestration.orchestrator import RolloutOptions

    options = RolloutOptions(
        solutions=None if name is None else (name,),
        environment=environment,
        until=until,
        continue_failed=continue_failed,
    )
    with open_orchestrator(**where, strict=True) as (orchestrator, cancel):
        report = getattr(orchestrator, verb)(options, cancel=cancel)
    emit(report.to_json(), output, lambda: show_rollout(report))
    show_failures(report, where["fleet"], output, where["log_format"])
    click.get_current_context().exit(report.exit_code or (4 if strict and report.waiting else 0))


review = _rollout(
    "review",
    """Review SOLUTION, or all, on the targets of FLEET, ring by ring, with the values they have now; installs nothing.

    Works with what the last `ewo up` has made and uploaded. What is reviewed already is left as it is.
    """,
)
publish = _rollout(
    "publish",
    """Publish SOLUTION, or all, to the targets of FLEET, ring by ring, reviewing it where needed; installs nothing.

    Works with what the last `ewo up` has made and uploaded. What is published already is left as it is.
    """,
)
install = _rollout(
    "install",
    """Install SOLUTION, or all, on the targets of FLEET, ring by ring, reviewing and publishing it where needed.

    This is the rollout that `ewo up` ends with, without Terraform and Git, on what the last `ewo up` has made and
    uploaded. It stops at a failure until --continue, and goes on after a kill when it is run again.
    """,
)
