"""Review, publish and install on the sandbox's Microsoft.Edge, over HTTPS."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from tests.sandbox.edge_support import (
    CLUSTER,
    EDGE,
    EXTENSION,
    GROUPS,
    PLACE,
    PLANT_CONFIG,
    TEMPLATE,
    TEMPLATE_VERSION,
    Plants,
    line_vision,
    target_body,
)


@pytest.mark.parametrize(
    ("group", "values", "exposure", "broker"),
    [
        ("lyon", {"Camera": {"ExposureMs": 12}}, 12, "mqtt.fr.contoso.example"),
        ("lille", {"Camera": {"ExposureMs": 12}}, 12, "mqtt.fr.contoso.example"),
        ("lyon", {"Camera": {"ExposureMs": 8}}, 8, "mqtt.fr.contoso.example"),
        ("bilbao", {}, 20, "mqtt.es.contoso.example"),
        ("vigo", {}, 20, "mqtt.vigo.contoso.example"),
    ],
)
def test_values_resolve_as_contoso_expects(
    plants: Plants, group: str, values: dict[str, object], exposure: int, broker: str
) -> None:
    """A review resolves the target's own values, defaults and the nearest linked site's config values."""
    target = plants.put_target(group=group)
    plants.set_values(plants.configuration(target), TEMPLATE, values)
    version = plants.get(plants.roll_out(target)).properties
    expected = {
        "camera": {"exposureMs": exposure, "resolution": "fhd"},
        "broker": broker,
        "line": target.rpartition("/")[2],
        "alerts": {"threshold": 0.8},
    }

    assert yaml.safe_load(version["configuration"]) == expected
    assert version["specification"]["components"][0]["properties"]["values"] == expected
    assert version["state"] == "Deployed"


def test_a_dry_run_keeps_nothing(plants: Plants) -> None:
    """`resolveConfiguration` answers the configuration and makes no solution."""
    target = plants.put_target()
    answer = plants.act(target, "resolveConfiguration", {"solutionTemplateVersionId": TEMPLATE_VERSION})

    assert yaml.safe_load(answer.body["configuration"])["camera"] == {"exposureMs": 20, "resolution": "fhd"}
    assert plants.get(f"{target}/solutions").body["value"] == []


def test_a_target_sees_templates_after_a_put_later_than_its_membership(plants: Plants) -> None:
    """Without a membership, or without a PUT after it, or once it is deleted, a review is refused."""
    target = f"{EDGE}/targets/late-line"
    plants.put(target, target_body())
    alone = plants.review(target)
    plants.join(target, "lyon")
    stale = plants.review(target)
    plants.put(target, target_body())
    seen = plants.review(target)
    plants.delete(f"{target}/providers/Microsoft.Relationships/serviceGroupMember/m1234")
    lost = plants.review(target)

    assert [alone.code, stale.code, lost.code] == ["SolutionTemplateNotVisible"] * 3
    assert "PUT the target again" in stale.message
    assert seen.properties["state"] == "InReview"


def test_each_review_makes_a_revision(plants: Plants) -> None:
    """Solution and version are named by the template's identifier, the version, and a number that counts up."""
    target = plants.put_target()
    identifier = plants.get(TEMPLATE).properties["uniqueIdentifier"]
    first, second = plants.reviewed(target), plants.reviewed(target)
    other = plants.reviewed(target, solutionInstanceName="second")

    assert first == f"{target}/solutions/{identifier}/versions/1.0.0.1"
    assert second.endswith("/versions/1.0.0.2")
    assert other.endswith("/versions/second-1.0.0.1")
    assert plants.get(second).properties["revision"] == 2
    assert plants.get(other).properties["solutionInstanceName"] == "second"


def test_a_removed_revision_does_not_give_its_number_away(plants: Plants) -> None:
    """After removeRevision the next review counts on."""
    target = plants.put_target()
    body = {"solutionTemplateId": TEMPLATE, "solutionVersion": "1.0.0.1"}
    first = plants.reviewed(target)

    assert plants.act(target, "removeRevision", body).status == 204
    assert plants.get(first).status == 404
    assert plants.act(target, "removeRevision", body).code == "SolutionVersionNotFound"
    assert plants.reviewed(target).endswith("/versions/1.0.0.2")


def test_states_follow_each_other(plants: Plants) -> None:
    """A first version goes through InReview and ReadyToDeploy, the next through their upgrades, and replaces it."""
    target = plants.put_target()
    first = plants.reviewed(target)
    seen = [plants.state(first)]
    seen.append(plants.publish(target, first).properties["state"])
    assert plants.install(target, first).status == 204
    second = plants.reviewed(target)
    seen += [plants.state(first), plants.state(second)]
    seen.append(plants.publish(target, second).properties["state"])
    plants.install(target, second)

    assert seen == ["InReview", "ReadyToDeploy", "Deployed", "UpgradeInReview", "ReadyToUpgrade"]
    assert [plants.state(first), plants.state(second)] == ["Undeployed", "Deployed"]
    stages = [(each["stage"], each["status"]) for each in plants.get(second).properties["stages"]]
    assert stages == [("Configuration", "Completed"), ("Publish", "Completed"), ("Deployment", "Completed")]


def test_actions_out_of_order_name_the_state(plants: Plants) -> None:
    """Installing before publishing, and publishing twice, are refused with the state that the version is in."""
    target = plants.put_target()
    version = plants.reviewed(target)
    early = plants.install(target, version)
    plants.publish(target, version)
    again = plants.publish(target, version)

    assert (early.status, early.code) == (409, "InvalidSolutionVersionState")
    assert "is InReview" in early.message
    assert "is ReadyToDeploy" in again.message


def test_an_older_version_installed_again_is_a_rollback(plants: Plants) -> None:
    """Installing an older published version puts it in the place of the newer one."""
    target = plants.put_target()
    first, second = plants.roll_out(target), plants.roll_out(target)

    assert plants.install(target, first).status == 204
    assert [plants.state(first), plants.state(second)] == ["Deployed", "Undeployed"]
    instance = plants.get(f"{first.partition('/versions/')[0]}/instances").body["value"][0]
    assert instance["properties"]["solutionVersionId"] == first
    histories = plants.get(f"{instance['id']}/histories").body["value"]
    assert [each["properties"]["solutionVersion"]["solutionVersionId"] for each in histories] == [first, second]


def test_an_instance_tells_the_status_of_each_component(plants: Plants) -> None:
    """An installed version runs as an instance that is called like the solution, or as the review named it."""
    target = plants.put_target(solutionScope="vision")
    version = plants.roll_out(target)
    plants.roll_out(target, solutionInstanceName="second")
    solution = version.partition("/versions/")[0]
    found = {each["name"]: each["properties"] for each in plants.get(f"{solution}/instances").body["value"]}
    status = found[solution.rpartition("/")[2]]["status"]

    assert found.keys() == {solution.rpartition("/")[2], "second"}
    assert found["second"]["solutionScope"] == "vision"
    assert status["targetStatuses"][0]["componentStatuses"] == [{"name": "line-vision", "status": "Succeeded"}]
    assert plants.get(target).properties["status"]["deployed"] == 2


def test_uninstall_takes_the_instance_and_keeps_the_version(plants: Plants) -> None:
    """After an uninstallation the version is Undeployed, has no instance, and can be removed."""
    target = plants.put_target()
    version = plants.roll_out(target)
    remove = {"solutionTemplateId": TEMPLATE, "solutionVersion": "1.0.0.1"}
    held = plants.act(target, "removeRevision", remove)
    missing = plants.act(target, "uninstallSolution", {"solutionTemplateId": TEMPLATE, "solutionInstanceName": "no"})

    assert held.code == "InvalidSolutionVersionState"
    assert missing.code == "InstanceNotFound"
    assert plants.act(target, "uninstallSolution", {"solutionTemplateId": TEMPLATE}).status == 204
    assert plants.state(version) == "Undeployed"
    assert plants.get(f"{version.partition('/versions/')[0]}/instances").body["value"] == []
    assert plants.act(target, "removeRevision", remove).status == 204


def test_an_instance_is_changed_by_one_action_at_a_time(tmp_path: Path) -> None:
    """While one is under way a second uninstallation, an installation and a removal are refused; it ends well."""
    plants = Plants(tmp_path / "sandbox")
    plants.settle_in()
    target = plants.put_target()
    first, second = plants.roll_out(target), plants.reviewed(target)
    plants.close()
    plants.lro_ms = 500
    plants.open()
    try:
        uninstall = ("uninstallSolution", {"solutionTemplateId": TEMPLATE})
        remove = ("removeRevision", {"solutionTemplateId": TEMPLATE, "solutionVersion": "1.0.0.2"})
        begun = plants.ask("POST", f"{target}/{uninstall[0]}", uninstall[1])
        plants.ask("POST", f"{target}/publishSolutionVersion", {"solutionVersionId": second})
        refused = [plants.act(target, *uninstall), plants.install(target, first), plants.act(target, *remove)]
        plants.wait(begun.headers["location"])

        assert [each.code for each in refused] == ["InstanceBusy", "InstanceBusy", "SolutionVersionBusy"]
        assert plants.state(first) == "Undeployed"
    finally:
        plants.close()


def test_jobs_record_what_was_done(plants: Plants) -> None:
    """Reviewing, publishing, installing and uninstalling each leave a job with its steps."""
    target = plants.put_target()
    plants.roll_out(target)
    plants.act(target, "uninstallSolution", {"solutionTemplateId": TEMPLATE})
    jobs = plants.get(f"{target}/providers/Microsoft.Edge/jobs").body["value"]

    assert sorted(each["properties"]["jobType"] for each in jobs) == ["deploy", "publish", "review", "uninstall"]
    assert {each["properties"]["status"] for each in jobs} == {"Succeeded"}
    assert {each["properties"]["steps"][0]["status"] for each in jobs} == {"Succeeded"}


def test_a_target_without_the_capability_is_refused(plants: Plants) -> None:
    """A template's capabilities must be among the target's."""
    target = plants.put_target(capabilities=["telemetry"])
    answer = plants.review(target)

    assert answer.code == "CapabilityMismatch"
    assert "vision" in answer.message


def test_a_configuration_that_does_not_resolve_fails_the_operation(plants: Plants) -> None:
    """Every key that is wrong is named in the operation's error, and no version is made."""
    target = plants.put_target()
    plants.set_values(plants.configuration(target), TEMPLATE, {"Camera": {"ExposureMs": 99, "Resolution": "8k"}})
    started = plants.ask("POST", f"{target}/reviewSolutionVersion", {"solutionTemplateVersionId": TEMPLATE_VERSION})
    status = plants.wait(started.headers["azure-asyncoperation"]).body
    keys = [each["target"] for each in status["error"]["details"]]

    assert (started.status, status["status"]) == (202, "Failed")
    assert status["error"]["code"] == "ConfigurationResolutionFailed"
    assert keys == ["Camera.ExposureMs", "Camera.Resolution"]
    assert plants.get(f"{target}/solutions").body["value"] == []


def test_a_config_template_that_is_not_linked_fails_the_review(plants: Plants) -> None:
    """`$config` sees linked nodes only."""
    target = plants.put_target(group="lyon")
    plants.act(PLANT_CONFIG, "unLinkFromHierarchies", {"hierarchyIds": [f"{GROUPS}/contoso-france/{_site('france')}"]})
    unlinked = plants.review(target)
    link = {"hierarchyIds": [f"{GROUPS}/contoso-france/{_site('france')}"]}
    plants.act(PLANT_CONFIG, "linkToHierarchies", link)

    assert "plant-config/1.0.0 is linked to none of" in unlinked.message
    assert plants.review(target).status == 200


def test_external_validation_waits_for_its_verdict(plants: Plants) -> None:
    """A template that asks for it stops at PendingExternalValidation until the right id brings a verdict."""
    version = plants.put_solution_template("validated", enableExternalValidation=True)
    target = plants.put_target()
    good, bad = plants.reviewed(target, version), plants.reviewed(target, version)
    pending = [plants.publish(target, each).properties for each in (good, bad)]

    def tell(solution: str, number: str, status: str) -> str:
        body = {"solutionVersionId": solution, "externalValidationId": number, "validationStatus": status}
        answer = plants.act(target, "updateExternalValidationStatus", body)
        return answer.code or str(answer.properties["state"])

    assert {each["state"] for each in pending} == {"PendingExternalValidation"}
    assert plants.install(target, good).code == "InvalidSolutionVersionState"
    assert tell(good, "another", "Valid") == "ExternalValidationIdMismatch"
    assert tell(good, pending[0]["externalValidationId"], "Valid") == "ReadyToDeploy"
    assert tell(bad, pending[1]["externalValidationId"], "Invalid") == "ExternalValidationFailed"
    assert plants.publish(target, bad).code == "InvalidSolutionVersionState"


def test_staged_components_can_be_staged_and_unstaged(plants: Plants) -> None:
    """A version with staged components is Staging while it is published, and in review again when unstaged."""
    staged = line_vision()
    staged["specification"]["components"][0]["properties"]["staged"] = {"acrResourceId": "/x", "images": ["a:1"]}
    template = f"{EDGE}/solutionTemplates/staged"
    plants.put(template, {**PLACE, "properties": {"description": "d", "capabilities": []}})
    plants.put(f"{template}/versions/1.0.0", {"properties": staged})
    target = plants.put_target()
    version = plants.reviewed(target, f"{template}/versions/1.0.0")
    plants.ask("POST", f"{target}/publishSolutionVersion", {"solutionVersionId": version})

    assert [each["stage"] for each in plants.get(version).properties["stages"]] == ["Configuration", "Staging"]
    assert _until(plants, version, "ReadyToDeploy")
    unstaged = plants.act(target, "unstageSolutionVersion", {"solutionVersionId": version})
    assert unstaged.properties["state"] == "InReview"


def test_component_names_may_be_properties(plants: Plants) -> None:
    """An expression in the specification reads the resolved configuration."""
    properties = line_vision()
    properties["specification"]["components"][0]["name"] = "vision-${{$property(line)}}"
    template = f"{EDGE}/solutionTemplates/named"
    plants.put(template, {**PLACE, "properties": {"description": "d", "capabilities": []}})
    plants.put(f"{template}/versions/1.0.0", {"properties": properties})
    target = plants.put_target("press")
    version = plants.get(plants.reviewed(target, f"{template}/versions/1.0.0")).properties

    assert version["specification"]["components"][0]["name"] == "vision-press"


def test_an_installation_on_a_cluster_that_is_offline_fails_and_can_be_repeated(plants: Plants) -> None:
    """The version is Failed with the reason; once the cluster is back, installing it again succeeds."""
    target = plants.put_target()
    version = plants.reviewed(target)
    plants.publish(target, version)
    plants.sandbox.show(CLUSTER, connectivityStatus="Offline")
    failed = plants.install(target, version)
    details = plants.get(version).properties["errorDetails"]
    state = plants.state(version)
    plants.sandbox.show(CLUSTER, connectivityStatus="Connected")

    assert (failed.code, details["code"], state) == ("ClusterNotConnected", "ClusterNotConnected", "Failed")
    assert plants.install(target, version).status == 204
    assert "errorDetails" not in plants.get(version).properties


@pytest.mark.parametrize("hindrance", ["", "an old extension", "an offline cluster"])
def test_a_target_is_deleted_with_what_runs_on_it(plants: Plants, hindrance: str) -> None:
    """And with all that the service made for it; what cannot be uninstalled then is in the way unless it is forced."""
    target = plants.put_target()
    configuration = plants.configuration(target)
    version = plants.roll_out(target)
    old = {"extensionType": "microsoft.workloadorchestration", "autoUpgradeMinorVersion": False, "version": "2.1.34"}
    identity = {"identity": {"type": "SystemAssigned"}}
    if hindrance == "an old extension":
        assert plants.put(EXTENSION, {**identity, "properties": old}).status == 200
        assert plants.delete(target).code == "TargetHasInstances"
        plants.put(EXTENSION, {**identity, "properties": {**old, "version": "2.1.35"}})
    if hindrance == "an offline cluster":
        plants.sandbox.show(CLUSTER, connectivityStatus="Offline")
        assert plants.delete(target).code == "ClusterNotConnected"

    force = {"forceDelete": "true"} if hindrance == "an offline cluster" else {}
    assert plants.delete(target, **force).status in (200, 204)
    plants.sandbox.show(CLUSTER, connectivityStatus="Connected")
    assert [plants.get(each).status for each in (target, version, configuration)] == [404, 404, 404]


def test_bulk_actions_go_through_all_targets(plants: Plants) -> None:
    """Bulk review, publish and deploy answer a list of what was done on each target."""
    targets = [plants.put_target(), plants.put_target(group="bilbao")]
    body = {"targets": [{"targetId": each} for each in targets], "solutionConfiguration": "Camera: {ExposureMs: 5}"}
    reviewed = plants.act(TEMPLATE_VERSION, "bulkReviewSolution", body).properties["reviewedTargets"]
    published = plants.act(TEMPLATE_VERSION, "bulkPublishSolution", {"targets": reviewed}).properties
    versions = [{"solutionVersionId": each["solutionVersionId"]} for each in reviewed]
    deployed = plants.act(TEMPLATE_VERSION, "bulkDeploySolution", {"targets": versions}).properties

    assert [each["targetId"] for each in reviewed] == targets
    assert published == {"publishedTargets": reviewed, "externalValidationPending": []}
    assert deployed == {"deployedTargets": reviewed}
    configurations = [plants.get(each["solutionVersionId"]).properties["configuration"] for each in reviewed]
    assert [yaml.safe_load(each)["camera"]["exposureMs"] for each in configurations] == [5, 5]


def test_a_bulk_action_reports_what_failed_and_keeps_the_rest(plants: Plants) -> None:
    """One target that cannot be reviewed does not take the other's review back."""
    good, bad = plants.put_target(), plants.put_target(capabilities=["telemetry"])
    body = {"targets": [{"targetId": bad}, {"targetId": good}]}
    answer = plants.act(TEMPLATE_VERSION, "bulkReviewSolution", body)

    assert answer.code == "BulkOperationFailed"
    assert [each["target"] for each in answer.body["error"]["details"]] == [bad]
    assert len(plants.get(f"{good}/solutions").body["value"]) == 1


@pytest.mark.parametrize(
    ("number", "component"),
    [
        (1, {"name": "app", "type": "yaml.k8s"}),
        (2, {"type": "helm.v3"}),
        (3, {"name": "app", "type": "helm.v3", "properties": "chart"}),
        (4, "app"),
    ],
)
def test_a_component_that_targets_do_not_run_is_refused(plants: Plants, number: int, component: object) -> None:
    """A review says so at once, and the service goes on."""
    target = plants.put_target()
    version = f"{TEMPLATE}/versions/7.{number}.0"
    plants.put(version, {"properties": {"configurations": "configs: {}", "specification": {"components": [component]}}})
    refused = plants.review(target, version)

    assert (refused.status, refused.code) == (400, "InvalidSpecification")
    assert plants.review(target).status == 200


def test_a_deleted_template_leaves_what_was_published(plants: Plants) -> None:
    """A version that was published can still be installed when its template is gone."""
    template_version = plants.put_solution_template("short-lived")
    target = plants.put_target()
    version = plants.reviewed(target, template_version)
    plants.publish(target, version)
    plants.delete(template_version.partition("/versions/")[0])

    assert plants.install(target, version).status == 204
    assert plants.review(target, template_version).code == "SolutionTemplateVersionNotFound"


def test_a_review_fails_once_the_schema_is_gone(plants: Plants) -> None:
    """A deleted schema fails later reviews, and the same version uploaded again mends them."""
    text = "rules: {configs: {A: {type: int, defaultValue: 1}}}"
    plants.put_schema("brief-schema", text)
    template = f"{EDGE}/solutionTemplates/brief"
    properties = {**line_vision(), "configurations": "schema: {name: brief-schema, version: 1.0.0}\nconfigs: {a: 1}"}
    plants.put(template, {**PLACE, "properties": {"description": "d", "capabilities": []}})
    plants.put(f"{template}/versions/1.0.0", {"properties": properties})
    target = plants.put_target()
    plants.delete(f"{EDGE}/schemas/brief-schema")
    failed = plants.review(target, f"{template}/versions/1.0.0")
    plants.put_schema("brief-schema", text)

    assert "schema brief-schema/1.0.0 does not exist" in failed.message
    assert plants.review(target, f"{template}/versions/1.0.0").status == 200


def test_a_restart_goes_on_with_what_was_under_way(tmp_path: Path) -> None:
    """An installation that was begun before the sandbox was stopped ends after it was started again."""
    plants = Plants(tmp_path / "edge", lro_ms=1)
    plants.settle_in()
    target = plants.put_target()
    version = plants.reviewed(target)
    plants.publish(target, version)
    plants.close()
    plants.lro_ms = 700
    plants.open()
    plants.ask("POST", f"{target}/installSolution", {"solutionVersionId": version})
    before = plants.state(version)
    plants.close()
    plants.lro_ms = 1
    plants.open()
    try:
        assert before == "Deploying"
        assert _until(plants, version, "Deployed")
    finally:
        plants.close()


def _until(plants: Plants, version: str, state: str) -> bool:
    """Return whether a version comes to a state within a few seconds."""
    for _ in range(300):
        if plants.state(version) == state:
            return True
        time.sleep(0.02)
    return False


def _site(name: str) -> str:
    return f"providers/Microsoft.Edge/sites/{name}"
