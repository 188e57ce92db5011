"""Values, review, publish and install over HTTPS, for the contoso fleet."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.errors import Interrupted
from orchestration.fleet import naming
from orchestration.fleet.model import Fleet, Ring
from orchestration.solutions import (
    owned_paths,
    plan_solutions,
    solution_status,
    uninstall_all,
)
from orchestration.solutions.edge import EdgeTarget
from orchestration.solutions.outcomes import Kind
from tests.sandbox.rollout_support import (
    API,
    FIVE,
    World,
    by_target,
    cluster_of,
    outcomes,
    with_placement,
    with_solution,
    with_version,
)


def test_contoso_is_rolled_out_ring_by_ring(fresh: World, fleet: Fleet) -> None:
    """The five targets get the solution one after the other, with the values that the design shows."""
    heard: list[tuple[str, str]] = []

    def progress(kind: Kind, what: str, where: str, outcome: str = "", message: str = "") -> None:
        if what.startswith("line-vision"):
            heard.append((where, outcome or message or kind))

    report = fresh.roll_out(fleet, progress=progress)
    status = solution_status(fleet, fresh.arm)

    assert outcomes(report) == [(target, "create", "done") for target in FIVE]
    steps = ["started", "review done", "publish done", "install done", "done"]
    assert heard == [(target, step) for target in FIVE for step in steps]
    values = {target: status[target][0].values for target in FIVE}
    assert {
        target: (found["camera"]["exposureMs"], found["broker"][:7], found["line"]) for target, found in values.items()
    } == {
        "lab-1-line": (12, "mqtt.fr", "lab-1-line"),
        "pilot-1-line": (12, "mqtt.fr", "pilot-1-line"),
        "lyon-1-line-a": (8, "mqtt.fr", "lyon-1-line-a"),
        "lille-1-line": (12, "mqtt.fr", "lille-1-line"),
        "bilbao-1-line": (20, "mqtt.es", "bilbao-1-line"),
    }
    assert all(status[target][0].healthy for target in FIVE)
    assert (status["vigo-1-line"], status["lyon-1-line-b"]) == ((), ())
    assert report.owned == owned_paths(fleet)


def test_a_second_run_changes_nothing(world: World, fleet: Fleet) -> None:
    """Nothing is written, reviewed or installed again, and a plan says so."""
    since = world.mark()
    report = world.roll_out(fleet, owned_before=owned_paths(fleet))
    plan = plan_solutions(fleet, world.arm, owned_before=owned_paths(fleet))

    assert world.did(since) == []
    assert outcomes(report) == [(target, "none", "unchanged") for target in FIVE]
    assert [(row.target, row.change) for row in plan] == [(target, "none") for target in FIVE]
    assert [row.outcome for row in report.values] == ["unchanged"] * 3


def test_a_step_that_is_never_seen_is_not_waited_for_long(fresh: World, fleet: Fleet) -> None:
    """Azure says that it is done and does not show it; two minutes later that is told, and the next run goes on."""
    clock = [1e9]
    fresh.sandbox.fault(status=404, path="/targets/lab-1-line/solutions/.*/versions/", method="GET", times=1000)

    report = fresh.roll_out(fleet, now=lambda: clock[0], sleep=lambda seconds: clock.append(clock.pop() + seconds))
    fresh.sandbox.clear_faults()

    first = report.solutions[0]
    assert (first.outcome, first.error) == ("failed", "review was done, and 120 s later the target does not show it")
    assert clock[0] == pytest.approx(1e9 + 120) and "run the same command again" in first.hint
    assert set(by_target(fresh.roll_out(fleet)).values()) == {"done"}


def test_a_plan_tells_what_a_rollout_would_do(fresh: World, fleet: Fleet) -> None:
    """Before anything is there, with or without a look at Azure, everything is created, and nothing is written."""
    since = fresh.mark()

    assert {row.change for row in plan_solutions(fleet, None)} == {"create"}
    assert plan_solutions(fleet, fresh.arm) == plan_solutions(fleet, None)
    assert [(row.target, row.ring) for row in plan_solutions(fleet, None)] == list(
        zip(FIVE, (1, 1, 1, 2, 3), strict=True)
    )
    assert fresh.did(since) == []


def test_a_changed_value_reaches_its_targets_only(world: World, fleet: Fleet) -> None:
    """A new value makes a new revision where it counts; keys of operators stay."""
    world.write(fleet, "lille-1-line", "Camera: {Resolution: hd, ExposureMs: 12}\n")
    world.roll_out(fleet)
    values = {**fleet.solutions["line-vision"].values, "lille": {"Camera": {"ExposureMs": 14}}}
    changed = with_solution(fleet, values=values)
    plan = plan_solutions(changed, world.arm)
    report = world.roll_out(changed)
    (row,) = solution_status(changed, world.arm)["lille-1-line"]

    assert [item.target for item in plan if item.change == "update"] == ["pilot-1-line", "lille-1-line"]
    assert [item.target for item in report.solutions if item.outcome == "done"] == ["pilot-1-line", "lille-1-line"]
    assert world.values(fleet, "lille-1-line") == {"Camera": {"Resolution": "hd", "ExposureMs": 14}}
    assert (row.revision, row.values["camera"]) == (3, {"exposureMs": 14, "resolution": "hd"})


def test_values_no_longer_named_are_taken_back(world: World, fleet: Fleet) -> None:
    """A key that the fleet owned and no longer names goes; what operators wrote beside it stays."""
    world.write(fleet, "lyon-1-line-a", "Camera: {ExposureMs: 8}\nAlerts: {Threshold: 0.5}\n")
    without = with_solution(fleet, values={})
    report = world.roll_out(without, owned_before=owned_paths(fleet))

    assert world.values(fleet, "lyon-1-line-a") == {"Alerts": {"Threshold": 0.5}}
    assert world.values(fleet, "lab-1-line") == {}
    assert report.owned == owned_paths(without)
    assert [key for key in report.owned if key.startswith("solution/")] == []


def test_values_of_an_older_version_stay(world: World, fleet: Fleet) -> None:
    """An upgrade gets a document of its own and leaves the old one for a way back."""
    newer = with_version(fleet, "1.1.0")
    world.upload(newer, newer.solutions["line-vision"])
    report = world.roll_out(newer, owned_before=owned_paths(fleet))
    since = world.mark()
    back = world.roll_out(fleet, owned_before=report.owned)

    assert outcomes(report) == [(target, "update", "done") for target in FIVE]
    assert world.values(fleet, "lyon-1-line-a", "1.1.0") == world.values(fleet, "lyon-1-line-a", "1.0.0")
    assert {*owned_paths(fleet), *owned_paths(newer)} == {*report.owned}
    assert by_target(back) == dict.fromkeys(FIVE, "done")
    assert world.did(since) == ["installSolution"] * 5


def test_what_operators_set_goes_along_to_a_new_version(world: World, fleet: Fleet) -> None:
    """Once, before its first review, as far as the new schema lets them edit it; it is said what, and what not."""
    world.write(fleet, "lyon-1-line-a", "Camera: {ExposureMs: 8, Resolution: hd}\nAlerts: {Threshold: 0.50}\nOld: 1\n")
    world.write(fleet, "lab-1-line", "Alerts: {Threshold: 1.5}\n")
    newer = with_version(fleet, "1.1.0")
    world.upload(newer, newer.solutions["line-vision"])
    said: list[tuple[str, str]] = []

    def hear(kind: str, what: str, where: str, outcome: str = "", message: str = "") -> None:
        if what.startswith("values of") and message:
            said.append((where, message))

    report = world.roll_out(newer, owned_before=owned_paths(fleet), progress=hear)
    kept = {"Camera": {"ExposureMs": 8, "Resolution": "hd"}, "Alerts": {"Threshold": 0.5}}
    assert world.values(fleet, "lyon-1-line-a", "1.1.0") == kept
    assert world.values(fleet, "lab-1-line", "1.1.0") == {"Camera": {"ExposureMs": 12}}
    assert sorted(said) == [
        ("lab-1-line", "left behind in 1.0.0: Alerts.Threshold (1.5 is above maxValue 1.0)"),
        (
            "lyon-1-line-a",
            "carried over from 1.0.0: Camera.Resolution, Alerts.Threshold; "
            "left behind in 1.0.0: Old (it can no longer be edited)",
        ),
    ]
    assert (report.owned["solution/line-vision/1.1.0/lyon-1-line-a"]) == ("Camera.ExposureMs",)

    world.write(fleet, "lyon-1-line-a", "Camera: {ExposureMs: 8}\n", "1.1.0")
    since = world.mark()
    world.roll_out(newer, owned_before=report.owned)
    assert "PUT" not in world.did(since)
    assert world.values(fleet, "lyon-1-line-a", "1.1.0") == {"Camera": {"ExposureMs": 8}}


def test_a_failure_stops_the_rollout(fresh: World, fleet: Fleet) -> None:
    """The target, its component and the message are named; later rings are skipped; then it waits to be told."""
    cluster = cluster_of(fleet, "lyon-1-line-a")
    fresh.sandbox.show(cluster, connectivityStatus="Offline")
    report = fresh.roll_out(fleet)
    failed = report.solutions[2]

    assert by_target(report) == dict(zip(FIVE, ["done", "done", "failed", "skipped", "skipped"], strict=True))
    assert "component line-vision is Failed" in failed.error
    assert "Cluster 'lyon-1' of target 'lyon-1-line-a' is Offline" in failed.error
    assert "--continue" in failed.hint
    assert report.solutions[3].error == "lyon-1-line-a failed in ring 1 of prod"
    assert report.failed

    fresh.sandbox.show(cluster, connectivityStatus="Connected")
    since = fresh.mark()
    again = fresh.roll_out(fleet)
    assert by_target(again) == dict(zip(FIVE, ["unchanged", "unchanged", "failed", "skipped", "skipped"], strict=True))
    assert fresh.did(since) == []
    assert "is Offline" in again.solutions[2].error

    told = fresh.roll_out(fleet, continue_failed=True)
    assert by_target(told) == dict(zip(FIVE, ["unchanged", "unchanged", "done", "done", "done"], strict=True))


REVIEW = "lab-1-line/reviewSolutionVersion"


def test_what_the_service_refused_is_not_asked_again_unasked(fresh: World, fleet: Fleet) -> None:
    """The next run stops before that ring until it is told to go on; what went well is forgotten."""
    fresh.sandbox.fault(status=400, path=REVIEW, times=1, method="POST", message="Not today.")
    first = fresh.roll_out(fleet)
    assert "Not today." in next(row.error for row in first.solutions if row.target == "lab-1-line")
    assert list(first.refused) == ["line-vision/lab-1-line"]
    since = fresh.mark()

    second = fresh.roll_out(fleet, refused_before=first.refused)

    stopped = next(row for row in second.solutions if row.target == "lab-1-line")
    assert (stopped.outcome, stopped.error) == ("failed", "the service refused it in an earlier run")
    assert "--continue" in stopped.hint and fresh.did(since) == [] and second.refused == first.refused
    assert {row.outcome for row in second.solutions if row.target != "lab-1-line"} == {"skipped"}

    third = fresh.roll_out(fleet, refused_before=second.refused, continue_failed=True)

    assert {row.outcome for row in third.solutions} == {"done"} and third.refused == {}


@pytest.mark.long
@pytest.mark.parametrize("change", ["version", "value"])
def test_another_version_or_value_goes_past_a_refusal(fresh: World, fleet: Fleet, change: str) -> None:
    """What was refused is a version with what it resolved to, and nothing else is held up by it."""
    fresh.sandbox.fault(status=400, path=REVIEW, times=1, method="POST")
    refused = fresh.roll_out(fleet).refused
    other = with_version(fleet, "1.1.0")
    if change == "value":
        other = with_solution(fleet, values={"lab-1-line": {"Camera": {"ExposureMs": 7}}})
    else:
        fresh.upload(other, other.solutions["line-vision"])

    report = fresh.roll_out(other, refused_before=refused)

    assert {row.outcome for row in report.solutions} == {"done"} and report.refused == {}


@pytest.mark.long
@pytest.mark.parametrize("action", ["publishSolutionVersion", "installSolution"])
def test_each_step_can_be_refused(fresh: World, fleet: Fleet, action: str) -> None:
    """What came before it is not done again when the run goes on."""
    fresh.sandbox.fault(status=403, path=f"lab-1-line/{action}", times=1, method="POST")
    first = fresh.roll_out(fleet)
    assert list(first.refused) == ["line-vision/lab-1-line"]
    since = fresh.mark()
    assert fresh.roll_out(fleet, refused_before=first.refused).refused == first.refused and fresh.did(since) == []

    again = fresh.roll_out(fleet, refused_before=first.refused, continue_failed=True)

    assert {row.outcome for row in again.solutions} == {"done"} and again.refused == {}


@pytest.mark.long
def test_what_may_go_well_next_time_is_simply_tried_again(fresh: World, fleet: Fleet) -> None:
    """A conflict with something that goes on says nothing about the version."""
    fresh.sandbox.fault(status=409, path=REVIEW, times=1, method="POST")
    first = fresh.roll_out(fleet)
    assert "failed" in {row.outcome for row in first.solutions} and first.refused == {}
    assert {row.outcome for row in fresh.roll_out(fleet, refused_before=first.refused).solutions} == {"done"}


def test_another_version_goes_past_a_failure(fresh: World, fleet: Fleet) -> None:
    """A failed version holds its ring up only as long as it is the one that is wanted."""
    cluster = cluster_of(fleet, "lyon-1-line-a")
    fresh.sandbox.show(cluster, connectivityStatus="Offline")
    fresh.roll_out(fleet)
    fresh.sandbox.show(cluster, connectivityStatus="Connected")
    newer = with_version(fleet, "1.1.0")
    fresh.upload(newer, newer.solutions["line-vision"])

    assert by_target(fresh.roll_out(newer)) == dict.fromkeys(FIVE, "done")


def test_a_tolerated_failure_lets_the_rollout_go_on(fresh: World, fleet: Fleet) -> None:
    """With maxUnavailable the ring counts as healthy, and the target is still reported."""
    fresh.sandbox.show(cluster_of(fleet, "lyon-1-line-a"), connectivityStatus="Offline")
    tolerant = with_placement(fleet, "prod", max_unavailable=Ring(count=1))

    assert by_target(fresh.roll_out(tolerant)) == dict(
        zip(FIVE, ["done", "done", "failed", "done", "done"], strict=True)
    )


def test_an_unhealthy_solution_stops_the_rollout(world: World, fleet: Fleet) -> None:
    """What was deployed and is not healthy in time fails, at once where its time was up before."""
    target = naming.fleet_target_id(fleet, fleet.targets["pilot-1-line"])
    (solution,) = world.arm.list(f"{target}/solutions", API)
    (instance,) = world.arm.list(f"{target}/solutions/{solution['name']}/instances", API)
    parts = [{"name": "line-vision", "status": "CrashLoopBackOff"}]
    world.sandbox.show(instance["id"], status={"status": "Failed", "targetStatuses": [{"componentStatuses": parts}]})
    slept: list[float] = []
    hurried = with_placement(fleet, "qa", health_timeout=0.0)
    report = world.roll_out(hurried, sleep=slept.append)
    (status,) = solution_status(fleet, world.arm)["pilot-1-line"]

    assert by_target(report) == dict(zip(FIVE, ["unchanged", "failed", "skipped", "skipped", "skipped"], strict=True))
    assert report.solutions[1].error == "not healthy: component line-vision is CrashLoopBackOff"
    assert report.solutions[1].change == "none"
    assert slept == []
    assert (status.healthy, status.components) == (False, {"line-vision": "CrashLoopBackOff"})
    assert "CrashLoopBackOff" in status.message


def test_a_slow_solution_is_waited_for(world: World, fleet: Fleet) -> None:
    """A ring that is not healthy yet is polled until it is."""
    target = naming.fleet_target_id(fleet, fleet.targets["lab-1-line"])
    (solution,) = world.arm.list(f"{target}/solutions", API)
    (instance,) = world.arm.list(f"{target}/solutions/{solution['name']}/instances", API)
    world.sandbox.show(instance["id"], status={"status": "Reconciling"})

    def sleep(seconds: float) -> None:
        world.sandbox.show(instance["id"], status={"status": "Succeeded"})

    assert by_target(world.roll_out(fleet, sleep=sleep))["lab-1-line"] == "done"


def test_an_offline_cluster_blocks_nothing(fresh: World, fleet: Fleet) -> None:
    """A pending target is named and passed over, within a ring and as a ring of its own."""
    report = fresh.roll_out(fleet, pending=frozenset({"lyon-1-line-a"}))

    assert by_target(report) == dict(zip(FIVE, ["done", "done", "pending", "done", "done"], strict=True))
    assert report.solutions[2].error == "its cluster is not connected"


def test_an_unknown_environment_holds_later_ones(fresh: World, fleet: Fleet) -> None:
    """When all targets of an environment are pending, nobody can say that the version works."""
    report = fresh.roll_out(fleet, pending=frozenset({"pilot-1-line", "bilbao-1-line"}))

    assert by_target(report) == dict(zip(FIVE, ["done", "pending", "skipped", "skipped", "pending"], strict=True))
    assert report.solutions[2].error == "qa is unknown: all its targets are pending"


def test_an_interrupted_rollout_is_gone_on_with(fresh: World, fleet: Fleet) -> None:
    """A run that is stopped after a review leaves a version that the next run publishes instead of a new one."""
    cancel = threading.Event()

    def progress(kind: Kind, what: str, where: str, outcome: str = "", message: str = "") -> None:
        if (where, message) == ("pilot-1-line", "review done"):
            cancel.set()

    with pytest.raises(Interrupted):
        fresh.roll_out(fleet, cancel=cancel, progress=progress)
    since = fresh.mark()
    report = fresh.roll_out(fleet)
    status = solution_status(fleet, fresh.arm)

    assert by_target(report) == dict(zip(FIVE, ["unchanged", *["done"] * 4], strict=True))
    assert "reviewSolutionVersion" not in fresh.did(since)[:2]
    assert [status[target][0].revision for target in FIVE] == [1] * 5


def test_an_install_under_way_is_waited_for(settled: Path, tmp_path: Path, fleet: Fleet) -> None:
    """An installation that outlived the run that began it is neither repeated nor taken for a failure."""
    dev = with_solution(fleet, placements=fleet.solutions["line-vision"].placements[:1], values={})
    target = naming.fleet_target_id(fleet, fleet.targets["lab-1-line"])
    with World.copied(settled, tmp_path / "sandbox", lro_ms=400) as world:
        world.roll_out(with_solution(dev, placements=()))
        edge = EdgeTarget(world.arm, target)
        version = edge.review(f"{naming.solution_template_id(fleet, 'line-vision')}/versions/1.0.0", "")
        edge.publish(version)
        world.sandbox.call("POST", f"{target}/installSolution?api-version={API}", {"solutionVersionId": version})
        since = world.mark()
        report = world.roll_out(dev)

        assert by_target(report) == {"lab-1-line": "done"}
        assert world.did(since) == []


def test_a_held_environment_holds_those_that_follow(world: World, fleet: Fleet) -> None:
    """An environment follows once every one before it has the version; one that is held does not count as having it."""
    newer = with_placement(with_version(fleet, "1.1.0"), "qa", version="1.0.0")
    world.upload(newer, newer.solutions["line-vision"])
    plan = plan_solutions(newer, world.arm)
    report = world.roll_out(newer)

    assert [row.change for row in plan] == ["update", "none", "none", "none", "none"]
    assert by_target(report) == dict(zip(FIVE, ["done", "unchanged", "skipped", "skipped", "skipped"], strict=True))
    assert report.solutions[2].error == "follows 1.1.0, but qa is held at 1.0.0"
    assert {row.change for row in report.solutions[2:]} == {"none"}


def test_one_environment_alone(world: World, fleet: Fleet) -> None:
    """A run for one environment leaves the others alone, and follows only what they have."""
    newer = with_version(fleet, "1.1.0")
    world.upload(newer, newer.solutions["line-vision"])
    too_early = world.roll_out(newer, environments={"qa"})
    first = world.roll_out(newer, environments={"dev"})
    then = world.roll_out(newer, environments={"qa"})

    assert by_target(too_early) == {"pilot-1-line": "skipped"}
    assert too_early.solutions[0].error == "follows 1.1.0, which dev does not have healthy"
    assert by_target(first) == {"lab-1-line": "done"}
    assert by_target(then) == {"pilot-1-line": "done"}


def test_what_is_no_longer_placed_is_uninstalled(world: World, fleet: Fleet) -> None:
    """A target that a placement drops loses the solution and the values of the fleet."""
    smaller = with_placement(fleet, "prod", excepted=("lille-1-line",))
    plan = plan_solutions(smaller, world.arm)
    report = world.roll_out(smaller, owned_before=owned_paths(fleet))
    status = solution_status(smaller, world.arm)

    assert [(row.target, row.change) for row in plan if row.change != "none"] == [("lille-1-line", "delete")]
    assert outcomes(report)[-1] == ("lille-1-line", "delete", "done")
    assert status["lille-1-line"] == ()
    assert world.values(fleet, "lille-1-line") == {}
    assert report.owned == owned_paths(smaller)
    assert outcomes(world.roll_out(smaller)) == [
        (target, "none", "unchanged") for target in FIVE if target != "lille-1-line"
    ]


def test_everything_is_uninstalled(world: World, fleet: Fleet) -> None:
    """Going down takes the fleet's solutions off all targets, once."""
    rows = uninstall_all(fleet, world.arm)

    assert [(row.target, row.change, row.outcome) for row in rows] == [
        (target.name, "delete", "done") for target in fleet.targets.values() if target.name in FIVE
    ]
    assert uninstall_all(fleet, world.arm) == ()


def test_two_instances_of_one_template(world: World, fleet: Fleet) -> None:
    """A named instance runs beside the unnamed one, and taking it away leaves the other."""
    vision = fleet.solutions["line-vision"]
    dev = vision.placements[:1]
    second = replace(vision, name="line-vision-2", instance="second", placements=dev, values={})
    both = replace(fleet, solutions={"line-vision": vision, "line-vision-2": second})
    report = world.roll_out(both)
    status = solution_status(both, world.arm)["lab-1-line"]
    elsewhere = replace(both, solutions={"line-vision": vision, "line-vision-2": replace(second, placements=())})
    after = world.roll_out(elsewhere)

    assert [(row.solution, row.outcome) for row in report.solutions if row.target == "lab-1-line"] == [
        ("line-vision", "unchanged"),
        ("line-vision-2", "done"),
    ]
    assert {row.name: row.healthy for row in status} == {"line-vision": True, "line-vision-2": True}
    assert [(row.solution, row.target, row.change) for row in after.solutions if row.change != "none"] == [
        ("line-vision-2", "lab-1-line", "delete")
    ]
    assert [row.name for row in solution_status(both, world.arm)["lab-1-line"]] == ["line-vision"]


def test_a_node_without_configuration_fails_what_is_below(fresh: World, fleet: Fleet) -> None:
    """Values that cannot be set on a node are reported, and hold up the targets below it."""
    reference = f"{naming.site_id(fleet, 'france')}/{naming.EDGE}/configurationReferences/default"
    fresh.arm.delete(reference, "2025-08-01")
    report = fresh.roll_out(fleet)

    assert (report.values[0].document, report.values[0].outcome) == ("config/plant-config/1.0.0/france", "failed")
    assert report.solutions[0].error == "values of france are not set: no configuration is linked to france"
    assert by_target(report) == dict(zip(FIVE, ["failed", *["skipped"] * 4], strict=True))


def test_an_unresolvable_value_names_its_key(fresh: World, fleet: Fleet) -> None:
    """A value that its schema refuses fails its ring before anything is reviewed."""
    wrong = with_solution(fleet, values={"france": {"Camera": {"ExposureMs": 99}}})
    since = fresh.mark()
    report = fresh.roll_out(wrong)

    assert report.solutions[0].outcome == "failed"
    assert "Camera.ExposureMs" in report.solutions[0].error
    assert "reviewSolutionVersion" not in fresh.did(since)
