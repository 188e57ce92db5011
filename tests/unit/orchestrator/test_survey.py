"""Which clusters a run works with, and why it waits for the others."""

from __future__ import annotations

import pytest

from orchestration.fleet.model import Fleet
from orchestration.orchestrator.survey import connections
from orchestration.status import ClusterState

BY_HAND = "somebody on site runs what `ewo cluster script FLEET lyon-1` prints"
NOT_YET = "connecting by kubeconfig is not there yet"


def waited_for(fleet: Fleet, cluster: str, connectivity: str, *made: str, sandboxed: bool) -> str:
    """Return why a cluster in that state is waited for, while all others are connected."""
    states = {name: ClusterState(name, "Connected") for name in fleet.clusters}
    states[cluster] = ClusterState(cluster, connectivity)
    ready, pending = connections(fleet, states, made, sandboxed=sandboxed)
    assert (cluster in ready) is not (cluster in pending)
    return pending.get(cluster, "")


@pytest.mark.parametrize(
    ("cluster", "in_azure", "in_the_sandbox"),
    [("lab-1", "there is no /subscriptions", "there is no /subscriptions"), ("lyon-1", BY_HAND, ""),
     ("bilbao-1", NOT_YET, "")],
)  # fmt: skip
def test_an_absent_cluster(fleet: Fleet, cluster: str, in_azure: str, in_the_sandbox: str) -> None:
    """Outside the sandbox nobody but people connects anything; in it scripts run and kubeconfigs connect at once."""
    assert in_azure in waited_for(fleet, cluster, "Absent", sandboxed=False)
    found = waited_for(fleet, cluster, "Absent", sandboxed=True)
    assert in_the_sandbox in found and bool(found) == bool(in_the_sandbox)


@pytest.mark.parametrize("cluster", ["lab-1", "lyon-1"])
def test_a_connected_cluster_is_worked_with(fleet: Fleet, cluster: str) -> None:
    """However it came in."""
    assert waited_for(fleet, cluster, "Connected", sandboxed=False) == ""


@pytest.mark.parametrize("sandboxed", [True, False])
@pytest.mark.parametrize("connectivity", ["Offline", "Connecting", "Expired"])
def test_a_cluster_that_is_there_and_not_connected_is_waited_for(
    fleet: Fleet, connectivity: str, *, sandboxed: bool
) -> None:
    """Its state is named, as Azure names it."""
    assert waited_for(fleet, "lyon-1", connectivity, sandboxed=sandboxed) == f"it is {connectivity}"


def test_a_kubeconfig_cluster_of_others_is_left_alone(fleet: Fleet) -> None:
    """Outside the sandbox what somebody connected under its name is not taken for ours."""
    cluster = fleet.clusters["bilbao-1"]
    assert NOT_YET in waited_for(fleet, "bilbao-1", "Connected", sandboxed=False)
    assert waited_for(fleet, "bilbao-1", "Connected", cluster.id.lower(), sandboxed=False) == ""
