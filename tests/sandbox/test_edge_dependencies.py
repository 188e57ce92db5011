"""Solutions that depend on others: a sync adapter on one target, detectors on others that inject into it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sandbox.edge_support import CLUSTER, EDGE, PLACE, Answer, Plants

SPECIFICATION = {
    "components": [{"name": "app", "type": "helm.v3", "properties": {"chart": {"repo": "r", "version": "1"}}}]
}
ADAPTER = f"{EDGE}/solutionTemplates/adapter"
DETECTOR = f"{EDGE}/solutionTemplates/detector"
ADAPTS = "configs: {AppName: SSA, apps: [], mode: '${{$val(Mode)}}'}"
DETECTS = "configs: {AppConfig: {line: '${{$target(name)}}', app: FSAD}, Level: '${{$val(Level)}}'}"


@dataclass
class Adapters:
    """The templates of an adapter and of detectors, and reviews of them."""

    plants: Plants

    def put(self, template: str, configs: str, version: str = "1.0.0", **properties: Any) -> str:
        """Put a template's version and return its id."""
        body = {**PLACE, "properties": {"description": "d", "capabilities": [], **properties}}
        self.plants.put(template, body)
        content = {"configurations": configs, "specification": SPECIFICATION}
        answer = self.plants.put(f"{template}/versions/{version}", {"properties": content})
        assert answer.status < 400, answer.body
        return f"{template}/versions/{version}"

    def depends(self, *dependencies: Any, configs: str = DETECTS, version: str = "1.0.0", **properties: Any) -> str:
        """Put a version of the detector with these dependencies; return its id."""
        text = yaml.safe_dump({"dependencies": list(dependencies)}) + configs
        return self.put(f"{DETECTOR}-{time.monotonic_ns()}", text, version, **properties)

    def adapter(self, target: str, instance: str = "") -> str:
        """Review the adapter on a target and return the solution version's id."""
        return self.plants.reviewed(target, f"{ADAPTER}/versions/1.0.0", **named(instance))

    def child(self, target: str, version: str, *parents: Any) -> str:
        """Review a version that depends on solution versions; return the new one's id."""
        items = [{"solutionVersionId": each} if isinstance(each, str) else each for each in parents]
        return self.plants.reviewed(target, version, solutionDependencies=items)

    def running(self, solution_version: str, instance: str = "") -> dict[str, Any]:
        """Return the solution version that runs as the instance that a version of it is for."""
        solution = solution_version.partition("/versions/")[0]
        name = instance or solution.rpartition("/")[2]
        found = self.plants.get(f"{solution}/instances/{name}").properties
        body: dict[str, Any] = self.plants.get(found["solutionVersionId"]).body
        return body

    def apps(self, solution_version: str, instance: str = "") -> list[Any]:
        """Return what is injected into the adapter as it runs."""
        text = self.running(solution_version, instance)["properties"]["configuration"]
        found: list[Any] = yaml.safe_load(text)["apps"]
        return found


def named(instance: str) -> dict[str, str]:
    return {"solutionInstanceName": instance} if instance else {}


def on_adapter(**more: Any) -> dict[str, Any]:
    return {"solutionTemplateId": ADAPTER, "configsToBeInjected": [{"from": "AppConfig", "to": "apps"}], **more}


def line(target: str) -> dict[str, str]:
    return {"line": target.rpartition("/")[2], "app": "FSAD"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adapters]:
    """Contoso's hierarchy with the adapter's template, in a sandbox of their own."""
    plants = Plants(tmp_path_factory.mktemp("edge"))
    plants.settle_in()
    found = Adapters(plants)
    found.put(ADAPTER, ADAPTS)
    yield found
    plants.close()


@pytest.fixture
def adapters(shared: Adapters) -> Iterator[Adapters]:
    """The same, with nothing wrong before or afterwards."""
    yield shared
    shared.plants.sandbox.clear_faults()


def test_publishing_a_child_deploys_its_parent_with_what_it_injects(adapters: Adapters) -> None:
    """The parent on another target gets a new revision, which the child then names; only the child is installed."""
    plants = adapters.plants
    plant, press = plants.put_target(), plants.put_target()
    detector = adapters.depends(on_adapter())
    parent = adapters.adapter(plant)
    child = adapters.child(press, detector, parent)
    before = plants.get(child).properties["solutionDependencies"]
    plants.publish(press, child)
    running = adapters.running(parent)
    after = plants.get(child).properties

    assert before == [
        {
            "solutionVersionId": parent,
            "solutionInstanceName": parent.split("/")[-3],
            "solutionTemplateVersionId": f"{ADAPTER}/versions/1.0.0",
            "targetId": plant,
            "dependencies": [],
        }
    ]
    assert (running["name"], running["properties"]["state"]) == ("1.0.0.2", "Deployed")
    assert adapters.apps(parent) == [line(press)]
    assert running["properties"]["specification"]["components"][0]["properties"]["values"]["apps"] == [line(press)]
    assert after["solutionDependencies"][0]["solutionVersionId"] == running["id"]
    assert (after["state"], plants.state(parent)) == ("ReadyToDeploy", "InReview")
    assert plants.install(press, child).status == 204


def test_children_come_and_go(adapters: Adapters) -> None:
    """Each adds an entry, a new revision of one replaces its own, an uninstallation takes it out."""
    plants = adapters.plants
    plant, chicago, redmond = (plants.put_target() for _ in range(3))
    detector = adapters.depends(on_adapter())
    parent = adapters.adapter(plant)
    for target in (chicago, redmond, chicago):
        child = adapters.child(target, detector, parent)
        plants.publish(target, child)
        plants.install(target, child)
    both = adapters.apps(parent)
    assert (
        plants.act(chicago, "uninstallSolution", {"solutionTemplateId": detector.partition("/versions/")[0]}).status
        == 204
    )

    assert both == [line(chicago), line(redmond)]
    assert adapters.apps(parent) == [line(redmond)]
    assert adapters.running(parent)["properties"]["state"] == "Deployed"
    assert plants.get(f"{child.partition('/versions/')[0]}/instances").body["value"] == []


def test_instances_of_a_parent_are_apart(adapters: Adapters) -> None:
    """What is injected into one instance is not in the other."""
    plants = adapters.plants
    plant, chicago, redmond = (plants.put_target() for _ in range(3))
    detector = adapters.depends(on_adapter())
    first, second = adapters.adapter(plant, "ssa-1"), adapters.adapter(plant, "ssa-2")
    for target, parent in ((chicago, first), (redmond, second)):
        plants.publish(target, adapters.child(target, detector, parent))

    assert adapters.apps(first, "ssa-1") == [line(chicago)]
    assert adapters.apps(second, "ssa-2") == [line(redmond)]


def test_a_dependency_may_be_named_by_template_and_target(adapters: Adapters) -> None:
    """The newest solution version of the instance is meant, or one is reviewed where there is none."""
    plants = adapters.plants
    plant, press = plants.put_target(), plants.put_target()
    detector = adapters.depends(on_adapter())
    item = {"solutionTemplateId": ADAPTER, "targetId": plant, "solutionInstanceName": "ssa"}
    child = adapters.child(press, detector, {**item, "solutionTemplateVersion": "1.0.0"})
    made = plants.get(child).properties["solutionDependencies"][0]
    again = adapters.child(press, detector, item)
    plants.publish(press, again)

    assert made["solutionVersionId"].endswith("/versions/ssa-1.0.0.1")
    assert plants.state(made["solutionVersionId"]) == "InReview"
    assert adapters.apps(made["solutionVersionId"], "ssa") == [line(press)]
    assert adapters.running(made["solutionVersionId"], "ssa")["name"] == "ssa-1.0.0.2"


@pytest.mark.parametrize(
    ("items", "code", "words"),
    [
        ([], "SolutionDependencyMissing", "depends on the solution template"),
        ([{"solutionVersionId": f"{EDGE}/targets/x/solutions/y/versions/1.0.0.1"}], "SolutionVersionNotFound", "/y/"),
        ([{"targetId": f"{EDGE}/targets/x"}], "InvalidSolutionDependency", "solutionVersionId, or solutionTemplateId"),
        ([{"solutionTemplateId": ADAPTER, "targetId": f"{EDGE}/targets/x"}], "TargetNotFound", "targets/x"),
        ([{"solutionTemplateId": f"{ADAPTER}-x"}], "SolutionTemplateNotFound", "adapter-x"),
        (
            [{"solutionTemplateId": ADAPTER, "solutionTemplateVersion": "9.0.0"}],
            "SolutionTemplateVersionNotFound",
            "has no version 9.0.0",
        ),
    ],
)
def test_a_child_names_its_parents(adapters: Adapters, items: list[Any], code: str, words: str) -> None:
    """A dependency that is not named, or is not there, is refused at once, and nothing is made."""
    plants = adapters.plants
    target = plants.put_target()
    detector = adapters.depends(on_adapter())
    answer = plants.review(target, detector, solutionDependencies=items)

    assert (answer.status, answer.code) == (400, code)
    assert words in answer.message
    assert plants.get(f"{target}/solutions").body["value"] == []


def test_what_a_template_does_not_depend_on_is_refused(adapters: Adapters) -> None:
    """So is a version other than the one that the template asks for."""
    plants = adapters.plants
    target = plants.put_target()
    parent = {"solutionVersionId": adapters.adapter(target)}
    plain = adapters.put(f"{DETECTOR}-plain", "configs: {a: 1}")
    pinned = adapters.depends(on_adapter(solutionTemplateVersion="2.0.0"))
    refused = [plants.review(target, each, solutionDependencies=[parent]) for each in (plain, pinned)]

    assert [each.code for each in refused] == ["InvalidSolutionDependency", "SolutionDependencyMissing"]
    assert "in version 2.0.0" in refused[1].message


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([{"from": "Absent", "to": "apps"}], "injects 'Absent', which its configs do not have"),
        ([{"from": "AppConfig", "to": "Apps"}], "injects into 'Apps' of 'adapter/1.0.0', which is no list"),
        ([{"from": "AppConfig", "to": "mode"}], "injects into 'mode'"),
        ([{"from": "AppConfig", "to:apps": None}], "need solutionTemplateId, and from and to"),
        (["from: a"], "need solutionTemplateId, and from and to"),
    ],
)
def test_what_is_injected_and_where_is_there(adapters: Adapters, pairs: list[Any], words: str) -> None:
    """A review says what is wrong with an injection, in the docs' spelling of keys and no other."""
    plants = adapters.plants
    target = plants.put_target()
    plants.set_values(plants.configuration(target), ADAPTER, {"Mode": "fast"})
    detector = adapters.depends({"solutionTemplateId": ADAPTER, "configsToBeInjected": pairs})
    answer = plants.review(target, detector, solutionDependencies=[{"solutionVersionId": adapters.adapter(target)}])

    assert answer.status == 400
    assert words in answer.message


def test_a_parent_of_a_parent_gets_its_share(adapters: Adapters) -> None:
    """A chain of three: publishing the lowest renews both above it, the highest first."""
    plants = adapters.plants
    target = plants.put_target()
    middle = f"{EDGE}/solutionTemplates/middle"
    text = yaml.safe_dump({"dependencies": [on_adapter()]})
    adapters.put(middle, text + "configs: {AppConfig: {all: '${{$property(held)}}', n: 1}, held: []}")
    injects = [{"from": "AppConfig", "to": "held"}]
    low = adapters.depends({"solutionTemplateId": middle, "configsToBeInjected": injects})
    top = adapters.adapter(target)
    nested = {"solutionTemplateId": middle, "dependencies": [{"solutionVersionId": top}]}
    child = adapters.child(target, low, nested)
    plants.publish(target, child)
    shown = plants.get(child).properties["solutionDependencies"][0]
    held = yaml.safe_load(plants.get(shown["solutionVersionId"]).properties["configuration"])["held"]

    assert held == [line(target)]
    assert adapters.apps(top) == [{"all": [], "n": 1}]
    assert shown["dependencies"][0]["solutionVersionId"] == adapters.running(top)["id"]


def test_solutions_do_not_depend_on_themselves(adapters: Adapters) -> None:
    """A version that depends on one that depends on the same instance is refused."""
    plants = adapters.plants
    target = plants.put_target()
    round_ = f"{EDGE}/solutionTemplates/round"
    first = adapters.put(round_, "configs: {apps: [], AppConfig: 1}")
    back = {"solutionTemplateId": round_, "configsToBeInjected": [{"from": "AppConfig", "to": "apps"}]}
    other = adapters.depends(back)
    child = adapters.child(target, other, plants.reviewed(target, first))
    forth = {"solutionTemplateId": other.partition("/versions/")[0]}
    second = adapters.put(
        round_, yaml.safe_dump({"dependencies": [forth]}) + "configs: {apps: [], AppConfig: 1}", "2.0.0"
    )
    answer = plants.review(target, second, solutionDependencies=[{"solutionVersionId": child}])

    assert answer.code == "CircularSolutionDependency"


def test_a_parent_that_was_upgraded_stays_so(adapters: Adapters) -> None:
    """A child that does not name the parent's version injects into the one that runs; reviews keep what is injected."""
    plants = adapters.plants
    template = f"{EDGE}/solutionTemplates/upgraded"
    one, two = (adapters.put(template, "configs: {apps: []}", version) for version in ("1.0.0", "2.0.0"))
    plant, chicago, redmond = (plants.put_target() for _ in range(3))
    dependency = {**on_adapter(), "solutionTemplateId": template}
    detector = adapters.depends(dependency)
    pinned = adapters.depends({**dependency, "solutionTemplateVersion": "1.0.0"})
    parent = plants.reviewed(plant, one)
    plants.publish(chicago, adapters.child(chicago, detector, parent))
    upgrade = plants.roll_out(plant, two)
    kept = adapters.apps(upgrade)
    plants.publish(redmond, adapters.child(redmond, detector, parent))
    followed = adapters.running(parent)["name"]
    plants.publish(redmond, adapters.child(redmond, pinned, parent))

    assert kept == [line(chicago)]
    assert followed == "2.0.0.2"
    assert adapters.running(parent)["name"] == "1.0.0.3"


def test_a_child_that_gives_a_parent_up_is_taken_out_of_it(adapters: Adapters) -> None:
    """An upgrade that depends on another instance leaves the former one."""
    plants = adapters.plants
    plant, press = plants.put_target(), plants.put_target()
    detector = adapters.depends(on_adapter())
    first, second = adapters.adapter(plant, "ssa-1"), adapters.adapter(plant, "ssa-2")
    for parent in (first, second):
        child = adapters.child(press, detector, parent)
        plants.publish(press, child)
        plants.install(press, child)

    assert adapters.apps(first, "ssa-1") == []
    assert adapters.apps(second, "ssa-2") == [line(press)]


def test_a_parent_that_others_depend_on_is_not_uninstalled(adapters: Adapters) -> None:
    """It is once they are gone, by uninstallation or with their target."""
    plants = adapters.plants
    plant, press = plants.put_target(), plants.put_target()
    detector = adapters.depends(on_adapter())
    child = adapters.child(press, detector, adapters.adapter(plant))
    plants.publish(press, child)
    plants.install(press, child)
    refused = plants.act(plant, "uninstallSolution", {"solutionTemplateId": ADAPTER})
    plants.delete(press, forceDelete="true")

    assert (refused.status, refused.code) == (409, "SolutionHasDependents")
    assert press in refused.message
    assert plants.act(plant, "uninstallSolution", {"solutionTemplateId": ADAPTER}).status == 204


def test_a_child_is_not_ready_when_its_parent_fails(adapters: Adapters) -> None:
    """It stays in review with the reason, and publishing again does it all."""
    plants = adapters.plants
    plant, press = plants.put_target(), plants.put_target()
    detector = adapters.depends(on_adapter())
    parent = adapters.adapter(plant)
    child = adapters.child(press, detector, parent)
    plants.sandbox.fault_target(plant.rpartition("/")[2], "fail")
    failed = plants.publish(press, child)
    found = plants.get(child).properties
    job = plants.get(found["latestActionTrackingUri"]).properties
    early = plants.install(press, child)
    again = plants.publish(press, child)

    assert failed.code == "SolutionDependencyFailed"
    assert "INSTALLATION FAILED" in failed.message and plant.rpartition("/")[2] in failed.message
    assert (found["state"], found["currentStage"]["status"]) == ("InReview", "Failed")
    assert (found["errorDetails"]["code"], job["status"]) == ("SolutionDependencyFailed", "Failed")
    assert early.code == "InvalidSolutionVersionState"
    assert again.properties["state"] == "ReadyToDeploy"
    assert "errorDetails" not in again.properties
    assert adapters.apps(parent) == [line(press)]


def test_publishing_waits_for_the_parent_and_for_its_turn(adapters: Adapters) -> None:
    """While the parent is being installed for one child, another's publishing goes on afterwards."""
    plants = adapters.plants
    plant, chicago, redmond = (plants.put_target() for _ in range(3))
    detector = adapters.depends(on_adapter())
    parent = adapters.adapter(plant)
    children = {target: adapters.child(target, detector, parent) for target in (chicago, redmond)}
    plants.sandbox.fault_target(plant.rpartition("/")[2], "slow", seconds=0.3)
    begun = [
        plants.ask("POST", f"{target}/publishSolutionVersion", {"solutionVersionId": child})
        for target, child in children.items()
    ]
    stages = [plants.get(each).properties["currentStage"] for each in children.values()]
    ends: list[Answer] = [plants.wait(each.headers["location"]) for each in begun]

    assert [(each["stage"], each["status"]) for each in stages] == [("Publish", "InProgress")] * 2
    assert [each.properties["state"] for each in ends] == ["ReadyToDeploy"] * 2
    assert adapters.apps(parent) == [line(chicago), line(redmond)]


def test_a_parent_on_a_cluster_out_of_reach_is_told(adapters: Adapters) -> None:
    """An uninstallation takes the child away all the same, and says that its parent could not be renewed."""
    plants = adapters.plants
    plant, press = plants.put_target(), plants.put_target()
    detector = adapters.depends(on_adapter())
    parent = adapters.adapter(plant)
    child = adapters.child(press, detector, parent)
    plants.publish(press, child)
    plants.install(press, child)
    plants.sandbox.fault_cluster(CLUSTER.rpartition("/")[2], "offline")
    body = {"solutionTemplateId": detector.partition("/versions/")[0]}
    answer = plants.act(press, "uninstallSolution", body)

    assert answer.code == "SolutionDependencyFailed"
    assert plants.state(child) == "Undeployed"


def test_a_dry_run_resolves_a_child_and_makes_nothing(adapters: Adapters) -> None:
    """`resolveConfiguration` takes dependencies as a review does; a parent's shows what is injected into it."""
    plants = adapters.plants
    plant, press = plants.put_target(), plants.put_target()
    detector = adapters.depends(on_adapter())
    item = {"solutionTemplateId": ADAPTER, "targetId": plant}
    body = {"solutionTemplateVersionId": detector, "solutionDependencies": [item]}
    dry = plants.act(press, "resolveConfiguration", body)
    nothing = [plants.get(f"{each}/solutions").body["value"] for each in (plant, press)]
    plants.publish(press, adapters.child(press, detector, item))
    parent = plants.act(plant, "resolveConfiguration", {"solutionTemplateVersionId": f"{ADAPTER}/versions/1.0.0"})

    assert yaml.safe_load(dry.body["configuration"])["AppConfig"] == line(press)
    assert nothing == [[], []]
    assert yaml.safe_load(parent.body["configuration"])["apps"] == [line(press)]


def test_external_validation_comes_before_the_parents(adapters: Adapters) -> None:
    """What nobody has approved is injected nowhere."""
    plants = adapters.plants
    plant, press = plants.put_target(), plants.put_target()
    detector = adapters.depends(on_adapter(), enableExternalValidation=True)
    parent = adapters.adapter(plant)
    child = adapters.child(press, detector, parent)
    number = plants.publish(press, child).properties["externalValidationId"]
    before = plants.get(f"{parent.partition('/versions/')[0]}/instances").body["value"]
    verdict = {"solutionVersionId": child, "externalValidationId": number, "validationStatus": "Valid"}
    done = plants.act(press, "updateExternalValidationStatus", verdict)

    assert before == []
    assert done.properties["state"] == "ReadyToDeploy"
    assert adapters.apps(parent) == [line(press)]


def test_bulk_actions_renew_a_parent_once_for_all_children(adapters: Adapters) -> None:
    """Dependencies stand beside the targets, or with one of them."""
    plants = adapters.plants
    plant, chicago, redmond = (plants.put_target() for _ in range(3))
    detector = adapters.depends(on_adapter())
    parent = adapters.adapter(plant)
    named = {"solutionDependencies": [{"solutionVersionId": parent}]}
    missing = plants.act(detector, "bulkReviewSolution", {"targets": [{"targetId": chicago}]})
    body = {"targets": [{"targetId": chicago}, {"targetId": redmond}], **named}
    published = plants.act(detector, "bulkPublishSolution", body).properties["publishedTargets"]
    reviewed = plants.act(detector, "bulkReviewSolution", {"targets": [{"targetId": chicago, **named}]}).properties

    assert "SolutionDependencyMissing" in {each["code"] for each in missing.body["error"]["details"]}
    assert [each["targetId"] for each in published] == [chicago, redmond]
    assert adapters.apps(parent) == [line(chicago), line(redmond)]
    assert adapters.running(parent)["name"] == "1.0.0.2"
    assert len(reviewed["reviewedTargets"]) == 1


def test_a_bulk_action_tells_of_each_child_whose_parent_failed(adapters: Adapters) -> None:
    """None of them is ready."""
    plants = adapters.plants
    plant, chicago, redmond = (plants.put_target() for _ in range(3))
    detector = adapters.depends(on_adapter())
    named = {"solutionDependencies": [{"solutionVersionId": adapters.adapter(plant)}]}
    plants.sandbox.fault_target(plant.rpartition("/")[2], "fail")
    answer = plants.act(
        detector, "bulkPublishSolution", {"targets": [{"targetId": chicago}, {"targetId": redmond}], **named}
    )

    assert [each["target"] for each in answer.body["error"]["details"]] == [chicago, redmond]
    assert {each["code"] for each in answer.body["error"]["details"]} == {"SolutionDependencyFailed"}


def test_dependencies_outlive_a_restart(tmp_path: Path) -> None:
    """What is injected, and a publishing that waits for its parent, are kept."""
    plants = Plants(tmp_path / "sandbox")
    try:
        plants.settle_in()
        adapters = Adapters(plants)
        adapters.put(ADAPTER, ADAPTS)
        plant, press = plants.put_target(), plants.put_target()
        parent = adapters.adapter(plant)
        child = adapters.child(press, adapters.depends(on_adapter()), parent)
        plants.sandbox.fault_target(plant.rpartition("/")[2], "stuck")
        answer = plants.ask("POST", f"{press}/publishSolutionVersion", {"solutionVersionId": child})
        time.sleep(0.05)
        plants.get(child)
        address = answer.headers["location"].removeprefix(plants.sandbox.url)
        plants.close()
        plants.open()
        state = adapters.running(parent)["properties"]["state"]
        plants.sandbox.clear_faults()

        assert state == "Deploying"
        assert plants.wait(address).properties["state"] == "ReadyToDeploy"
        assert adapters.apps(parent) == [line(press)]
    finally:
        plants.close()
