"""An error raised on purpose, as a message for the person who must act, and its exit code."""

from __future__ import annotations

import click

from orchestration.errors import Interrupted, InvalidFleet, NotYet, OrchestrationError, UsageError

USAGE, FAILED, INTERRUPTED = 2, 1, 130


def show(error: OrchestrationError) -> int:
    """Print *error* and its hint to stderr; return the exit code that goes with it."""
    if isinstance(error, InvalidFleet):
        for problem in error.problems:
            click.echo(str(problem), err=True)
        count = sum(problem.severity == "error" for problem in error.problems)
        click.echo(f"{count} problem{'s' if count != 1 else ''}; nothing was touched", err=True)
    else:
        click.echo(f"error: {error}", err=True)
        if error.hint:
            click.echo(f"hint: {error.hint}", err=True)
        show_notes(error)
    return exit_code(error)


def exit_code(error: OrchestrationError) -> int:
    """Return the exit code that goes with *error*."""
    if isinstance(error, Interrupted):
        return INTERRUPTED
    return USAGE if isinstance(error, InvalidFleet | UsageError | NotYet) else FAILED


def show_os_error(error: OSError) -> int:
    """Print what the system refused, a full disk or a folder that may not be written; return the exit code."""
    place = f"{error.filename}: " if error.filename else ""
    click.echo(f"error: {place}{error.strerror or error}", err=True)
    show_notes(error)
    return FAILED


def notes_of(error: Exception) -> tuple[str, ...]:
    """Return what was noted on the way: the run that the error ended."""
    return tuple(getattr(error, "__notes__", ()))


def show_notes(error: Exception) -> None:
    """Print what was noted on the way."""
    for note in notes_of(error):
        click.echo(note, err=True)
