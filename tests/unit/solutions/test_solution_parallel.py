"""Several targets at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from orchestration.solutions.outcomes import Kind, Progress
from orchestration.solutions.parallel import in_parallel


def test_progress_is_heard_in_the_callers_thread() -> None:
    """Whichever thread a step happens in, it is told from one; results keep the order of the items."""
    heard: list[tuple[str, str, int]] = []
    meet = threading.Barrier(3, timeout=10)

    def progress(kind: Kind, what: str, where: str, outcome: str = "", message: str = "") -> None:
        heard.append((kind, where, threading.get_ident()))

    def work(item: int, tell: Progress) -> int:
        meet.wait()
        tell("progress", "work", str(item))
        return item * 2

    with ThreadPoolExecutor(3) as workers:
        assert in_parallel(workers, work, [1, 2, 3], progress) == [2, 4, 6]
    assert sorted(heard) == [("progress", where, threading.get_ident()) for where in "123"]


def test_an_error_waits_for_the_others() -> None:
    """The first error is raised once every item has ended."""
    ended: list[int] = []

    def work(item: int, _: Progress) -> None:
        if item == 1:
            raise ValueError("one")
        ended.append(item)

    with ThreadPoolExecutor(1) as workers, pytest.raises(ValueError, match="one"):
        in_parallel(workers, work, [1, 2, 3], lambda *_: None)
    assert ended == [2, 3]
