"""What is said on stderr besides progress: warnings, errors and that an interrupt was heard, as text or JSON lines."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from orchestration.events import Event

if TYPE_CHECKING:
    from orchestration.errors import OrchestrationError
    from orchestration.fleet import Problem

JSON = "json"


def say_problems(problems: Iterable[Problem], log_format: str) -> None:
    """Print what is wrong or doubtful in a fleet."""
    for problem in problems:
        if log_format == JSON:
            hint = f" ({problem.hint})" if problem.hint else ""
            say("problem", str(problem.origin), problem.severity, f"{problem.message}{hint}")
        else:
            click.echo(str(problem), err=True)


def say(what: str, where: str, outcome: str, message: str) -> None:
    """Print one JSON line of the form that progress has."""
    click.echo(_line(what, where, outcome, message), err=True)


def say_interrupted(log_format: str, waiting_for: str) -> None:
    """Tell that an interrupt was heard, and what is waited for; a signal's handler may call this."""
    waiting = f"waiting for {waiting_for}; interrupt again to kill it"
    text = _line("interrupt", "", "interrupted", waiting) if log_format == JSON else f"interrupted: {waiting}"
    # Not by click: what the signal interrupted may be writing there, and buffers cannot be entered twice.
    os.write(2, f"{text}\n".encode())


@contextmanager
def errors_said(log_format: str) -> Iterator[None]:
    """With JSON lines print errors as such and exit; as text they are left to whoever catches them."""
    from orchestration.errors import InvalidFleet, OrchestrationError

    try:
        yield
    except OrchestrationError as error:
        if log_format != JSON:
            raise
        if isinstance(error, InvalidFleet):
            say_problems(error.problems, log_format)
        else:
            _say_error(error)
        from orchestration.cli.failure import exit_code

        click.get_current_context().exit(exit_code(error))


def _say_error(error: OrchestrationError) -> None:
    from orchestration.cli.failure import notes_of

    hint = (f"hint: {error.hint}",) if error.hint else ()
    say("error", "", "failed", "\n".join((str(error), *hint, *notes_of(error))))


def _line(what: str, where: str, outcome: str, message: str) -> str:
    return json.dumps(Event(time.time(), "finished", what, where, outcome, message).to_json(), ensure_ascii=False)
