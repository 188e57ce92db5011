"""The stand-in for azapi asks Azure what azapi asks, in the same order and number."""

from __future__ import annotations

import pytest
import trustme
from provider_bench import GROUP, SUBSCRIPTION, TARGET, TARGETS, Arm, Reply, Request, Workspace, error, serving, times

pytestmark = pytest.mark.slow

pytest_plugins = ["provider_fixtures"]


def target(body: str = 'displayName = "line"', extra: str = "") -> str:
    """Return a target as a configuration."""
    return f"""
resource "azapi_resource" "target" {{
  type                   = "{TARGETS}"
  parent_id              = "{GROUP}"
  name                   = "line"
  location               = "westeurope"
  body                   = {{ properties = {{ {body} }} }}
  response_export_values = ["properties.uniqueIdentifier"]

  schema_validation_enabled = false
  {extra}
}}
"""


def test_planning_a_new_resource_asks_nothing(arm: Arm, terraform: Workspace) -> None:
    """A plan of what is not in the state makes no request."""
    terraform.write(target())

    terraform.run("plan")

    assert arm.calls() == []


@pytest.mark.parametrize(
    ("mode", "create", "destroy"),
    [
        ("synchronous", ["GET", "PUT", "GET"], ["GET", "DELETE"]),
        ("asynchronous", ["GET", "PUT", "POLL", "POLL", "GET", "GET"], ["GET", "DELETE", "POLL", "POLL"]),
        ("location", ["GET", "PUT", "POLL", "POLL", "GET"], ["GET", "DELETE", "POLL", "POLL"]),
    ],
)
def test_create_plan_and_destroy(
    arm: Arm, terraform: Workspace, mode: str, create: list[str], destroy: list[str]
) -> None:
    """Each way of telling that a write has finished takes its own requests, a plan without change one."""
    arm.mode = mode
    terraform.write(target())

    terraform.apply()
    assert arm.calls() == create
    assert terraform.changes() == {}
    assert arm.calls() == ["GET"]
    terraform.run("destroy", "-auto-approve")
    assert arm.calls() == destroy


def test_create_that_only_shows_a_provisioning_state(arm: Arm, terraform: Workspace) -> None:
    """Without headers the resource itself is read until its state is final, and once more."""
    arm.mode = "state"
    terraform.write(target())

    terraform.apply()

    assert arm.calls() == ["GET", "PUT", "GET", "GET", "GET"]


def test_changed_body(arm: Arm, terraform: Workspace) -> None:
    """By default a changed body is compared with what the service has, in the plan and again before the PUT."""
    arm.mode = "asynchronous"
    terraform.write(target(), provider="")
    terraform.apply()
    terraform.write(target('displayName = "other"'), provider="")
    arm.calls()

    terraform.run("plan", "-out=plan")
    assert arm.calls() == ["GET", "GET"]
    terraform.run("apply", "plan")
    assert arm.calls() == ["GET", "PUT", "POLL", "POLL", "GET", "GET"]


def test_import(arm: Arm, terraform: Workspace) -> None:
    """An import reads the resource twice, and the next plan finds only what the configuration changes."""
    arm.resources[TARGET.lower()] = {"id": TARGET, "location": "westeurope", "properties": {"displayName": "line"}}
    terraform.write(target())

    terraform.run("import", "azapi_resource.target", f"{TARGET}?api-version=2026-03-01")

    assert arm.calls() == ["GET", "GET"]
    state = terraform.state()["azapi_resource.target"]["attributes"]
    assert state["body"]["value"] == {"properties": {"displayName": "line"}}
    assert terraform.changes() == {"azapi_resource.target": "update"}


def test_import_of_an_identity(arm: Arm, terraform: Workspace) -> None:
    """azapi imports an empty list of ids, which is not none: the next apply sends the resource once more."""
    identity = {"type": "SystemAssigned", "principalId": "p-1", "tenantId": "t-1"}
    arm.resources[TARGET.lower()] = {"id": TARGET, "location": "westeurope", "identity": identity, "properties": {}}
    terraform.write(target(extra='identity {\n type = "SystemAssigned"\n}'))

    terraform.run("import", "azapi_resource.target", f"{TARGET}?api-version=2026-03-01")

    assert terraform.state()["azapi_resource.target"]["attributes"]["identity"][0]["identity_ids"] == []
    assert terraform.changes() == {"azapi_resource.target": "update"}
    terraform.apply()
    assert terraform.changes() == {}


def test_import_without_version(terraform: Workspace) -> None:
    """An id without an API version cannot be imported, and the error says what to append."""
    terraform.write(target())

    assert "api-version=VERSION" in terraform.run("import", "azapi_resource.target", TARGET, expect=1)


def test_failed_create_looks_once_whether_something_is_there(arm: Arm, terraform: Workspace) -> None:
    """A refused PUT is followed by one GET; as nothing is there, nothing is in the state."""
    arm.rules.append(times(1, "PUT", error(400, "InvalidRequestContent")))
    terraform.write(target())

    terraform.apply(expect=1)

    assert arm.calls() == ["GET", "PUT", "GET"]
    assert terraform.state() == {}


def test_update_resource(arm: Arm, terraform: Workspace) -> None:
    """`azapi_update_resource` reads, lays its body over what may be written, puts that, and reads; then leaves it."""
    arm.mode = "asynchronous"
    settable = {"capabilities": ["a", "b"], "description": "before", "hierarchyLevel": "line"}
    arm.resources[TARGET.lower()] = {
        "id": TARGET,
        "name": "line",
        "type": "microsoft.edge/targets",
        "location": "eastus2",
        "tags": {"a": "b"},
        "eTag": "1",
        "systemData": {"createdBy": "x"},
        "extendedLocation": {"name": "cl", "type": "CustomLocation"},
        "properties": {**settable, "provisioningState": "Succeeded", "status": {"status": "Deployed"}},
    }
    text = f"""
resource "azapi_update_resource" "again" {{
  type        = "{TARGETS}"
  resource_id = "{TARGET}"
  body        = {{ properties = {{ description = "after" }} }}
  response_export_values = {{ description = "properties.description" }}
}}
output "description" {{ value = azapi_update_resource.again.output.description }}
output "parent" {{ value = azapi_update_resource.again.parent_id }}
"""
    terraform.write(text)

    terraform.apply()
    assert arm.sent() == {
        "name": "line",
        "location": "eastus2",
        "tags": {"a": "b"},
        "extendedLocation": {"name": "cl", "type": "CustomLocation"},
        "properties": {**settable, "description": "after"},
    }
    assert arm.calls() == ["GET", "PUT", "POLL", "POLL", "GET", "GET"]
    assert terraform.outputs() == {"description": "after", "parent": GROUP}
    assert terraform.changes() == {}
    arm.calls()
    terraform.run("destroy", "-auto-approve")
    assert arm.calls() == ["GET"]


def test_update_resource_without_a_body(arm: Arm, terraform: Workspace) -> None:
    """Left out, the body is null and so is what is sent: only `body = {}` puts the resource as it is."""
    arm.resources[TARGET.lower()] = {"id": TARGET, "properties": {"description": "line"}}
    arm.rules.append(times(1, "PUT", error(400, "InvalidRequestContent")))
    terraform.write(
        f'resource "azapi_update_resource" "again" {{\n type = "{TARGETS}"\n resource_id = "{TARGET}"\n}}\n'
    )

    terraform.apply(expect=1)

    assert arm.sent() is None
    assert arm.calls() == ["GET", "PUT"]


def test_update_resource_follows_what_it_waits_for(arm: Arm, terraform: Workspace) -> None:
    """Replaced by what triggers it, an empty update is put again."""
    arm.resources[TARGET.lower()] = {"id": TARGET, "properties": {"a": 1}}
    text = f"""
resource "terraform_data" "membership" {{ input = "NUMBER" }}
resource "azapi_update_resource" "again" {{
  type        = "{TARGETS}"
  resource_id = "{TARGET}"
  body        = {{}}
  response_export_values = []
  lifecycle {{ replace_triggered_by = [terraform_data.membership] }}
}}
"""
    terraform.write(text)
    terraform.apply()
    terraform.write(text.replace("NUMBER", "NEXT"))
    arm.calls()

    terraform.apply()

    assert arm.calls() == ["GET", "GET", "PUT", "GET"]


def test_data_source(arm: Arm, terraform: Workspace) -> None:
    """The data source reads once and gives location, tags, identity and what is exported; absence may be allowed."""
    arm.resources[TARGET.lower()] = {
        "id": TARGET,
        "location": "West Europe",
        "tags": {"a": "b"},
        "identity": {"type": "SystemAssigned", "principalId": "p", "tenantId": "t"},
        "properties": {"capabilities": ["x"]},
    }
    terraform.write(f"""
data "azapi_resource" "there" {{
  type                   = "{TARGETS}"
  resource_id            = "{TARGET}"
  response_export_values = ["properties.capabilities"]
}}
data "azapi_resource" "absent" {{
  type             = "{TARGETS}"
  name             = "absent"
  parent_id        = "{GROUP}"
  ignore_not_found = true
}}
output "there" {{
  value = [
    data.azapi_resource.there.exists, data.azapi_resource.there.location, data.azapi_resource.there.tags.a,
    data.azapi_resource.there.identity[0].principal_id, data.azapi_resource.there.output.properties.capabilities[0],
    data.azapi_resource.there.name,
  ]
}}
output "absent" {{ value = [data.azapi_resource.absent.exists, data.azapi_resource.absent.id] }}
""")

    terraform.apply()

    assert arm.calls() == ["GET", "GET"]
    absent = TARGET.replace("line", "absent")
    assert terraform.outputs() == {
        "there": [True, "westeurope", "b", "p", "x", "line"],
        "absent": [False, absent],
    }


def test_what_every_request_carries(arm: Arm, terraform: Workspace) -> None:
    """Version, token, correlation id and the user's headers and query go with the requests they belong to."""
    extra = """
  create_headers           = { X-Reason = "new" }
  create_query_parameters  = { why = ["a", "b"] }
  read_headers             = { X-Reason = "look" }
"""
    terraform.write(target(extra=extra), provider='custom_correlation_request_id = "run-7"')

    terraform.apply()

    first, put, last = arm.requests
    assert {request.query["api-version"] for request in arm.requests} == {"2026-03-01"}
    assert put.query["why"] == "a,b"
    assert [request.headers.get("X-Reason") for request in (first, put, last)] == ["look", "new", "look"]
    assert {request.headers["x-ms-correlation-request-id"] for request in arm.requests} == {"run-7"}
    assert "terraform-provider-azapi/2.12.0" in put.headers["User-Agent"]


def test_registration(arm: Arm, terraform: Workspace) -> None:
    """A PUT that meets an unregistered provider registers it, waits until it is, and is sent again."""
    states = ["Registering", "Registered"]

    def providers(request: Request) -> Reply | None:
        if request.path == f"{SUBSCRIPTION}/providers/Microsoft.Edge/register":
            return 200, {}, {"registrationState": "Registering"}
        if request.path == f"{SUBSCRIPTION}/providers/Microsoft.Edge":
            return 200, {}, {"registrationState": states.pop(0)}
        return None

    arm.rules += [providers, times(1, "PUT", error(409, "MissingSubscriptionRegistration"))]
    terraform.write(target())

    terraform.apply()

    assert arm.calls() == ["GET", "PUT", "POST", "GET", "GET", "PUT", "GET"]


@pytest.mark.parametrize("broken", ["POST", "GET"])
def test_a_registration_that_is_answered_with_no_object_ends(arm: Arm, terraform: Workspace, broken: str) -> None:
    """What comes from somebody between is no registration to wait for."""

    def providers(request: Request) -> Reply | None:
        if request.path.startswith(f"{SUBSCRIPTION}/providers/Microsoft.Edge"):
            return 200, {}, "a proxy's page" if request.method == broken else {"registrationState": "Registering"}
        return None

    arm.rules += [providers, times(9, "PUT", error(409, "MissingSubscriptionRegistration"))]
    terraform.write(target())

    assert "a proxy's page" in terraform.apply(expect=1)


def test_resource_groups_lie_in_the_subscription(arm: Arm, terraform: Workspace) -> None:
    """A resource group needs no parent: it is made in the provider's subscription, and its plan stays clean."""
    terraform.write("""
resource "azapi_resource" "group" {
  type                   = "Microsoft.Resources/resourceGroups@2024-03-01"
  name                   = "plant"
  location               = "westeurope"
  response_export_values = []
}
""")

    terraform.apply()

    assert terraform.state()["azapi_resource.group"]["attributes"]["id"] == GROUP
    assert terraform.changes() == {}


def test_tenant_and_extension_scopes(arm: Arm, terraform: Workspace) -> None:
    """Ids are built at the tenant, on other resources and below their parents, and read back the same."""
    terraform.write("""
resource "azapi_resource" "group" {
  type      = "Microsoft.Management/serviceGroups@2024-02-01-preview"
  parent_id = "/"
  name      = "plant"
  body      = { properties = { displayName = "Plant" } }
}
resource "azapi_resource" "site" {
  type      = "Microsoft.Edge/sites@2025-06-01"
  parent_id = azapi_resource.group.id
  name      = "lyon"
  body      = { properties = { displayName = "Lyon" } }
}
resource "azapi_resource" "reference" {
  type      = "Microsoft.Edge/contexts/siteReferences@2026-03-01"
  parent_id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Edge/contexts/c"
  name      = "lyon"
  body      = { properties = { siteId = azapi_resource.site.id } }
}
output "ids" { value = [azapi_resource.group.id, azapi_resource.site.id, azapi_resource.reference.id] }
""")

    terraform.apply()

    group = "/providers/Microsoft.Management/serviceGroups/plant"
    context = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Edge/contexts/c"
    assert terraform.outputs()["ids"] == [
        group, f"{group}/providers/Microsoft.Edge/sites/lyon", f"{context}/siteReferences/lyon"
    ]  # fmt: skip
    assert terraform.changes() == {}


def test_aliased_providers_have_endpoints_of_their_own(arm: Arm, terraform: Workspace, authority: trustme.CA) -> None:
    """A resource of an aliased provider goes to the endpoint of that provider's block."""
    with serving(authority) as region:
        terraform.write(f"""
provider "azapi" {{
  alias    = "regional"
  endpoint = [{{ resource_manager_endpoint = "{region.url}" }}]
}}
resource "azapi_resource" "here" {{
  type      = "{TARGETS}"
  parent_id = "{GROUP}"
  name      = "here"
}}
resource "azapi_resource" "there" {{
  provider  = azapi.regional
  type      = "{TARGETS}"
  parent_id = "{GROUP}"
  name      = "there"
}}
""")

        terraform.apply()

        assert [request.path.rpartition("/")[2] for request in arm.requests] == ["here"] * 3
        assert [request.path.rpartition("/")[2] for request in region.requests] == ["there"] * 3
