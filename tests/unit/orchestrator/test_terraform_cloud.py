"""What Terraform is told of Azure."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from orchestration.fleet import load_fleet
from orchestration.fleet.init import write_starter
from orchestration.orchestrator.open_azure import open_azure
from tests.support import without_edge


class Offline:
    """A credential that nobody asks."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Refuse."""
        raise AssertionError(f"{scopes} was asked for")


@pytest.mark.parametrize(
    ("cloud", "name"), [("AzureCloud", "public"), ("AzureUSGovernment", "usgovernment"), ("AzureChinaCloud", "china")]
)
def test_terraform_goes_to_the_fleets_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cloud: str, name: str
) -> None:
    """azapi means the public cloud unless it is told, and knows clouds by names of its own."""
    for variable in ("ARM_CLIENT_ID", "ARM_USE_MSI", "ARM_USE_OIDC"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("GITHUB_TOKEN", "writes")
    monkeypatch.setenv("GITOPS_READ_TOKEN", "reads")
    write_starter(tmp_path, "starter")
    file = without_edge(tmp_path) / "fleet.yaml"
    text = file.read_text(encoding="utf-8").replace("delivery: pull-request", "delivery: push")
    file.write_text(text.replace("azure:", f"azure:\n  cloud: {cloud}", 1), encoding="utf-8")

    connection = open_azure(Offline(), load_fleet(tmp_path), tmp_path / "work", "run-7", threading.Event())

    assert connection.terraform["ARM_ENVIRONMENT"] == name
    assert connection.terraform["ARM_CORRELATION_REQUEST_ID"] == "run-7"
    # Not the identity of the machine, which azapi would try first.
    assert (connection.terraform["ARM_USE_CLI"], connection.terraform["ARM_USE_MSI"]) == ("true", "false")
