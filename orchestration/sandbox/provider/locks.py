"""The argument `locks`: resources that name the same id are not written at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from orchestration.sandbox.provider.patience import Patience


class Locks:
    """Locks by name, known to one provider only, as azapi's are."""

    def __init__(self) -> None:
        self._by_name: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    @contextmanager
    def held(self, names: Sequence[str] | None, patience: Patience) -> Iterator[None]:
        """Hold the locks *names*, taken in their order so that two calls never wait for each other; raises GaveUp."""
        with ExitStack() as held:
            for name in sorted(set(names or ())):
                with self._guard:
                    lock = self._by_name.setdefault(name, threading.Lock())
                patience.acquire(lock)
                held.callback(lock.release)
            yield
