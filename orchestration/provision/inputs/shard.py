"""Inputs of a shard: what each of its clusters gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestration.fleet import naming
from orchestration.fleet.model import Cluster, ClusterCredentials, Extension, Fleet, Kubeconfig, Target
from orchestration.provision.stack import Ref, canonical

FLUX_TYPE = "microsoft.flux"
ORCHESTRATION_TYPE = "microsoft.workloadorchestration"
CERT_MANAGER_TYPES = {
    "iotoperations": "microsoft.iotoperations.platform",
    "certmanagement": "microsoft.certmanagement",
}
REDIS_SIZE = "20Gi"
HTTPS_USER = "git"


def shard_inputs(clusters: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a shard's inputs from those of its clusters, with what it is to remember of each."""
    return {"clusters": dict(clusters), "remembered": {name: canonical(_plain(c)) for name, c in clusters.items()}}


def _plain(cluster: Mapping[str, Any]) -> dict[str, Any]:
    connect = cluster["connect"]
    return {**cluster, "connect": {**connect, "agent_public_key": ""} if connect else None}


def cluster_inputs(fleet: Fleet, cluster: Cluster, foreign: Mapping[str, str]) -> dict[str, Any]:
    """Return one cluster's inputs; *foreign* has ids of extensions that are there and not ours, by type."""
    orchestrated = cluster.site is not None
    return {
        "cluster_id": cluster.id,
        "connect": _connect(cluster),
        "location": cluster.scope.location,
        "wo_location": fleet.azure.orchestration_location,
        "resource_group_id": naming.resource_group_id(cluster.scope),
        "extensions": _extensions(fleet, cluster, foreign),
        "flux_configuration": _flux_configuration(fleet, cluster) if fleet.uses_kalypso else None,
        "custom_location": _custom_location(cluster, foreign) if orchestrated else None,
        "targets": {target.name: _target(fleet, cluster, target) for target in cluster.targets},
    }


def _connect(cluster: Cluster) -> dict[str, Any] | None:
    if not isinstance(cluster.connection, Kubeconfig):
        return None
    return {
        "agent_public_key": Ref("keys", cluster.name),
        "distribution": cluster.connection.distribution,
        "infrastructure": cluster.connection.infrastructure,
        "resource_group_id": naming.resource_group_id(cluster.scope),
        "name": cluster.name,
        "location": cluster.scope.location,
        "tags": {},
        "phase": "ready",
        "oidc": True,
    }


def _extensions(fleet: Fleet, cluster: Cluster, foreign: Mapping[str, str]) -> dict[str, Any]:
    wanted = cluster.extensions
    found: dict[str, Any] = {}
    if fleet.uses_kalypso and FLUX_TYPE not in foreign:
        found["flux"] = _extension(naming.FLUX_EXTENSION, FLUX_TYPE, wanted.flux, naming.FLUX_NAMESPACE)
    if cluster.site is None:
        return found
    kind = CERT_MANAGER_TYPES.get(wanted.cert_manager_kind)
    if kind and not set(CERT_MANAGER_TYPES.values()) & set(foreign):
        found["cert_manager"] = _extension(naming.CERT_MANAGER_EXTENSION, kind, wanted.cert_manager, "cert-manager")
    if ORCHESTRATION_TYPE not in foreign:
        found["workload_orchestration"] = _orchestration(cluster)
    return found


def _orchestration(cluster: Cluster) -> dict[str, Any]:
    wanted = cluster.extensions
    name, namespace = naming.ORCHESTRATION_EXTENSION, naming.ORCHESTRATION_NAMESPACE
    extension = _extension(name, ORCHESTRATION_TYPE, wanted.workload_orchestration, namespace)
    redis = {
        "redis.persistentVolume.storageClass": wanted.storage_class,
        "redis.persistentVolume.size": REDIS_SIZE,
    }
    return {**extension, "settings": {**redis, **extension["settings"]}}


def _extension(name: str, kind: str, wanted: Extension, namespace: str) -> dict[str, Any]:
    return {
        "name": name,
        "extension_type": kind,
        "version": wanted.version,
        "release_train": wanted.release_train,
        "auto_upgrade": wanted.auto_upgrade,
        "settings": dict(wanted.settings),
        "release_namespace": namespace,
    }


def _flux_configuration(fleet: Fleet, cluster: Cluster) -> dict[str, Any]:
    assert fleet.repositories is not None
    credentials = fleet.repositories.cluster_credentials or ClusterCredentials()
    return {
        "name": naming.flux_configuration_name(cluster.environment),
        "namespace": naming.FLUX_NAMESPACE,
        "url": fleet.repositories.gitops_url,
        "branch": cluster.environment,
        "path": f"./{cluster.cluster_type}",
        "kustomization": naming.KUSTOMIZATION,
        "https_user": HTTPS_USER if credentials.secret else None,
        "local_auth_ref": credentials.local_secret,
        "provider": credentials.provider,
        "has_secret": credentials.secret is not None,
    }


def _custom_location(cluster: Cluster, foreign: Mapping[str, str]) -> dict[str, Any]:
    own = naming.extension_id(cluster.id, naming.ORCHESTRATION_EXTENSION)
    return {
        "name": naming.custom_location_name(cluster.name),
        "namespace": naming.ORCHESTRATION_NAMESPACE,
        "extension_id": foreign.get(ORCHESTRATION_TYPE, own),
    }


def _target(fleet: Fleet, cluster: Cluster, target: Target) -> dict[str, Any]:
    assert fleet.hierarchy is not None
    target_id = naming.target_id(cluster, target.name)
    grouped = fleet.hierarchy.scope == "serviceGroup"
    return {
        "display_name": target.name,
        "description": target.name,
        "capabilities": list(target.capabilities),
        "hierarchy_level": fleet.hierarchy.target_level,
        "context_id": naming.context_id(fleet),
        "solution_scope": target.namespace,
        "service_group_id": naming.service_group_id(fleet, target.site) if grouped else None,
        "membership_name": naming.membership_name(target_id) if grouped else None,
    }
