"""Permission to destroy: a number given beforehand, or an answer on a terminal."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable, Sequence

import click

from orchestration.cli.progress import paused
from orchestration.errors import DestroyRefused

Allow = Callable[[Sequence[str]], bool]


def allow(number: int | None) -> Allow:
    """Return what decides whether things may be destroyed; it raises `DestroyRefused` where nobody can be asked."""

    def decide(destroys: Sequence[str]) -> bool:
        if number is not None or not can_ask():
            if len(destroys) > (number or 0):
                raise DestroyRefused(destroys, number or 0)
            return True
        with paused():
            click.echo("\nThis destroys:", err=True)
            for item in destroys:
                click.echo(f"  - {item}", err=True)
            return ask("Go on?")

    return decide


def can_ask() -> bool:
    """Whether there is a terminal to ask on."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> bool:
    """Return the answer to a question on the terminal; Ctrl-C ends the program at once, as nothing runs meanwhile."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        while True:
            click.echo(f"{question} [y/N]: ", nl=False, err=True)
            answer = _line().strip().lower()
            if answer in ("", "y", "yes", "n", "no"):
                return answer.startswith("y")
    finally:
        signal.signal(signal.SIGINT, before)


def _line() -> str:
    """Return a line that is typed; an interrupt ends the wait even if it comes just before the wait begins."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    before = signal.set_wakeup_fd(wake)
    try:
        select.select([sys.stdin, woken], [], [])
        return sys.stdin.readline()
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(wake)
