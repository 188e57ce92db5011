"""One hook around everything that acts on the outside: programs, requests, pushes, documents beside the states.

It is called in the thread that acts, right before and right after, so that a caller can measure, log, or stop there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

Trace = Callable[[Literal["before", "after"], str], None]
"""Called with what is done, such as `PUT /subscriptions/…`; what it raises ends the verb."""


def untraced(when: Literal["before", "after"], what: str) -> None:
    """Do nothing: nobody wants to know."""


@contextmanager
def traced(trace: Trace, what: str) -> Iterator[None]:
    """Call *trace* before and after the block; not after one that raises."""
    trace("before", what)
    yield
    trace("after", what)
