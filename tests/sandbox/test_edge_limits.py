"""The rules of the service that no published type states, each with what keeps it and what breaks it, over HTTPS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.edge_support import (
    CONTEXT,
    EDGE,
    LEVELS,
    PLACE,
    TEMPLATE,
    TEMPLATE_VERSION,
    Plants,
    context_body,
    line_vision,
    named,
    site,
    target_body,
)


def template_version(**properties: Any) -> dict[str, Any]:
    return {"properties": {**line_vision(), **properties}}


def label(level: str) -> dict[str, Any]:
    return {"properties": {"labels": {"level": level}}}


ROWS: dict[str, tuple[str, dict[str, Any], str]] = {
    "East US": (f"{EDGE}/schemas/east", {"location": "East US"}, ""),
    "East US 2": (f"{EDGE}/schemas/east2", {"location": "eastus2"}, ""),
    "the canary region": (f"{EDGE}/schemas/canary", {"location": "eastus2euap"}, ""),
    "no other region": (f"{EDGE}/schemas/west", {"location": "westus"}, "LocationNotAvailableForResourceType"),
    "a target's region": (
        f"{EDGE}/targets/far-line",
        {**target_body(), "location": "westeurope"},
        "LocationNotAvailableForResourceType",
    ),
    "one context": (f"{EDGE}/contexts/second", context_body(), "ContextAlreadyExists"),
    "the same context": (CONTEXT, context_body(), ""),
    "four levels": (CONTEXT, context_body(hierarchies=named((*LEVELS, "cell"))), ""),
    "five levels": (CONTEXT, context_body(hierarchies=named((*LEVELS, "cell", "robot"))), "InvalidHierarchies"),
    "no level": (CONTEXT, context_body(hierarchies=[]), "InvalidHierarchies"),
    "levels differ": (CONTEXT, context_body(hierarchies=named(("line", "Line"))), "DuplicateName"),
    "capabilities differ": (CONTEXT, context_body(capabilities=named(("a", "A"))), "DuplicateName"),
    "a site's level": (site("lyon"), label("plant"), ""),
    "a site's unknown level": (site("lyon"), label("continent"), "InvalidHierarchyLevel"),
    "a target's level": (
        f"{EDGE}/targets/odd-line",
        target_body(hierarchyLevel="continent"),
        "InvalidHierarchyLevel",
    ),
    "a target's capabilities": (f"{EDGE}/targets/odd-line", target_body(capabilities=["audio"]), "CapabilityNotFound"),
    "X.Y.Z": (f"{TEMPLATE}/versions/1.10.0", template_version(), ""),
    "no pre-release": (f"{TEMPLATE}/versions/1.0.0-rc.1", template_version(), "InvalidResourceName"),
    "three numbers": (f"{TEMPLATE}/versions/1.0", template_version(), "InvalidResourceName"),
    "orchestrator TO": (f"{TEMPLATE}/versions/1.11.0", template_version(orchestratorType="TO"), ""),
    "no other orchestrator": (
        f"{TEMPLATE}/versions/1.12.0",
        template_version(orchestratorType="Argo"),
        "InvalidOrchestratorType",
    ),
    "a namespace": (f"{EDGE}/targets/own-line", target_body(solutionScope="vision"), ""),
    **{
        f"the protected namespace {scope}": (
            f"{EDGE}/targets/odd-line",
            target_body(solutionScope=scope),
            "ProtectedSolutionScope",
        )
        for scope in ("azure-arc", "kube-system", "workloadorchestration", "cert-manager")
    },
    "several site references": (f"{CONTEXT}/siteReferences/france", {"properties": {"siteId": site("france")}}, ""),
    "another site reference": (f"{CONTEXT}/siteReferences/spain", {"properties": {"siteId": site("spain")}}, ""),
}


@pytest.mark.parametrize("rule", ROWS)
def test_a_put_obeys_the_rules(plants: Plants, rule: str) -> None:
    """What breaks one is refused with its code, what keeps it is taken."""
    path, body, code = ROWS[rule]
    answer = plants.put(path, body)
    plants.put(CONTEXT, context_body())

    assert answer.code == code, answer.body


@pytest.mark.parametrize(
    ("needed", "offered", "code"),
    [
        ([], [], ""),
        ([], ["vision"], ""),
        (["vision"], ["vision"], ""),
        (["vision"], ["telemetry", "vision"], ""),
        (["vision", "telemetry"], ["telemetry", "vision"], ""),
        (["vision"], [], "CapabilityMismatch"),
        (["vision", "telemetry"], ["vision"], "CapabilityMismatch"),
        (["Vision"], ["vision"], "CapabilityMismatch"),
    ],
)
def test_a_template_runs_where_its_capabilities_are(
    plants: Plants, needed: list[str], offered: list[str], code: str
) -> None:
    """A template's capabilities are a subset of the target's; it is at review that it shows."""
    template = f"{EDGE}/solutionTemplates/needs-{'-'.join(needed) or 'nothing'}"
    plants.put(template, {**PLACE, "properties": {"description": "d", "capabilities": needed}})
    plants.put(f"{template}/versions/1.0.0", template_version())

    assert plants.review(plants.put_target(capabilities=offered), f"{template}/versions/1.0.0").code == code


def test_a_target_gets_capabilities_by_another_put(plants: Plants) -> None:
    """One that it lacked is there at the next review, one that was taken away is not."""
    target = plants.put_target(capabilities=["telemetry"])
    before = plants.review(target).code
    plants.put(target, target_body(capabilities=["telemetry", "vision"]))
    after = plants.review(target).code
    plants.put(target, target_body(capabilities=["telemetry"]))

    assert [before, after, plants.review(target).code] == ["CapabilityMismatch", "", "CapabilityMismatch"]


def test_a_template_gets_capabilities_by_another_put(plants: Plants) -> None:
    """They are a template's, not a version's: the next review asks for them."""
    version = plants.put_solution_template("grows", capabilities=[])
    target = plants.put_target(capabilities=["telemetry"])
    before = plants.review(target, version).code
    plants.put_solution_template("grows", capabilities=["vision"])

    assert [before, plants.review(target, version).code] == ["", "CapabilityMismatch"]


def test_values_may_be_json(plants: Plants) -> None:
    """JSON is YAML."""
    target = plants.put_target()
    identifier = plants.get(TEMPLATE).properties["uniqueIdentifier"]
    values = f"{plants.configuration(target)}/dynamicConfigurations/{identifier}"
    plants.put(values, {"properties": {"currentVersion": "1"}})
    text = '{"Camera": {"ExposureMs": 7}}'
    plants.put(f"{values}/versions/1.0.0", {"properties": {"values": text}})
    answer = plants.act(target, "resolveConfiguration", {"solutionTemplateVersionId": TEMPLATE_VERSION})

    assert "exposureMs: 7" in answer.body["configuration"]


@pytest.mark.parametrize(
    ("parent", "key", "content"),
    [
        (f"{EDGE}/configTemplates/counted", "configTemplateVersion", {"configurations": "configs: {}"}),
        (f"{EDGE}/solutionTemplates/counted", "solutionTemplateVersion", line_vision()),
    ],
)
def test_templates_count_their_versions_up(plants: Plants, parent: str, key: str, content: dict[str, Any]) -> None:
    """`createVersion` with updateType makes the next major, minor or patch version of a template."""
    capabilities = {"capabilities": []} if "solution" in parent else {}
    plants.put(parent, {**PLACE, "properties": {"description": "d", **capabilities}})
    answers = [
        plants.act(parent, "createVersion", {key: {"properties": content}, "updateType": each})
        for each in ("Major", "Minor", "Patch", "Minor")
    ]

    assert [each.body["name"] for each in answers] == ["1.0.0", "1.1.0", "1.1.1", "1.2.0"]
    assert plants.get(parent).properties["latestVersion"] == "1.2.0"
