"""What goes wrong on targets and clusters on command, seen over HTTPS."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestration.errors import SandboxError
from tests.sandbox.edge_support import (
    CLUSTER,
    EXTENSION,
    GROUP,
    TEMPLATE,
    TEMPLATE_VERSION,
    Plants,
)

ARC = "2026-05-01"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plants]:
    """Contoso's hierarchy and templates in a sandbox of their own."""
    found = Plants(tmp_path_factory.mktemp("edge"))
    found.settle_in()
    yield found
    found.close()


@pytest.fixture
def plants(shared: Plants) -> Iterator[Plants]:
    """The same, with nothing wrong before or afterwards."""
    yield shared
    shared.sandbox.clear_faults()


def published(plants: Plants, target: str) -> str:
    version = plants.reviewed(target)
    plants.publish(target, version)
    return version


def name_of(id_: str) -> str:
    return id_.rpartition("/")[2]


def begun(plants: Plants, target: str, version: str) -> str:
    """Begin an installation and return where it is followed."""
    answer = plants.ask("POST", f"{target}/installSolution", {"solutionVersionId": version})
    assert answer.status == 202, answer.body
    return answer.headers["location"]


def instance(plants: Plants, version: str) -> dict[str, Any]:
    found = plants.get(f"{version.partition('/versions/')[0]}/instances").body["value"]
    properties: dict[str, Any] = found[0]["properties"]
    return properties


def cluster(plants: Plants, version: str = ARC) -> tuple[int, str]:
    """Return the status of a GET of the cluster, and what its agents say."""
    answer = plants.ask("GET", CLUSTER, **{"api-version": version})
    return answer.status, answer.properties["connectivityStatus"] if answer.status == 200 else answer.code


def test_an_installation_that_fails_says_what_helm_says(plants: Plants) -> None:
    """The first one ends Failed by its component, with the release's error; the second one succeeds."""
    target = plants.put_target()
    version = published(plants, target)
    assert plants.sandbox.fault_target(name_of(target).upper(), "fail")
    failed = plants.install(target, version)
    found, status = plants.get(version).properties, instance(plants, version)["status"]
    job = plants.get(f"{target}/providers/Microsoft.Edge/jobs").body["value"]
    again = plants.install(target, version)

    assert (failed.status, failed.code) == (400, "HelmActionFailed")
    assert "component 'line-vision': helm.v3: INSTALLATION FAILED: context deadline exceeded" in failed.message
    assert (found["state"], found["errorDetails"]["code"]) == ("Failed", "HelmActionFailed")
    assert (status["status"], status["statusDetails"]) == ("Failed", failed.message)
    assert status["targetStatuses"][0]["componentStatuses"] == [{"name": "line-vision", "status": "Update Failed"}]
    assert "Failed" in {each["properties"]["status"] for each in job}
    assert (again.status, plants.state(version)) == (204, "Deployed")


def test_a_fault_hits_as_many_installations_as_it_says_and_no_other_target(plants: Plants) -> None:
    """Two installations fail, the third and the neighbour's do not; an upgrade fails as one."""
    target, other = plants.put_target(), plants.put_target()
    first, there = plants.roll_out(target), published(plants, other)
    second = published(plants, target)
    plants.sandbox.fault_target(name_of(target), "fail", times=2)
    ends = [plants.install(other, there), *(plants.install(target, second) for _ in range(3))]

    assert [each.code for each in ends[:1] + ends[3:]] == ["", ""]
    assert all("UPGRADE FAILED" in each.message for each in ends[1:3])
    assert [plants.state(first), plants.state(second)] == ["Undeployed", "Deployed"]
    assert plants.sandbox.call("GET", "/sandbox/faults") == {"faults": []}


def test_a_slow_review_is_a_job_until_it_is_done(plants: Plants) -> None:
    """No version is to be seen meanwhile; the job tells what was asked for."""
    target = plants.put_target()
    plants.sandbox.fault_target(name_of(target), "slow-review", seconds=0.4)
    asked = {"solutionTemplateVersionId": TEMPLATE_VERSION, "solutionInstanceName": "one"}
    began = time.monotonic()
    place = plants.ask("POST", f"{target}/reviewSolutionVersion", asked).headers["location"]
    (job,) = plants.get(f"{target}/providers/Microsoft.Edge/jobs").body["value"]
    meanwhile = plants.get(f"{target}/solutions").body["value"]
    version = plants.wait(place).properties["id"]
    over = plants.get(job["id"]).properties

    assert (job["properties"]["jobType"], job["properties"]["status"], meanwhile) == ("review", "InProgress", [])
    assert job["properties"]["jobParameter"]["parameter"] == asked
    assert time.monotonic() - began >= 0.4
    assert (over["status"], plants.state(version)) == ("Succeeded", "InReview")


def test_a_review_that_does_not_resolve_fails_its_job(plants: Plants) -> None:
    """The job says why, as the operation does."""
    target = plants.put_target()
    plants.set_values(plants.configuration(target), TEMPLATE, {"Camera": {"ExposureMs": 99}})
    refused = plants.review(target)
    (job,) = plants.get(f"{target}/providers/Microsoft.Edge/jobs").body["value"]

    assert job["properties"]["status"] == "Failed"
    assert job["properties"]["errorDetails"]["code"] == refused.code == "ConfigurationResolutionFailed"


def test_a_slow_publication_takes_its_seconds(plants: Plants) -> None:
    """Meanwhile the version has its publication in progress; an installation afterwards is as fast as ever."""
    target = plants.put_target()
    version = plants.reviewed(target)
    plants.sandbox.fault_target(name_of(target), "slow-publish", seconds=0.4)
    began = time.monotonic()
    place = plants.ask("POST", f"{target}/publishSolutionVersion", {"solutionVersionId": version}).headers["location"]
    stage = plants.get(version).properties["currentStage"]
    plants.wait(place)
    took = time.monotonic() - began
    plants.install(target, version)

    assert (stage["stage"], stage["status"]) == ("Publish", "InProgress")
    assert took >= 0.4 and plants.state(version) == "Deployed"


def test_a_slow_installation_takes_its_seconds(plants: Plants) -> None:
    """Meanwhile the version is Deploying."""
    target = plants.put_target()
    version = published(plants, target)
    plants.sandbox.fault_target(name_of(target), "slow", seconds=0.4)
    before = time.monotonic()
    address = begun(plants, target, version)
    state = plants.state(version)
    end = plants.wait(address)

    assert (state, end.status, plants.state(version)) == ("Deploying", 204, "Deployed")
    assert time.monotonic() - before >= 0.4


def test_a_stuck_installation_goes_on_when_it_is_released(plants: Plants) -> None:
    """It is Deploying, its instance takes no other action, and it ends well once the fault is cleared."""
    target = plants.put_target()
    version = published(plants, target)
    plants.sandbox.fault_target(name_of(target), "stuck")
    address = begun(plants, target, version)
    time.sleep(0.4)
    busy = plants.install(target, version)
    held = (plants.state(version), instance(plants, version)["status"]["status"])
    plants.sandbox.clear_fault("target", name_of(target))

    assert held == ("Deploying", "InProgress")
    assert busy.status == 409
    assert plants.wait(address).status == 204
    assert plants.state(version) == "Deployed"


def test_stuck_installations_stay_so_over_a_restart(tmp_path: Path) -> None:
    """What is wrong with a target is kept with everything else."""
    plants = Plants(tmp_path / "sandbox")
    try:
        plants.settle_in()
        target = plants.put_target()
        version = published(plants, target)
        plants.sandbox.fault_target(name_of(target), "stuck")
        address = begun(plants, target, version).removeprefix(plants.sandbox.url)
        plants.close()
        plants.open()
        time.sleep(0.3)
        state = plants.state(version)
        plants.sandbox.clear_faults()

        assert state == "Deploying"
        assert plants.wait(address).status == 204
    finally:
        plants.close()


def test_an_unhealthy_installation_is_deployed_with_a_component_that_is_not_well(plants: Plants) -> None:
    """The instance tells which and why, until the fault is cleared; another version of it is well at once."""
    target = plants.put_target()
    first, second = plants.roll_out(target), published(plants, target)
    plants.sandbox.fault_target(name_of(target), "unhealthy")
    assert plants.install(target, second).status == 204
    unwell = instance(plants, second)["status"]
    plants.install(target, first)
    back = instance(plants, first)["status"]
    plants.install(target, second)
    well = instance(plants, second)["status"]

    assert plants.state(second) == "Deployed"
    assert (unwell["status"], unwell["deployed"]) == ("Succeeded", 0)
    assert unwell["targetStatuses"][0]["componentStatuses"] == [{"name": "line-vision", "status": "Unhealthy"}]
    assert "line-vision: 0 of 1 pods are ready" in unwell["statusDetails"]
    assert [each["targetStatuses"][0]["status"] for each in (back, well)] == ["Succeeded", "Succeeded"]


@pytest.mark.parametrize("mended", ["cleared", "in time"])
def test_what_is_unhealthy_gets_well(plants: Plants, mended: str) -> None:
    """It does when the fault is cleared, or after its seconds."""
    target = plants.put_target()
    version = published(plants, target)
    plants.sandbox.fault_target(name_of(target), "unhealthy", seconds=0.3 if mended == "in time" else None)
    plants.install(target, version)
    before = instance(plants, version)["status"]["targetStatuses"][0]["status"]
    if mended == "cleared":
        plants.sandbox.clear_fault("target", name_of(target))
    else:
        time.sleep(0.35)

    assert before == "Unhealthy"
    assert instance(plants, version)["status"]["targetStatuses"][0]["status"] == "Succeeded"
    assert instance(plants, version)["status"]["statusDetails"] == ""


def test_a_bulk_installation_waits_for_the_slow_and_tells_of_the_failed(plants: Plants) -> None:
    """Every target goes its own way, and the whole ends when the last has."""
    good, slow, bad = (plants.put_target() for _ in range(3))
    versions = {target: published(plants, target) for target in (good, slow, bad)}
    plants.sandbox.fault_target(name_of(slow), "slow", seconds=0.4)
    plants.sandbox.fault_target(name_of(bad), "fail")
    body = {"targets": [{"solutionVersionId": each} for each in versions.values()]}
    answer = plants.ask("POST", f"{TEMPLATE_VERSION}/bulkDeploySolution", body)
    time.sleep(0.1)
    states = [plants.state(each) for each in versions.values()]
    end = plants.wait(answer.headers["location"])

    assert states == ["Deployed", "Deploying", "Failed"]
    assert [each["target"] for each in end.body["error"]["details"]] == [bad]
    assert plants.state(versions[slow]) == "Deployed"


@pytest.mark.parametrize(("what", "status"), [("offline", "Offline"), ("expired", "Expired")])
def test_a_cluster_loses_its_connection(plants: Plants, what: str, status: str) -> None:
    """It says so, installations on it fail, and both are over when the fault is cleared."""
    target = plants.put_target()
    version = published(plants, target)
    assert plants.sandbox.fault_cluster(name_of(CLUSTER), what)
    seen, failed = cluster(plants), plants.install(target, version)
    plants.sandbox.clear_fault("cluster", name_of(CLUSTER))

    assert seen == (200, status)
    assert failed.code == "ClusterNotConnected"
    assert f"is {status}" in failed.message
    assert cluster(plants) == (200, "Connected")
    assert plants.install(target, version).status == 204


def test_a_cluster_is_back_after_its_seconds(plants: Plants) -> None:
    """`seconds` is for how long."""
    plants.sandbox.fault_cluster(name_of(CLUSTER), "offline", seconds=0.3)
    before = cluster(plants)
    time.sleep(0.35)

    assert [before, cluster(plants)] == [(200, "Offline"), (200, "Connected")]


def test_a_cluster_that_is_gone_is_nowhere_to_be_found(plants: Plants) -> None:
    """It and what lies on it are 404, lists and installations miss it; afterwards all of it is there again."""
    target = plants.put_target()
    version = published(plants, target)
    plants.sandbox.fault_cluster(name_of(CLUSTER), "gone")
    listed = plants.ask("GET", f"{GROUP}/providers/Microsoft.Kubernetes/connectedClusters", **{"api-version": ARC})
    seen, failed = cluster(plants), plants.install(target, version)
    extension = plants.ask("GET", EXTENSION, **{"api-version": "2024-11-01"})
    plants.sandbox.fault_cluster(name_of(CLUSTER), "offline")
    offline = cluster(plants)
    plants.sandbox.clear_faults()

    assert (seen, listed.body["value"]) == ((404, "ResourceNotFound"), [])
    assert (failed.code, extension.status) == ("ClusterNotFound", 404)
    assert offline == (200, "Offline")
    assert cluster(plants) == (200, "Connected")
    assert plants.ask("GET", EXTENSION, **{"api-version": "2024-11-01"}).status == 200


def test_a_cluster_that_was_made_anew_meanwhile_stays(plants: Plants) -> None:
    """Clearing the fault does not put the old one over it."""
    body = {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "tags": {"made": "anew"}}
    other = f"{CLUSTER}-2"
    plants.ask(
        "PUT", other, {**body, "tags": {}, "properties": {"agentPublicKeyCertificate": ""}}, **{"api-version": ARC}
    )
    plants.sandbox.fault_cluster(name_of(other), "gone")
    plants.ask("PUT", other, {**body, "properties": {"agentPublicKeyCertificate": ""}}, **{"api-version": ARC})
    plants.sandbox.clear_faults()

    assert plants.ask("GET", other, **{"api-version": ARC}).body["tags"] == {"made": "anew"}


def test_a_fault_may_come_before_its_target(plants: Plants) -> None:
    """It holds for targets that are made later; it is told that there is none yet."""
    assert not plants.sandbox.fault_target("later-line", "fail")
    target = plants.put_target("later-line")

    assert plants.install(target, published(plants, target)).code == "HelmActionFailed"


@pytest.mark.parametrize(
    "body",
    [
        {"target": "a", "what": "offline"},
        {"cluster": "a", "what": "fail"},
        {"cluster": "a", "what": "offline", "times": 2},
        {"cluster": "a", "what": "gone", "seconds": 2},
        {"cluster": "absent", "what": "gone"},
        {"target": "a", "what": "stuck", "seconds": 2},
        {"target": "a", "what": "fail", "times": 0},
        {"target": "a", "what": "slow", "seconds": -1},
        {"target": "", "what": "fail"},
        {"target": ["a"], "what": ["fail"]},
        {"target": "a", "what": "fail", "path": "x"},
        {"target": "a", "cluster": "a", "what": "fail"},
    ],
)
def test_what_is_no_fault_is_refused(plants: Plants, body: dict[str, Any]) -> None:
    """It says why, and nothing is kept."""
    with pytest.raises(SandboxError, match="refused POST /sandbox/faults"):
        plants.sandbox.call("POST", "/sandbox/faults", body)

    assert plants.sandbox.call("GET", "/sandbox/faults") == {"faults": []}


def test_images_that_are_not_staged_are_not_installed(plants: Plants) -> None:
    """The version is Failed, its job and its stage name the image, and only another review goes on."""
    staged = plants.put_staged()
    target = plants.put_target()
    assert plants.sandbox.fault_target(name_of(target), "unstaged")
    version = plants.reviewed(target, staged)

    failed, found = plants.publish(target, version), plants.get(version).properties
    jobs = [each["properties"] for each in plants.get(f"{target}/providers/Microsoft.Edge/jobs").body["value"]]
    (job,) = (each for each in jobs if each["jobType"] != "review")

    assert failed.code == "StagingFailed" and "no space left on device" in failed.message
    assert (found["state"], found["errorDetails"]["target"]) == ("Failed", "a:1")
    stage = found["currentStage"]
    assert (stage["stage"], stage["status"]) == ("Staging", "Failed")
    assert [each["status"] for each in stage["childStages"]] == ["Failed", "None"]
    assert (job["jobType"], job["status"]) == ("staging", "Failed")
    assert plants.install(target, version).code == "InvalidSolutionVersionState"
    again = plants.reviewed(target, staged)
    assert plants.publish(target, again).properties["state"] == "ReadyToDeploy"
