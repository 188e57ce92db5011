"""What is made of a login: addresses, Terraform's environment, secrets read when they are asked for; no socket."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestration.errors import UsageError
from orchestration.fleet.model import Fleet
from orchestration.orchestrator.open_azure import open_azure
from orchestration.orchestrator.targets import Connection

RUN = "11111111-2222-4333-8444-555555555555"


class Credential:
    """A caller's credential, which nobody asks for a token here."""

    def get_token(self, *scopes: str, **_: Any) -> Any:
        raise AssertionError(f"a token was asked for: {scopes}")


def opened(fleet: Fleet, folder: Path, cloud: str = "AzureCloud") -> Connection:
    """Open Azure for a fleet whose commits are pushed."""
    assert fleet.repositories is not None
    pushed = replace(fleet.repositories, delivery="push")
    changed = replace(fleet, repositories=pushed, azure=replace(fleet.azure, cloud=cloud))
    return open_azure(Credential(), changed, folder, RUN, threading.Event())


@pytest.mark.parametrize(
    ("cloud", "address", "regional", "environment"),
    [
        ("AzureCloud", "https://management.azure.com", "https://eastus2.management.azure.com", "public"),
        (
            "AzureUSGovernment",
            "https://management.usgovcloudapi.net",
            "https://eastus2.management.usgovcloudapi.net",
            "usgovernment",
        ),
        (
            "AzureChinaCloud",
            "https://management.chinacloudapi.cn",
            "https://eastus2.management.chinacloudapi.cn",
            "china",
        ),
    ],
)
def test_every_part_talks_to_the_fleets_cloud(
    fleet: Fleet, tmp_path: Path, cloud: str, address: str, regional: str, environment: str
) -> None:
    """Our requests, those for sites of service groups, and Terraform's."""
    found = opened(fleet, tmp_path, cloud)
    assert (found.arm.url, found.regional.url) == (address, regional)
    assert found.variables == {"regional_arm_endpoint": regional}
    assert found.terraform["ARM_ENVIRONMENT"] == environment


def test_terraform_gets_the_fleets_scope_and_the_runs_id(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CLI's login unless the user's own variables say otherwise, and nothing else of the environment."""
    monkeypatch.setenv("GITHUB_TOKEN", "canary")
    monkeypatch.delenv("ARM_CLIENT_ID", raising=False)
    given = opened(fleet, tmp_path).terraform
    assert given["ARM_USE_CLI"] == "true" and given["ARM_CORRELATION_REQUEST_ID"] == RUN
    assert (given["ARM_SUBSCRIPTION_ID"], given["ARM_TENANT_ID"]) == (
        fleet.azure.scope.subscription_id,
        fleet.azure.tenant_id,
    )
    assert "canary" not in str(given)
    monkeypatch.setenv("ARM_CLIENT_ID", "a-principal")
    given = opened(fleet, tmp_path).terraform
    assert given["ARM_CLIENT_ID"] == "a-principal" and "ARM_USE_CLI" not in given


def test_a_secret_is_missed_only_by_what_needs_it(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To look needs none; what writes says all that is missing before it begins."""
    for name in ("GITHUB_TOKEN", "GITOPS_READ_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    found = opened(fleet, tmp_path)
    assert list(found.secrets.values()) == []
    with pytest.raises(UsageError, match=r"GITHUB_TOKEN.*GITOPS_READ_TOKEN") as caught:
        found.require_secrets()
    assert "GITHUB_TOKEN" in caught.value.hint
    with pytest.raises(UsageError, match="GITOPS_READ_TOKEN"):
        found.secrets["clusterCredentials"]
    monkeypatch.setenv("GITHUB_TOKEN", "canary-1")
    monkeypatch.setenv("GITOPS_READ_TOKEN", "canary-2")
    found.require_secrets()
    assert dict(found.secrets) == {"clusterCredentials": "canary-2"}
    assert "canary" not in repr(found)
