"""A rollout that is killed between any two requests: the next one finishes it, and nothing is reviewed twice.

Every point is tried by `./scripts/test --long`; the test that always runs walks through one rollout from kill to kill.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.solutions import solution_status
from tests.sandbox.killed_rollout import fleet_of
from tests.sandbox.rollout_support import FIVE, World
from tests.support import ROOT

pytestmark = pytest.mark.slow

STEPS = 30
"""Traces between two kills of the walk; each request has one before and one after it."""

RINGS = ("3", "1,1,1")
"""One ring, which is taken forward by bulk actions, and three, which are by single ones."""


def rolled(world: World, rings: str, last: int) -> tuple[bool, int]:
    """Roll out in a process of its own, killed at trace number *last* (0: never); return whether it was, and traces."""
    names = world.sandbox.directory.parent / "names.txt"
    names.write_text("", encoding="utf-8")
    arguments = (world.sandbox.directory, rings, last, names)
    argv = (sys.executable, "-m", "tests.sandbox.killed_rollout", *map(str, arguments))
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9, len(names.read_text(encoding="utf-8").splitlines())


def ends_well(world: World, rings: str) -> None:
    """Check that the next rollout leaves one healthy revision on each target, and the one after does nothing."""
    fleet = fleet_of(rings)
    assert {row.outcome for row in world.roll_out(fleet).solutions} <= {"done", "unchanged"}
    status = solution_status(fleet, world.arm)
    assert [(row.revision, row.healthy) for target in FIVE[2:] for row in status[target]] == [(1, True)] * 3
    since = world.mark()
    assert {row.outcome for row in world.roll_out(fleet).solutions} == {"unchanged"}
    assert world.did(since) == []


@pytest.mark.parametrize("rings", RINGS)
def test_a_rollout_that_is_killed_again_and_again_gets_through(settled: Path, tmp_path: Path, rings: str) -> None:
    """Each goes a little further than the one before, whatever it was killed at."""
    with World.copied(settled, tmp_path / "sandbox") as world:
        last = STEPS
        while rolled(world, rings, last)[0]:
            last += STEPS
        ends_well(world, rings)


@pytest.mark.long
@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("rings", RINGS)
def test_every_point(settled: Path, tmp_path: Path, rings: str, tenth: int) -> None:
    """Killed at each trace, one after the other, in a world of its own each time; all that fail are named."""
    with World.copied(settled, tmp_path / "whole" / "sandbox") as world:
        killed, traces = rolled(world, rings, 0)
        assert not killed
        ends_well(world, rings)
    failed: dict[int, str] = {}
    for last in range(tenth + 1, traces + 1, 10):
        with World.copied(settled, tmp_path / str(last) / "sandbox") as world:
            try:
                assert rolled(world, rings, last)[0], "it was not killed"
                ends_well(world, rings)
            except AssertionError as error:  # every point has its turn
                failed[last] = str(error)
    assert failed == {}
