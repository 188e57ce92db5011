"""The stand-in for azapi refuses, before anything is planned, what azapi's embedded types refuse."""

from __future__ import annotations

import pytest
from provider_bench import GROUP, SUBSCRIPTION, TARGET, Arm, Workspace
from test_provider_errors import told

pytestmark = pytest.mark.slow

pytest_plugins = ["provider_fixtures"]

CLUSTER = f"{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/lab"
CONTEXT = (
    "{ properties = { "
    'capabilities = [{ name = "vision", description = "vision" }], '
    'hierarchies = [{ name = "line", description = "line" }] } }'
)


def resource(
    type_: str, parent: str, body: str, *, name: str = "contoso", location: str = "eastus2", extra: str = ""
) -> str:
    """Return a resource as a configuration."""
    place = f'location = "{location}"' if location else ""
    return f"""
resource "azapi_resource" "this" {{
  type      = "{type_}"
  parent_id = "{parent}"
  name      = "{name}"
  {place}
  body = {body}
  {extra}
}}
"""


def context(body: str = CONTEXT, **changed: str) -> str:
    """Return a context as a configuration."""
    return resource("Microsoft.Edge/contexts@2026-03-01", GROUP, body, **changed)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (CONTEXT.replace("hierarchies", "hierarchy"), "`properties.hierarchy` is not expected here"),
        (CONTEXT.replace("hierarchies", "hierarchy"), "Do you mean `hierarchies`?"),
        (CONTEXT.replace("hierarchies", "hierarchy"), "`properties.hierarchies` is required"),
        (CONTEXT.replace('"vision"', "7", 1), "`properties.capabilities.0.name` is invalid, expect `string`"),
        (CONTEXT.replace("[{", "{", 1).replace("}]", "}", 1), "`properties.capabilities` is invalid, expect `array`"),
        (CONTEXT.replace("{ prop", '{ id = "x", prop', 1), "`id` is not expected here"),
        (
            CONTEXT.replace("capabilities", 'uniqueIdentifier = "x", capabilities'),
            "`properties.uniqueIdentifier` is not expected here, it's read only",
        ),
    ],
)
def test_a_body_that_the_type_does_not_have(offline: Workspace, body: str, expected: str) -> None:
    """Typos, wrong types, missing and read-only properties are found by `validate`, each with its path."""
    offline.write(context(body))

    assert expected in told(offline.run("validate", expect=1))


def test_a_name_that_is_too_short(offline: Workspace) -> None:
    """The name is checked with the body."""
    offline.write(context(name="ab"))

    assert "`name` is invalid, it must have 3 to 61 characters" in told(offline.run("validate", expect=1))


@pytest.mark.parametrize(
    "text",
    [
        context(),
        context(location=""),
        context(body=CONTEXT.replace('description = "line"', "description = null")),
        context(body='{ properties = { x = "y" } }', extra="schema_validation_enabled = false"),
        resource(
            "Microsoft.Kubernetes/connectedClusters@2026-05-01",
            GROUP,
            '{ properties = { agentPublicKeyCertificate = "MIIC", azureHybridBenefit = "unheard of" } }',
            extra='identity {\n type = "SystemAssigned"\n }',
        ),
        resource("Contoso.Plant/lines@2026-01-01", TARGET, "{ anything = 1 }"),
    ],
    ids=["whole", "no location", "null", "not checked", "open list", "another type"],
)
def test_what_azapi_lets_pass(offline: Workspace, text: str) -> None:
    """A missing location, a null, a value that an open list lacks: these are for the service to refuse."""
    offline.write(text)

    offline.run("validate")


@pytest.mark.parametrize("property_", ["metadata", "originInformation", "sourceId"])
def test_a_membership_passes_unchecked_only(offline: Workspace, property_: str) -> None:
    """The published type of a membership requires what is read-only, so that azapi takes no body at all."""
    group = "/providers/Microsoft.Management/serviceGroups/lyon"
    body = f'{{ properties = {{ targetId = "{group}" }} }}'
    type_ = "Microsoft.Relationships/serviceGroupMember@2023-09-01-preview"
    offline.write(resource(type_, TARGET, body, location=""))
    assert f"`properties.{property_}` is required" in told(offline.run("validate", expect=1))

    offline.write(resource(type_, TARGET, body, location="", extra="schema_validation_enabled = false"))
    offline.run("validate")


@pytest.mark.parametrize(
    ("type_", "parent"),
    [
        ("Microsoft.Edge/contexts@2026-03-01", SUBSCRIPTION),
        ("Microsoft.Edge/contexts@2026-03-01", "/"),
        ("Microsoft.Management/serviceGroups@2024-02-01-preview", GROUP),
    ],
)
def test_a_scope_where_the_type_does_not_lie(offline: Workspace, type_: str, parent: str) -> None:
    """A parent of the wrong kind is refused."""
    offline.write(resource(type_, parent, "{}", extra="schema_validation_enabled = false"))

    assert "parent_id is invalid" in told(offline.run("validate", expect=1))


@pytest.mark.parametrize(
    ("type_", "parent"),
    [
        ("Microsoft.Edge/sites@2025-06-01", "/providers/Microsoft.Management/serviceGroups/lyon"),
        ("Microsoft.Edge/configurationReferences@2025-08-01", TARGET),
        ("Microsoft.KubernetesConfiguration/extensions@2025-03-01", CLUSTER),
        ("Microsoft.Management/serviceGroups@2024-02-01-preview", "/"),
    ],
)
def test_scopes_where_the_types_lie(offline: Workspace, type_: str, parent: str) -> None:
    """An extension resource lies anywhere, a service group in the tenant."""
    offline.write(resource(type_, parent, "{}", extra="schema_validation_enabled = false"))

    offline.run("validate")


def test_a_parent_in_another_case_is_another_parent(arm: Arm, terraform: Workspace) -> None:
    """azapi writes `resourceGroups` into the state whatever was given, so that an odd case replaces the resource."""
    terraform.write(context().replace("resourceGroups", "resourcegroups"))
    terraform.apply()

    assert terraform.changes() == {"azapi_resource.this": "replace"}
    terraform.write(context())
    assert terraform.changes() == {}
