"""What the doctor says of Azure and of Git hosts, by asking the sandbox and a host of this test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestration.drivers.azure.arm import Arm
from orchestration.drivers.azure.token import SandboxCredential
from orchestration.drivers.github import GitHub, TokenFacts
from orchestration.drivers.network import reach
from orchestration.drivers.process import clean_environment
from orchestration.errors import RepositoryDenied, ServiceError
from orchestration.fleet.init import write_starter
from orchestration.fleet.model import Fleet
from orchestration.orchestrator.doctor.azure import allowed, namespaces, needed, registered
from orchestration.orchestrator.doctor.repositories import judged
from orchestration.sandbox import RunningSandbox, start
from orchestration.sandbox.githost import create, repository_path, seed
from tests.sandbox.scripted import Scene
from tests.sandbox.test_azure_driver import subscription
from tests.support import replace

TENANT = "00000000-0000-0000-0000-000000000001"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000002"
OTHER = "00000000-0000-0000-0000-00000000000f"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-starter"
GROUPS_API = "2021-04-01"
PROGRAM = (sys.executable, "-c", "from orchestration.cli import main; main()")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox of this file's own, of the starter's tenant and subscription."""
    with start(tmp_path_factory.mktemp("doctor")) as sandbox:
        sandbox.seed(tenant=TENANT, subscriptions=[SUBSCRIPTION])
        yield sandbox


@pytest.fixture
def driver(own: RunningSandbox) -> Arm:
    credential = SandboxCredential(own.identity_endpoint, own.identity_header, own.ca_file)
    return Arm(own.url, credential, ca_file=own.ca_file)


def test_registered_providers_are_ok_and_each_missing_one_has_its_command(
    own: RunningSandbox, driver: Arm, fleet: Fleet
) -> None:
    """Arc's two always, Workload Orchestration's two if the fleet uses it."""
    wanted = namespaces(fleet)
    assert set(wanted) == {
        "Microsoft.Edge", "Microsoft.ExtendedLocation", "Microsoft.Kubernetes", "Microsoft.KubernetesConfiguration"
    }  # fmt: skip
    assert registered(driver, SUBSCRIPTION, wanted).outcome == "ok"
    own.call(
        "POST",
        "/sandbox/seed",
        {"tenant": TENANT, "subscriptions": [SUBSCRIPTION], "unregistered": ["Microsoft.Edge", "Microsoft.Kubernetes"]},
    )
    found = registered(driver, SUBSCRIPTION, wanted)
    assert (found.outcome, found.detail) == (
        "fail", f"not registered in {SUBSCRIPTION}: Microsoft.Kubernetes, Microsoft.Edge"
    )  # fmt: skip
    command = f"az provider register --wait --subscription {SUBSCRIPTION} --namespace"
    assert found.fix == f"{command} Microsoft.Kubernetes && {command} Microsoft.Edge"


def test_a_provider_on_its_way_is_a_warning(scripted: Scene) -> None:
    """Registration takes minutes; nobody has to do anything but wait."""
    arm, answers, _ = scripted
    answers["GET /subscriptions/s/providers/Microsoft.Edge"] = (200, {"registrationState": "Registering"}, {})
    assert registered(arm, "s", ["Microsoft.Edge"]).outcome == "warn"


def test_what_the_fleet_needs_is_asked_where_it_makes_it(fleet: Fleet) -> None:
    """Extensions lie with their clusters, the rest in the fleet's group."""
    found = {group.rsplit("/", 1)[1]: actions for group, actions in needed(fleet).items()}
    assert set(found) == {"rg-contoso-edge", "rg-contoso-plants"}
    assert "Microsoft.KubernetesConfiguration/extensions/write" in found["rg-contoso-plants"]
    assert "Microsoft.Edge/contexts/write" in found["rg-contoso-edge"]
    assert "Microsoft.Edge/targets/solutions/versions/read" in found["rg-contoso-edge"]


def test_the_roles_in_a_group(driver: Arm) -> None:
    """A group that is not there yet cannot be asked about; in the sandbox everything is allowed."""
    assert allowed(driver, GROUP, ["Microsoft.Edge/targets/write"]).outcome == "warn"
    driver.put(GROUP, GROUPS_API, {"location": "eastus2"})
    assert allowed(driver, GROUP, ["Microsoft.Edge/targets/write"]).outcome == "ok"


READER = {"actions": ["*/read"], "notActions": []}
CONTRIBUTOR = {"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"]}
NARROW = {"actions": ["Microsoft.Edge/*"], "notActions": ["microsoft.edge/contexts/*"]}


@pytest.mark.parametrize(
    ("permissions", "missing"),
    [
        ([CONTRIBUTOR], []),
        ([READER, CONTRIBUTOR], []),
        ([READER], ["Microsoft.Edge/contexts/write", "Microsoft.Edge/targets/write"]),
        ([READER, NARROW], ["Microsoft.Edge/contexts/write"]),
        ([], ["Microsoft.Edge/contexts/write", "Microsoft.Edge/targets/write"]),
    ],
)
def test_missing_actions_are_named(scripted: Scene, permissions: list[Any], missing: list[str]) -> None:
    """Each role counts by itself: what one takes out another may allow."""
    arm, answers, _ = scripted
    answers[f"GET {GROUP}"] = (200, {"id": GROUP}, {})
    answers[f"GET {GROUP}/providers/Microsoft.Authorization/permissions"] = (200, {"value": permissions}, {})
    found = allowed(arm, GROUP, ["Microsoft.Edge/contexts/write", "Microsoft.Edge/targets/write"])
    assert found.outcome == ("fail" if missing else "ok")
    assert not missing or found.detail == f"not allowed in rg-starter: {', '.join(missing)}"


def test_github_tells_what_a_token_may(own: RunningSandbox) -> None:
    """Its scopes with every answer, and whether it may push to a repository that it sees."""
    github = GitHub(f"{own.url}/api/v3", own.token, ca_file=own.ca_file)
    assert github.token_facts("contoso", "none") == TokenFacts(("repo", "workflow"), None)
    assert github.ensure_repository("contoso", "here")
    assert github.token_facts("contoso", "here") == TokenFacts(("repo", "workflow"), True)
    with pytest.raises(RepositoryDenied):
        GitHub(f"{own.url}/api/v3", "wrong", ca_file=own.ca_file).token_facts("contoso", "here")


@pytest.mark.parametrize(
    ("scopes", "push", "workflows", "outcome"),
    [
        (("repo",), True, False, "ok"),
        (("repo",), None, False, "ok"),
        (None, True, False, "ok"),
        (("public_repo",), True, False, "fail"),
        ((), None, False, "fail"),
        (("repo",), True, True, "fail"),
        (("repo", "workflow"), True, True, "ok"),
        (None, False, False, "fail"),
        (None, None, False, "warn"),
    ],
)
def test_what_a_token_needs(
    scopes: tuple[str, ...] | None, push: bool | None, workflows: bool, outcome: str
) -> None:  # fmt: skip
    """The scope of a classic one, the right to push of any, workflows if they are generated."""
    found = judged(TokenFacts(scopes, push), workflows=workflows)
    assert found.outcome == outcome and bool(found.fix) == (outcome != "ok")


def test_an_address_is_reached_or_it_is_said_why_not(own: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any answer will do; a certificate, a proxy and a closed port are told apart."""
    with pytest.raises(ServiceError, match="cannot be trusted") as caught:
        reach(own.url, seconds=5)
    assert "REQUESTS_CA_BUNDLE" in caught.value.hint
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own.ca_file))
    assert reach(own.url, seconds=5) >= 400
    with pytest.raises(ServiceError, match="Connection refused"):
        reach("https://127.0.0.1:9", seconds=5)
    monkeypatch.setenv("HTTPS_PROXY", "http://user:canary@127.0.0.1:9")
    with pytest.raises(ServiceError, match="by the proxy") as caught:
        reach("https://management.azure.com", seconds=5)
    assert "canary" not in f"{caught.value}{caught.value.hint}"


@pytest.fixture
def folder(tmp_path: Path, own: RunningSandbox) -> Path:
    """The starter, its repositories and workloads on the sandbox's Git host under that host's own address."""
    write_starter(tmp_path / "starter", "starter")
    file = tmp_path / "starter" / "fleet.yaml"
    replace(file, "delivery: pull-request", "delivery: push")
    replace(file, "https://github.com/", f"{own.url}/git/github.com/")
    return tmp_path / "starter"


def doctor(folder: Path, own: RunningSandbox, profile: list[dict[str, Any]], **more: str) -> dict[str, dict[str, str]]:
    """Return the doctor's checks by name, with the Azure CLI's login that *profile* says and no way out."""
    azure = folder.parent / "azure"
    azure.mkdir(exist_ok=True)
    if profile:
        (azure / "azureProfile.json").write_text(json.dumps({"subscriptions": profile}), encoding="utf-8")
    given = {
        "AZURE_CONFIG_DIR": str(azure),
        "IDENTITY_ENDPOINT": own.identity_endpoint,
        "IDENTITY_HEADER": own.identity_header,
        "REQUESTS_CA_BUNDLE": str(own.ca_file),
        "SSL_CERT_FILE": str(own.ca_file),
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
        "GITHUB_TOKEN": own.token,
        "GITOPS_READ_TOKEN": "canary-reads",
        "PYTHONPATH": os.pathsep.join(sys.path),
        **more,
    }
    argv = (*PROGRAM, "doctor", str(folder), "--output", "json")
    done = subprocess.run(argv, env=clean_environment(extra=given), capture_output=True, text=True, timeout=60)
    assert own.token not in done.stdout + done.stderr and "canary" not in done.stdout + done.stderr
    assert done.returncode == 1, done.stderr
    return {row["name"]: row for row in json.loads(done.stdout)["checks"]}


def test_without_a_login_what_needs_one_waits(folder: Path, own: RunningSandbox) -> None:
    """One line fails, with the command; those that depend on it say so."""
    found = doctor(folder, own, [])
    assert (found["login"]["outcome"], found["login"]["fix"]) == ("fail", f"log in: az login --tenant {TENANT}")
    waiting = [name for name, row in found.items() if row["detail"].startswith("not looked at: there is no login")]
    assert waiting == ["login token", "providers", "roles rg-starter"]
    assert {found[name]["outcome"] for name in waiting} == {"warn"}


def test_a_wrong_tenant_and_an_unseen_subscription_are_told_apart(folder: Path, own: RunningSandbox) -> None:
    """Each with the command that mends it."""
    found = doctor(folder, own, [subscription(SUBSCRIPTION, OTHER)])["login"]
    assert f"in tenant {OTHER}, not in {TENANT}" in found["detail"] and f"az login --tenant {TENANT}" in found["fix"]
    found = doctor(folder, own, [subscription(OTHER, TENANT)])["login"]
    assert f"does not see subscription {SUBSCRIPTION}" in found["detail"] and "az login" in found["fix"]


def test_a_login_gives_a_token_and_a_network_that_is_closed_is_told(folder: Path, own: RunningSandbox) -> None:
    """What can be asked is asked; what lies behind the closed way says what closes it."""
    found = doctor(folder, own, [subscription(SUBSCRIPTION, TENANT)])
    assert (found["login"]["outcome"], found["login token"]["outcome"]) == ("ok", "ok")
    assert found["providers"]["outcome"] == found["network management.azure.com"]["outcome"] == "fail"
    assert "by the proxy" in found["network management.azure.com"]["detail"]
    assert found["network registry"]["outcome"] == "warn"
    mute = doctor(folder, own, [subscription(SUBSCRIPTION, TENANT)], IDENTITY_ENDPOINT="https://127.0.0.1:9/token")
    assert mute["login token"]["outcome"] == "fail" and "cannot be reached to log in" in mute["login token"]["detail"]


def test_terraform_needs_a_login_of_its_own_or_az(folder: Path, own: RunningSandbox, tmp_path: Path) -> None:
    """Terraform runs the Azure CLI's program, which a login read in this process does not need."""
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if not (Path(part) / "az").exists())
    assert doctor(folder, own, [], PATH=path)["terraform login"]["outcome"] == "fail"
    told = doctor(folder, own, [], PATH=path, ARM_CLIENT_ID="an-app")["terraform login"]
    assert told["outcome"] == "ok" and "ARM_CLIENT_ID" in told["detail"]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "az").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "bin" / "az").chmod(0o755)
    assert doctor(folder, own, [], PATH=f"{path}:{tmp_path / 'bin'}")["terraform login"]["outcome"] == "ok"


def test_repositories_are_asked_with_the_token(folder: Path, own: RunningSandbox) -> None:
    """Found with its branches, absent, or refused: each repository in a line of its own."""
    address = f"{own.url}/git/github.com/example"
    path = repository_path(own.git_root, "https://github.com/example/starter-control-plane")
    create(path)
    seed(own.git_root, "https://github.com/example/hello", {"main": {"a": b"a"}})
    found = doctor(folder, own, [])
    assert found["repository hello"]["detail"] == f"{address}/hello has 1 branches"
    assert found["repository starter-control-plane"]["outcome"] == "ok"
    assert found["repository starter-gitops"]["outcome"] == "fail"
    assert "there is no repository" in found["repository starter-gitops"]["detail"]
    assert "make an empty one" in found["repository starter-gitops"]["fix"]
    refused = doctor(folder, own, [], GITHUB_TOKEN="wrong-token")
    assert "refuses our credential" in refused["repository hello"]["detail"]
    unset = doctor(folder, own, [], GITHUB_TOKEN="")
    assert unset["secrets"]["outcome"] == "fail" and unset["repository hello"]["outcome"] == "warn"
