"""`ewo solution placement`: which targets get a solution, in which ring, and why others do not."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.cli.output import emit, output_option, print_table
from orchestration.cli.target import fleet_argument

if TYPE_CHECKING:
    from orchestration.solutions import PlacementRow


@click.command()
@fleet_argument
@click.argument("name", metavar="[SOLUTION]", required=False)
@output_option
def placement(fleet: Path, name: str | None, output: str) -> None:
    """Show for every target of FLEET whether it gets SOLUTION, in which ring, or the first reason why not; offline.

    All solutions unless one is named. Rings are those of a first rollout: a target that is added later joins the last.
    """
    from orchestration.fleet import load_fleet
    from orchestration.solutions import explain_placement

    rows = explain_placement(load_fleet(fleet), name)
    document = {"schema": "ewo.placement/1", "targets": [row.to_json() for row in rows]}
    emit(document, output, lambda: show_placement(rows))


def show_placement(rows: tuple[PlacementRow, ...]) -> None:
    """Print a table for each solution, and how many targets get it."""
    columns = ("environment", "target", "version", "ring", "why not")
    for name, group in groupby(rows, key=lambda row: row.solution):
        members = list(group)
        print_table(name, columns, [_cells(row) for row in members])
        chosen = sum(row.chosen for row in members)
        click.echo(f"{chosen} of {len(members)} targets get {name}")
    if not rows:
        click.echo("the fleet places no solution")


def _cells(row: PlacementRow) -> tuple[str, ...]:
    version = (row.version or "") if row.chosen else ""
    return row.environment, row.target, version, str(row.ring or ""), row.reason
