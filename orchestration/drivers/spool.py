"""Files that a child prints into and we read meanwhile: unlike a pipe, they outlive whoever reads."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Spool:
    """A file that a child writes and we read: two descriptors, since each moves its own position."""

    written: int
    read: IO[bytes]


@contextlib.contextmanager
def spooled(path: Path) -> Iterator[Spool]:
    """Give a new private file; it goes at the end."""
    path.unlink(missing_ok=True)
    written = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
    try:
        with path.open("rb") as read:
            yield Spool(written, read)
    finally:
        os.close(written)
        path.unlink(missing_ok=True)


def lines(file: IO[bytes], ended_by_now: Callable[[], bool]) -> Iterator[bytes]:
    """Yield each line as it is written, until *ended_by_now* waited for the writer's end and everything is read."""
    rest = b""
    ended = False
    while True:
        *found, rest = (rest + file.read()).split(b"\n")
        yield from (line + b"\n" for line in found)
        if ended:
            break
        ended = ended_by_now()
    if rest:
        yield rest
