"""What the sandbox's Microsoft.Edge refuses, and what it makes by itself, over HTTPS."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.sandbox.edge_support import (
    CONTEXT,
    CUSTOM_LOCATION,
    EDGE,
    GROUP,
    GROUPS,
    PLACE,
    PLANT_CONFIG,
    REFERENCE,
    TEMPLATE,
    TEMPLATE_VERSION,
    Plants,
    context_body,
    line_vision,
    named,
    site,
    target_body,
)


def test_a_tenant_has_one_context(plants: Plants) -> None:
    """A second context is refused, the same one can be PUT again."""
    second = plants.put(f"{EDGE}/contexts/second", context_body())

    assert (second.status, second.code) == (409, "ContextAlreadyExists")
    assert CONTEXT in second.message
    assert plants.put(CONTEXT, context_body()).status == 200


@pytest.mark.parametrize("kind", ["contexts/contoso", "configurations/far", "schemas/far", "configTemplates/far"])
def test_regions_that_do_not_have_the_service_are_refused(plants: Plants, kind: str) -> None:
    """A resource can only lie in one of the service's regions; an existing one cannot move."""
    body = {**context_body(), "location": "westeurope"} if kind.startswith("contexts") else {"location": "westeurope"}
    if kind.startswith("configTemplates"):
        body["properties"] = {"description": "d"}
    answer = plants.put(f"{EDGE}/{kind}", body)

    assert answer.code in ("LocationNotAvailableForResourceType", "InvalidResourceLocation")


def test_capabilities_are_replaced_as_a_whole(plants: Plants) -> None:
    """A PUT of the context replaces its list, and names are given once."""
    more = named(("vision", "telemetry", "audio"))

    assert plants.put(CONTEXT, context_body(capabilities=more)).properties["capabilities"] == more
    assert plants.put(CONTEXT, context_body()).properties["capabilities"] == named(("vision", "telemetry"))
    assert plants.put(CONTEXT, context_body(capabilities=named(("a", "A")))).code == "DuplicateName"


def test_a_site_has_a_level_of_the_context(plants: Plants) -> None:
    """A label with another level is refused."""
    answer = plants.put(site("lyon"), {"properties": {"labels": {"level": "continent"}}})

    assert answer.code == "InvalidHierarchyLevel"
    assert "country, plant, line" in answer.message


def test_a_resource_group_has_one_site(plants: Plants) -> None:
    """A resource group's second site is refused."""
    assert plants.put(f"{EDGE}/sites/first", {"properties": {"labels": {"level": "plant"}}}).status < 300
    assert plants.put(f"{EDGE}/sites/second", {"properties": {}}).code == "SiteAlreadyExists"
    assert plants.delete(f"{EDGE}/sites/first").status == 200


@pytest.mark.parametrize(("name", "status"), [("france", 200), ("lyon", 400), ("nowhere", 400)])
def test_a_context_refers_to_sites_of_its_highest_level(plants: Plants, name: str, status: int) -> None:
    """A site reference to a lower site, or to none, is refused."""
    answer = plants.put(f"{CONTEXT}/siteReferences/{name}", {"properties": {"siteId": site(name)}})

    assert answer.status == status


def test_a_reference_needs_its_configuration(plants: Plants) -> None:
    """A reference to a configuration that is not there, or on something that is no node, is refused."""
    absent = {"properties": {"configurationResourceId": f"{EDGE}/configurations/absent"}}
    known = {"properties": {"configurationResourceId": f"{EDGE}/configurations/contoso-lyon"}}

    assert plants.put(f"{site('lyon')}/{REFERENCE}", absent).code == "ConfigurationNotFound"
    assert plants.put(f"{CONTEXT}/{REFERENCE}", known).code == "InvalidConfigurationReference"


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"hierarchyLevel": "continent"}, "InvalidHierarchyLevel"),
        ({"capabilities": ["vision", "audio"]}, "CapabilityNotFound"),
        ({"contextId": f"{EDGE}/contexts/absent"}, "ContextNotFound"),
        ({"solutionScope": "kube-system"}, "ProtectedSolutionScope"),
        ({"solutionScope": "Not A Name"}, "InvalidRequestContent"),
        ({"colour": "red"}, "InvalidRequestContent"),
        ({"status": {"deployed": 1}}, "InvalidRequestContent"),
    ],
)
def test_a_target_fits_its_context(plants: Plants, properties: dict[str, Any], code: str) -> None:
    """Level, capabilities, context and namespace of a target are checked, as is its published type."""
    answer = plants.put(f"{EDGE}/targets/bad-line", target_body(**properties))

    assert (answer.status, answer.code) == (400, code)
    assert plants.get(f"{EDGE}/targets/bad-line").status == 404


def test_an_extended_location_exists_and_stays(plants: Plants) -> None:
    """A target lies on a custom location that exists, and never on another."""
    target = plants.put_target()
    body = target_body()
    elsewhere = {**body, "extendedLocation": {"name": f"{CUSTOM_LOCATION}-2", "type": "CustomLocation"}}
    without = {key: value for key, value in body.items() if key != "extendedLocation"}

    assert plants.put(target, elsewhere).code == "ExtendedLocationIsImmutable"
    assert plants.put(f"{target}-2", elsewhere).code == "ExtendedLocationNotFound"
    assert plants.put(f"{target}-2", without).code == "ExtendedLocationRequired"


def test_the_service_makes_the_configuration_of_a_target(plants: Plants) -> None:
    """The first PUT makes a configuration in the target's group and a reference; later PUTs leave both."""
    target = plants.put_target()
    configuration = plants.configuration(target)
    plants.put(target, target_body())

    assert configuration.startswith(f"{EDGE}/configurations/")
    assert target.rpartition("/")[2] not in configuration
    assert plants.get(configuration).status == 200
    assert plants.configuration(target) == configuration


def test_a_target_can_be_put_as_it_was_read(plants: Plants) -> None:
    """What a GET shows may be sent back, with the status of what runs and all."""
    target = plants.put_target()
    plants.roll_out(target)
    body = plants.get(target).body
    again = plants.put(target, body)

    assert "status" in body["properties"]
    assert again.properties == body["properties"]


def test_a_template_keeps_its_minted_identifier(plants: Plants) -> None:
    """A template's identifier is a GUID that later PUTs keep and that a recreated template does not have again."""
    template = f"{EDGE}/solutionTemplates/minted"
    body = {**PLACE, "properties": {"description": "d", "capabilities": ["vision"]}}
    first = plants.put(template, body).properties["uniqueIdentifier"]
    again = plants.put(template, {**body, "tags": {"a": "b"}}).properties["uniqueIdentifier"]
    plants.delete(template)
    recreated = plants.put(template, body).properties["uniqueIdentifier"]

    assert str(uuid.UUID(first)) == first == again != recreated


@pytest.mark.parametrize("action", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("path", "properties", "other"),
    [
        (f"{EDGE}/schemas/fixed/versions/1.0.0", {"value": "rules: {configs: {}}"}, {"value": "rules: {}"}),
        (f"{PLANT_CONFIG}/versions/2.0.0", {"configurations": "configs: {a: 1}"}, {"configurations": "configs: {}"}),
        (f"{TEMPLATE}/versions/2.0.0", line_vision(), {**line_vision(), "configurations": "configs: {}"}),
    ],
)
def test_a_version_never_changes(
    plants: Plants, action: str, path: str, properties: dict[str, Any], other: dict[str, Any]
) -> None:
    """The same content may be sent again, other content is refused."""
    plants.put(f"{EDGE}/schemas/fixed", PLACE)
    plants.put(path, {"properties": properties})

    assert plants.ask(action, path, {"properties": properties}).status == 200
    changed = plants.ask(action, path, {"properties": other})
    assert (changed.status, changed.code) == (400, "PropertiesAreImmutable")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("schema: {name: absent, version: 1.0.0}\nconfigs: {}", "SchemaNotFound"),
        ("schema: {name: line-vision-schema, version: 9.0.0}\nconfigs: {}", "SchemaNotFound"),
        ("schema: {name: line-vision-schema}\nconfigs: {}", "InvalidTemplate"),
        ("metadata: {name: another}\nconfigs: {}", "MetadataMismatch"),
        ("configs: [", "InvalidYaml"),
        ("a: &x 1\nb: *x", "InvalidYaml"),
    ],
)
def test_a_template_version_is_readable_and_has_its_schema(plants: Plants, text: str, code: str) -> None:
    """A template that names no existing schema version, or is no YAML of that name, is refused."""
    answer = plants.put(f"{TEMPLATE}/versions/3.0.0", {"properties": {**line_vision(), "configurations": text}})

    assert (answer.status, answer.code) == (400, code)


def test_latest_versions_are_shown(plants: Plants) -> None:
    """Schemas and templates show their highest version, by number."""
    for version in ("1.9.0", "1.10.0"):
        plants.put_schema("counted", "rules: {configs: {}}", version)

    assert plants.get(f"{EDGE}/schemas/counted").properties["currentVersion"] == "1.10.0"
    assert plants.get(TEMPLATE).properties["latestVersion"].count(".") == 2


def test_a_version_shows_whether_it_has_a_schema(plants: Plants) -> None:
    """A solution template's version tells whether a schema goes with it."""
    assert plants.get(TEMPLATE_VERSION).properties["internalState"] == "ValidatedWithSchema"


def test_rendered_schemas_can_be_read(plants: Plants) -> None:
    """The schema that a version is edited by can be read under `default`, and nowhere else."""
    rendered = plants.get(f"{TEMPLATE_VERSION}/solutionSchemas/default").properties
    config = plants.get(f"{PLANT_CONFIG}/versions/1.0.0/configTemplateSchemas/default").properties

    assert "Camera.ExposureMs" in rendered["value"]
    assert rendered["level"] == "line"
    assert rendered["templateUniqueIdentifier"] == plants.get(TEMPLATE).properties["uniqueIdentifier"]
    assert "Broker.Host" in config["value"]
    assert plants.get(f"{TEMPLATE_VERSION}/solutionSchemas/other").status == 404
    assert plants.ask("PUT", f"{TEMPLATE_VERSION}/solutionSchemas/default", {"properties": {}}).status == 405


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ({"level": "plant", "hierarchyIds": [site("france")]}, "HierarchyLevelMismatch"),
        ({"level": "country", "hierarchyIds": [site("nowhere")]}, "HierarchyNotFound"),
        ({"level": "country", "hierarchyIds": [TEMPLATE]}, "HierarchyNotFound"),
        ({"level": "continent", "hierarchyIds": []}, "InvalidHierarchyLevel"),
        ({"level": "country", "hierarchyIds": []}, ""),
    ],
)
def test_links_lead_to_nodes_of_their_level(plants: Plants, link: dict[str, Any], code: str) -> None:
    """A link to what is no site or target, or is of another level, is refused."""
    path = f"{PLANT_CONFIG}/configTemplateMetadatas/more"
    answer = plants.put(path, {"properties": {"linkedHierarchies": [link]}})
    plants.delete(path)

    assert answer.code == code


def test_linking_by_action_writes_the_same_metadata(plants: Plants) -> None:
    """`linkToHierarchies` finds the level of each place, service groups included; unlinking takes it out."""
    template = f"{EDGE}/configTemplates/linked"
    plants.put(template, {**PLACE, "properties": {"description": "d"}})
    ids = [site("france"), f"{GROUPS}/contoso-lyon"]
    plants.act(template, "linkToHierarchies", {"hierarchyIds": ids, "contextId": CONTEXT})
    linked = plants.get(f"{template}/configTemplateMetadatas/default").properties
    plants.act(template, "unLinkFromHierarchies", {"hierarchyIds": [site("france")]})
    left = plants.get(f"{template}/configTemplateMetadatas/default").properties["linkedHierarchies"]

    assert [each["level"] for each in linked["linkedHierarchies"]] == ["country", "plant"]
    assert linked["templateUniqueIdentifier"] == plants.get(template).properties["uniqueIdentifier"]
    assert left == [{"level": "plant", "hierarchyIds": [f"{GROUPS}/contoso-lyon"]}]


def test_a_recreated_target_must_be_linked_again(plants: Plants) -> None:
    """A deleted target vanishes from the links of config templates."""
    target = plants.put_target()
    path = f"{PLANT_CONFIG}/configTemplateMetadatas/lines"
    plants.put(path, {"properties": {"linkedHierarchies": [{"level": "line", "hierarchyIds": [target]}]}})
    plants.delete(target)

    assert plants.get(path).properties["linkedHierarchies"] == []


def test_solution_values_are_set_on_targets_only(plants: Plants) -> None:
    """A site's configuration does not take a solution template's values, a target's does."""
    target = plants.put_target()
    refused = plants.set_values(f"{EDGE}/configurations/contoso-lyon", TEMPLATE, {})
    taken = plants.set_values(plants.configuration(target), TEMPLATE, {"Camera": {"ExposureMs": 5}})

    assert refused.code == "SolutionValuesOnlyOnTargets"
    assert taken.properties["state"] == "ConfigurationCompleted"
    assert taken.properties["schemaId"].endswith("/schemas/line-vision-schema/versions/1.0.0")


def test_a_value_set_belongs_to_a_version_of_a_template(plants: Plants) -> None:
    """Values named after no template, or after a version that is not there, or that are no mapping, are refused."""
    configuration = f"{EDGE}/configurations/contoso-lille"
    identifier = plants.get(PLANT_CONFIG).properties["uniqueIdentifier"]
    values = f"{configuration}/dynamicConfigurations/{identifier}"
    plants.put(values, {"properties": {"currentVersion": "1"}})

    def put(version: str, text: str) -> str:
        return plants.put(f"{values}/versions/{version}", {"properties": {"values": text}}).code

    nobody = f"{configuration}/dynamicConfigurations/{uuid.uuid4()}"
    unknown = plants.put(nobody, {"properties": {"currentVersion": "1"}})
    assert unknown.code == "TemplateNotFound"
    assert put("9.9.9", "{}") == "TemplateVersionNotFound"
    assert put("1.0.0", "[1]") == "InvalidConfigurationValues"
    assert put("1.0.0", '{"Broker": {"Port": 1}}') == ""
    assert plants.get(f"{values}/versions/1.0.0").properties["state"] == "ConfigurationPending"
    assert plants.get(values).properties["dynamicConfigurationModel"] == "Common"


def test_create_version_takes_a_version_or_counts_up(plants: Plants) -> None:
    """`createVersion` makes the given version, or the next major, minor or patch one."""
    schema = f"{EDGE}/schemas/grown"
    plants.put(schema, PLACE)
    body = {"schemaVersion": {"properties": {"value": "rules: {configs: {}}"}}}

    def create(**more: str) -> str:
        answer = plants.act(schema, "createVersion", {**body, **more})
        return answer.code or str(answer.body["name"])

    made = [create(version="1.2.3"), *(create(updateType=each) for each in ("Patch", "Minor", "Major"))]
    assert made == ["1.2.3", "1.2.4", "1.3.0", "2.0.0"]
    assert create() == "InvalidRequestContent"
    other = {"schemaVersion": {"properties": {"value": "rules: {}"}}, "version": "1.2.3"}
    assert plants.act(schema, "createVersion", other).code == "PropertiesAreImmutable"


def test_remove_version_answers_at_once_but_for_solution_templates(plants: Plants) -> None:
    """Removing a schema's version is synchronous, a solution template's is long-running."""
    plants.put_schema("shrunk", "rules: {configs: {}}")
    version = plants.put_solution_template("shrunk")
    schema = plants.ask("POST", f"{EDGE}/schemas/shrunk/removeVersion", {"version": "1.0.0"})
    template = plants.ask("POST", f"{EDGE}/solutionTemplates/shrunk/removeVersion", {"version": "1.0.0"})

    assert (schema.status, schema.body) == (200, {"status": "Succeeded"})
    assert template.status == 202
    assert [plants.get(each).status for each in (f"{EDGE}/schemas/shrunk/versions/1.0.0", version)] == [404, 404]


def test_deleting_a_config_template_takes_versions_and_links(plants: Plants) -> None:
    """Versions and links go with their config template."""
    template = f"{EDGE}/configTemplates/gone"
    plants.put(template, {**PLACE, "properties": {"description": "d"}})
    plants.put(f"{template}/versions/1.0.0", {"properties": {"configurations": "configs: {}"}})
    plants.put(f"{template}/configTemplateMetadatas/gone", {"properties": {}})
    plants.delete(template)
    left = (template, f"{template}/versions/1.0.0", f"{template}/configTemplateMetadatas/gone")

    assert [plants.get(each).status for each in left] == [404, 404, 404]


def test_a_target_of_a_group_with_a_site_needs_no_membership(plants: Plants) -> None:
    """Under a resource group's own site a target sees templates from its first PUT."""
    other = f"{GROUP}-two"
    plants.sandbox.seed(tenant=_tenant(plants), subscriptions=[], resources=[{"id": other, **PLACE}])
    plants.put(f"{other}/providers/Microsoft.Edge/sites/plant", {"properties": {"labels": {"level": "plant"}}})
    plain = f"{EDGE}/solutionTemplates/plain"
    properties = {**line_vision(), "configurations": "configs: {line: '${{$target(name)}}'}"}
    plants.put(plain, {**PLACE, "properties": {"description": "d", "capabilities": []}})
    plants.put(f"{plain}/versions/1.0.0", {"properties": properties})
    target = f"{other}/providers/Microsoft.Edge/targets/grouped"
    plants.put(target, target_body())

    assert plants.review(target, f"{plain}/versions/1.0.0").properties["configuration"] == "line: grouped\n"


@pytest.mark.parametrize(
    "path", ["solutions/any", "solutions/any/versions/1.0.0.1", "providers/Microsoft.Edge/jobs/any"]
)
def test_what_the_service_makes_cannot_be_put(plants: Plants, path: str) -> None:
    """Solutions, their versions and jobs come from actions only."""
    assert plants.ask("PUT", f"{plants.put_target()}/{path}", {"properties": {}}).status == 405


def _tenant(plants: Plants) -> str:
    return str(plants.sandbox.call("GET", "/sandbox/health")["tenant"])
