"""Interrupted in each phase, once and twice: what is running is waited for, and the next run goes on."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest

from tests.cli.conftest import Ewo
from tests.cli.test_verbs import Start, gone, stderr_until
from tests.sandbox.found import found, processes_in
from tests.sandbox.place import opened
from tests.sandbox.small import write_small

pytestmark = pytest.mark.slow

PHASES = (
    (r"step +plan +started", signal.SIGINT),
    (r"step +repositories +started", signal.SIGTERM),
    (r"stack +core .*Creating", signal.SIGINT),
    (r"stack +sites-plant-1 .*Creating", signal.SIGTERM),
    (r"stack +shard-dev-01 .*Creating", signal.SIGINT),
    (r"step +wire +started", signal.SIGTERM),
    (r"step +schedule +started", signal.SIGINT),
    (r"line-hello 1.0.0 +lab-1-line +started", signal.SIGTERM),
)


def server_of(folder: Path) -> int:
    pid: int = json.loads((folder / ".ewo/sandbox/sandbox.json").read_text(encoding="utf-8"))["pid"]
    return pid


ONE, GROUP = os.kill, os.killpg
"""How a signal is sent: as `kill` does, and as a terminal does on Ctrl-C."""

Send = Callable[[int, int], None]

TWICE = [
    pytest.param(GROUP, signal.SIGINT, id="ctrl-c"),
    pytest.param(ONE, signal.SIGINT, id="int", marks=pytest.mark.long),
    pytest.param(ONE, signal.SIGTERM, id="term", marks=pytest.mark.long),
    pytest.param(GROUP, signal.SIGTERM, id="group-term", marks=pytest.mark.long),
]


def nothing_runs(folder: Path) -> list[str]:
    """Return what still runs in the fleet's folder, once what was told to end has had a moment to."""
    deadline = time.monotonic() + 5
    while (left := processes_in([folder])) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def completes(ewo: Ewo, folder: Path) -> None:
    """Check that the next run goes through and leaves nothing over or to do."""
    done = ewo("up", folder.name, "--sandbox")
    assert done.returncode == 0, done.stderr
    with opened(folder) as place:
        assert found(place).left_over == []
    assert ewo("plan", folder.name, "--sandbox", "--exit-code").returncode == 0


@pytest.mark.parametrize("send", [ONE, pytest.param(GROUP, marks=pytest.mark.long)], ids=["one", "group"])
def test_each_phase_can_be_interrupted(start: Start, ewo: Ewo, tmp_path: Path, send: Send) -> None:
    """Each run goes on where the one before was stopped: exit 130, no process or lock left; the last completes."""
    folder = write_small(tmp_path / "small")
    for pattern, number in PHASES:
        process = start("up", "small", "--sandbox", "-v")
        stderr_until(process, pattern)
        server = server_of(folder)
        send(process.pid, number)
        output, errors = process.communicate(timeout=120)
        assert (process.returncode, output) == (130, ""), f"{pattern}: {errors}"
        assert "interrupted: waiting for " in errors and "Traceback" not in errors
        assert gone(server) and nothing_runs(folder) == [], pattern
    completes(ewo, folder)


@pytest.mark.parametrize(("send", "number"), TWICE)
def test_a_second_interrupt_kills_and_is_resumable(
    start: Start, ewo: Ewo, tmp_path: Path, send: Send, number: int
) -> None:
    """Terraform is named while it is waited for, killed when asked again, and the next run finishes."""
    folder = write_small(tmp_path / "small")
    began = time.monotonic()
    process = start("up", "small", "--sandbox", "-v")
    stderr_until(process, r"stack +shard-dev-01 .*Creating")
    server = server_of(folder)
    send(process.pid, number)
    stderr_until(process, "interrupted: waiting for .*stack shard-dev-01")
    send(process.pid, number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert time.monotonic() - began < 60 and "Traceback" not in errors
    assert gone(server) and nothing_runs(folder) == []
    completes(ewo, folder)


@pytest.mark.long
@pytest.mark.parametrize(("pattern", "send"), [(row[0], send) for row, send in zip(PHASES, cycle((ONE, GROUP)))])
def test_each_phase_can_be_interrupted_twice_at_once(
    start: Start, ewo: Ewo, tmp_path: Path, pattern: str, send: Send
) -> None:
    """Two signals with nothing between them end whatever runs, at any phase, and the next run finishes."""
    folder = write_small(tmp_path / "small")
    process = start("up", "small", "--sandbox", "-v")
    stderr_until(process, pattern)
    server = server_of(folder)
    for number in (signal.SIGINT, signal.SIGTERM):
        send(process.pid, number)
        time.sleep(0.05)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in errors, errors
    assert gone(server) and nothing_runs(folder) == []
    completes(ewo, folder)
