"""A disk that is full, in each place that is written to: said plainly, nothing torn, and the next run completes.

Each place is put on a small file system of its own, if we may mount one. Everywhere a run is kept from writing files
beyond a size, which meets what it writes to at other points.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from orchestration import OrchestrationError, SandboxError
from tests.sandbox.found import found
from tests.sandbox.place import Place, copied, opened
from tests.sandbox.small import write_small
from tests.support import ROOT, replace

pytestmark = pytest.mark.slow

Way = AbstractContextManager[tuple[int, list[tuple[str, str]]]]

SIZE = 64 << 20
CLIENT = ".ewo/sandbox/client"
FILLER = "filler"


def mountable() -> bool:
    """Return whether we may mount a file system: as root, and where the container lets us."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    return (
        subprocess.run(("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"), capture_output=True).returncode == 0
    )


@pytest.fixture(scope="module")
def small_is_up(tmp_path_factory: pytest.TempPathFactory, canaries: dict[str, str]) -> Path:
    """The small fleet after one `up`."""
    folder = write_small(tmp_path_factory.mktemp("small") / "fleet")
    with opened(folder) as place:
        assert not place.up().failed
    return folder


@contextmanager
def full(folder: Path, free: int) -> Iterator[Path]:
    """Put *folder* on a file system of its own that has *free* bytes left; yield what takes the rest."""
    aside = folder.with_name(f"{folder.name}.aside")
    folder.rename(aside)
    folder.mkdir(mode=0o700)
    subprocess.run(("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(folder)), check=True)
    try:
        shutil.copytree(aside, folder, symlinks=True, dirs_exist_ok=True)
        filler = folder / FILLER
        with filler.open("wb") as file:
            left = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
            file.write(b"\0" * max(left - free, 0))
        yield filler
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=False)


def edit(folder: Path) -> None:
    """Change the fleet so that everything is written to."""
    replace(folder / "fleet.yaml", "GREETING: hello", "GREETING: good morning")
    replace(folder / "fleet.yaml", "capabilities: [vision]\nclusters", "capabilities: [vision, sound]\nclusters")
    replace(folder / "fleet.yaml", "line, capabilities: [vision]", "line, capabilities: [vision, sound]")


def told(place: Place) -> tuple[int, list[tuple[str, str]]]:
    """Run `up`; return its exit code, and what it says went wrong with what to do about it."""
    try:
        report = place.up()
    except OrchestrationError as error:
        return 1, [(str(error), error.hint)]
    return report.exit_code, [(item.error, item.hint) for item in report.failed]


@contextmanager
def on_a_full_disk(folder: Path, where: str, free: int) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Yield what `up` says with *where* on a disk that has *free* bytes left, when there is room again."""
    with full(folder / where, free) as filler, ExitStack() as stack:
        try:
            said = told(stack.enter_context(opened(folder)))
        except SandboxError as error:
            said = 1, [(str(error), error.hint)]
        filler.unlink()
        yield said


@contextmanager
def under_a_limit(folder: Path, most: int) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Yield what `up` says where no file may become larger than so many bytes."""
    with opened(folder) as place:
        arguments = (folder, place.sandbox.directory, folder / ".ewo", most)
        argv = (sys.executable, "-m", "tests.sandbox.limited_up", *map(str, arguments))
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        yield json.loads(done.stdout)


KIB = 1 << 10
PLACES = [
    (".ewo/runs", 0),
    (".ewo/runs", 8 * KIB),
    (f"{CLIENT}/state", 0),
    (f"{CLIENT}/state", 64 * KIB),
    (f"{CLIENT}/stacks", 0),
    (f"{CLIENT}/stacks", 16 * KIB),
    (f"{CLIENT}/stacks", 40 * KIB),
    (f"{CLIENT}/repositories", 0),
    (f"{CLIENT}/repositories", 64 * KIB),
    (".ewo/sandbox/git", 0),
    (".ewo/sandbox", 64 * KIB),
    (".ewo/sandbox", 256 * KIB),
    (".ewo", 0),
]
LIMITS = (0, 4 * KIB, 16 * KIB, 40 * KIB)
ROWS = [
    *(pytest.param(under_a_limit, (most,), id=f"limit-{most // KIB}", marks=pytest.mark.long) for most in LIMITS[:-1]),
    pytest.param(under_a_limit, LIMITS[-1:], id=f"limit-{LIMITS[-1] // KIB}"),
    *(
        pytest.param(on_a_full_disk, row, id=f"{row[0]}-{row[1] // KIB}", marks=pytest.mark.long)
        for row in (PLACES if mountable() else ())
    ),
]


@pytest.mark.parametrize(("way", "how"), ROWS)
def test_a_full_disk_is_said_plainly(
    way: Callable[..., Way], how: tuple[Any, ...], small_is_up: Path, tmp_path: Path
) -> None:
    """What could not be written, where, how much is free; no torn file; with room the next run completes."""
    folder = copied(small_is_up, tmp_path / "fleet")
    edit(folder)
    with way(folder, *how) as (code, said), opened(folder) as place:
        assert code in (1, 4), "there was room enough"
        # Of the service's own disk nothing more is known than what it says.
        words = ("KiB are free", "make room there", "Free some space", "writable", "ulimit")
        assert all(any(word in f"{error}{hint}" for word in words) for error, hint in said), said
        assert said and all(hint for _, hint in said), said
        assert told(place) == (0, [])
        assert found(place).left_over == []
        since = place.seen()
        assert told(place) == (0, [])
        assert (place.writes(since), place.reviews(since)) == ([], [])
