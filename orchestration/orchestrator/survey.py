"""What is there before a plan is made: states, clusters, extensions of others, and who is waited for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from orchestration.errors import NotYet, UsageError
from orchestration.fleet.model import Aks, Cluster, Existing, Fleet, Kubeconfig, Script
from orchestration.orchestrator.session import Session
from orchestration.orchestrator.unfinished import Note
from orchestration.provision import Known, StackState
from orchestration.provision.known import CORE
from orchestration.solutions import owned_paths
from orchestration.status import ClusterState, read_clusters
from orchestration.status.listing import existing


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found; `pending` says why a cluster is waited for, `to_connect` are run by script in the sandbox.

    `existing` and `ours` are ids in lower case: what of our states is there, and what is ours, there or not.
    """

    known: Known
    clusters: Mapping[str, ClusterState]
    pending: Mapping[str, str]
    to_connect: tuple[str, ...]
    existing: frozenset[str]
    ours: frozenset[str]

    def exists(self, resource_id: str) -> bool:
        """Whether the resource was there when we looked."""
        return resource_id.lower() in self.existing


def refuse_unsupported(fleet: Fleet) -> None:
    """Raise `NotYet`, naming all of it, if the fleet asks for what this version cannot do."""
    asked = {
        "scheduler: cluster": fleet.scheduler == "cluster",
        **_asked_of_repositories(fleet),
        "azure.workloadOrchestration.diagnostics": fleet.azure.diagnostics_workspace is not None,
    }
    asked |= {
        f"connection: aks (cluster {cluster.name})": isinstance(cluster.connection, Aks)
        for cluster in fleet.clusters.values()
    }
    wanted = [name for name, wants in asked.items() if wants]
    if wanted:
        raise NotYet(", ".join(wanted), hint="take it out of the fleet file to use this version")


def _asked_of_repositories(fleet: Fleet) -> dict[str, bool]:
    repositories = fleet.repositories
    if repositories is None:
        return {}
    credentials, over_ssh = repositories.cluster_credentials, repositories.url.lower().startswith("ssh://")
    return {
        "repositories.workflows": repositories.workflows is not None,
        "repositories.credentials over ssh": over_ssh and repositories.credentials is not None,
        "a secret as repositories.clusterCredentials over ssh": over_ssh and bool(credentials and credentials.secret),
    }


def survey(session: Session) -> Survey:
    """Look at Azure and at the states; nothing is changed."""
    fleet, sandboxed = session.fleet, session.connection.sandbox is not None
    connection = session.connection
    clusters = read_clusters(fleet, connection.arm, connection.configuration, session.executor, flux=False)
    states = session.states()
    ours = _ours(states, session.workshop.notes(states, session.executor))
    ready, pending = connections(fleet, clusters, ours, sandboxed=sandboxed)
    foreign = _foreign(clusters, ours)
    known = Known(states, frozenset(ready), foreign, owned_paths(fleet), connection.cloud)
    _refuse_other_cloud(known)
    scripts = tuple(
        name for name in ready if isinstance(fleet.clusters[name].connection, Script) and not clusters[name].connected
    )
    return Survey(known, clusters, pending, scripts, _existing(session, states), ours)


def _refuse_other_cloud(known: Known) -> None:
    """Raise `UsageError` if the states belong to another cloud than the one this run is against."""
    marked = known.output(CORE, "cloud", known.cloud)
    if marked != known.cloud:
        raise UsageError(
            f"the states of this fleet belong to {marked}, and this run is against {known.cloud}",
            hint="give the other one a `state` of its own, or run as before: with --sandbox, or without",
        )


def connections(
    fleet: Fleet, clusters: Mapping[str, ClusterState], made: Collection[str], *, sandboxed: bool
) -> tuple[list[str], dict[str, str]]:
    """Return the clusters that can be worked with, and why the others are waited for; *made* ids are ours."""
    ready: list[str] = []
    pending: dict[str, str] = {}
    for cluster in fleet.clusters.values():
        why = _waited_for(cluster, clusters[cluster.name], ours=cluster.id.lower() in made, sandboxed=sandboxed)
        if why:
            pending[cluster.name] = why
        else:
            ready.append(cluster.name)
    return ready, pending


def _waited_for(cluster: Cluster, state: ClusterState, *, ours: bool, sandboxed: bool) -> str:
    """Return why the cluster cannot be worked with, or nothing if it can."""
    absent = state.connectivity == "Absent"
    if isinstance(cluster.connection, Kubeconfig) and not sandboxed and not ours:
        return "connecting by kubeconfig is not there yet; connect it by hand and name it as existing"
    if state.connected or (sandboxed and absent and not isinstance(cluster.connection, Existing)):
        return ""
    if isinstance(cluster.connection, Script) and absent:
        return f"it is not connected; somebody on site runs what `ewo cluster script FLEET {cluster.name}` prints"
    if absent:
        return f"there is no {cluster.id}; check the id, or connect the cluster"
    return f"it is {state.connectivity}"


def _ours(states: Mapping[str, StackState], notes: Mapping[str, Note]) -> frozenset[str]:
    """Return the ids, in lower case, of what is in a state of ours or was about to be when a run broke off."""
    held = (item for state in states.values() for item in state.ids.values())
    begun = (item for note in notes.values() for item in note.resources.values())
    return frozenset(item.lower() for item in (*held, *begun))


def _foreign(clusters: Mapping[str, ClusterState], ours: frozenset[str]) -> dict[str, dict[str, str]]:
    """Return ids of extensions that are there and not ours, by cluster and type."""
    return {
        name: {item.type: item.id for item in state.extensions if item.id.lower() not in ours}
        for name, state in clusters.items()
    }


def _existing(session: Session, states: Mapping[str, StackState]) -> frozenset[str]:
    ids = [item for state in states.values() for item in state.ids.values()]
    if not ids:
        return frozenset()

    def there(resource_id: str, version: str) -> bool:
        return session.connection.arm_of(resource_id).get(resource_id, version) is not None

    return existing(ids, session.connection.query, there, session.executor)
