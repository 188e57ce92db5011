"""One verb that changes things at a time: a lock on local state, a note of who is at it beside shared state.

Local state is locked by the operating system, whose lock goes with its process: none can be left behind. Shared state
is locked by Terraform, and such a lock outlives a machine that fails; the note tells whether its holder is dead.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from orchestration.drivers.disk import written
from orchestration.drivers.states import States
from orchestration.errors import Locked, ServiceError
from orchestration.fleet import naming
from orchestration.orchestrator.runs import private

CLOCK_SECONDS = 2.0
"""How far two readings of one process's start may be apart."""

_going_on: set[float] = set()
"""When the runs of this process began that are at shared states now."""


@dataclass
class Beside:
    """What a run finds beside shared states: `before` said that it was at them and did not take it back."""

    before: Holder | None = None
    kept: bool = False

    def keep(self) -> None:
        """Say that this run is not to be taken back either: the locks of a Terraform of its may still be there."""
        self.kept = True


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a fleet: a process of a machine, and when it and its run began (seconds since the epoch).

    Its Terraforms run in `folders`, with those of dead runs that it came after.
    """

    verb: str
    host: str
    pid: int
    started: float
    since: float
    folders: tuple[str, ...] = ()

    def __str__(self) -> str:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.since))
        return f"`ewo {self.verb}`, process {self.pid} on {self.host}, since {since}"

    @property
    def here(self) -> bool:
        """Whether it is a process of this machine."""
        return self.host == platform.node()

    @property
    def dead(self) -> bool:
        """Whether the run is known to have ended: its process was of this machine and is gone, or is ours and done."""
        import psutil

        if not self.here:
            return False
        try:
            other = abs(psutil.Process(self.pid).create_time() - self.started) > CLOCK_SECONDS
        except psutil.NoSuchProcess:
            return True
        return other or (self.pid == os.getpid() and self.since not in _going_on)


def this_process(verb: str, folders: Iterable[str] = ()) -> Holder:
    """Return the holder that this process is."""
    import psutil

    began = psutil.Process().create_time()
    return Holder(verb, platform.node(), os.getpid(), began, time.time(), tuple(dict.fromkeys(folders)))


@contextmanager
def fleet_lock(folder: Path, verb: str) -> Iterator[None]:
    """Hold the lock of *folder* while the block runs; raise `Locked` at once if another run holds it."""
    from filelock import FileLock, Timeout

    private(folder)
    lock, note = FileLock(folder / "lock", mode=0o600), folder / "holder.json"
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise _held(_read(note.read_bytes() if note.exists() else None)) from None
    try:
        with written(note):
            note.write_bytes(_written(this_process(verb)))
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


@contextmanager
def shared_note(states: States, fleet: str, verb: str, stacks: Path) -> Iterator[Beside]:
    """Say beside shared states that this process is at them; yield who said so before, and take it back afterwards.

    *stacks* is where its Terraforms run. Who is dead is named again when the block raises: its locks may still be
    there. Where nobody answers any more, nothing is taken back: the next run sees that this one has ended. Raises
    `Locked` if somebody who said so is a process of this machine that still runs.
    """
    if not states.shared:
        yield Beside()
        return
    key = naming.holder_key(fleet)
    before = _read(states.read(key))
    if before is not None and before.here and not before.dead:
        raise _held(before)
    left = before if before is not None and before.dead else None
    mine = this_process(verb, [*(left.folders if left else ()), str(stacks)])
    beside = Beside(before)
    _going_on.add(mine.since)
    try:
        states.write(key, _written(mine))
        yield beside
        left = None
    finally:
        _going_on.discard(mine.since)
        with suppress(ServiceError):
            if not beside.kept and _read(states.read(key)) == mine:  # a run elsewhere may have written since
                _replace(states, key, left)


def _replace(states: States, key: str, holder: Holder | None) -> None:
    if holder is None:
        states.delete(key)
    else:
        states.write(key, _written(holder))


def _written(holder: Holder) -> bytes:
    return json.dumps(asdict(holder)).encode()


def _held(holder: Holder | None) -> Locked:
    return Locked(
        f"another run holds this fleet: {holder or 'it has not said which'}",
        hint="wait for it to end, or stop it, then run again",
    )


def _read(content: bytes | None) -> Holder | None:
    try:
        found: Mapping[str, Any] = json.loads(content or b"{}")
        return Holder(**{**found, "folders": tuple(found.get("folders", ()))}) if found else None
    except (ValueError, TypeError):
        return None
