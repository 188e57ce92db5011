"""Where everything stands: clusters, branches and targets, read from Azure and Git."""

from orchestration.status.clusters import ClusterState, ExtensionRow, FluxRow, read_clusters
from orchestration.status.report import EnvironmentRow, StatusReport, TargetRow, judge

__all__ = [
    "ClusterState",
    "EnvironmentRow",
    "ExtensionRow",
    "FluxRow",
    "StatusReport",
    "TargetRow",
    "judge",
    "read_clusters",
]
