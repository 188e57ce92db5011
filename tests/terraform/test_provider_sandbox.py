"""The stand-in for azapi and the sandbox's server work together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from provider_bench import GROUP, SUBSCRIPTION, Workspace, initialised

from orchestration.sandbox import RunningSandbox, start

TENANT = "00000000-0000-0000-0000-0000000000aa"
STACK = f"""
resource "azapi_resource" "cluster" {{
  type      = "Microsoft.Kubernetes/connectedClusters@2026-05-01"
  name      = "line-1"
  parent_id = "{GROUP}"
  location  = "westeurope"
  body      = {{ properties = {{ agentPublicKeyCertificate = "MIIC", distribution = "k3s" }} }}
  response_export_values = ["properties.connectivityStatus"]
  identity {{
    type = "SystemAssigned"
  }}
}}
resource "azapi_resource" "flux" {{
  type      = "Microsoft.KubernetesConfiguration/extensions@2025-03-01"
  name      = "flux"
  parent_id = azapi_resource.cluster.id
  body = {{
    properties = {{
      extensionType           = "microsoft.flux"
      autoUpgradeMinorVersion = true
      configurationSettings   = {{ "multiTenancy.enforce" = "false" }}
      scope                   = {{ cluster = {{ releaseNamespace = "flux-system" }} }}
    }}
  }}
  response_export_values = ["properties.provisioningState"]
  identity {{
    type = "SystemAssigned"
  }}
}}
resource "azapi_update_resource" "again" {{
  type        = "Microsoft.Kubernetes/connectedClusters@2026-05-01"
  resource_id = azapi_resource.cluster.id
  body        = {{}}
  response_export_values = []
  depends_on  = [azapi_resource.flux]
}}
output "connectivity" {{ value = azapi_resource.cluster.output.properties.connectivityStatus }}
"""


@dataclass(frozen=True)
class Stack:
    """A stack in a sandbox."""

    sandbox: RunningSandbox
    terraform: Workspace

    def calls(self, since: int = 0) -> list[tuple[str, str]]:
        """Return method and last part of the path of the requests after *since*, but for tokens and polls."""
        seen = [(each["method"], each["path"]) for each in self.sandbox.requests(since)]
        return [
            (method, path.rpartition("/")[2])
            for method, path in seen
            if path != "/token" and "operationStatuses" not in path
        ]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that was applied in a sandbox."""
    folder = initialised(tmp_path_factory.mktemp("stack"))
    with start(folder / "sandbox") as sandbox:
        group = {"id": GROUP, "type": "Microsoft.Resources/resourceGroups", "location": "westeurope", "properties": {}}
        subscription = SUBSCRIPTION.rpartition("/")[2]
        sandbox.seed(tenant=TENANT, subscriptions=[subscription], resources=[group])
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TF_CLI_CONFIG_FILE": str(folder / "terraformrc"),
            "ARM_SUBSCRIPTION_ID": subscription,
            "ARM_TENANT_ID": TENANT,
            **sandbox.environment(),
        }
        terraform = Workspace(folder, environment)
        terraform.write(STACK)
        terraform.apply()
        yield Stack(sandbox, terraform)


def test_a_stack_is_made(stack: Stack) -> None:
    """Each resource takes its usual requests, the PUT of a whole resource is accepted, outputs are the service's."""
    create = ["GET", "PUT", "GET", "GET"]
    expected = [(call, "line-1") for call in create] + [(call, "flux") for call in create]

    calls = stack.calls()

    assert calls == expected + [(call, "line-1") for call in create]
    assert stack.terraform.outputs() == {"connectivity": "Connected"}


def test_nothing_is_left_to_change(stack: Stack) -> None:
    """A second plan reads each resource once and changes nothing."""
    before = len(stack.sandbox.requests())

    assert stack.terraform.changes() == {}

    calls = stack.calls(before)
    assert sorted(calls) == [("GET", "flux"), ("GET", "line-1"), ("GET", "line-1")]


def test_the_service_refuses_what_azure_refuses(stack: Stack) -> None:
    """A body of the wrong type fails with the server's error, where it gets that far."""
    unchecked = "schema_validation_enabled = false"
    stack.terraform.write(STACK.replace('"k3s"', "[1]").replace("identity {", f"{unchecked}\n  identity {{", 1))

    printed = stack.terraform.apply(expect=1)

    stack.terraform.write(STACK)
    assert "RESPONSE 400: 400 Bad Request" in printed
    assert stack.terraform.changes() == {}
