"""`ewo support-bundle`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("support-bundle")
@click.argument("run")
@click.option(
    "--fleet",
    type=click.Path(path_type=Path),
    default=Path(),
    help="File or folder of the fleet; its runs lie in .ewo beside it.  [default: the current folder]",
)
@click.option("--sandbox-dir", type=click.Path(path_type=Path), help="Folder of the sandbox, if it has moved.")
@click.option("--to", type=click.Path(path_type=Path), help="File to write.  [default: ewo-support-ID.tar.gz]")
def support_bundle(run: str, fleet: Path, sandbox_dir: Path | None, to: Path | None) -> None:
    """Pack the record of RUN into one file, with versions and the doctor's report, and without secrets.

    RUN is an id, the beginning of one, or `latest`; an unknown one lists those there are.
    """
    from orchestration.orchestrator.support import make_bundle

    bundle = make_bundle(run, fleet=fleet, sandbox_dir=sandbox_dir, to=to)
    click.echo(bundle.path)
    for note in bundle.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"run {bundle.run}: {bundle.taken_out} places that hold or may hold a secret were taken out", err=True)
    click.echo("look through it before you give it away: names, ids and addresses are in it", err=True)
