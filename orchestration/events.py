"""Events: what a verb tells its caller while it works, one at a time and from one thread."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["started", "progress", "finished"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `time` in seconds since the epoch, `what` of which kind, `where` which one."""

    time: float
    kind: Kind
    what: str
    where: str
    outcome: str = ""
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the event as a run's record holds it."""
        return asdict(self)


OnEvent = Callable[[Event], None]


class Events:
    """Takes events from any thread and hands them on from one."""

    def __init__(self, *listeners: OnEvent) -> None:
        self._listeners = list(listeners)
        self._failed: Exception | None = None
        self._queue: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def __call__(self, kind: Kind, what: str, where: str, outcome: str = "", message: str = "") -> None:
        """Report something; returns at once."""
        self._queue.put(Event(time.time(), kind, what, where, outcome, message))

    @contextmanager
    def open(self) -> Iterator[Events]:
        """Hand events on until the block ends; every event reported in it has then been delivered.

        A listener that raises hears nothing more, and its error is raised at the end of the block.
        """
        self._thread = threading.Thread(target=self._deliver, name="ewo-events", daemon=True)
        self._thread.start()
        try:
            yield self
        finally:
            self._queue.put(None)
            self._thread.join()
        if self._failed is not None:
            raise self._failed

    def _deliver(self) -> None:
        while (event := self._queue.get()) is not None:
            for listener in tuple(self._listeners):
                try:
                    listener(event)
                except Exception as error:  # whatever a caller's code may raise
                    self._listeners.remove(listener)
                    self._failed = self._failed or error
