"""Where everything stands: clusters, branches and targets, read from Azure and Git."""

from orchestration.status.clusters import ClusterState, ExtensionRow, FluxRow, connectivity_by_index, read_clusters
from orchestration.status.report import EnvironmentRow, StatusReport, TargetRow, judge
from orchestration.status.synced import Synced, following, read_synced

__all__ = [
    "ClusterState",
    "EnvironmentRow",
    "ExtensionRow",
    "FluxRow",
    "StatusReport",
    "Synced",
    "TargetRow",
    "connectivity_by_index",
    "following",
    "judge",
    "read_clusters",
    "read_synced",
]
