"""What Azure says of the fleet's clusters: connectivity, extensions, Flux.

Compliance is a read model: what the agent last reported. "Compliant" without the expected commit proves nothing.
https://learn.microsoft.com/azure/azure-arc/kubernetes/conceptual-gitops-flux2
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from orchestration.drivers.azure.arm import Arm
from orchestration.drivers.azure.kubernetesconfiguration import KubernetesConfiguration
from orchestration.errors import ServiceError
from orchestration.fleet import naming
from orchestration.fleet.model import Cluster, Fleet

CLUSTER_API = "2026-05-01"
AKS_API = "2026-01-01"
AKS = "/microsoft.containerservice/managedclusters/"
CONNECTED, UNKNOWN = "Connected", "Unknown"


@dataclass(frozen=True, slots=True)
class ExtensionRow:
    """An extension of a cluster; `type` in lower case."""

    id: str
    name: str
    type: str
    version: str
    state: str


@dataclass(frozen=True, slots=True)
class FluxRow:
    """A Flux configuration as last reported: compliance and the commit that was synced."""

    state: str
    commit: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class ClusterState:
    """A cluster as Azure sees it; connectivity is `Absent` for one that does not exist.

    One that could not be read has an *error*, and the connectivity that was found, `Unknown` if none was.
    """

    name: str
    connectivity: str
    extensions: tuple[ExtensionRow, ...] = ()
    flux: FluxRow | None = None
    error: str = ""

    @property
    def connected(self) -> bool:
        """Whether the cluster can be worked with."""
        return self.connectivity == CONNECTED


def read_clusters(
    fleet: Fleet,
    arm: Arm,
    configuration: Callable[[str], KubernetesConfiguration],
    executor: Executor,
    *,
    flux: bool = True,
    tolerant: bool = False,
) -> Mapping[str, ClusterState]:
    """Return the state of every cluster of the fleet, by name; *configuration* is asked by subscription.

    With *tolerant* one that Azure refuses to tell of has an error instead of raising it.
    """

    def read(cluster: Cluster) -> ClusterState:
        connectivity = UNKNOWN
        try:
            connectivity = read_connectivity(arm, cluster.id)
            if connectivity == "Absent":
                return ClusterState(cluster.name, connectivity)
            return _inside(fleet, cluster, connectivity, configuration(cluster.id.split("/")[2]), flux=flux)
        except ServiceError as error:
            if not tolerant or not error.refused:
                raise
            return ClusterState(cluster.name, connectivity, error=str(error))

    return {state.name: state for state in executor.map(read, fleet.clusters.values())}


def connectivity_by_index(fleet: Fleet, query: Callable[[str], Iterable[Mapping[str, object]]]) -> Mapping[str, str]:
    """Return the connectivity of every cluster by one query of Resource Graph; `Absent` for one that it lacks."""
    groups = sorted({cluster.id.split("/")[4] for cluster in fleet.clusters.values()})
    listed = ", ".join(f"'{group}'" for group in groups)
    text = (
        "resources | where type =~ 'microsoft.kubernetes/connectedclusters' "
        f"| where resourceGroup in~ ({listed}) "
        "| project id, connectivity = properties.connectivityStatus | order by id asc"
    )
    found = {str(row["id"]).lower(): str(row["connectivity"] or UNKNOWN) for row in query(text)}
    return {cluster.name: found.get(cluster.id.lower(), "Absent") for cluster in fleet.clusters.values()}


def read_connectivity(arm: Arm, cluster_id: str) -> str:
    """Return whether a cluster is connected, as Azure says it; `Absent` for one that does not exist."""
    is_aks = AKS in cluster_id.lower()
    found = arm.get(cluster_id, AKS_API if is_aks else CLUSTER_API)
    if found is None:
        return "Absent"
    properties = found.get("properties", {})
    if is_aks:
        return CONNECTED if properties.get("provisioningState") == "Succeeded" else "Offline"
    return str(properties.get("connectivityStatus") or "Connecting")


def _inside(
    fleet: Fleet, cluster: Cluster, connectivity: str, client: KubernetesConfiguration, *, flux: bool
) -> ClusterState:
    extensions = tuple(
        ExtensionRow(item.id, item.name, item.type.lower(), item.version, item.state)
        for item in client.extensions(cluster.id)
    )
    found = None
    if flux and fleet.uses_kalypso:
        name = naming.flux_configuration_name(cluster.environment)
        item = next((item for item in client.flux(cluster.id) if item.name == name), None)
        found = FluxRow(item.compliance, item.commit, item.message) if item else None
    return ClusterState(cluster.name, connectivity, extensions, found)
