"""From outputs to commits: the control-plane repository wired, the schedule delivered to the GitOps repository."""

from orchestration.gitops.branches import (
    BranchChange,
    ControlPlaneChange,
    Wired,
    plan_control_plane,
    present_files,
    wire,
)
from orchestration.gitops.following import ControlPlane, Follower
from orchestration.gitops.prepare import prepare_repositories
from orchestration.gitops.repositories import Repositories
from orchestration.gitops.scheduling import Scheduled, deliver_schedule, plan_schedule

__all__ = [
    "BranchChange",
    "ControlPlane",
    "ControlPlaneChange",
    "Follower",
    "Repositories",
    "Scheduled",
    "Wired",
    "deliver_schedule",
    "plan_control_plane",
    "plan_schedule",
    "prepare_repositories",
    "present_files",
    "wire",
]
