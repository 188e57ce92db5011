"""The script that a person on site runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orchestration.errors import UsageError
from orchestration.fleet.model import Cluster, Fleet, Script
from orchestration.provision.connect import connect_script

HOSTILE = "a b'; rm -rf / #\n$(x)"


def settings(fleet: Fleet, cluster: Cluster) -> dict[str, str]:
    """Return what the script assigns at its top."""
    text = connect_script(fleet, cluster)
    head = text[text.index("umask 077") : text.index("root=")]
    return dict(line.split("=", 1) for line in head.splitlines() if "=" in line)


def scripted(fleet: Fleet, **changes: Any) -> Cluster:
    return replace(fleet.clusters["lyon-1"], **changes)


def test_a_script_knows_its_cluster(fleet: Fleet) -> None:
    """Everything that is needed on site is in it."""
    assert settings(fleet, fleet.clusters["lyon-1"]) == {
        "fleet": "contoso",
        "cluster": "lyon-1",
        "resource_group": "rg-contoso-edge",
        "subscription": "22222222-2222-2222-2222-222222222222",
        "cloud": "AzureCloud",
        "tenant": "11111111-1111-1111-1111-111111111111",
        "location": "eastus2",
        "distribution": "k3s",
        "install": "yes",
        "custom_locations_oid": "''",
        "resource_id": fleet.clusters["lyon-1"].id,
    }


def test_a_script_does_as_the_fleet_says(fleet: Fleet) -> None:
    """A distribution that is there is not installed, and custom locations are for who they are said to be."""
    given = replace(fleet, azure=replace(fleet.azure, custom_locations_object_id="33"))
    found = settings(given, scripted(fleet, connection=Script("rke2", install=False)))
    assert (found["distribution"], found["install"], found["custom_locations_oid"]) == ("rke2", "no", "33")


def test_what_is_put_into_a_script_is_a_word_of_the_shell(fleet: Fleet) -> None:
    """Behind an equals sign it is quoted, in a comment it stays on its line; nothing is left to be put in."""
    text = connect_script(replace(fleet, name=HOSTILE), fleet.clusters["lyon-1"])
    assert "fleet='a b'\"'\"'; rm -rf / #\n$(x)'\n" in text
    assert text.splitlines()[1] == (
        "# Connects the Kubernetes cluster of this machine to Azure Arc as lyon-1, for the fleet a b'; rm -rf / # $(x)."
    )
    assert "@cluster@" not in text
    assert "@fleet@" not in text


@pytest.mark.parametrize("name", ["lab-1", "bilbao-1"])
def test_other_clusters_have_no_script(fleet: Fleet, name: str) -> None:
    """The error says where the cluster is written and which clusters have one."""
    cluster = fleet.clusters[name]
    with pytest.raises(UsageError) as caught:
        connect_script(fleet, cluster)
    assert str(caught.value) == f"cluster {name} is not connected by a script ({cluster.origin})"
    assert caught.value.hint == "only clusters with `connection: {script: …}` have one"
