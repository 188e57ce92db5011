"""`review`, `publish` and `install`: rollouts of what the last `up` has made, without Terraform and Git."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration import DestroyRefused, OrchestrationError, RolloutOptions, UsageError
from orchestration.reports import SolutionsReport
from orchestration.solutions import Until
from tests.sandbox.place import Place, at_most, placed
from tests.support import problems_with

FIVE = ["lab-1-line", "pilot-1-line", "lyon-1-line-a", "lille-1-line", "bilbao-1-line"]


def raise_version(place: Place, version: str = "1.1.0") -> None:
    """Raise line-vision in the fleet file; its content stays."""
    place.edit("version: 1.0.0\n    path: solutions", f"version: {version}\n    path: solutions")


def take(place: Place, verb: str, **options: Any) -> SolutionsReport:
    """Run a verb of solutions."""
    with place.orchestrator() as orchestrator:
        report: SolutionsReport = getattr(orchestrator, verb)(RolloutOptions(**options))
    assert problems_with(report.to_json(), "rollout") == []
    return report


def outcomes(report: SolutionsReport) -> dict[str, str | None]:
    return {row.target: row.outcome for row in report.solutions}


def versions(place: Place) -> list[str]:
    there = placed(place.status())
    return [there[target].version for target in FIVE]


def test_a_version_is_taken_through_its_steps(contoso_up: Place) -> None:
    """What `up --until` has uploaded is reviewed, published and installed, each step on its own."""
    raise_version(contoso_up)
    report = contoso_up.up(until=Until("dev"))
    assert [row.outcome for row in report.solutions] == ["done", *["skipped"] * 4]
    skipped = "line-vision on pilot-1-line, lyon-1-line-a, lille-1-line, bilbao-1-line was skipped"
    assert report.notes[-1] == f"{skipped}: this rollout goes until dev"
    since, heads = contoso_up.seen(), contoso_up.heads()

    for verb, through in (("review", "UpgradeInReview"), ("publish", "ReadyToUpgrade"), ("install", "Deployed")):
        done = take(contoso_up, verb, solutions=("line-vision",))
        assert outcomes(done) == {"lab-1-line": "unchanged", **dict.fromkeys(FIVE[1:], "done")}, through
        assert (done.verb, done.exit_code, done.failed) == (verb, 0, ())
    assert set(outcomes(take(contoso_up, "install")).values()) == {"unchanged"}
    actions = [path.rsplit("/", 1)[1] for path in contoso_up.reviews(since)]
    assert [actions.count(name) for name in ("reviewSolutionVersion", "publishSolutionVersion")] == [4, 4]
    assert versions(contoso_up) == ["1.1.0"] * 5
    assert contoso_up.heads() == heads
    assert not contoso_up.plan().changes


def test_a_rollout_is_for_an_environment_or_until_a_ring(contoso_up: Place) -> None:
    """What is not meant is not touched, and what follows is told why it waits."""
    raise_version(contoso_up)
    contoso_up.up(until=Until("dev"))

    early = take(contoso_up, "install", environment="prod")
    assert set(outcomes(early).values()) == {"skipped"} and early.exit_code == 0
    assert any("follows 1.1.0, which qa does not have healthy" in note for note in early.notes)
    assert outcomes(take(contoso_up, "install", environment="qa")) == {"pilot-1-line": "done"}
    take(contoso_up, "install", until=Until("prod", 1))
    assert versions(contoso_up) == ["1.1.0", "1.1.0", "1.1.0", "1.0.0", "1.0.0"]


def test_what_is_not_uploaded_is_told_before_anything_is_touched(contoso_up: Place) -> None:
    """A version, and values that core does not know to be the fleet's."""
    raise_version(contoso_up)
    since = contoso_up.seen()

    with pytest.raises(OrchestrationError, match=r"what is up: line-vision 1\.1\.0 is not uploaded\n") as told:
        take(contoso_up, "install")
    assert "ewo up" in told.value.hint

    contoso_up.edit("version: 1.1.0\n    path: solutions", "version: 1.0.0\n    path: solutions")
    contoso_up.edit("{Camera: {ExposureMs: 8}}", "{Camera: {ExposureMs: 8, Resolution: hd}}")
    with pytest.raises(OrchestrationError, match=r"values of line-vision 1\.0\.0 on lyon-1-line-a are new"):
        take(contoso_up, "review")
    assert contoso_up.writes(since) == contoso_up.reviews(since) == []


def test_a_fleet_that_was_never_up_is_told_so(starter: Place) -> None:
    """With what to run."""
    with pytest.raises(OrchestrationError, match="the fleet is not up") as told:
        take(starter, "publish")
    assert "run `ewo up` first" in told.value.hint


def test_a_failure_stops_the_rollout_until_it_is_to_go_on(contoso_up: Place) -> None:
    """The target is named, later ones wait, and the next run stops there again: as `up` does."""
    raise_version(contoso_up)
    contoso_up.up(until=Until("qa"))
    contoso_up.sandbox.fault_target("lille-1-line", what="fail")

    stopped = take(contoso_up, "install")
    assert outcomes(stopped)["lille-1-line"] == "failed" and outcomes(stopped)["bilbao-1-line"] == "skipped"
    assert stopped.exit_code == 4 and stopped.failed[0].where == "line-vision on lille-1-line"
    assert outcomes(take(contoso_up, "install")) == outcomes(stopped) | {"lyon-1-line-a": "unchanged"}
    assert take(contoso_up, "install", continue_failed=True).exit_code == 0
    assert versions(contoso_up) == ["1.1.0"] * 5


def test_what_the_service_refused_stops_every_verb(contoso_up: Place) -> None:
    """Whoever was refused: the next run, `up` or a single step, asks nothing there until it is to go on."""
    raise_version(contoso_up)
    contoso_up.up(until=Until("qa"))
    contoso_up.sandbox.fault(
        status=400, path="lyon-1-line-a/reviewSolutionVersion", method="POST", message="Not today."
    )
    assert "Not today." in take(contoso_up, "review").failed[0].error
    since = contoso_up.seen()

    for verb in ("review", "publish", "install"):
        again = take(contoso_up, verb)
        assert again.exit_code == 4 and again.failed[0].error == "the service refused it in an earlier run"
    assert contoso_up.up().failed[0].error == "the service refused it in an earlier run"
    assert contoso_up.reviews(since) == []

    assert take(contoso_up, "install", continue_failed=True).exit_code == 0
    report = contoso_up.up()
    assert report.exit_code == 0 and {row.outcome for row in report.solutions} == {"unchanged"}
    assert versions(contoso_up) == ["1.1.0"] * 5


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"solutions": ("line-visoin",)}, "line-visoin"),
        ({"environment": "test"}, "the fleet has no environment 'test'"),
        ({"until": Until("test")}, "no environment is called 'test'"),
    ],
    ids=["solution", "environment", "until"],
)
def test_what_the_fleet_does_not_have_is_refused(contoso_seen: Place, options: dict[str, Any], told: str) -> None:
    """Before a run is recorded, also by `up`."""
    runs = sorted((contoso_seen.folder / ".ewo" / "runs").iterdir())
    with pytest.raises(UsageError, match=told):
        take(contoso_seen, "install", **options)
    with pytest.raises(UsageError, match="no environment is called"):
        contoso_seen.up(until=Until("test"))
    assert sorted((contoso_seen.folder / ".ewo" / "runs").iterdir()) == runs


def uninstall(place: Place, *targets: str, allow: int = 0) -> SolutionsReport:
    """Uninstall line-vision from targets."""
    with place.orchestrator() as orchestrator:
        report = orchestrator.uninstall("line-vision", targets, allow_destroy=at_most(allow))
    assert problems_with(report.to_json(), "rollout") == []
    return report


def test_a_solution_is_taken_off_targets_with_permission(contoso_up: Place) -> None:
    """What is not there is left, the rest of the fleet stays, and `up` brings it back unless it is told not to."""
    since = contoso_up.seen()
    with pytest.raises(DestroyRefused, match=r"line-vision 1\.0\.0 on lille-1-line"):
        uninstall(contoso_up, "lille-1-line")
    assert contoso_up.reviews(since) == []

    gone = uninstall(contoso_up, "lille-1-line", "vigo-1-line", allow=1)
    assert [(row.target, row.change, row.outcome) for row in gone.solutions] == [
        ("lille-1-line", "delete", "done"),
        ("vigo-1-line", "none", "unchanged"),
    ]
    assert "installs line-vision on lille-1-line again" in gone.notes[0]
    assert "fleet.yaml:125) have except: [lille-1-line]" in gone.notes[0]
    again = uninstall(contoso_up, "lille-1-line")
    assert outcomes(again) == {"lille-1-line": "unchanged"} and again.notes == ()

    contoso_up.edit(
        "targets: {matchLabels: {region: eu}}", "targets: {matchLabels: {region: eu}, except: [lille-1-line]}"
    )
    assert not any(row.target == "lille-1-line" for row in contoso_up.up().solutions)
    assert sorted(placed(contoso_up.status())) == sorted(set(FIVE) - {"lille-1-line"})


def test_all_targets_that_have_it_lose_it(contoso_up: Place) -> None:
    """One on a cluster that is away is pending, and loses it another time."""
    contoso_up.sandbox.fault_cluster("bilbao-1", what="offline")
    with pytest.raises(DestroyRefused, match="4 things"):
        uninstall(contoso_up, allow=3)
    assert outcomes(uninstall(contoso_up, allow=4)) == dict.fromkeys(FIVE[:4], "done") | {"bilbao-1-line": "pending"}
    contoso_up.sandbox.clear_fault("cluster", "bilbao-1")
    assert outcomes(uninstall(contoso_up, allow=1)) == {"bilbao-1-line": "done"}
    assert placed(contoso_up.status()) == {}


def test_uninstalling_what_there_is_not_is_refused(contoso_seen: Place) -> None:
    """A solution and a target that the fleet does not have."""
    with contoso_seen.orchestrator() as orchestrator:
        with pytest.raises(UsageError, match="no solution 'vision'"):
            orchestrator.uninstall("vision")
        with pytest.raises(UsageError, match="no target 'line'"):
            orchestrator.uninstall("line-vision", ["line"])


def test_a_verdict_is_given_by_hand(contoso_up: Place) -> None:
    """A published version that waits for it goes on with the next run; to give it again changes nothing."""
    contoso_up.edit(
        "    path: solutions/line-vision\n", "    path: solutions/line-vision\n    externalValidation: true\n"
    )
    raise_version(contoso_up)
    contoso_up.edit("- {environment: dev}", "- {environment: dev, healthTimeout: 1s}")
    waiting = contoso_up.up(until=Until("dev"))
    assert [row.outcome for row in waiting.solutions][:2] == ["awaiting", "skipped"]

    with contoso_up.orchestrator() as orchestrator:
        said = orchestrator.set_validation("line-vision", "lab-1-line", valid=True)
        again = orchestrator.set_validation("line-vision", "lab-1-line", valid=True)
        with pytest.raises(OrchestrationError, match="waits for no validation"):
            orchestrator.set_validation("line-vision", "pilot-1-line", valid=False, reason="no")
    assert problems_with(said.to_json(), "rollout") == []
    assert (outcomes(said), outcomes(again)) == ({"lab-1-line": "done"}, {"lab-1-line": "unchanged"})
    assert "`ewo solution install` goes on from there" in said.notes[0]
    assert outcomes(take(contoso_up, "install", environment="dev")) == {"lab-1-line": "done"}
