"""What a rollout that was killed has begun, and the service still works at: the next one waits for it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestration.fleet import naming
from orchestration.fleet.model import Fleet
from orchestration.solutions import RolloutReport, solution_status
from tests.sandbox.killed_rollout import fleet_of
from tests.sandbox.rollout_support import API, FIVE, World
from tests.support import ROOT

THREE = FIVE[2:]
REVIEWS = ("reviewSolutionVersion", "bulkReviewSolution")


@pytest.fixture
def settled_world(settled: Path, tmp_path: Path) -> Iterator[World]:
    """A world where nothing is rolled out, in a folder that has room for what a killed program writes."""
    with World.copied(settled, tmp_path / "whole" / "sandbox") as world:
        yield world


def killed_at(world: World, action: str, rings: str = "1,1,1") -> None:
    """Roll out in a process of its own, and kill it when the service has taken an *action* on."""
    names = world.sandbox.directory.parent / "names.txt"
    argv = (sys.executable, "-m", "tests.sandbox.killed_rollout", str(world.sandbox.directory), rings, "0", str(names))
    since, deadline = world.mark(), time.monotonic() + 60
    with subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.DEVNULL) as running:
        while action not in world.did(since):
            assert running.poll() is None and time.monotonic() < deadline, f"{action} was not seen"
            time.sleep(0.02)
        running.kill()


def slow(world: World, what: str, seconds: float) -> None:
    """Let what is done on the targets of production drag on."""
    for target in THREE:
        world.sandbox.fault_target(target, what, seconds=seconds)


def ended_well(world: World, fleet: Fleet, report: RolloutReport) -> bool:
    """Return whether every target has one healthy revision, and the rollout was what brought it there."""
    status = solution_status(fleet, world.arm)
    revisions = [(row.revision, row.healthy) for target in THREE for row in status[target]]
    return {row.outcome for row in report.solutions} == {"done"} and revisions == [(1, True)] * 3


@pytest.mark.parametrize(("rings", "action"), [("1,1,1", REVIEWS[0]), ("3", REVIEWS[1])])
def test_a_review_under_way_is_waited_for(settled_world: World, rings: str, action: str) -> None:
    """Nothing of it is to be seen but its job: the target would be reviewed twice otherwise."""
    world, fleet = settled_world, fleet_of(rings)
    slow(world, "slow-review", 3)
    since = world.mark()
    killed_at(world, action, rings)
    report = world.roll_out(fleet)

    assert ended_well(world, fleet, report)
    assert sum(world.did(since).count(name) for name in REVIEWS) == len(rings.split(","))


def test_a_review_that_ends_while_the_next_run_looks_is_found(settled_world: World) -> None:
    """It was not there when the versions were read, and its job is over when the jobs are."""
    world, fleet = settled_world, fleet_of("1,1,1")
    slow(world, "slow-review", 2)
    since = world.mark()
    killed_at(world, REVIEWS[0])
    world.sandbox.fault(path=f"{THREE[0]}/resolveConfiguration", status=429, retry_after="3", method="POST")
    report = world.roll_out(fleet)

    assert ended_well(world, fleet, report)
    assert world.did(since).count(REVIEWS[0]) == 3


def lagging(world: World, fleet: Fleet) -> None:
    """Let the version on the first target show the stage that it was in before."""
    path = f"{naming.fleet_target_id(fleet, fleet.targets[THREE[0]])}/solutions"
    (solution,) = world.arm.list(path, API)
    (version,) = world.arm.list(f"{path}/{solution['name']}/versions", API)
    world.sandbox.show(version["id"], currentStage={"stage": "Configuration", "status": "Completed"})


@pytest.mark.parametrize("lags", [False, True], ids=["shown", "lagging"])
def test_a_publication_under_way_is_waited_for(settled_world: World, *, lags: bool) -> None:
    """By the version's stage, and where that lags behind by the job that it names."""
    world, fleet = settled_world, fleet_of("1,1,1")
    slow(world, "slow-publish", 2)
    since = world.mark()
    killed_at(world, "publishSolutionVersion")
    if lags:
        lagging(world, fleet)
    report = world.roll_out(fleet)

    assert ended_well(world, fleet, report)
    assert world.did(since).count("publishSolutionVersion") == 3


def with_timeout(fleet: Fleet, seconds: float) -> Fleet:
    """Return the fleet whose rings wait no longer."""
    solution = fleet.solutions["line-vision"]
    placements = tuple(replace(each, health_timeout=seconds) for each in solution.placements)
    return replace(fleet, solutions={"line-vision": replace(solution, placements=placements)})


def first_row(report: RolloutReport) -> Any:
    """Return the row of the first target."""
    return report.solutions[0]


def test_a_role_that_may_not_read_jobs_rolls_out_all_the_same(settled_world: World) -> None:
    """`ewo doctor` tells that it lacks `Microsoft.Edge/jobs/read`; any other error of theirs is one."""
    fleet = fleet_of("1,1,1")
    settled_world.sandbox.fault(path="/jobs$", status=404, code="InvalidResourceType")
    failed = settled_world.roll_out(fleet)
    settled_world.sandbox.clear_faults()
    settled_world.sandbox.fault(path="/jobs", status=403, times=1000)

    assert "InvalidResourceType" in first_row(failed).error
    assert ended_well(settled_world, fleet, settled_world.roll_out(fleet))


def test_a_review_that_does_not_end_fails_its_ring(settled_world: World) -> None:
    """The error names the job; a run that is told to go on begins anew what has taken so long."""
    world, fleet = settled_world, with_timeout(fleet_of("1,1,1"), 2)
    world.sandbox.fault_target(THREE[0], "slow-review", seconds=600)
    killed_at(world, REVIEWS[0])
    since = world.mark()
    report = world.roll_out(fleet)

    assert "not done within 2 s: its review is under way since" in first_row(report).error
    assert "--continue" in first_row(report).hint and REVIEWS[0] not in world.did(since)
    assert first_row(world.roll_out(fleet, continue_failed=True)).outcome == "done"


def test_a_review_under_way_that_fails_is_told_and_remembered(settled_world: World) -> None:
    """As if the run itself had asked: it is not asked again unasked."""
    world, fleet = settled_world, fleet_of("1,1,1")
    world.sandbox.fault_target(THREE[0], "slow-review", seconds=3)
    killed_at(world, REVIEWS[0])
    good = world.document(fleet, THREE[0], "1.0.0")

    def progress(kind: str, what: str, where: str, outcome: str = "", message: str = "") -> None:
        if "review is under way" in message:
            world.arm.put(good, "2025-08-01", {"properties": {"values": "Camera: {ExposureMs: 99}\n"}})

    report = world.roll_out(fleet, progress=progress)

    assert "Camera.ExposureMs" in first_row(report).error
    assert list(report.refused) == [f"line-vision/{THREE[0]}"]
