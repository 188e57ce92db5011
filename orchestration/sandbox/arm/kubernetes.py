"""Microsoft.Kubernetes: connected clusters; their agents do not run, a key is enough to count as connected.

Managed clusters (Microsoft.ContainerService) can only be seeded and read.
"""

from __future__ import annotations

from orchestration.sandbox.arm.registry import (
    LRO_PUT_DELETE,
    Action,
    Body,
    Call,
    Request,
    Resource,
    ResourceType,
    bad_request,
)
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.troubles import EXPIRED, OFFLINE, cluster_trouble
from orchestration.sandbox.arm.view import merged, overlaid, stable_uuid, timestamp

HEARTBEAT = 300.0
CERTIFICATE = 90 * 24 * 3600.0
AGENT, KUBERNETES = "1.30.2", "1.32.4+k3s1"


def connected_cluster(store: Store, resource: Resource) -> Body:
    """Return what the agents of *resource* would have reported."""
    defaults = {"azureHybridBenefit": "NotApplicable", "privateLinkState": "Disabled"}
    found: Body = {key: resource.properties.get(key, value) for key, value in defaults.items()}
    found["connectivityStatus"] = "Connecting"
    if resource.properties.get("agentPublicKeyCertificate"):
        found |= _reported(store, resource)
    issuer = resource.properties.get("oidcIssuerProfile") or {}
    if issuer.get("enabled"):
        region = str(resource.body.get("location", "")).replace(" ", "").lower()
        unique = stable_uuid("issuer", resource.id.key)
        url = f"https://{region}.oic.prod-arc.azure.com/{store.tenant}/{unique}/"
        found["oidcIssuerProfile"] = {"issuerUrl": url}
    return {"properties": found}


def struck(store: Store, cluster: Resource) -> Body:
    """Return what a cluster shows while something is wrong with it: silent, or with a certificate that has expired."""
    trouble = cluster_trouble(store, cluster)
    if trouble is None:
        return {}
    since = timestamp(trouble.since)
    shown = {
        OFFLINE: {"connectivityStatus": "Offline", "lastConnectivityTime": since},
        EXPIRED: {"connectivityStatus": "Expired", "managedIdentityCertificateExpirationTime": since},
    }
    return {"properties": shown.get(trouble.what, {})}


def connectivity(store: Store, cluster: Resource) -> str:
    """Return the connectivityStatus that a GET of *cluster* shows."""
    shown = merged(overlaid(cluster, connected_cluster(store, cluster)), struck(store, cluster))
    return str(shown["properties"]["connectivityStatus"])


def _reported(store: Store, resource: Resource) -> Body:
    heartbeat = store.now() // HEARTBEAT * HEARTBEAT
    return {
        "agentVersion": AGENT,
        "arcAgentProfile": {"agentState": "Succeeded"},
        "connectivityStatus": "Connected",
        "distribution": resource.properties.get("distribution") or "generic",
        "infrastructure": resource.properties.get("infrastructure") or "generic",
        "kubernetesVersion": KUBERNETES,
        "lastConnectivityTime": timestamp(max(heartbeat, resource.created)),
        "managedIdentityCertificateExpirationTime": timestamp(resource.created + CERTIFICATE),
        "offering": "",
        "totalCoreCount": 4,
        "totalNodeCount": 1,
    }


def _check(store: Store, request: Request) -> None:
    before = request.present.properties if request.present else {}
    old, new = (each.get("agentPublicKeyCertificate") for each in (before, request.body.get("properties") or {}))
    if old and new != old:
        message = "A connected cluster's agentPublicKeyCertificate cannot change: delete the cluster and connect anew."
        raise bad_request("InvalidRequestContent", message, target="properties.agentPublicKeyCertificate")


def _credential(store: Store, call: Call) -> Body:
    message = "The sandbox has no cluster to connect to: its connected clusters have no API server."
    raise bad_request("ClusterConnectNotSupported", message, target=call.id.text)


KUBERNETES_TYPES: tuple[ResourceType, ...] = (
    ResourceType(
        type="Microsoft.Kubernetes/connectedClusters",
        schema="kubernetes",
        versions=("2026-05-01",),
        read_versions=("2024-01-01",),
        lro=LRO_PUT_DELETE,
        busy=("Provisioning", "Updating", "Deleting"),
        tracked=True,
        check=_check,
        fill=connected_cluster,
        cover=struck,
        actions={"listClusterUserCredential": Action(steps=(_credential,), lro=False)},
    ),
    ResourceType(
        type="Microsoft.ContainerService/managedClusters",
        schema="kubernetes",
        versions=("2026-05-01",),
        read_versions=("2026-01-01", "2025-10-01", "2025-05-01"),
        tracked=True,
        writable=False,
    ),
)
