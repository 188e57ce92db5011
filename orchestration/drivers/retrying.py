"""Trying again what may go well the next time: with pauses that differ, for a while, until the caller wants to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from orchestration.errors import Interrupted

FIRST_SECONDS = 0.2

Result = TypeVar("Result")


def retried(
    work: Callable[[], Result],
    on: type[Exception],
    *,
    times: int,
    seconds: float,
    longest: float,
    cancel: threading.Event | None = None,
) -> Result:
    """Return what *work* returns; where it raises *on*, do it again, at most so many *times* and for *seconds*.

    Pauses grow to *longest* seconds, and are random below that: whoever else tries does so at other times. The last
    *on* is raised, and `Interrupted` as soon as *cancel* is set.
    """
    import tenacity  # delayed: only a verb that reaches a repository needs it

    def pause(duration: float) -> None:
        if cancel is None:
            time.sleep(duration)
        elif cancel.wait(duration):
            raise Interrupted("interrupted while waiting to try again", hint="it is safe to run the same command again")

    again = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(on),
        wait=tenacity.wait_random_exponential(multiplier=FIRST_SECONDS, max=longest),
        stop=tenacity.stop_after_attempt(times) | tenacity.stop_after_delay(seconds),
        sleep=pause,
        reraise=True,
    )
    return again(work)
