"""Options of verbs that reach Azure or a Git host, and the orchestrator they open."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from orchestration.cli.logs import errors_said, say_interrupted, say_problems
from orchestration.cli.progress import Progress, progress

if TYPE_CHECKING:
    from orchestration.orchestrator import Orchestrator

Command = TypeVar("Command", bound=Callable[..., Any])

fleet_argument = click.argument("fleet", type=click.Path(path_type=Path, readable=False))
"""A fleet's file or folder; whether it is there and can be read is for the loader to say."""

_SANDBOX = (
    click.option("--sandbox", is_flag=True, help="Run against the stand-in on this machine; no account is needed."),
    click.option(
        "--sandbox-dir",
        type=click.Path(path_type=Path),
        help="Folder of the sandbox.  [default: .ewo/sandbox beside the fleet file, or here]",
    ),
)
_OPTIONS = (
    fleet_argument,
    *_SANDBOX,
    click.option("--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Stacks at a time."),
    click.option("-v", "--verbose", is_flag=True, help="Say more, and where the time went."),
    click.option("--log-format", type=click.Choice(["text", "json"]), default="text", help="Format of progress."),
)


def target_options(command: Command) -> Command:
    """Give *command* the fleet argument and the options that `open_orchestrator` takes."""
    return _with(command, _OPTIONS)


def sandbox_options(command: Command) -> Command:
    """Give *command* the options that say whether the sandbox is meant, and which."""
    return _with(command, _SANDBOX)


def _with(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


@contextmanager
def open_orchestrator(
    fleet: Path,
    *,
    sandbox: bool,
    sandbox_dir: Path | None,
    jobs: int,
    verbose: bool,
    log_format: str,
    strict: bool = False,
) -> Iterator[tuple[Orchestrator, threading.Event]]:
    """Yield an orchestrator for the fleet at *fleet*, and the event that an interrupt sets.

    A *strict* one is of a fleet whose templates and values are right, too: what goes forward needs that, not what looks
    or takes back.
    """
    from orchestration.fleet import load_fleet as load_alone
    from orchestration.orchestrator import Azure, Orchestrator, Sandbox
    from orchestration.solutions.checking import load_fleet

    with errors_said(log_format):
        loaded = load_fleet(fleet) if strict else load_alone(fleet)
        say_problems(loaded.warnings, log_format)
        work_dir = loaded.folder / ".ewo"
        target = Sandbox(sandbox_dir or work_dir / "sandbox") if sandbox or sandbox_dir else Azure()
        with (
            progress(log_format, verbose=verbose) as shown,
            Orchestrator(loaded, target=target, work_dir=work_dir, on_event=shown, jobs=jobs) as orchestrator,
            interruptible(orchestrator.kill, log_format, shown) as cancel,
        ):
            yield orchestrator, cancel


@contextmanager
def interruptible(
    kill: Callable[[], None], log_format: str = "text", shown: Progress | None = None
) -> Iterator[threading.Event]:
    """Yield an event that the first SIGINT or SIGTERM sets; the second calls *kill*.

    What is then waited for is in *shown*.
    """
    cancel = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        if cancel.is_set():
            kill()
            raise KeyboardInterrupt
        cancel.set()
        waiting_for = "what is running"
        if shown is not None:
            shown.urgent, waiting_for = True, shown.waiting_for()
        say_interrupted(log_format, waiting_for)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancel
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
