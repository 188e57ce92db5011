"""What Terraform gets of the caller's environment in the sandbox."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from orchestration.drivers.process import clean_environment
from orchestration.drivers.terraform import Terraform
from orchestration.fleet import load_fleet
from orchestration.fleet.init import write_starter
from orchestration.orchestrator.azapi import ADDRESS
from orchestration.orchestrator.open_sandbox import open_sandbox
from orchestration.sandbox.provider.install import install, terraform_platform

RUN = "33333333-3333-4333-8333-333333333333"
AZAPI = """
terraform {
  required_providers {
    azapi = { source = "azure/azapi" }
  }
}

data "azapi_resource" "subscription" {
  type        = "Microsoft.Resources/subscriptions@2021-01-01"
  resource_id = "/subscriptions/SUBSCRIPTION"
}

output "subscription" {
  value = data.azapi_resource.subscription.id
}
"""


def cache(folder: Path) -> Path:
    """Return a plugin cache that holds a program which nothing but its start tells from azapi."""
    install(folder / "there")
    real = next((folder / "there").rglob("terraform-provider-azapi*"))
    program = folder / "cache" / ADDRESS / "2.12.0" / terraform_platform() / real.name
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {real} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return folder / "cache"


def test_an_azapi_of_the_users_plugin_cache_is_used(
    tmp_path: Path, canaries: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is installed from there, which fails if Terraform knows the place as its cache too; requests carry the run."""
    theirs = cache(tmp_path)
    monkeypatch.setenv("TF_PLUGIN_CACHE_DIR", str(theirs))
    write_starter(tmp_path / "starter", "starter")
    fleet = load_fleet(tmp_path / "starter")
    folder = tmp_path / "stack"
    folder.mkdir()
    (folder / "main.tf").write_text(AZAPI.replace("SUBSCRIPTION", fleet.azure.scope.subscription_id), "utf-8")

    with open_sandbox(tmp_path / "sandbox", None, fleet, RUN, threading.Event()) as connection:
        terraform = Terraform(folder, environment={**clean_environment(), **connection.terraform})
        terraform.init()
        terraform.plan(folder / "plan")
        terraform.apply(folder / "plan")

    assert any(str(theirs) in note for note in connection.notes)
    assert connection.terraform["ARM_CORRELATION_REQUEST_ID"] == RUN
    assert terraform.output() == {"subscription": f"/subscriptions/{fleet.azure.scope.subscription_id}"}
