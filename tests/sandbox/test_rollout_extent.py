"""A rollout that is wanted in part: through a step, until an environment or ring, of some solutions only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestration.errors import UsageError
from orchestration.fleet.model import Fleet
from orchestration.solutions import Until, owned_paths, solution_status
from tests.sandbox.rollout_support import (
    FIVE,
    World,
    by_target,
    cluster_of,
    outcomes,
    with_placement,
    with_solution,
    with_version,
)

STEPS = ["reviewSolutionVersion", "publishSolutionVersion", "installSolution"]


def test_one_step_after_the_other(fresh: World, fleet: Fleet) -> None:
    """Each run does its own step on every target, a second one nothing, and the last one finds healthy solutions."""
    for through, step in zip(("review", "publish", "install"), STEPS, strict=True):
        since = fresh.mark()
        report = fresh.roll_out(fleet, through=through)

        assert outcomes(report) == [(target, "create", "done") for target in FIVE]
        assert [name for name in fresh.did(since) if name not in ("PUT",)] == [step] * 5
        since = fresh.mark()
        again = fresh.roll_out(fleet, through=through)

        assert outcomes(again) == [(target, "none", "unchanged") for target in FIVE]
        assert fresh.did(since) == []
    assert all(solution_status(fleet, fresh.arm)[target][0].healthy for target in FIVE)


def test_what_got_further_is_done(world: World, fleet: Fleet) -> None:
    """What is installed, or has failed to be, was reviewed and published."""
    newer = with_version(fleet, "1.1.0")
    world.upload(newer, newer.solutions["line-vision"])
    world.sandbox.show(cluster_of(fleet, "lab-1-line"), connectivityStatus="Offline")
    assert world.roll_out(newer).failed
    since = world.mark()

    for through in ("review", "publish"):
        assert set(by_target(world.roll_out(fleet, through=through)).values()) == {"unchanged"}
        assert by_target(world.roll_out(newer, through=through, environments=["dev"])) == {"lab-1-line": "unchanged"}
    assert world.did(since) == []


def test_a_review_uninstalls_nothing(world: World, fleet: Fleet) -> None:
    """What is no longer placed goes with the run that installs."""
    smaller = with_placement(fleet, "prod", excepted=("lille-1-line",))
    since = world.mark()

    assert "lille-1-line" not in by_target(world.roll_out(smaller, through="publish", owned_before=owned_paths(fleet)))
    assert world.did(since) == []
    assert outcomes(world.roll_out(smaller))[-1] == ("lille-1-line", "delete", "done")


def test_an_environment_follows_one_that_got_as_far(world: World, fleet: Fleet) -> None:
    """To be reviewed alone, an environment asks of those before it a review and no more."""
    newer = with_version(fleet, "1.1.0")
    world.upload(newer, newer.solutions["line-vision"])
    early = world.roll_out(newer, through="review", environments=["qa"])
    world.roll_out(newer, through="review", environments=["dev"])
    then = world.roll_out(newer, through="review", environments=["qa"])
    published = world.roll_out(newer, through="publish", environments=["qa"])

    assert early.solutions[0].error == "follows 1.1.0, which dev does not have reviewed"
    assert by_target(then) == {"pilot-1-line": "done"}
    assert published.solutions[0].error == "follows 1.1.0, which dev does not have published"


def test_a_refusal_of_a_later_step_is_kept(fresh: World, fleet: Fleet) -> None:
    """A run that ends with the review says nothing about the publication that was refused."""
    fresh.sandbox.fault(status=403, path="lab-1-line/publishSolutionVersion", times=1, method="POST")
    refused = fresh.roll_out(fleet).refused

    assert fresh.roll_out(fleet, through="review", refused_before=refused).refused == refused
    assert refused


def test_nothing_after_the_last_that_is_wanted(fresh: World, fleet: Fleet) -> None:
    """What follows is skipped, says why, and is no failure; a run that goes further goes on from there."""
    ends = [Until("dev"), Until("qa"), Until("prod", 1), Until("prod", 2), Until("prod")]
    for reached, until in enumerate(ends, start=1):
        report = fresh.roll_out(fleet, until=until)

        found = ["unchanged"] * (reached - 1) + ["done"] + ["skipped"] * (5 - reached)
        assert by_target(report) == dict(zip(FIVE, found, strict=True))
        skipped = [(row.error, row.change) for row in report.solutions[reached:]]
        assert skipped == [(f"this rollout goes until {until}", "create")] * (5 - reached)
        assert not report.failed


def test_an_uninstallation_after_the_last_that_is_wanted_waits(world: World, fleet: Fleet) -> None:
    """It comes after the last ring of its environment."""
    smaller = with_placement(fleet, "prod", excepted=("lille-1-line",))

    for until in (Until("qa"), Until("prod", 2)):
        row = world.roll_out(smaller, until=until).solutions[-1]
        assert (row.target, row.outcome, row.error) == ("lille-1-line", "skipped", f"this rollout goes until {until}")
    assert outcomes(world.roll_out(smaller, until=Until("prod")))[-1] == ("lille-1-line", "delete", "done")


def test_some_solutions_only(fresh: World, fleet: Fleet) -> None:
    """The others are neither rolled out nor told of, and keep what is theirs."""
    vision = fleet.solutions["line-vision"]
    second = replace(vision, name="second", instance="second", placements=vision.placements[:1], values={})
    both = replace(fleet, solutions={"line-vision": vision, "second": second})
    report = fresh.roll_out(both, only=["second"])

    assert [(row.solution, row.outcome) for row in report.solutions] == [("second", "done")]
    assert [row.name for row in solution_status(both, fresh.arm)["lab-1-line"]] == ["second"]
    assert report.owned == owned_paths(both)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"until": Until("test")}, "no environment is called 'test'"),
        ({"until": Until("prod", 0)}, "there is no ring 0"),
        ({"only": ["line-vision", "nothing"]}, "no solution is called 'nothing'"),
    ],
    ids=["environment", "ring", "solution"],
)
def test_what_the_fleet_does_not_have_is_refused_first(
    fresh: World, fleet: Fleet, options: dict[str, object], told: str
) -> None:
    """Before anything is asked of Azure."""
    since = fresh.mark()

    with pytest.raises(UsageError, match=told) as caught:
        fresh.roll_out(with_solution(fleet), **options)
    assert caught.value.hint and fresh.sandbox.requests(since) == []
