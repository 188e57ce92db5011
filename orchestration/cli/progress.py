"""Progress on stderr: one live line a running thing on a terminal, plain lines otherwise, or JSON lines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from orchestration.events import Event

Print = Callable[["Event"], None]


@dataclass
class Progress:
    """Prints events, and knows what is running; once `urgent` every event is printed: somebody waits for the end."""

    show: Print
    urgent: bool = False
    _running: dict[tuple[str, str], None] = field(default_factory=dict)

    def __call__(self, event: Event) -> None:
        """Take one event."""
        key = (event.what, event.where)
        if event.kind == "started":
            self._running[key] = None
        elif event.kind == "finished":
            self._running.pop(key, None)
        self.show(event)

    def waiting_for(self) -> str:
        """Return what is running, for people: the things themselves, or the step where there are none."""
        running = list(self._running)
        things = [f"{what} {where}" for what, where in running if what != "step"]
        return ", ".join(things or [where for _, where in running]) or "what is running"


_LIVE = "orchestration.cli.progress"


@contextmanager
def paused() -> Iterator[None]:
    """Leave the terminal to a question for the length of the block: the live lines would hide it."""
    live = click.get_current_context().meta.get(_LIVE)
    if live is not None:
        live.stop()
    try:
        yield
    finally:
        if live is not None:
            live.start()


@contextmanager
def progress(log_format: str, *, verbose: bool = False) -> Iterator[Progress]:
    """Yield what prints events while the block runs."""
    if log_format == "json":
        yield Progress(lambda event: click.echo(json.dumps(event.to_json()), err=True))
    elif sys.stderr.isatty():
        with _live(verbose=verbose) as shown:
            yield shown
    else:
        yield _plain(verbose=verbose)


def line(event: Event, began: float) -> str:
    """Return an event as one line: seconds since the start, what, where, outcome and message."""
    parts = [f"{event.time - began:6.1f}s", f"{event.what:<10}", event.where, event.outcome or event.kind]
    text = "  ".join(part for part in parts if part)
    return f"{text}: {event.message}" if event.message else text


def _plain(*, verbose: bool) -> Progress:
    began = time.time()

    def show(event: Event) -> None:
        if event.kind == "finished" or verbose or shown.urgent:
            click.echo(line(event, began), err=True)

    shown = Progress(show)
    return shown


@contextmanager
def _live(*, verbose: bool) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, highlight=False)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    began = time.time()
    running: dict[tuple[str, str], TaskID] = {}
    with Bars(*columns, console=console, transient=True) as bars:
        click.get_current_context().meta[_LIVE] = bars

        def show(event: Event) -> None:
            key = (event.what, event.where)
            text = f"{event.what}  {event.where}  {event.message}"
            if event.kind == "started":
                running[key] = bars.add_task(text, total=None)
            elif event.kind == "progress" and key in running:
                bars.update(running[key], description=text)
            elif event.kind == "finished":
                if key in running:
                    bars.remove_task(running.pop(key))
                console.print(line(event, began), markup=False)
            if verbose and event.kind == "progress":
                console.print(line(event, began), markup=False)

        try:
            yield Progress(show)
        finally:
            del click.get_current_context().meta[_LIVE]
