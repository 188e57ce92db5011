"""What is done next for a target, from the versions and the instance it has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orchestration.fleet.model import Ring
from orchestration.solutions.decision import Step, Wanted, decide, ends
from orchestration.solutions.earlier import after_waiting
from orchestration.solutions.installed import (
    Installed,
    newest_first,
    read_instance,
    read_version,
    says_well,
)
from orchestration.solutions.jobs import read_job
from orchestration.solutions.rings import tolerated

TEMPLATE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Edge/solutionTemplates/vision"
WANTED = Wanted(f"{TEMPLATE}/versions/1.0.0", "", "exposure: 12\n")


def version(state: str, revision: int = 1, **properties: Any) -> dict[str, Any]:
    template = properties.pop("template", "1.0.0")
    defaults = {"solutionTemplateVersionId": f"{TEMPLATE}/versions/{template}", "configuration": "exposure: 12"}
    return {
        "id": f"/t/solutions/uid/versions/{template}.{revision}",
        "properties": {**defaults, "state": state, "revision": revision, **properties},
    }


def instance(
    at: str = "1.0.0.1", status: str = "Succeeded", component: str = "Updated", name: str = "uid"
) -> dict[str, Any]:
    components = [{"name": "vision", "status": component}]
    return {
        "id": f"/t/solutions/uid/instances/{name}",
        "name": name,
        "properties": {
            "solutionVersionId": f"/T/solutions/uid/versions/{at}",
            "status": {"status": status, "targetStatuses": [{"name": "t", "componentStatuses": components}]},
        },
    }


def there(*versions: dict[str, Any], instances: tuple[dict[str, Any], ...] = ()) -> Installed:
    read = newest_first([read_version(item, "uid") for item in versions])
    return Installed("uid", TEMPLATE, read, {item["name"]: read_instance(item) for item in instances})


def test_nothing_there_is_reviewed() -> None:
    """A target without the solution, or with other versions of it only, gets a review."""
    others = there(
        version("Deployed", template="0.9.0"),
        version("Deployed", configuration="exposure: 13"),
        version("Deployed", solutionInstanceName="second"),
    )

    assert decide(None, WANTED).step is Step.REVIEW
    assert decide(others, WANTED).step is Step.REVIEW


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("InReview", Step.PUBLISH),
        ("UpgradeInReview", Step.PUBLISH),
        ("ReadyToDeploy", Step.INSTALL),
        ("ReadyToUpgrade", Step.INSTALL),
        ("Undeployed", Step.INSTALL),
        ("Deploying", Step.WAIT),
        ("Staging", Step.WAIT),
        ("Failed", Step.STOP),
        ("ExternalValidationFailed", Step.STOP),
        ("PendingExternalValidation", Step.WAIT),
        ("SomethingNew", Step.STOP),
    ],
)
def test_a_rollout_goes_on_from_its_state(state: str, step: Step) -> None:
    """Every state of the newest version alike has its next step, and an unknown one stops."""
    assert decide(there(version(state)), WANTED).step is step


def test_the_newest_version_alike_decides() -> None:
    """An older revision is not looked at, whatever its state."""
    found = decide(there(version("ReadyToDeploy", 2), version("InReview", 10), version("Failed", 3)), WANTED)

    assert found.step is Step.PUBLISH
    assert found.version is not None
    assert found.version.revision == 10


def test_configurations_are_compared_by_what_they_say() -> None:
    """Layout does not make another configuration, a changed type does."""
    assert decide(there(version("InReview", configuration="{'exposure': 12}")), WANTED).step is Step.PUBLISH
    assert decide(there(version("InReview", configuration="exposure: '12'")), WANTED).step is Step.REVIEW


@pytest.mark.parametrize(
    ("running", "step"),
    [
        (instance(), Step.NOTHING),
        (instance(component="8004: Updated"), Step.NOTHING),
        (instance(at="0.9.0.1"), Step.INSTALL),
        (instance(status="Reconciling"), Step.WAIT),
        (instance(component="Not Deployed"), Step.WAIT),
    ],
)
def test_a_deployed_version_must_run(running: dict[str, Any], step: Step) -> None:
    """A deployed version needs its instance to point at it and to be healthy."""
    assert decide(there(version("Deployed"), instances=(running,)), WANTED).step is step


def test_a_named_instance_is_its_own() -> None:
    """Versions and instance of one name do not count for another."""
    wanted = Wanted(WANTED.template_version_id, "second", WANTED.configuration)
    named = version("Deployed", solutionInstanceName="second")

    assert decide(there(version("Deployed"), instances=(instance(),)), wanted).step is Step.REVIEW
    assert decide(there(named, instances=(instance(name="second"),)), wanted).step is Step.NOTHING


def test_a_version_whose_review_is_in_progress_is_waited_for() -> None:
    """What it resolves to is not known yet; another one's is none of ours."""
    stage = {"stage": "Configuration", "status": "InProgress"}
    coming = version("InReview", 2, configuration="", currentStage=stage)
    other = version("InReview", template="0.9.0", configuration="", currentStage=stage)

    decision = decide(there(coming, version("Deployed", configuration="exposure: 13")), WANTED)
    assert (decision.step, decision.version) == (Step.WAIT, None)
    assert decision.reason == "the review of 1.0.0.2 is in progress"
    assert decide(there(other), WANTED).step is Step.REVIEW


def test_a_publication_that_was_waited_for_and_failed_stops() -> None:
    """It is not published again at once, as one is that nobody has waited for."""
    stage = {"stage": "Publish", "status": "InProgress", "startTime": "2026-05-04T03:02:56Z"}
    before = decide(there(version("InReview", currentStage=stage)), WANTED)
    error = {"code": "SolutionDependencyFailed", "message": "the broker does not run"}
    failed = version("InReview", currentStage={**stage, "status": "Failed"}, errorDetails=error)
    after = decide(there(failed), WANTED)
    stop = after_waiting(before, after)

    assert (before.step, after.step) == (Step.WAIT, Step.PUBLISH)
    assert (stop.step, stop.reason, stop.code) == (Step.STOP, "the broker does not run", "SolutionDependencyFailed")
    assert after_waiting(after, after) is after


@pytest.mark.parametrize(
    ("kind", "parameter", "mine"),
    [
        ("review", {"solutionTemplateVersionId": WANTED.template_version_id.upper()}, True),
        ("review", {"solutionTemplateVersionId": f"{TEMPLATE}/versions/1.1.0"}, False),
        ("review", {"solutionTemplateVersionId": WANTED.template_version_id, "solutionInstanceName": "two"}, False),
        ("review", None, True),
        ("publish", {"solutionVersionId": "/t/solutions/uid/versions/1.0.0.1"}, False),
        ("deploy", None, False),
    ],
)
def test_jobs_that_are_a_review(kind: str, parameter: dict[str, str] | None, mine: bool) -> None:
    """One that does not say of what may be ours; the published kinds are of versions that can be seen."""
    given = {"jobParameter": {"jobType": kind, "parameter": parameter}} if parameter else {}
    job = read_job({"id": "/t/jobs/1", "properties": {"jobType": kind, "status": "InProgress", **given}})

    assert job.goes_on and job.reviews(WANTED.template_version_id, "") is mine


@pytest.mark.parametrize("state", ["Undeployed", "Deployed"])
def test_what_ran_before_and_injects_is_reviewed_again(state: str) -> None:
    """Its parents hold what another version has put in since; what was only published has put its own in."""
    injecting = replace(WANTED, injects=True)
    ran = there(version(state), instances=(instance(at="1.1.0.1"),))

    assert decide(ran, WANTED).step is Step.INSTALL
    assert decide(ran, injecting).step is Step.REVIEW
    assert decide(there(version("ReadyToUpgrade")), injecting).step is Step.INSTALL


def test_a_failed_version_is_installed_again_when_asked() -> None:
    """A failure stops, naming component and message, until a retry is asked for."""
    failed = version(
        "Failed", errorDetails={"message": "chart not found", "details": [{"code": "E1", "target": "oci"}]}
    )
    found = there(failed, instances=(instance(status="Failed", component="Failed"),))

    assert decide(found, WANTED).reason == "component vision is Failed; chart not found; oci: E1"
    assert decide(found, WANTED, retry=True).step is Step.INSTALL


def test_a_rejected_version_is_reviewed_again_when_asked() -> None:
    """A version that external validation rejected cannot be used any more."""
    assert decide(there(version("ExternalValidationFailed")), WANTED, retry=True).step is Step.REVIEW


def test_a_version_that_could_not_be_staged_is_reviewed_again_when_asked() -> None:
    """It was never published, so it cannot be installed again; what to look at is told."""
    stage = {"stage": "Staging", "status": "Failed"}
    failed = there(version("Failed", currentStage=stage, errorDetails={"message": "no space left"}))
    decision = decide(failed, WANTED)

    assert decision.reason == "its images could not be staged: no space left"
    assert "connected registry" in decision.hint
    assert decide(failed, WANTED, retry=True).step is Step.REVIEW
    assert ends(decision, "publish").step is Step.STOP
    assert ends(decision, "review").step is Step.NOTHING


def test_a_reviewed_version_is_followed_by_its_id() -> None:
    """The version that this run reviewed is gone on with even if it is written differently."""
    found = there(version("InReview", 2, configuration="other: 1"), version("Deployed", 1))

    assert decide(found, WANTED, "/t/solutions/UID/versions/1.0.0.2").step is Step.PUBLISH
    assert decide(found, WANTED, "/t/solutions/uid/versions/1.0.0.3").step is Step.REVIEW


@pytest.mark.parametrize(
    ("status", "well"),
    [
        ("Succeeded", True),
        ("8004: Updated", True),
        ("Not Deployed", False),
        ("Failed", False),
        ("", False),
        ("200", False),
    ],
)
def test_words_of_a_status(status: str, well: bool) -> None:
    """A status is well if every word of it is."""
    assert says_well(status) is well


@pytest.mark.parametrize(
    ("limit", "total", "expected"),
    [(Ring(count=0), 9, 0), (Ring(count=2), 9, 2), (Ring(percent=50), 1, 0), (Ring(percent=50), 5, 2)],
)
def test_what_a_ring_tolerates(limit: Ring, total: int, expected: int) -> None:
    """A tolerated percentage rounds down, so that a ring of one must succeed."""
    assert tolerated(limit, total) == expected
