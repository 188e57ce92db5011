"""Targets of a ring that are reviewed, published and installed together."""

from __future__ import annotations

import time

import pytest

from orchestration.fleet import naming
from orchestration.fleet.model import Fleet, Ring
from orchestration.solutions import owned_paths, plan_solutions, solution_status
from orchestration.solutions.outcomes import Kind
from tests.sandbox.rollout_support import (
    API,
    FIVE,
    World,
    by_target,
    cluster_of,
    in_production,
    target_properties,
    with_placement,
    with_solution,
)

THREE = FIVE[2:]
SINGLE = ["reviewSolutionVersion", "publishSolutionVersion", "installSolution"]
BULK = ["bulkReviewSolution", "bulkPublishSolution", "bulkDeploySolution"]


@pytest.fixture
def production(fleet: Fleet) -> Fleet:
    """The fleet whose solution is for three targets of production alone, in one ring."""
    return in_production(fleet, Ring(percent=100))


def actions(world: World, since: int) -> list[str]:
    """Return the actions since a request, without values."""
    return [name for name in world.did(since) if name != "PUT"]


def revisions(world: World, fleet: Fleet) -> list[tuple[int, bool]]:
    """Return revision and health of the three."""
    status = solution_status(fleet, world.arm)
    return [(status[target][0].revision, status[target][0].healthy) for target in THREE]


def test_a_ring_takes_each_step_at_once(fresh: World, production: Fleet) -> None:
    """One action for all of its targets, each of which is told of by itself; a second run does nothing."""
    heard: list[tuple[str, str]] = []

    def progress(kind: Kind, what: str, where: str, outcome: str = "", message: str = "") -> None:
        heard.append((where, outcome or message or kind))

    report = fresh.roll_out(production, progress=progress)
    since = fresh.mark()

    assert actions(fresh, 0)[-3:] == BULK
    assert by_target(report) == dict.fromkeys(THREE, "done")
    for target in THREE:
        steps = [what for where, what in heard if where == target]
        assert steps == ["started", "review done", "publish done", "install done", "done"]
    assert revisions(fresh, production) == [(1, True)] * 3
    assert by_target(fresh.roll_out(production)) == dict.fromkeys(THREE, "unchanged")
    assert fresh.did(since) == []


def test_steps_can_be_taken_at_once_and_apart(fresh: World, production: Fleet) -> None:
    """A run that ends with the review leaves the rest to the next one."""
    for through, action in zip(("review", "publish", "install"), BULK, strict=True):
        since = fresh.mark()
        assert by_target(fresh.roll_out(production, through=through)) == dict.fromkeys(THREE, "done")
        assert actions(fresh, since) == [action]


def test_requests_are_few(fresh: World, production: Fleet) -> None:
    """Beyond polls: at most four a target for values, and two from review to installation with what ends them."""
    nodes = production.config_templates["plant-config"].values
    since = fresh.mark()
    fresh.roll_out(production)
    asked = fresh.asked(since)

    assert asked["values"] <= 4 * (3 + len(nodes))
    assert asked["rollout"] <= 2 * 3 + len(BULK)


@pytest.mark.parametrize("status", [404, 400])
def test_a_service_without_bulk_actions_is_asked_one_by_one(fresh: World, production: Fleet, status: int) -> None:
    """Each bulk action is tried once, and the result is the same."""
    fresh.sandbox.fault(status=status, path="/bulk", method="POST", times=100)
    since = fresh.mark()
    report = fresh.roll_out(production)

    assert by_target(report) == dict.fromkeys(THREE, "done")
    done = actions(fresh, since)
    assert [done.count(name) for name in (*BULK[:1], *SINGLE)] == [1, 3, 3, 3]
    assert revisions(fresh, production) == [(1, True)] * 3


def test_more_targets_than_one_action_takes_are_shared_out(fresh: World, production: Fleet) -> None:
    """As many as it takes at once, in as many actions as that needs; what is left over alone is taken by itself."""
    fresh.sandbox.limit_bulk(2)
    since = fresh.mark()
    report = fresh.roll_out(production, at_once=2)

    assert by_target(report) == dict.fromkeys(THREE, "done")
    assert actions(fresh, since) == [*BULK, *SINGLE]
    assert revisions(fresh, production) == [(1, True)] * 3


def test_an_action_of_too_many_targets_is_refused_and_done_one_by_one(fresh: World, production: Fleet) -> None:
    """Should the service take fewer than it says today."""
    fresh.sandbox.limit_bulk(2)
    since = fresh.mark()
    assert by_target(fresh.roll_out(production)) == dict.fromkeys(THREE, "done")
    done = actions(fresh, since)
    assert [done.count(name) for name in (*BULK[:1], *SINGLE)] == [1, 3, 3, 3]


@pytest.mark.parametrize("action", BULK)
def test_an_answer_that_is_lost_is_looked_for(fresh: World, production: Fleet, action: str) -> None:
    """What was done on the targets is found there, and nothing is reviewed twice."""
    fresh.sandbox.fault(kind="reset", after_effect=True, path=action, method="POST", times=1)
    since = fresh.mark()
    report = fresh.roll_out(production, sleep=lambda seconds: None)

    assert by_target(report) == dict.fromkeys(THREE, "done")
    assert sum(actions(fresh, since).count(name) for name in SINGLE) == 0
    assert revisions(fresh, production) == [(1, True)] * 3


def test_a_request_that_is_lost_is_made_target_by_target(fresh: World, production: Fleet) -> None:
    """Half a minute after nothing was seen of it, in which a review could have begun late."""
    fresh.sandbox.fault(kind="reset", path=BULK[0], method="POST", times=1)
    slept: list[float] = []
    report = fresh.roll_out(production, sleep=slept.append)

    assert by_target(report) == dict.fromkeys(THREE, "done")
    assert sum(slept) >= 30
    assert revisions(fresh, production) == [(1, True)] * 3


def test_one_that_is_refused_does_not_hold_up_the_others(fresh: World, production: Fleet) -> None:
    """The target that loses the capability meanwhile is named with the service's words."""
    target = production.targets["lille-1-line"]
    place = {"name": naming.custom_location_id(production.clusters[target.cluster]), "type": "CustomLocation"}
    properties = {**target_properties(production, target), "capabilities": []}
    body = {"location": "eastus2", "extendedLocation": place, "properties": properties}

    def progress(kind: Kind, what: str, where: str, outcome: str = "", message: str = "") -> None:
        if (kind, where) == ("started", target.name):
            fresh.arm.put(naming.fleet_target_id(production, target), API, body)

    since = fresh.mark()
    report = fresh.roll_out(production, progress=progress)

    assert by_target(report) == {"lyon-1-line-a": "done", "lille-1-line": "failed", "bilbao-1-line": "done"}
    assert "lacks the capabilities vision" in report.solutions[1].error
    assert list(report.refused) == ["line-vision/lille-1-line"]
    assert actions(fresh, since) == [*BULK, SINGLE[0]]


def test_one_that_fails_to_install_is_named(fresh: World, production: Fleet) -> None:
    """The others are installed; the next run stops before the ring, and goes on when told."""
    cluster = cluster_of(production, "bilbao-1-line")
    fresh.sandbox.show(cluster, connectivityStatus="Offline")
    report = fresh.roll_out(production)

    assert by_target(report) == {"lyon-1-line-a": "done", "lille-1-line": "done", "bilbao-1-line": "failed"}
    assert "component line-vision is Failed" in report.solutions[2].error
    fresh.sandbox.show(cluster, connectivityStatus="Connected")
    assert by_target(fresh.roll_out(production))["bilbao-1-line"] == "failed"
    assert by_target(fresh.roll_out(production, continue_failed=True))["bilbao-1-line"] == "done"
    assert revisions(fresh, production) == [(1, True)] * 3


def test_throttled_bulk_actions_lose_nothing(fresh: World, production: Fleet) -> None:
    """Each is asked again, not before its time, and everything is done once."""
    for action in BULK:
        fresh.sandbox.fault(status=429, retry_after="1", path=action, method="POST", times=2)
    since, began = fresh.mark(), time.monotonic()
    report = fresh.roll_out(production)
    rows = [row for row in fresh.sandbox.requests(since) if "/bulk" in row["path"]]

    assert by_target(report) == dict.fromkeys(THREE, "done")
    assert [row["status"] for row in rows] == [429, 429, 202] * 3
    assert time.monotonic() - began >= 2 * len(BULK)
    assert revisions(fresh, production) == [(1, True)] * 3


def test_targets_at_rest_are_hardly_asked(world: World, fleet: Fleet) -> None:
    """One query tells what they have; each is asked how its instance is and what it would resolve to, that is all."""
    nodes = fleet.config_templates["plant-config"].values
    since = world.mark()
    plan = plan_solutions(fleet, world.arm, query=world.query, owned_before=owned_paths(fleet))
    planned = world.asked(since)
    since = world.mark()
    report = world.roll_out(fleet, query=world.query, owned_before=owned_paths(fleet))
    asked = world.asked(since)

    assert {row.change for row in plan} == {"none"}
    for kind in ("graph", "resolve", "rollout", "look", "values"):
        assert planned[kind] == asked[kind]
    assert by_target(report) == dict.fromkeys(FIVE, "unchanged")
    assert report.owned == owned_paths(fleet)
    assert (asked["graph"], asked["resolve"], asked["rollout"], asked["look"]) == (1, 5, 5, 0)
    assert asked["values"] == 2 * len(nodes)


def test_what_is_not_at_rest_is_looked_at(world: World, fleet: Fleet) -> None:
    """What an operator or the fleet has changed, what is ill, and what is no longer placed is seen behind the query."""
    world.write(fleet, "lab-1-line", "Camera: {ExposureMs: 30}\n")
    values = {**fleet.solutions["line-vision"].values, "pilot-1-line": {"Camera": {"ExposureMs": 9}}}
    changed = with_placement(with_solution(fleet, values=values), "prod", excepted=("lille-1-line",))
    plan = plan_solutions(changed, world.arm, query=world.query, owned_before=owned_paths(fleet))
    report = world.roll_out(changed, query=world.query, owned_before=owned_paths(fleet))
    status = solution_status(fleet, world.arm)

    assert [(row.target, row.outcome) for row in report.solutions] == [
        ("lab-1-line", "unchanged"),
        ("pilot-1-line", "done"),
        ("lyon-1-line-a", "unchanged"),
        ("bilbao-1-line", "unchanged"),
        ("lille-1-line", "done"),
    ]
    assert [(row.target, row.change) for row in plan if row.change != "none"] == [
        ("lab-1-line", "update"),
        ("pilot-1-line", "update"),
        ("lille-1-line", "delete"),
    ]
    exposures = {name: status[name][0].values["camera"]["exposureMs"] for name in ("lab-1-line", "pilot-1-line")}
    assert exposures == {"lab-1-line": 12, "pilot-1-line": 9}
    assert world.values(fleet, "lab-1-line") == {"Camera": {"ExposureMs": 12}}
    assert status["lille-1-line"] == () and world.values(fleet, "lille-1-line") == {}


def test_a_query_that_fails_costs_only_requests(world: World, fleet: Fleet) -> None:
    """Without Resource Graph everything is read from the targets, as it is where nothing is indexed."""
    world.sandbox.fault(status=403, path="Microsoft.ResourceGraph", method="POST", times=1)
    for query in (world.query, lambda text: iter(())):
        since = world.mark()
        assert by_target(world.roll_out(fleet, query=query)) == dict.fromkeys(FIVE, "unchanged")
        assert world.did(since).count("PUT") == 0
