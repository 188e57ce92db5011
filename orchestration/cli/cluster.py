"""`ewo cluster script`: the connect script of one cluster."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.cli.output import emit, output_option
from orchestration.cli.target import fleet_argument


@click.group()
def cluster() -> None:
    """Connect scripts of clusters."""


@cluster.command()
@fleet_argument
@click.argument("name")
@output_option
def script(fleet: Path, name: str, output: str) -> None:
    """Print the script that connects cluster NAME of FLEET to Azure Arc; it holds no secret."""
    from orchestration.errors import UsageError
    from orchestration.fleet import load_fleet
    from orchestration.orchestrator import connect_script

    loaded = load_fleet(fleet)
    if name not in loaded.clusters:
        raise UsageError(f"the fleet has no cluster {name!r}", hint=f"it has: {', '.join(loaded.clusters)}")
    text = connect_script(loaded, loaded.clusters[name])
    emit({"schema": "ewo.script/1", "cluster": name, "script": text}, output, lambda: click.echo(text, nl=False))
