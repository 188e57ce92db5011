"""What a shard's blueprint is given for each cluster."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from orchestration.fleet.model import ClusterCredentials, Extension, Extensions, Fleet, SecretRef
from orchestration.provision import Ref
from orchestration.provision.inputs import cluster_inputs, shard_inputs

SUBSCRIPTION = "/subscriptions/22222222-2222-2222-2222-222222222222"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-contoso-edge"
BILBAO = f"{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/bilbao-1"
CERT_MANAGER = "microsoft.iotoperations.platform"
ORCHESTRATION = "microsoft.workloadorchestration"


def inputs(fleet: Fleet, name: str, **foreign: str) -> dict[str, Any]:
    there = {f"microsoft.{kind.replace('_', '.')}": item for kind, item in foreign.items()}
    return cluster_inputs(fleet, fleet.clusters[name], there)


def with_extensions(fleet: Fleet, **extensions: Any) -> Fleet:
    lab = fleet.clusters["lab-1"]
    given: Extensions = replace(lab.extensions, **extensions)
    return replace(fleet, clusters={"lab-1": replace(lab, extensions=given)})


def extension(name: str, kind: str, namespace: str, settings: dict[str, str], *, auto: bool) -> dict[str, Any]:
    return {
        "name": name,
        "extension_type": kind,
        "version": None,
        "release_train": None,
        "auto_upgrade": auto,
        "settings": settings,
        "release_namespace": namespace,
    }


def test_all_that_a_cluster_gets(fleet: Fleet) -> None:
    """A cluster that we connect gets its connection, three extensions, Flux, a custom location and its targets."""
    redis = {"redis.persistentVolume.storageClass": "local-path", "redis.persistentVolume.size": "20Gi"}
    assert inputs(fleet, "bilbao-1") == {
        "cluster_id": BILBAO,
        "connect": {
            "agent_public_key": Ref("keys", "bilbao-1"),
            "distribution": "generic",
            "infrastructure": "generic",
            "resource_group_id": GROUP,
            "name": "bilbao-1",
            "location": "eastus2",
            "tags": {},
            "phase": "ready",
            "oidc": True,
        },
        "location": "eastus2",
        "wo_location": "eastus2",
        "resource_group_id": GROUP,
        "extensions": {
            "flux": extension("flux", "microsoft.flux", "flux-system", {}, auto=True),
            "cert_manager": extension("aio-certmgr", CERT_MANAGER, "cert-manager", {}, auto=True),
            "workload_orchestration": extension(
                "wo-extension", ORCHESTRATION, "workloadorchestration", redis, auto=False
            ),
        },
        "flux_configuration": {
            "name": "platform-prod",
            "namespace": "flux-system",
            "url": "https://github.com/contoso/contoso-platform-gitops",
            "branch": "prod",
            "path": "./plant-large",
            "kustomization": "platform",
            "https_user": "git",
            "local_auth_ref": None,
            "provider": None,
            "has_secret": True,
        },
        "custom_location": {
            "name": "bilbao-1-cl",
            "namespace": "workloadorchestration",
            "extension_id": f"{BILBAO}/providers/Microsoft.KubernetesConfiguration/extensions/wo-extension",
        },
        "targets": {
            "bilbao-1-line": {
                "display_name": "bilbao-1-line",
                "description": "bilbao-1-line",
                "capabilities": ["vision", "telemetry"],
                "hierarchy_level": "line",
                "context_id": f"{GROUP}/providers/Microsoft.Edge/contexts/contoso",
                "solution_scope": "bilbao-1-line",
                "service_group_id": "/providers/Microsoft.Management/serviceGroups/contoso-bilbao",
                "membership_name": "m2905f8b9bbefc2416faa",
            }
        },
    }


def test_a_cluster_that_is_there_is_not_connected(fleet: Fleet) -> None:
    """Only a kubeconfig lets us connect a cluster; it may be of another group than what is made for it."""
    lab = inputs(fleet, "lab-1")
    assert lab["connect"] is None
    assert "/rg-contoso-plants/" in lab["cluster_id"]
    assert lab["custom_location"]["extension_id"].startswith(f"{lab['cluster_id']}/providers/")
    assert inputs(fleet, "lyon-1")["connect"] is None


def test_a_cluster_without_site_has_flux_alone(fleet: Fleet) -> None:
    """Workload Orchestration and its certificate manager are for clusters that stand in the hierarchy."""
    lab = replace(fleet.clusters["lab-1"], site=None, targets=())
    found = cluster_inputs(fleet, lab, {})
    assert (set(found["extensions"]), found["custom_location"], found["targets"]) == ({"flux"}, None, {})


def test_a_fleet_without_kalypso_has_no_flux(fleet: Fleet) -> None:
    """No workload and no policy: neither the extension nor its configuration is made."""
    found = inputs(replace(fleet, workloads={}, policies={}), "lab-1")
    assert set(found["extensions"]) == {"cert_manager", "workload_orchestration"}
    assert found["flux_configuration"] is None


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [
        (None, (None, None, None, False)),
        (ClusterCredentials(secret=SecretRef(env="T")), ("git", None, None, True)),
        (ClusterCredentials(local_secret="mine"), (None, "mine", None, False)),
        (ClusterCredentials(provider="Azure"), (None, None, "Azure", False)),
    ],
)
def test_how_a_cluster_reads_its_repository(
    fleet: Fleet, credentials: ClusterCredentials | None, expected: tuple[object, ...]
) -> None:
    """By a secret of ours, one that is on the cluster, an identity, or not at all."""
    assert fleet.repositories is not None
    given = replace(fleet, repositories=replace(fleet.repositories, cluster_credentials=credentials))
    flux = inputs(given, "lab-1")["flux_configuration"]
    assert tuple(flux[key] for key in ("https_user", "local_auth_ref", "provider", "has_secret")) == expected


@pytest.mark.parametrize(
    ("kind", "found"),
    [("iotoperations", CERT_MANAGER), ("certmanagement", "microsoft.certmanagement"), ("present", None)],
)
def test_the_certificate_manager_is_of_the_kind_asked_for(fleet: Fleet, kind: str, found: str | None) -> None:
    """One that is present, however it came there, is not installed."""
    extensions = inputs(with_extensions(fleet, cert_manager_kind=kind), "lab-1")["extensions"]
    assert extensions.get("cert_manager", {}).get("extension_type") == found


@pytest.mark.parametrize(
    ("foreign", "left"),
    [
        ("flux", {"cert_manager", "workload_orchestration"}),
        ("certmanagement", {"flux", "workload_orchestration"}),
        ("iotoperations_platform", {"flux", "workload_orchestration"}),
        ("workloadorchestration", {"flux", "cert_manager"}),
        ("openservicemesh", {"flux", "cert_manager", "workload_orchestration"}),
    ],
)
def test_what_somebody_else_installed_is_left_alone(fleet: Fleet, foreign: str, left: set[str]) -> None:
    """A cluster takes one extension of a type, and one certificate manager of either type."""
    assert set(inputs(fleet, "lab-1", **{foreign: "/theirs"})["extensions"]) == left


def test_an_extension_is_as_the_fleet_wants_it(fleet: Fleet) -> None:
    """Version, train, upgrades and settings are the fleet's; its settings come before those of Redis."""
    wanted = Extension(
        "1.2.3", "preview", auto_upgrade=False, settings={"redis.persistentVolume.size": "5Gi", "a": "b"}
    )
    given = with_extensions(fleet, workload_orchestration=wanted, storage_class="fast")
    found = inputs(given, "lab-1")["extensions"]["workload_orchestration"]
    assert (found["version"], found["release_train"], found["auto_upgrade"]) == ("1.2.3", "preview", False)
    assert found["settings"] == {
        "redis.persistentVolume.storageClass": "fast",
        "redis.persistentVolume.size": "5Gi",
        "a": "b",
    }


def test_without_service_groups_targets_are_members_of_none(fleet: Fleet) -> None:
    """In a hierarchy of one resource group there is nothing to be a member of."""
    assert fleet.hierarchy is not None
    flat = replace(fleet, hierarchy=replace(fleet.hierarchy, scope="resourceGroup"))
    target = inputs(flat, "lab-1")["targets"]["lab-1-line"]
    assert (target["service_group_id"], target["membership_name"]) == (None, None)


def test_what_is_made_stands_where_the_cluster_is_said_to_be(fleet: Fleet) -> None:
    """Group and location are the cluster's own; Workload Orchestration's location is the fleet's."""
    lab = fleet.clusters["lab-1"]
    abroad = replace(lab, scope=replace(lab.scope, resource_group="rg-abroad", location="westeurope"))
    found = cluster_inputs(fleet, abroad, {})
    assert (found["location"], found["wo_location"]) == ("westeurope", "eastus2")
    assert found["resource_group_id"] == f"{SUBSCRIPTION}/resourceGroups/rg-abroad"


def test_a_shard_remembers_its_clusters_without_their_keys(fleet: Fleet) -> None:
    """What is kept for a time when a cluster is offline is all but the key, which is made anew."""
    clusters = {name: inputs(fleet, name) for name in ("bilbao-1", "lab-1")}
    found = shard_inputs(clusters)
    bilbao = {**clusters["bilbao-1"], "connect": {**clusters["bilbao-1"]["connect"], "agent_public_key": ""}}
    assert found["clusters"] == clusters
    remembered = {name: json.loads(text) for name, text in found["remembered"].items()}
    assert remembered == {"bilbao-1": bilbao, "lab-1": clusters["lab-1"]}
