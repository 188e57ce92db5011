"""Connect scripts on the stand-in for a machine at the edge."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.errors import SandboxError
from orchestration.fleet import load_fleet
from orchestration.fleet.model import Cluster, Fleet
from orchestration.provision.connect import connect_script
from orchestration.sandbox import RunningSandbox
from orchestration.sandbox.machine import connect
from tests.sandbox.bodies import KUBERNETES
from tests.sandbox.client import Client
from tests.sandbox.conftest import SUBSCRIPTION
from tests.support import CONTOSO


def ran(running: RunningSandbox, script: str) -> str:
    """Return what a script prints on the machine."""
    return connect(
        script,
        "lyon-1",
        url=running.url,
        ca_file=running.ca_file,
        token=running.token,
        subscription=SUBSCRIPTION,
    )


@pytest.fixture
def script_cluster(group: str) -> tuple[Fleet, Cluster]:
    """Contoso, and its cluster lyon-1 in the test's own group."""
    fleet = load_fleet(CONTOSO)
    cluster = fleet.clusters["lyon-1"]
    scope = replace(cluster.scope, subscription_id=SUBSCRIPTION, resource_group=group.rpartition("/")[2])
    return fleet, replace(cluster, scope=scope)


def test_a_script_connects_its_cluster(
    arm: Client, group: str, running: RunningSandbox, script_cluster: tuple[Fleet, Cluster]
) -> None:
    """The cluster is there with the fleet's tag, its distribution and its issuer; the script prints its id."""
    fleet, cluster = script_cluster
    printed = ran(running, connect_script(fleet, cluster))
    body = arm.get(f"{group}/providers/Microsoft.Kubernetes/connectedClusters/lyon-1", version=KUBERNETES).body

    assert cluster.id in printed
    assert body["tags"] == {"ewo-fleet": "contoso"}
    assert body["properties"]["distribution"] == "k3s"
    assert body["properties"]["oidcIssuerProfile"]["enabled"] is True


def test_a_script_sees_nothing_of_this_machine(running: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment is the named variables, its programs are stand-ins and coreutils, its folder its own."""
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "canary")
    names = ran(running, "env | cut -d= -f1").splitlines()
    path, home, root = ran(running, 'echo "$PATH" "$HOME" "$EWO_ROOT"').split()
    programs = ran(running, "for each in python3 git apt-get terraform; do command -v $each || true; done")

    assert {"EWO_ROOT", "HOME", "PATH"} <= set(names)
    assert all(each.startswith("EWO_") or each in ("HOME", "OLDPWD", "PATH", "PWD", "SHLVL", "_") for each in names)
    assert home == root and Path(path).parent == Path(root).parent
    assert programs == ""


def test_what_a_script_writes_goes_with_its_machine(
    running: RunningSandbox, script_cluster: tuple[Fleet, Cluster]
) -> None:
    """All of it lies in a temporary folder that is gone afterwards."""
    fleet, cluster = script_cluster
    listing = 'cd "$EWO_ROOT"; for each in "$EWO_ROOT" etc/rancher/k3s/config.yaml.d/* var/tmp/*; do echo "$each"; done'
    _, root, *written = ran(running, f"{connect_script(fleet, cluster)}{listing}\n").splitlines()

    assert written == ["etc/rancher/k3s/config.yaml.d/ewo-arc.yaml", "var/tmp/install-k3s.sh"]
    assert not Path(root).parent.exists()


@pytest.mark.parametrize(("is_there", "expected"), [(True, "/etc/rancher/k3s/k3s.yaml"), (False, "")])
def test_a_script_talks_to_the_k3s_that_is_there(
    running: RunningSandbox, script_cluster: tuple[Fleet, Cluster], is_there: bool, expected: str
) -> None:
    """Its kubeconfig lies where neither kubectl nor az looks; without it theirs is left alone."""
    fleet, cluster = script_cluster
    before = 'mkdir -p "$EWO_ROOT/etc/rancher/k3s"; ' + ('echo >"$EWO_ROOT/etc/rancher/k3s/k3s.yaml"; ' * is_there)
    printed = ran(
        running, f'{before}\n{connect_script(fleet, cluster)}seen="${{KUBECONFIG:-}}"; echo "${{seen#"$EWO_ROOT"}}"\n'
    )

    assert printed.splitlines()[-1:] == [expected]


def test_a_script_that_fails_says_what_it_said(running: RunningSandbox) -> None:
    """Its own words, and the way to the script; a program that is no stand-in is refused."""
    with pytest.raises(SandboxError, match="the sandbox does not do: az vm delete") as caught:
        ran(running, "set -e\naz vm delete")

    assert "ewo cluster script" in caught.value.hint


@pytest.mark.parametrize("cloud", ["AzureCloud", "AzureUSGovernment"])
def test_a_script_signs_in_at_its_fleets_cloud(
    running: RunningSandbox, script_cluster: tuple[Fleet, Cluster], cloud: str
) -> None:
    """The machine's Azure CLI is turned to the fleet's cloud before it signs in."""
    fleet, cluster = script_cluster
    text = connect_script(replace(fleet, azure=replace(fleet.azure, cloud=cloud)), cluster)
    told = 'az() { echo "az $*"; }\n'
    head, _, _ = text.partition("\nconnected_as()")
    lines = ran(running, f"{head}\n{told}sign_in").splitlines()

    assert lines[0] == f"az cloud set --name {cloud} --only-show-errors"
    assert lines[1].startswith("az login")
