"""The library's verbs over one set of drivers: `Orchestrator`, and where it acts, `Azure` or `Sandbox`."""

from orchestration.orchestrator.remote import RemotePlane, ScheduleReport, open_plane
from orchestration.orchestrator.targets import Azure, Sandbox
from orchestration.orchestrator.verbs import Orchestrator, RolloutOptions, UpOptions
from orchestration.provision.connect import connect_script

__all__ = [
    "Azure",
    "Orchestrator",
    "RemotePlane",
    "RolloutOptions",
    "Sandbox",
    "ScheduleReport",
    "UpOptions",
    "connect_script",
    "open_plane",
]
