"""A dependency lock file beside the fleet file: Terraform uses what it names, read-only, and nothing else."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from orchestration.sandbox.provider.install import cli_config, install
from tests.cli.conftest import Ewo
from tests.sandbox.small import write_small

REQUIRED = 'terraform {\n  required_providers {\n    azapi = { source = "Azure/azapi" }\n  }\n}\n'
LOCK_FILE = ".terraform.lock.hcl"


@pytest.fixture
def environment(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An environment in which the user's Terraform configuration has an azapi, which counts as the real one."""
    install(tmp_path / "mirror")
    config = tmp_path / "user.tfrc"
    config.write_text(cli_config(tmp_path / "mirror"), encoding="utf-8")
    return {**environment, "TF_CLI_CONFIG_FILE": str(config), "EWO_AZAPI": "real"}


@pytest.fixture
def locked(tmp_path: Path, environment: dict[str, str]) -> Path:
    """The small fleet with the lock file that Terraform itself writes for this azapi."""
    folder = write_small(tmp_path / "small")
    (folder / "terraform.tf").write_text(REQUIRED, encoding="utf-8")
    subprocess.run(("terraform", "init"), cwd=folder, env=environment, capture_output=True, check=True)
    return folder / LOCK_FILE


def test_what_it_names_is_used_and_it_is_left_as_it_was(ewo: Ewo, locked: Path) -> None:
    """A clean run, and not a byte of it changed."""
    before = locked.read_bytes()
    done = ewo("plan", "small", "--sandbox")
    assert done.returncode == 0, done.stderr
    assert "the real azapi, as your Terraform configuration provides it" in done.stdout + done.stderr
    assert locked.read_bytes() == before


def test_another_provider_than_it_names_is_refused(ewo: Ewo, locked: Path) -> None:
    """The error says what does not fit, and how to write a lock file that does."""
    wrong = re.sub(r'"h1:[^"]+"', f'"h1:{"A" * 43}="', locked.read_text(encoding="utf-8"))
    locked.write_text(wrong, encoding="utf-8")
    done = ewo("plan", "small", "--sandbox")
    assert done.returncode == 1
    assert "azapi" in done.stderr and "checksum" in done.stderr
    hint = f"terraform providers lock` for this platform, or remove {LOCK_FILE} beside the fleet file"
    assert hint in " ".join(done.stderr.split())


def test_the_stand_in_runs_without_it(ewo: Ewo, locked: Path) -> None:
    """Its checksums are those of another program."""
    locked.write_text('provider "registry.terraform.io/azure/azapi" {\n  version = "2.99.0"\n}\n', encoding="utf-8")
    done = ewo("plan", "small", "--sandbox", EWO_AZAPI="stand-in")
    assert done.returncode == 0, done.stderr
