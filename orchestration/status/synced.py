"""The clusters whose Flux follows a branch of a GitOps repository, found with no fleet file, and how far each has come.

Resource Graph, which lags, says which there are; what each has synced is read from Azure Resource Manager itself.
https://learn.microsoft.com/azure/azure-arc/kubernetes/conceptual-gitops-flux2
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from orchestration.drivers.azure.arm import Arm
from orchestration.drivers.azure.graph import literal
from orchestration.drivers.azure.kubernetesconfiguration import KubernetesConfiguration
from orchestration.drivers.git_access import same_repository
from orchestration.status.clusters import AKS, CONNECTED, read_connectivity

ARC = "/microsoft.kubernetes/connectedclusters/"
OWNER = "/providers/microsoft.kubernetesconfiguration/"
QUERY = (
    "kubernetesconfigurationresources | where type =~ 'microsoft.kubernetesconfiguration/fluxconfigurations' "
    "and tostring(properties.gitRepository.repositoryRef.branch) == {branch} "
    "| project id, url = tostring(properties.gitRepository.url) | order by id asc"
)


@dataclass(frozen=True, slots=True)
class Synced:
    """A folder that a cluster's Flux configuration applies, as last reported; `cluster` is the ARM id.

    `commit` is empty until something was synced.
    """

    cluster: str
    configuration: str
    path: str
    connectivity: str
    state: str
    commit: str
    message: str

    @property
    def connected(self) -> bool:
        """Whether the cluster can be worked with."""
        return self.connectivity == CONNECTED


def following(url: str, branch: str, query: Callable[[str], Iterable[Mapping[str, object]]]) -> tuple[str, ...]:
    """Return the ids of the clusters that have a Flux configuration for a branch, however it spells the URL."""
    rows = query(QUERY.format(branch=literal(branch)))
    ids = (str(row["id"]) for row in rows if same_repository(str(row["url"]), url))
    clusters = (id_[: id_.lower().index(OWNER)] for id_ in ids if OWNER in id_.lower())
    return tuple(dict.fromkeys(id_ for id_ in clusters if ARC in id_.lower() or AKS in id_.lower()))


def read_synced(
    cluster: str, url: str, branch: str, arm: Arm, configuration: Callable[[str], KubernetesConfiguration]
) -> tuple[Synced, ...]:
    """Return what a cluster applies of a branch; nothing if there is no such cluster any more."""
    connectivity = read_connectivity(arm, cluster)
    if connectivity == "Absent":
        return ()
    items = configuration(cluster.split("/")[2]).flux(cluster)
    ours = (item for item in items if item.branch == branch and same_repository(item.url, url))
    return tuple(
        Synced(cluster, item.name, path, connectivity, item.compliance, item.commit, item.message)
        for item in ours
        for path in item.paths
    )
