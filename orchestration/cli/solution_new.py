"""`ewo solution new`: a solution's first version from a Helm chart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.cli.output import emit, output_option, print_table, visible

if TYPE_CHECKING:
    from orchestration.solutions import Started


@click.command()
@click.argument("chart", metavar="CHART_DIR", type=click.Path(path_type=Path, readable=False))
@click.option("--to", type=click.Path(path_type=Path), help="Folder to write.  [default: the name]")
@click.option("--name", default="", help="Name of the solution's template.  [default: the chart's]")
@click.option("--version", metavar="X.Y.Z", default="", help="Its version.  [default: the chart's]")
@click.option("--chart-repo", "repo", metavar="OCI", default="", help="Registry and path that the chart is pushed to.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@output_option
def new(chart: Path, to: Path | None, name: str, version: str, repo: str, output: str, *, force: bool) -> None:
    """Write schema, template and specification of a solution from a Helm chart's folder.

    Every value of the chart that the configuration language can express becomes configurable, with the chart's own
    value for default; types, bounds, patterns and the like are those of its values.schema.json. What stays as it is in
    the chart is listed with the reason.
    """
    from orchestration.solutions import start_solution

    started = start_solution(chart, to=to, name=name, version=version, repo=repo, force=force)
    emit(started.to_json(), output, lambda: show(started))
    folder = visible(str(Path(started.files[0]).parent))
    if not repo:
        click.echo(f"note: {visible(started.repo)} is no real place: put where the chart is pushed to", err=True)
    click.echo(f"next: ewo solution lint {folder} --chart {visible(str(chart))}", err=True)


def show(started: Started) -> None:
    """Print the files, and what a person should know of the chart's values."""
    click.echo("\n".join(map(visible, started.files)))
    click.echo(f"{len(started.configurable)} values are configurable, by IT (editableBy)")
    for title, told in (
        ("these have to be set for every target", started.missing),
        ("these are narrower than in the chart", started.narrowed),
        ("these stay as they are in the chart", started.literal),
    ):
        rows = [(visible(each.key), visible(f"{each.file}:{each.line}"), visible(each.reason)) for each in told]
        print_table(title, ("key", "place", "why"), rows)
