"""Clusters that go offline during a rollout: before their ring begins they are pending, within it they have failed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestration.fleet.model import Fleet, Ring
from orchestration.solutions import solution_status
from orchestration.solutions.outcomes import Kind, Progress
from tests.sandbox.rollout_support import FIVE, World, by_target, cluster_of, in_production, with_placement

THREE = FIVE[2:]


def connected(world: World, fleet: Fleet) -> Callable[[str], bool]:
    """Return what says whether a cluster is connected."""

    def ask(name: str) -> bool:
        found = world.arm.get(fleet.clusters[name].id, "2026-05-01") or {}
        return bool(found["properties"]["connectivityStatus"] == "Connected")

    return ask


def going_offline(world: World, fleet: Fleet, target: str, after: tuple[str, str]) -> Progress:
    """Return a listener that takes a target's cluster offline once another has taken a step."""

    def hear(kind: Kind, what: str, where: str, outcome: str = "", message: str = "") -> None:
        if (where, message or outcome or kind) == after:
            world.sandbox.show(cluster_of(fleet, target), connectivityStatus="Offline")

    return hear


def test_one_that_is_offline_before_its_ring_is_pending(fresh: World, fleet: Fleet) -> None:
    """The ring before takes its time; the others of its own ring and what follows go on."""
    rings = in_production(fleet, Ring(count=1), Ring(count=3))
    progress = going_offline(fresh, fleet, "lille-1-line", ("lyon-1-line-a", "done"))
    report = fresh.roll_out(rings, progress=progress, connected=connected(fresh, fleet))

    assert by_target(report) == {"lyon-1-line-a": "done", "lille-1-line": "pending", "bilbao-1-line": "done"}
    assert report.solutions[1].error == "its cluster is not connected"
    assert not report.failed


@pytest.mark.parametrize(("tolerated", "then"), [(0, "skipped"), (1, "done")])
def test_one_that_drops_out_of_its_ring_has_failed(fresh: World, fleet: Fleet, tolerated: int, then: str) -> None:
    """It counts against what may be unavailable, with bulk actions too; the next run begins before it again."""
    rings = with_placement(
        in_production(fleet, Ring(count=2), Ring(count=3)), "prod", max_unavailable=Ring(count=tolerated)
    )
    progress = going_offline(fresh, fleet, "lille-1-line", ("lille-1-line", "publish done"))
    report = fresh.roll_out(rings, progress=progress, connected=connected(fresh, fleet))

    assert by_target(report) == {"lyon-1-line-a": "done", "lille-1-line": "failed", "bilbao-1-line": then}
    assert "lille-1" in report.solutions[1].error


def test_a_cluster_that_nobody_can_tell_of_is_tried(fresh: World, fleet: Fleet) -> None:
    """That its state cannot be read is no reason to leave it out."""
    fresh.sandbox.fault(status=403, path="connectedClusters/lyon-1$", method="GET", times=1)
    report = fresh.roll_out(in_production(fleet, Ring(count=1)), connected=connected(fresh, fleet))

    assert by_target(report) == {"lyon-1-line-a": "done"}
    assert solution_status(fleet, fresh.arm)["lyon-1-line-a"][0].healthy
