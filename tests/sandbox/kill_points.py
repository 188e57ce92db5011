"""Where `up` can be killed: its traces, worlds to begin from, and what has to hold afterwards."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from orchestration.sandbox import start
from orchestration.sandbox.process import LRO_MS
from tests.sandbox.found import MINTED, Found, found
from tests.sandbox.place import Place
from tests.sandbox.small import write_small
from tests.support import ROOT

ACTIONS = {"reviewSolutionVersion": "review", "publishSolutionVersion": "publish", "installSolution": "install"}
MILESTONE = re.compile(r"after removal of ")
"""A trace after which a stack is done: what comes later need not begin from nothing."""


@contextmanager
def small(folder: Path, addition: str = "", *, lro_ms: int = LRO_MS) -> Iterator[Place]:
    """Yield the small fleet with an empty sandbox that outlives what is killed."""
    with start(folder / "sandbox", lro_ms=lro_ms) as sandbox:
        yield Place(write_small(folder / "fleet", addition), sandbox)


def up(place: Place, last: int) -> tuple[bool, list[str]]:
    """Run `up` in a process of its own, killed at trace number *last* (0: never); return whether it was, and traces."""
    names = place.folder / "names.txt"
    names.write_text("", encoding="utf-8")
    arguments = (place.folder, place.sandbox.directory, place.folder / ".ewo", last, names)
    argv = (sys.executable, "-m", "tests.sandbox.killed_up", *map(str, arguments))
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9, names.read_text(encoding="utf-8").splitlines()


def killed_during(place: Place, pattern: str, *, alone: bool) -> None:
    """Run `up`, and kill it when the sandbox has seen a PUT; unless *alone*, Terraform and its provider with it."""
    argv = ("-m", "tests.sandbox.killed_up", str(place.folder), str(place.sandbox.directory))
    more = (str(place.folder / ".ewo"), "0", str(place.folder / "names.txt"))
    running = psutil.Popen([sys.executable, *argv, *more], cwd=ROOT, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while not any(re.search(f"PUT .*{pattern}", path) for path in place.writes(0)):
        assert running.poll() is None and time.monotonic() < deadline, f"{pattern} was not seen"
        time.sleep(0.01)
    for process in [running, *([] if alone else running.children(recursive=True))]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    running.wait(30)


def settled(place: Place) -> Found:
    """Return what is there once programs that outlived their killer have had time to end."""
    deadline = time.monotonic() + 10
    while (now := found(place)).left_over and time.monotonic() < deadline:
        time.sleep(0.2)
    return now


def recovers(place: Place, whole: Found) -> None:
    """Check that the next `up` ends as an unbroken run did, and that the one after has nothing to do."""
    report = place.up()
    assert report.failed == ()
    assert settled(place) == whole
    since = place.seen()
    assert place.up().failed == ()
    assert (place.writes(since), place.reviews(since)) == ([], [])


def kind(trace: str) -> str:
    """Return what a trace is of, as a table of points has it."""
    _, what, *more = trace.split()
    if what in ("terraform", "git"):
        return f"{what} {more[0]}"
    return ACTIONS.get(more[0].rpartition("/")[2], what)


@dataclass(frozen=True)
class World:
    """A folder in which a run was killed after *behind* traces of an unbroken one.

    The next run there has the unbroken run's last *tail* traces, each *offset* later than in the unbroken one.
    """

    folder: Path | None
    behind: int
    tail: int
    total: int
    offset: int

    def reaches(self, point: int) -> bool:
        """Whether the unbroken run's trace number *point* can be come to from here."""
        return point > self.total - self.tail

    @contextmanager
    def copied(self, folder: Path) -> Iterator[Place]:
        """Yield a copy of the world, its sandbox running."""
        if self.folder is not None:
            shutil.copytree(self.folder, folder, symlinks=True)
            with start(folder / "sandbox") as sandbox:
                yield Place(folder / "fleet", sandbox)
            return
        with small(folder) as place:
            yield place


def nearest(worlds: Sequence[World], point: int) -> World:
    """Return the world from which the least is to be done to come to the unbroken run's trace number *point*."""
    return max((world for world in worlds if world.reaches(point)), key=lambda world: world.behind)


def worlds_along(traces: Sequence[str], folder: Path) -> list[World]:
    """Return the world from nothing, and one after each milestone of an unbroken run with these traces."""
    total = len(traces)
    worlds = [World(None, 0, total, total, 0)]
    for number, trace in enumerate(traces, 1):
        if not MILESTONE.match(trace):
            continue
        place = folder / str(number)
        before = nearest(worlds, number)
        with before.copied(place) as began:
            assert up(began, number + before.offset)[0]
        shutil.copytree(place, folder / "tried", symlinks=True)
        with start(folder / "tried" / "sandbox") as sandbox:
            _, again = up(Place(folder / "tried" / "fleet", sandbox), 0)
        shutil.rmtree(folder / "tried")
        worlds.append(World(place, number, _tail(traces, again), total, len(again) - total))
    return worlds


def _tail(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many traces two runs have in common at their ends, whatever ids the service minted."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((n for n, pair in enumerate(pairs) if _plain(pair[0]) != _plain(pair[1])), min(len(one), len(other)))


def _plain(trace: str) -> str:
    return MINTED.sub("MINTED", trace)
