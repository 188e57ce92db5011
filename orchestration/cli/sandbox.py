"""`ewo sandbox run` and `ewo sandbox fault`."""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from orchestration.cli.target import interruptible
from orchestration.errors import SandboxError

folder_option = click.option(
    "--sandbox-dir",
    type=click.Path(path_type=Path),
    default=Path(".ewo/sandbox"),
    show_default=True,
    help="Folder of the sandbox.",
)


@click.group()
def sandbox() -> None:
    """The stand-in for Azure and the Git host."""


@sandbox.command()
@click.argument("fleet", type=click.Path(path_type=Path), required=False)
@click.option(
    "--sandbox-dir",
    type=click.Path(path_type=Path),
    help="Folder of the sandbox.  [default: .ewo/sandbox beside the fleet file, or here]",
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port on 127.0.0.1; a free one unless given.")
def run(fleet: Path | None, sandbox_dir: Path | None, port: int | None) -> None:
    """Run the sandbox as a server of its own, until Ctrl-C.

    With FLEET it has what a run of that fleet finds: subscriptions, resource groups, clusters that exist already.
    """
    from orchestration.fleet import load_fleet
    from orchestration.sandbox.extra import require_extra

    require_extra()
    from orchestration.orchestrator.by_hand import open_by_hand

    loaded = load_fleet(fleet) if fleet else None
    folder = sandbox_dir or (loaded.folder if loaded else Path()) / ".ewo" / "sandbox"
    with (
        interruptible(lambda: None) as cancel,
        open_by_hand(folder, port, loaded, cancel) as (running, environment),
    ):
        if running.child is None:
            raise SandboxError(
                f"a sandbox already runs on {folder}, at {running.url}", hint="use it: verbs on its folder join it"
            )
        click.echo(f"for Terraform by hand: source {shlex.quote(str(environment))}", err=True)
        click.echo(f"sandbox {folder} on {running.url}; Ctrl-C stops it", err=True)
        _wait(cancel, running.alive)


def _wait(cancel: threading.Event, alive: object) -> None:
    while not cancel.wait(0.5):
        if callable(alive) and not alive():
            raise click.ClickException("the sandbox stopped; its log is in its folder")


@sandbox.group()
def fault() -> None:
    """Make the running sandbox fail on command."""


def _pattern(context: click.Context, option: click.Parameter, value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise click.BadParameter(f"{value!r} is no regular expression: {error}") from error
    return value


def _what(context: click.Context, argument: click.Parameter, value: str) -> dict[str, object]:
    """Return a fault's status or kind."""
    from orchestration.sandbox.faults import KINDS

    if value in KINDS[1:]:
        return {"kind": value}
    if value.isascii() and value.isdecimal() and 400 <= int(value) <= 599:
        return {"status": int(value)}
    raise click.BadParameter(f"{value!r} is no status from 400 to 599, and none of {', '.join(KINDS[1:])}")


def _arms(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the argument and the options of every fault."""
    options = (
        folder_option,
        click.argument("what", metavar="STATUS|reset|stall|half|garbage", callback=_what),
        click.option(
            "--path", required=True, metavar="REGEX", callback=_pattern, help="Paths of the requests to fail."
        ),
        click.option("--times", type=click.IntRange(1), default=1, show_default=True, help="How many to fail."),
        click.option(
            "--seconds", type=click.FloatRange(0, min_open=True), help="How long a stall lasts.  [default: 60]"
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@fault.command()
@_arms
def arm(sandbox_dir: Path, what: dict[str, object], path: str, times: int, seconds: float | None) -> None:
    """Answer requests to Azure with an error status, or break them.

    reset breaks the connection without an answer, stall says nothing for long, half breaks off within the answer,
    garbage is an answer that is no JSON.
    """
    _arm(sandbox_dir, "azure", what, path, times, seconds)


@fault.command()
@_arms
def git(sandbox_dir: Path, what: dict[str, object], path: str, times: int, seconds: float | None) -> None:
    """The same for requests to the Git host: /git/HOST/OWNER/NAME/…, and GitHub's API at /api/v3/…"""
    _arm(sandbox_dir, "git", what, path, times, seconds)


def _afflicts(names: str, what: str, default: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the arguments and the options of what goes wrong with a target or a cluster."""

    def kind(context: click.Context, argument: click.Parameter, value: str | None) -> str | None:
        if value is not None and value not in what.split("|"):
            raise click.BadParameter(f"{value!r} is none of {what.replace('|', ', ')}")
        return value

    def give(function: Callable[..., None]) -> Callable[..., None]:
        options = (
            folder_option,
            click.argument("name"),
            click.argument("what", metavar=what, required=False, callback=kind),
            click.option("--seconds", type=click.FloatRange(0, min_open=True), help=f"{names}  [default: {default}]"),
            click.option("--clear", is_flag=True, help="Take back all that went wrong with NAME."),
        )
        for option in reversed(options):
            function = option(function)
        return function

    return give


@fault.command()
@_afflicts(
    "How long what is slow lasts, or unhealthy.",
    "fail|slow|stuck|unhealthy|unstaged|slow-review|slow-publish",
    "60 for what is slow, else until --clear",
)
@click.option("--times", type=click.IntRange(1), help="How many installations, or other actions.  [default: 1]")
def target(
    sandbox_dir: Path, name: str, what: str | None, seconds: float | None, clear: bool, times: int | None
) -> None:
    """Let something go wrong with the next installations, or what comes before them, on target NAME.

    fail ends them as Failed, slow makes them last, stuck holds them in Deploying until --clear, unhealthy lets them end
    as Deployed with a component that is not well. unstaged fails the staging of images, before anything is installed;
    slow-review and slow-publish make reviews or publications last.
    """
    others = {"unstaged": "staging", "slow-review": "review", "slow-publish": "publication"}
    hit = others.get(what or "", "installation")
    told = f"{_next(times or 1, hit)} on target {name!r}: {what}"
    _afflict(sandbox_dir, "target", name, {"what": what, "seconds": seconds, "times": times}, told, clear=clear)


@fault.command()
@_afflicts("How long offline or expired lasts.", "offline|expired|gone", "until --clear")
def cluster(sandbox_dir: Path, name: str, what: str | None, seconds: float | None, clear: bool) -> None:
    """Let the connected cluster NAME be offline, expired or gone, which fails installations on it too."""
    told = f"cluster {name!r} is {what}"
    _afflict(sandbox_dir, "cluster", name, {"what": what, "seconds": seconds}, told, clear=clear)


def _afflict(folder: Path, on: str, name: str, fault: dict[str, Any], told: str, *, clear: bool) -> None:
    given = {key: value for key, value in fault.items() if value is not None}
    if clear == bool(given):
        raise click.UsageError("give either what is to go wrong, or --clear alone")
    from orchestration.sandbox.process import join

    with join(folder) as running:
        if clear:
            running.clear_fault(on, name)
            click.echo(f"nothing is wrong with {on} {name!r} any more", err=True)
            return
        known = running.fault_target(name, **given) if on == "target" else running.fault_cluster(name, **given)
    click.echo(told + ("" if known else "; there is none of that name yet, it holds once there is"), err=True)


@fault.command()
@folder_option
@click.argument("url")
@click.argument("branches", metavar="[BRANCH]...", nargs=-1)
def protect(sandbox_dir: Path, url: str, branches: tuple[str, ...]) -> None:
    """Refuse pushes to branches of the repository URL; without any to none."""
    from orchestration.sandbox.process import join

    with join(sandbox_dir) as running:
        running.protect(url, *branches)
    click.echo(f"protected in {url}: {', '.join(branches) or 'no branch'}", err=True)


def _arm(folder: Path, host: str, what: dict[str, object], path: str, times: int, seconds: float | None) -> None:
    from orchestration.sandbox.process import join

    with join(folder) as running:
        running.fault(path=path, times=times, host=host, seconds=seconds, **what)
    (got,) = what.values()
    click.echo(
        f"{_next(times, 'request')} that match{'es' * (times == 1)} {path!r} get{'s' * (times == 1)} {got}", err=True
    )


def _next(times: int, what: str) -> str:
    """Return how many of what comes next are meant: `the next request`, `the next 2 requests`."""
    return f"the next {what}" if times == 1 else f"the next {times} {what}s"
