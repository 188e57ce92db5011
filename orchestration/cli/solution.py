"""`ewo solution`: the group, and the configuration language on the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.cli.output import emit, output_option, print_table, visible
from orchestration.cli.solution_new import new
from orchestration.cli.solution_placement import placement
from orchestration.cli.target import fleet_argument

if TYPE_CHECKING:
    from orchestration.solutions import ResolveReport

INVALID = 2
FEW = 4
"""How many targets a row of the table names."""


@click.group()
def solution() -> None:
    """What targets get of solutions, offline; and what became of it."""


solution.add_command(placement)


solution.add_command(new)


@solution.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@click.option(
    "--chart",
    "charts",
    metavar="DIR",
    multiple=True,
    type=click.Path(path_type=Path, readable=False),
    help="Folder of a Helm chart to hold the solutions that run it against.",
)
@click.option("--fix", is_flag=True, help="Rewrite older spellings and the older layout of schemas first.")
@output_option
def lint(folders: tuple[Path, ...], output: str, *, charts: tuple[Path, ...], fix: bool) -> None:
    """Report every problem of schemas, templates and specifications. Exit 2 if there are errors.

    DIR is a template's folder, with template.yaml in it, or a fleet. Templates that are given together may refer to
    each other.
    """
    from orchestration.solutions import lint_folders

    report = lint_folders(folders, charts=charts, fix=fix)
    for name in report.fixed:
        click.echo(f"rewrote {visible(name)}", err=True)
    document = {"schema": "ewo.problems/1", "problems": [problem.to_json() for problem in report.problems]}

    def as_table() -> None:
        click.echo("\n".join(map(str, report.problems)) or "no problems")

    emit(document, output, as_table)
    click.get_current_context().exit(INVALID if report.failed else 0)


@solution.command()
@fleet_argument
@click.argument("name", metavar="SOLUTION")
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@output_option
def resolve(fleet: Path, name: str, targets: tuple[str, ...], output: str) -> None:
    """Show the values that targets of FLEET will get of SOLUTION, and where each comes from. Exit 2 if some are wrong.

    All targets that the solution is placed on, unless some are named. What rests on rules that no public page states
    is marked.
    """
    from orchestration.fleet import load_fleet
    from orchestration.solutions import resolve_solution

    report = resolve_solution(load_fleet(fleet), name, targets)
    emit(report.to_json(), output, lambda: show_values(report))
    click.get_current_context().exit(INVALID if report.failed else 0)


def show_values(report: ResolveReport) -> None:
    """Print each key once for every value and place that it has, with the targets that get it; then what is wrong."""
    for title, rows in value_rows(report).items():
        print_table(visible(title), ("key", "value", "from", "place", "targets"), rows)
    for code, text in report.assumptions.items():
        click.echo(f"* {code}: {text}; no public page says so")
    told = {problem: each.target for each in reversed(report.targets) for problem in each.resolution.problems}
    for problem, target in reversed(told.items()):
        click.echo(f"{visible(target)}: {problem}", err=True)


def value_rows(report: ResolveReport) -> dict[str, list[tuple[str, str, str, str, str]]]:
    """Return the rows of each version's table: key, value, what it is from, where that stands, and the targets."""
    grouped: dict[str, dict[tuple[str, str, str, str], list[str]]] = {}
    for each in report.targets:
        groups = grouped.setdefault(f"{each.solution} {each.version}", {})
        for entry in each.resolution.provenance:
            mark = " *" if entry.assumed else ""
            origin = f"{entry.origin} {entry.node}" if entry.node else entry.origin
            place = f"{entry.file}:{entry.line}"
            row = (visible(entry.key), visible(json.dumps(entry.value, ensure_ascii=False)), origin + mark, place)
            groups.setdefault(row, []).append(each.target)
    return {
        title: [(*row, some(names)) for row, names in sorted(groups.items(), key=lambda item: item[0][0])]
        for title, groups in grouped.items()
    }


def some(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more
