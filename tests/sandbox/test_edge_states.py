"""Every state of a solution version, and what every action makes of it, over HTTPS."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.edge_support import EDGE, PLACE, TEMPLATE, Plants, line_vision

TEMPLATES = {False: TEMPLATE, True: f"{EDGE}/solutionTemplates/validated"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plants]:
    """Contoso's hierarchy and templates in a sandbox of their own, and a template that is validated externally."""
    found = Plants(tmp_path_factory.mktemp("edge"))
    found.settle_in()
    found.put_solution_template("validated", enableExternalValidation=True)
    yield found
    found.close()


@pytest.fixture
def plants(shared: Plants) -> Iterator[Plants]:
    """The same, with nothing wrong before or afterwards."""
    yield shared
    shared.sandbox.clear_faults()


def name_of(id_: str) -> str:
    return id_.rpartition("/")[2]


def verdict(plants: Plants, version: str, status: str = "Valid") -> dict[str, str]:
    number = plants.get(version).properties.get("externalValidationId", "none")
    return {"solutionVersionId": version, "externalValidationId": number, "validationStatus": status}


def in_state(plants: Plants, state: str) -> tuple[str, str]:
    """Return a target and a solution version of it that is in a state."""
    target = plants.put_target()
    if state.startswith("Upgrade") or state == "ReadyToUpgrade":
        plants.roll_out(target)
    is_validated = "ExternalValidation" in state
    version = plants.reviewed(target, f"{TEMPLATES[is_validated]}/versions/1.0.0")
    if not state.endswith("InReview"):
        plants.publish(target, version)
    if state == "ExternalValidationFailed":
        plants.act(target, "updateExternalValidationStatus", verdict(plants, version, "Invalid"))
    if state in ("Deploying", "Failed"):
        plants.sandbox.fault_target(name_of(target), {"Deploying": "stuck", "Failed": "fail"}[state])
    if state == "Deploying":
        plants.ask("POST", f"{target}/installSolution", {"solutionVersionId": version})
    if state in ("Deployed", "Failed", "Undeployed"):
        plants.install(target, version)
    if state == "Undeployed":
        plants.act(target, "uninstallSolution", {"solutionTemplateId": TEMPLATE})
    assert plants.state(version) == state
    return target, version


Act = Callable[[Plants, str, str], Any]


def _uninstall(plants: Plants, target: str, version: str) -> Any:
    template = plants.get(version.partition("/versions/")[0]).properties["solutionTemplateId"]
    return plants.act(target, "uninstallSolution", {"solutionTemplateId": template})


def _remove(plants: Plants, target: str, version: str) -> Any:
    template = plants.get(version.partition("/versions/")[0]).properties["solutionTemplateId"]
    return plants.act(target, "removeRevision", {"solutionTemplateId": template, "solutionVersion": name_of(version)})


ACTIONS: dict[str, Act] = {
    "publish": lambda plants, target, version: plants.publish(target, version),
    "install": lambda plants, target, version: plants.install(target, version),
    "uninstall": _uninstall,
    "remove": _remove,
    "unstage": lambda plants, target, version: plants.act(
        target, "unstageSolutionVersion", {"solutionVersionId": version}
    ),
    "validate": lambda plants, target, version: plants.act(
        target, "updateExternalValidationStatus", verdict(plants, version)
    ),
}
NO, ABSENT, KEPT = "InvalidSolutionVersionState", "InstanceNotFound", "unchanged"
TABLE = {
    "InReview": ("ReadyToDeploy", NO, ABSENT, "gone", NO, NO),
    "UpgradeInReview": ("ReadyToUpgrade", NO, KEPT, "gone", NO, NO),
    "ReadyToDeploy": (NO, "Deployed", ABSENT, "gone", "NotStaged", NO),
    "ReadyToUpgrade": (NO, "Deployed", KEPT, "gone", "NotStaged", NO),
    "Deploying": (NO, NO, NO, NO, NO, NO),
    "Deployed": (NO, "Deployed", "Undeployed", NO, NO, NO),
    "Failed": (NO, "Deployed", "Undeployed", NO, NO, NO),
    "Undeployed": (NO, "Deployed", ABSENT, "gone", NO, NO),
    "PendingExternalValidation": (NO, NO, ABSENT, "gone", NO, "ReadyToDeploy"),
    "ExternalValidationFailed": (NO, NO, ABSENT, "gone", NO, NO),
}
"""By state what becomes of a version, or the error, when it is published, installed, uninstalled and so on."""


@pytest.mark.parametrize(
    ("state", "action", "expected"),
    [(state, action, expected) for state, row in TABLE.items() for action, expected in zip(ACTIONS, row, strict=True)],
)
def test_an_action_follows_the_state(plants: Plants, state: str, action: str, expected: str) -> None:
    """It leads to the next state, or is refused and leaves everything as it is."""
    target, version = in_state(plants, state)
    answer = ACTIONS[action](plants, target, version)
    now = plants.get(version)

    if expected == "gone":
        assert (answer.status, now.status) == (204, 404)
    elif answer.status < 400:
        assert now.properties["state"] == (state if expected == KEPT else expected)
    else:
        assert (answer.code, now.properties["state"]) == (expected, state)
        assert version.rpartition("/")[2] in answer.message or name_of(target) in answer.message


def test_a_version_that_is_staged_takes_nothing_else(tmp_path: Path) -> None:
    """While its images are pulled it is Staging; then it is ready, can be unstaged, and is published again."""
    plants = Plants(tmp_path / "sandbox")
    plants.settle_in()
    staged = plants.put_staged()
    target = plants.put_target()
    version = plants.reviewed(target, staged)
    plants.close()
    plants.lro_ms = 400
    plants.open()
    try:
        begun = plants.ask("POST", f"{target}/publishSolutionVersion", {"solutionVersionId": version})
        held = plants.get(version).properties
        refused = [act(plants, target, version).code for name, act in ACTIONS.items() if name != "uninstall"]
        ready = plants.wait(begun.headers["location"]).properties
        jobs = plants.get(f"{target}/providers/Microsoft.Edge/jobs").body["value"]

        assert (held["state"], held["actionType"]) == ("Staging", "staging")
        children = [(each["displayState"], each["status"]) for each in held["currentStage"]["childStages"]]
        assert children == [("a:1 in progress", "InProgress"), ("b:2 in progress", "InProgress")]
        assert refused == [NO, NO, "SolutionVersionBusy", NO, NO]
        assert ready["state"] == "ReadyToDeploy"
        (staging,) = [each["properties"] for each in jobs if each["properties"]["jobType"] == "staging"]
        assert [each["status"] for each in staging["steps"][0]["steps"]] == ["Succeeded", "Succeeded"]
        assert "statistics" not in staging["steps"][0]
        assert ACTIONS["unstage"](plants, target, version).properties["state"] == "InReview"
        assert plants.publish(target, version).properties["state"] == "ReadyToDeploy"
    finally:
        plants.close()


def test_nobody_who_validates_leaves_a_version_waiting(plants: Plants) -> None:
    """It is PendingExternalValidation until somebody gives a verdict with the right id; a wrong id changes nothing."""
    target, version = in_state(plants, "PendingExternalValidation")
    time.sleep(0.2)
    waiting = plants.get(version).properties
    wrong = {**verdict(plants, version), "externalValidationId": "00000000-0000-0000-0000-000000000000"}
    refused = plants.act(target, "updateExternalValidationStatus", wrong)

    assert (waiting["state"], waiting["currentStage"]["status"]) == ("PendingExternalValidation", "Pending")
    assert refused.code == "ExternalValidationIdMismatch"
    assert plants.state(version) == "PendingExternalValidation"


def test_an_invalid_version_says_why(plants: Plants) -> None:
    """The validator's errorDetails are shown, the job failed, and another revision goes its own way."""
    target, version = in_state(plants, "PendingExternalValidation")
    details = {"code": "NamespaceScopeMismatch", "message": "an object lies in another namespace"}
    body = {**verdict(plants, version, "Invalid"), "errorDetails": details}
    refused = plants.act(target, "updateExternalValidationStatus", body).properties
    jobs = plants.get(f"{target}/providers/Microsoft.Edge/jobs").body["value"]
    found = {each["properties"]["jobType"]: each["properties"]["status"] for each in jobs}
    again = plants.reviewed(target, f"{TEMPLATES[True]}/versions/1.0.0")

    assert (refused["state"], refused["errorDetails"]) == ("ExternalValidationFailed", details)
    assert found == {"review": "Succeeded", "publish": "Succeeded", "externalValidation": "Failed"}
    assert plants.publish(target, again).properties["state"] == "PendingExternalValidation"


def test_a_failed_upgrade_leaves_the_version_before_deployed(plants: Plants) -> None:
    """It cannot be removed; an uninstallation ends both, a rollback goes on with it."""
    target = plants.put_target()
    first = plants.roll_out(target)
    second = plants.reviewed(target)
    plants.publish(target, second)
    plants.sandbox.fault_target(name_of(target), "fail")
    plants.install(target, second)
    states = [plants.state(first), plants.state(second)]
    status = plants.get(target).properties["status"]["status"]
    kept = _remove(plants, target, first)
    plants.install(target, first)
    back = [plants.state(first), plants.state(second)]
    plants.sandbox.fault_target(name_of(target), "fail")
    plants.install(target, second)
    _uninstall(plants, target, first)

    assert (states, status) == (["Deployed", "Failed"], "Failed")
    assert kept.code == NO
    assert back == ["Deployed", "Undeployed"]
    assert [plants.state(first), plants.state(second)] == ["Undeployed", "Undeployed"]


def test_jobs_and_stages_tell_of_each_component(plants: Plants) -> None:
    """A failure is that of one component: those before it are done, those after it were not begun."""
    properties = line_vision()
    component = properties["specification"]["components"][0]
    properties["specification"]["components"] = [{**component, "name": each} for each in ("one", "two")]
    template = f"{EDGE}/solutionTemplates/parts"
    plants.put(template, {**PLACE, "properties": {"description": "d", "capabilities": []}})
    plants.put(f"{template}/versions/1.0.0", {"properties": properties})
    target = plants.put_target()
    version = plants.reviewed(target, f"{template}/versions/1.0.0")
    plants.publish(target, version)
    plants.sandbox.fault_target(name_of(target), "fail")
    plants.install(target, version)
    failed = plants.get(version).properties
    plants.install(target, version)
    done = plants.get(version).properties
    jobs = [each["properties"] for each in plants.get(f"{target}/providers/Microsoft.Edge/jobs").body["value"]]
    deploys = {each["status"]: each["steps"][0] for each in jobs if each["jobType"] == "deploy"}
    inner = {status: [(each["name"], each["status"]) for each in step["steps"]] for status, step in deploys.items()}

    children = [(each["displayState"], each["status"]) for each in failed["currentStage"]["childStages"]]
    assert children == [("one failed", "Failed"), ("two not started", "None")]
    assert [each["status"] for each in done["currentStage"]["childStages"]] == ["Completed", "Completed"]
    assert inner["Failed"] == [("one", "Failed"), ("two", "NotStarted")]
    assert inner["Succeeded"] == [("one", "Succeeded"), ("two", "Succeeded")]
    assert deploys["Failed"]["statistics"] == {
        "statisticsType": "deploy", "totalCount": 2, "successCount": 0, "failedCount": 1,
    }  # fmt: skip
    assert "context deadline exceeded" in deploys["Failed"]["message"]
    assert deploys["Failed"]["steps"][0]["errorDetails"]["code"] == "HelmActionFailed"
    assert done["latestActionTriggeredBy"] == jobs[0]["triggeredBy"] == "sandbox"
    assert done["latestActionTrackingUri"] in {
        each["id"] for each in plants.get(f"{target}/providers/Microsoft.Edge/jobs").body["value"]
    }


def test_a_shared_application_cannot_be_unstaged(plants: Plants) -> None:
    """Neither one that depends on others nor one that they depend on."""
    staged = line_vision()
    staged["specification"]["components"][0]["properties"]["staged"] = {"acrResourceId": "/x", "images": ["a:1"]}
    parent, child = f"{EDGE}/solutionTemplates/shared", f"{EDGE}/solutionTemplates/sharing"
    dependency = f"dependencies: [{{solutionTemplateId: '{parent}', configsToBeInjected: [{{from: a, to: apps}}]}}]\n"
    texts = {parent: "configs: {apps: []}", child: f"{dependency}configs: {{a: 1}}"}
    for template, text in texts.items():
        plants.put(template, {**PLACE, "properties": {"description": "d", "capabilities": []}})
        plants.put(f"{template}/versions/1.0.0", {"properties": {**staged, "configurations": text}})
    target = plants.put_target()
    named = {"solutionVersionId": plants.reviewed(target, f"{parent}/versions/1.0.0")}
    version = plants.reviewed(target, f"{child}/versions/1.0.0", solutionDependencies=[named])
    plants.publish(target, version)

    assert ACTIONS["unstage"](plants, target, version).code == "UnstageNotSupported"


@pytest.mark.parametrize(
    ("table", "type_", "listed"),
    [
        ("extensibilityresources", "microsoft.edge/targets/solutions/versions", True),
        ("resources", "microsoft.edge/targets", True),
        ("resources", "microsoft.edge/solutiontemplates", True),
        ("resources", "microsoft.edge/contexts", True),
        ("extensibilityresources", "microsoft.edge/targets/solutions/instances", False),
        ("extensibilityresources", "microsoft.edge/targets/solutions", False),
        ("extensibilityresources", "microsoft.edge/jobs", False),
        ("resources", "microsoft.edge/targets/solutions/versions", False),
        ("resources", "microsoft.edge/solutiontemplates/versions", False),
        ("relationshipresources", "microsoft.relationships/servicegroupmember", True),
        ("extensibilityresources", "microsoft.edge/sites", True),
    ],
)
def test_resource_graph_lists_what_it_is_known_to(plants: Plants, table: str, type_: str, listed: bool) -> None:
    """Solution versions of all targets are found at once with their state, their instances one by one only."""
    plants.roll_out(plants.put_target())
    query = {"query": f"{table} | where type =~ '{type_}' | project id, type"}
    path = "/providers/Microsoft.ResourceGraph/resources"
    rows = plants.ask("POST", path, query, **{"api-version": "2024-04-01"}).body["data"]

    assert bool(rows) == listed


def test_resource_graph_shows_the_state_of_a_version(plants: Plants) -> None:
    """A query finds versions by their state."""
    version = in_state(plants, "Deployed")[1]
    query = (
        "extensibilityresources | where type =~ 'microsoft.edge/targets/solutions/versions' "
        "| where properties.state == 'Deployed' | project id"
    )
    path = "/providers/Microsoft.ResourceGraph/resources"
    rows = plants.ask("POST", path, {"query": query}, **{"api-version": "2024-04-01"}).body["data"]

    assert version in {each["id"] for each in rows}
