"""Work on several targets at once, with its progress heard in the caller's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

from orchestration.solutions.outcomes import Kind, Progress

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(
    executor: Executor, work: Callable[[Item, Progress], Result], items: Iterable[Item], progress: Progress
) -> list[Result]:
    """Return what *work* makes of each item, in order; once all have ended, raise the first error."""
    said: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def tell(kind: Kind, what: str, where: str, outcome: str = "", message: str = "") -> None:
        said.put(partial(progress, kind, what, where, outcome, message))

    futures = [executor.submit(work, item, tell) for item in items]
    for future in futures:
        future.add_done_callback(lambda _: said.put(None))
    running = len(futures)
    while running:
        event = said.get()
        running -= event is None
        if event is not None:
            event()
    return [future.result() for future in futures]
