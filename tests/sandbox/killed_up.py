"""A program that runs `up` and kills itself, without warning, at its Nth trace; run by the tests of kills.

    python -m tests.sandbox.killed_up FLEET SANDBOX WORK N NAMES

With N = 0 it runs to the end. NAMES gets a line for each trace, so that every point can be enumerated. An operation
that is asked after again and again is one point: how often that is depends on the clock.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Literal

from orchestration import Orchestrator, Sandbox, load_fleet


class Counted:
    """Counts traces, one at a time, writes each down, and kills this process at the one asked for."""

    def __init__(self, last: int, names: Path) -> None:
        self._last, self._names, self._count, self._lock = last, names.open("a", encoding="utf-8"), 0, threading.Lock()
        self._polled: set[tuple[str, str]] = set()

    def __call__(self, when: Literal["before", "after"], what: str) -> None:
        with self._lock:
            if (when, what) in self._polled:
                return
            if "/operationStatuses/" in what:
                self._polled.add((when, what))
            self._count += 1
            self._names.write(f"{when} {what}\n")
            self._names.flush()
            if self._count == self._last:
                os.kill(os.getpid(), signal.SIGKILL)


def main() -> int:
    """Run `up` until it ends or is killed; return its exit code."""
    fleet, sandbox, work, last, names = sys.argv[1:]
    trace = Counted(int(last), Path(names))
    with Orchestrator(
        load_fleet(fleet), target=Sandbox(Path(sandbox)), work_dir=Path(work), trace=trace, jobs=1
    ) as orchestrator:
        return orchestrator.up().exit_code


if __name__ == "__main__":
    sys.exit(main())
