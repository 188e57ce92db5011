"""Bodies and IDs that the tests of this folder start from."""

from __future__ import annotations

from typing import Any

from tests.sandbox.client import Client

KUBERNETES, EXTENSIONS, FLUX = "2026-05-01", "2025-03-01", "2025-04-01"
LOCATIONS, SERVICE_GROUPS, MEMBERSHIPS = "2021-08-15", "2024-02-01-preview", "2023-09-01-preview"

CLUSTER: dict[str, Any] = {
    "location": "eastus",
    "identity": {"type": "SystemAssigned"},
    "properties": {"agentPublicKeyCertificate": "bm90IGEga2V5"},
}
EXTENSION: dict[str, Any] = {
    "identity": {"type": "SystemAssigned"},
    "properties": {"extensionType": "microsoft.workloadorchestration", "autoUpgradeMinorVersion": True},
}


def cluster_id(group: str, name: str) -> str:
    """Return the ID of a connected cluster."""
    return f"{group}/providers/Microsoft.Kubernetes/connectedClusters/{name}"


def make_cluster(arm: Client, group: str, name: str = "c") -> str:
    """Make a connected cluster and return its ID."""
    id_ = cluster_id(group, name)
    assert arm.put(id_, CLUSTER, version=KUBERNETES).status == 201
    return id_


def make_extension(arm: Client, cluster: str, name: str = "wo-extension") -> str:
    """Make an extension of a cluster and return its ID."""
    id_ = f"{cluster}/providers/Microsoft.KubernetesConfiguration/extensions/{name}"
    assert arm.put(id_, EXTENSION, version=EXTENSIONS).status == 201
    return id_


def make_location(arm: Client, group: str, name: str = "c-cl") -> str:
    """Make a cluster with an extension and a custom location on it; return the location's ID."""
    cluster = make_cluster(arm, group)
    id_ = f"{group}/providers/Microsoft.ExtendedLocation/customLocations/{name}"
    extension = make_extension(arm, cluster)
    assert arm.put(id_, location_body(cluster, extension), version=LOCATIONS).status == 201
    return id_


def location_body(cluster: str, extension: str, namespace: str = "workloadorchestration") -> dict[str, Any]:
    """Return the body of a custom location."""
    properties = {"hostResourceId": cluster, "clusterExtensionIds": [extension], "namespace": namespace}
    return {"location": "eastus", "properties": properties}
