"""Clusters that are not connected are waited for, named, and hold up nothing but what needs them."""

from __future__ import annotations

import pytest

from tests.sandbox.place import Place, placed, rows

pytestmark = pytest.mark.slow


def offline(place: Place, cluster: str, status: str = "Offline") -> None:
    """Make a cluster show another connectivity."""
    place.sandbox.show(place.fleet.clusters[cluster].id, connectivityStatus=status)


def seeded(place: Place) -> None:
    """Give the sandbox the clusters that exist before the first run."""
    assert place.plan().changes


def test_an_offline_cluster_is_left_out_until_it_comes_back(starter: Place) -> None:
    """The others go on with exit 0; the next run after it has come back completes the fleet."""
    seeded(starter)
    offline(starter, "plant-2-a")
    first = starter.up()
    assert first.exit_code == 0 and first.waiting and dict(first.pending) == {"plant-2-a": "it is Offline"}
    assert "shard-prod-01" not in rows(first) and rows(first)["shard-dev-01"].outcome == "done"
    assert [(row.target, row.outcome) for row in first.solutions] == [
        ("lab-1-line", "done"),
        ("plant-2-line", "pending"),
    ]
    status = starter.status()
    assert status.healthy and status.summary["prod"].startswith("unknown")
    assert status.pending == ("cluster plant-2-a is Offline",)
    assert set(starter.up().outcomes) == {"unchanged", "pending"}
    offline(starter, "plant-2-a", "Connected")
    second = starter.up()
    assert second.exit_code == 0 and not second.waiting
    assert set(placed(starter.status())) == {"lab-1-line", "plant-2-line"}


def test_later_environments_wait_for_one_that_is_unknown(starter: Place) -> None:
    """While all clusters of dev are pending, prod is built but gets no solution."""
    seeded(starter)
    offline(starter, "lab-1")
    report = starter.up()
    assert report.exit_code == 0
    assert rows(report)["shard-prod-01"].outcome == "done"
    assert [(row.target, row.outcome) for row in report.solutions] == [
        ("lab-1-line", "pending"),
        ("plant-2-line", "skipped"),
    ]
    assert any("dev is unknown" in note for note in report.notes)
    assert placed(starter.status()) == {}


def test_a_cluster_that_goes_offline_keeps_everything(starter_up: Place) -> None:
    """It keeps the inputs of its last apply: nothing is destroyed, nothing is written."""
    offline(starter_up, "plant-2-a")
    since, ids = starter_up.seen(), starter_up.state_ids()
    report = starter_up.up()
    assert report.exit_code == 0 and dict(report.pending) == {"plant-2-a": "it is Offline"}
    assert (starter_up.writes(since), starter_up.state_ids()) == ([], ids)


def test_a_change_reaches_an_offline_cluster_when_it_is_back(starter_up: Place) -> None:
    """What the fleet says meanwhile waits for the cluster, and is then made."""
    offline(starter_up, "plant-2-a")
    starter_up.edit("plant-2: {Greeting: Hello from plant 2}", "plant-2: {Greeting: Good evening}")
    waiting = starter_up.up()
    assert [row.outcome for row in waiting.solutions if row.target == "plant-2-line"] == ["pending"]
    offline(starter_up, "plant-2-a", "Connected")
    assert starter_up.up().exit_code == 0
    assert placed(starter_up.status())["plant-2-line"].values["greeting"] == "Good evening"


def test_an_absent_existing_cluster_is_pending_with_its_id(starter_up: Place) -> None:
    """A cluster that the fleet says exists and does not is named, and blocks nobody."""
    fleet = starter_up.fleet
    absent = f"{fleet.clusters['lab-1'].id}-nowhere"
    with starter_up.arm() as arm:
        extra = (
            f"  - {{name: lab-2, clusterType: lab, site: plant-1, connection: {{existing: {absent}}}}}\n\nworkloads:"
        )
        starter_up.edit("\nworkloads:", extra)
        starter_up.plan()
        arm.delete(absent, version="2026-05-01")
    report = starter_up.up()
    assert dict(report.pending) == {"lab-2": f"there is no {absent}; check the id, or connect the cluster"}
    assert report.exit_code == 0


def test_an_offline_script_cluster_is_not_connected_again(contoso_up: Place) -> None:
    """Its script ran once; while it is offline it is waited for."""
    offline(contoso_up, "lyon-1")
    since = contoso_up.seen()
    report = contoso_up.up()
    assert dict(report.pending) == {"lyon-1": "it is Offline"}
    assert contoso_up.writes(since) == []
    assert [row.outcome for row in report.solutions if row.target == "lyon-1-line-a"] == ["pending"]
