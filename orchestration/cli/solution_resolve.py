"""`ewo solution resolve`: the values that targets get, offline, or against what runs there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestration.cli.output import emit, output_option, print_pieces
from orchestration.cli.target import open_orchestrator, target_options
from orchestration.cli.value_tables import show_changes, show_values

if TYPE_CHECKING:
    from orchestration.solutions import ValuesDiff

FAILED, INVALID, CHANGES = 1, 2, 3


@click.command()
@target_options
@click.argument("name", metavar="SOLUTION")
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@click.option("--diff", is_flag=True, help="Against the versions that run on the targets, which are asked.")
@click.option("--exit-code", is_flag=True, help="With --diff: exit 3 if something would change.")
@output_option
def resolve(
    fleet: Path, name: str, targets: tuple[str, ...], output: str, *, diff: bool, exit_code: bool, **where: Any
) -> None:
    """Show the values that targets of FLEET will get of SOLUTION, and where each comes from. Exit 2 if some are wrong.

    All targets that the solution is placed on, unless some are named. What rests on rules that no public page states
    is marked. Offline, but with --diff, which shows what would change: a value's old and new one and what decides it.
    """
    if diff:
        report = _compared(fleet, name, targets, where)
        emit(report.to_json(), output, lambda: show_changes(report))
        click.get_current_context().exit(_code(report, exit_code=exit_code))
    if exit_code or where["sandbox"] or where["sandbox_dir"]:
        raise click.UsageError("--exit-code, --sandbox and --sandbox-dir go with --diff: without it nothing is asked.")
    from orchestration.fleet import load_fleet
    from orchestration.solutions import resolve_solution

    resolved = resolve_solution(load_fleet(fleet), name, targets)
    if output == "table":
        show_values(resolved)
    else:
        print_pieces(*resolved.pieces(), output)
    click.get_current_context().exit(INVALID if resolved.failed else 0)


def _compared(fleet: Path, name: str, targets: Sequence[str], where: dict[str, Any]) -> ValuesDiff:
    with open_orchestrator(fleet, **where) as (orchestrator, cancel):
        return orchestrator.compare_values(name, targets, cancel=cancel)


def _code(report: ValuesDiff, *, exit_code: bool) -> int:
    if report.resolved.failed:
        return INVALID
    if report.unread:
        return FAILED
    return CHANGES if exit_code and report.changes else 0
