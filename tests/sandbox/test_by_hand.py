"""Plain Terraform, by what the blueprints' READMEs say, in a sandbox that is kept running for it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration.drivers.process import clean_environment
from orchestration.errors import SandboxError
from orchestration.fleet import load_fleet
from orchestration.orchestrator.by_hand import open_by_hand
from orchestration.sandbox import RunningSandbox
from tests.sandbox.client import Client
from tests.support import ROOT, copy_contoso

pytestmark = pytest.mark.slow

ORDER = ("core", "sites", "shard", "links")
GROUP = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-plants"
CLUSTER = f"{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/lab-1"
LOGIN = "az login && export ARM_SUBSCRIPTION_ID=22222222-2222-2222-2222-222222222222"


@dataclass(frozen=True)
class Hand:
    """Somebody at a shell, with copies of the modules and blueprints and a sandbox."""

    folder: Path
    sandbox: RunningSandbox
    environment: Path

    def place(self, blueprint: str) -> Path:
        """Return the folder of a blueprint's copy."""
        return self.folder / "blueprints" / blueprint

    def read(self, blueprint: str) -> str:
        """Write the variables that the README gives, and return its commands, the login replaced."""
        text = (self.place(blueprint) / "README.md").read_text(encoding="utf-8")
        (variables,) = re.findall(r"```hcl\n(.*?)```", text, flags=re.DOTALL)
        (commands,) = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
        (self.place(blueprint) / "terraform.tfvars").write_text(variables, encoding="utf-8")
        kept = [line for line in commands.splitlines() if not line.startswith("export TF_VAR_regional_arm_endpoint=")]
        assert kept[0] == LOGIN
        return "\n".join([f"source '{self.environment}'", *kept[1:]])

    def shell(self, blueprint: str, commands: str, answers: str = "") -> str:
        """Return what a shell prints for *commands*, which must succeed."""
        done = subprocess.run(
            ("bash", "-ec", commands), cwd=self.place(blueprint), input=answers, env=clean_environment(),
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def terraform(self, blueprint: str, arguments: str) -> str:
        """Return what a Terraform command prints."""
        given = "TF_VAR_digest_key=0123456789abcdef TF_VAR_git_https_key=secret"
        return self.shell(blueprint, f"source '{self.environment}'\n{given} terraform {arguments}")

    def changes(self, blueprint: str) -> dict[str, str]:
        """Return what a plan would do to resources of azapi, by address."""
        lines = [json.loads(line) for line in self.terraform(blueprint, "plan -json").splitlines()]
        found = [line["change"] for line in lines if line["type"] == "planned_change"]
        azapi = [change for change in found if change["resource"]["resource_type"].startswith("azapi_")]
        return {change["resource"]["addr"]: change["action"] for change in azapi}

    def ids(self, blueprint: str) -> Iterator[tuple[str, str]]:
        """Yield address and import id of each whole resource of azapi in the state."""
        shown = json.loads(self.terraform(blueprint, "show -json"))
        modules = shown["values"]["root_module"].get("child_modules", ())
        for resource in (each for module in modules for each in module["resources"]):
            if (resource["mode"], resource["type"]) == ("managed", "azapi_resource"):
                values = resource["values"]
                yield resource["address"], f"{values['id']}?api-version={values['type'].partition('@')[2]}"


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory, canaries: dict[str, str]) -> Iterator[Hand]:
    """Somebody who has applied all blueprints by their READMEs."""
    folder = tmp_path_factory.mktemp("hand")
    for name in ("modules", "blueprints"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".terraform*"))
    fleet = load_fleet(copy_contoso(folder / "contoso"))
    with open_by_hand(folder / "a sandbox", None, fleet, threading.Event()) as (sandbox, environment):
        done = Hand(folder, sandbox, environment)
        for blueprint in ORDER:
            commands = done.read(blueprint)
            done.shell(blueprint, commands, ("secret\n" if "read -rs" in commands else "") + "yes\n")
        yield done


@pytest.mark.parametrize("blueprint", ORDER)
def test_a_second_plan_is_empty(hand: Hand, blueprint: str) -> None:
    """What the README makes is what its variables say."""
    assert hand.changes(blueprint) == {}


@pytest.mark.parametrize(
    "blueprint",
    ["core", *(pytest.param(name, marks=pytest.mark.long) for name in ("links", "sites", "shard"))],
)
def test_what_is_there_can_be_imported(hand: Hand, blueprint: str, tmp_path: Path) -> None:
    """With a lost state every resource is taken over by its id and version, none made or replaced."""
    place = hand.place(blueprint)
    found = dict(hand.ids(blueprint))
    state, imports = place / "terraform.tfstate", place / "imports.tf"
    state.rename(tmp_path / "lost")
    imports.write_text("".join(f'import {{\n  to = {to}\n  id = "{id_}"\n}}\n' for to, id_ in found.items()), "utf-8")

    planned = hand.changes(blueprint)
    printed = hand.terraform(blueprint, "apply -auto-approve -no-color")

    imports.unlink()
    assert {to: action for to, action in planned.items() if action != "update"}.keys() <= {
        to for to in planned if "azapi_update_resource" in to
    }
    assert f"{len(found)} imported" in printed and "0 destroyed" in printed
    assert hand.changes(blueprint) == {}


def test_one_resource_can_be_imported_by_command(hand: Hand) -> None:
    """`terraform import` does as an import block."""
    address, id_ = next(item for item in hand.ids("shard") if "flux[" in item[0])
    hand.terraform("shard", f"state rm '{address}'")

    hand.terraform("shard", f"import '{address}' '{id_}'")

    assert hand.changes("shard") == {address: "update"}
    hand.terraform("shard", "apply -auto-approve")
    assert hand.changes("shard") == {}


def test_the_environment_is_private_and_goes_with_its_sandbox(tmp_path: Path) -> None:
    """It holds what identity tokens are asked for with."""
    with open_by_hand(tmp_path, None, None, threading.Event()) as (_, environment):
        assert environment.stat().st_mode & 0o777 == 0o600
        with pytest.raises(SandboxError, match="already runs"), open_by_hand(tmp_path, None, None, threading.Event()):
            pass
        assert environment.is_file()
    assert not environment.exists()


@pytest.mark.long
def test_all_of_it_goes_in_reverse(hand: Hand) -> None:
    """Destroying leaves the groups and the cluster that were there."""
    made = [id_ for blueprint in ORDER for _, id_ in hand.ids(blueprint)]

    for blueprint in reversed(ORDER):
        hand.terraform(blueprint, "destroy -auto-approve")

    with Client(hand.sandbox) as client:
        assert {client.ask("GET", id_).status for id_ in made} == {404}
        assert client.ask("GET", f"{CLUSTER}?api-version=2026-05-01").status == 200
