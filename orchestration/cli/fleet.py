"""`ewo init` and `ewo validate`: what works offline on a fleet file."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.cli.output import emit, output_option
from orchestration.cli.target import fleet_argument


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--name", help="Name of the fleet; the folder's name unless given.")
@output_option
def init(folder: Path, name: str | None, output: str) -> None:
    """Write a commented fleet folder that validates."""
    from orchestration.fleet import write_starter

    files = [str(path) for path in write_starter(folder, name or folder.resolve().name)]
    emit({"schema": "ewo.init/1", "files": files}, output, lambda: click.echo("\n".join(files)))
    click.echo(f"next: ewo up {folder} --sandbox", err=True)


@click.command()
@fleet_argument
@output_option
def validate(fleet: Path, output: str) -> None:
    """Report every problem of FLEET; opens no socket and reads no secret. Exit 2 if there are errors."""
    from orchestration.solutions import check_fleet

    problems = check_fleet(fleet)
    document = {"schema": "ewo.problems/1", "problems": [problem.to_json() for problem in problems]}

    def as_table() -> None:
        click.echo("\n".join(map(str, problems)) or f"{fleet}: no problems")

    emit(document, output, as_table)
    click.get_current_context().exit(2 if any(problem.severity == "error" for problem in problems) else 0)
