"""Solutions that somebody else has to find valid between publication and installation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestration.errors import OrchestrationError, UsageError
from orchestration.fleet.model import Fleet, Ring
from orchestration.solutions import set_validation
from tests.sandbox.rollout_support import FIVE, World, by_target, in_production, with_solution

pytestmark = pytest.mark.slow

LAB = ("line-vision", "lab-1-line")


@pytest.fixture
def validated(fresh: World, fleet: Fleet) -> Iterator[tuple[World, Fleet]]:
    """A world whose line-vision is validated externally."""
    asking = with_solution(fleet, external_validation=True)
    fresh.upload(asking, asking.solutions["line-vision"])
    yield fresh, asking


class Clock:
    """A clock that goes on while somebody sleeps, and calls what is to happen then."""

    def __init__(self, happens: object = None) -> None:
        self.time, self.happens = 1e9, happens

    def now(self) -> float:
        """Return the time."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds
        if callable(self.happens):
            self.happens()


def test_a_verdict_that_does_not_come_is_awaited(validated: tuple[World, Fleet]) -> None:
    """It is no failure, names its id and what to do, holds up what follows, and can still be given."""
    world, fleet = validated
    clock = Clock()
    heard: list[str] = []
    report = world.roll_out(
        fleet,
        now=clock.now,
        sleep=clock.sleep,
        progress=lambda *told: heard.append(told[-1] if told[0] == "progress" else ""),
    )
    row = report.solutions[0]

    assert by_target(report) == dict(zip(FIVE, ["awaiting", *["skipped"] * 4], strict=True))
    assert not report.failed
    assert row.error.startswith("waits for its external validation, ") and row.error.endswith("no verdict within 900 s")
    assert sum(text.startswith("waits for its external validation") for text in heard) == 1
    assert "ewo solution validation" in row.hint
    assert report.solutions[1].error == "external validation of lab-1-line is awaited in ring 1 of dev"

    assert set_validation(fleet, world.arm, *LAB, valid=True)
    assert not set_validation(fleet, world.arm, *LAB, valid=True)
    since = world.mark()
    again = world.roll_out(fleet, now=clock.now, sleep=clock.sleep)
    assert [row.outcome for row in again.solutions[:2]] == ["done", "awaiting"]
    assert world.did(since).count("reviewSolutionVersion") == 1


def test_a_verdict_that_comes_lets_the_rollout_go_on(validated: tuple[World, Fleet]) -> None:
    """Within the time that a target has, and for the publication alone too."""
    world, fleet = validated
    clock = Clock(lambda: set_validation(fleet, world.arm, *LAB, valid=True))

    report = world.roll_out(fleet, environments=["dev"], through="publish", now=clock.now, sleep=clock.sleep)

    assert by_target(report) == {"lab-1-line": "done"}
    assert by_target(world.roll_out(fleet, environments=["dev"])) == {"lab-1-line": "done"}


def test_a_refusal_tells_what_the_validator_found(validated: tuple[World, Fleet]) -> None:
    """It is final for that revision; only when told so the next run makes another."""
    world, fleet = validated
    clock = Clock(
        lambda: set_validation(fleet, world.arm, *LAB, valid=False, reason="NamespaceScopeMismatch: kube-system")
    )
    failed = world.roll_out(fleet, environments=["dev"], now=clock.now, sleep=clock.sleep).solutions[0]
    since = world.mark()
    again = world.roll_out(fleet, environments=["dev"]).solutions[0]

    told = "the external validator refused it: NamespaceScopeMismatch: kube-system"
    assert (failed.outcome, failed.error) == ("failed", told) and "--continue" in failed.hint
    assert (again.outcome, again.error) == ("failed", told) and world.did(since) == []
    assert not set_validation(fleet, world.arm, *LAB, valid=False)
    with pytest.raises(OrchestrationError, match="waits for no validation: it is ExternalValidationFailed"):
        set_validation(fleet, world.arm, *LAB, valid=True)

    agreeing = Clock(lambda: set_validation(fleet, world.arm, *LAB, valid=True))
    told_to = world.roll_out(fleet, environments=["dev"], continue_failed=True, now=agreeing.now, sleep=agreeing.sleep)
    assert by_target(told_to) == {"lab-1-line": "done"}


def test_a_verdict_needs_something_to_judge(validated: tuple[World, Fleet]) -> None:
    """A solution and a target of the fleet, and a review."""
    world, fleet = validated
    for names in (("vision", "lab-1-line"), ("line-vision", "lab")):
        with pytest.raises(UsageError, match="is called"):
            set_validation(fleet, world.arm, *names, valid=True)
    with pytest.raises(OrchestrationError, match="never reviewed on lab-1-line"):
        set_validation(fleet, world.arm, *LAB, valid=True)


def test_a_ring_is_awaited_together(validated: tuple[World, Fleet]) -> None:
    """Published at once, each waits for its own verdict; those that have one are installed."""
    world, fleet = validated
    alone = in_production(fleet, Ring(percent=100))
    clock = Clock()
    first = world.roll_out(alone, now=clock.now, sleep=clock.sleep)
    for target in FIVE[2:4]:
        set_validation(alone, world.arm, "line-vision", target, valid=True)
    second = world.roll_out(alone, now=clock.now, sleep=clock.sleep)

    assert by_target(first) == dict.fromkeys(FIVE[2:], "awaiting")
    assert by_target(second) == dict(zip(FIVE[2:], ["done", "done", "awaiting"], strict=True))
