"""`ewo solution`: the group, and the configuration language on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.cli.output import emit, output_option, visible
from orchestration.cli.solution_new import new
from orchestration.cli.solution_placement import placement
from orchestration.cli.solution_resolve import resolve
from orchestration.cli.solution_rollback import rollback
from orchestration.cli.solution_rollout import install, publish, review
from orchestration.cli.solution_status import status
from orchestration.cli.solution_uninstall import uninstall
from orchestration.cli.solution_validation import validation

INVALID = 2


@click.group()
def solution() -> None:
    """What targets get of solutions, offline; and what became of it."""


for command in (new, resolve, placement, review, publish, install, uninstall, rollback, status, validation):
    solution.add_command(command)


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
