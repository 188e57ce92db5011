"""Branches that others push to at the same time: met where they stand, again and again, never forced."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from orchestration.drivers.git import Repository
from orchestration.drivers.retrying import retried
from orchestration.errors import RepositoryMoved

TIMES, SECONDS, LONGEST_PAUSE = 60, 600.0, 4.0
"""Of so many who push at once one always gets through, so that this is enough for as many."""

Result = TypeVar("Result")


def met(repository: Repository, attempt: Callable[[], Result]) -> Result:
    """Return what *attempt* returns; where it raises `RepositoryMoved`, fetch, and let it try again."""
    first = True

    def again() -> Result:
        nonlocal first
        if not first:
            repository.fetch()
        first = False
        return attempt()

    return retried(
        again, RepositoryMoved, times=TIMES, seconds=SECONDS, longest=LONGEST_PAUSE, cancel=repository.cancel
    )


def moved(repository: Repository, branches: Iterable[str]) -> RepositoryMoved:
    """Return the error for branches that had moved when they were pushed to."""
    return RepositoryMoved(
        f"{', '.join(branches)} of {repository.url} moved again and again while we wrote to it",
        hint="see who else pushes there, then run the same command again",
    )
