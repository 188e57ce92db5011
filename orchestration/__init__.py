"""Edge workload orchestration: one fleet file to running Arc-connected clusters.

::

    from orchestration import Orchestrator, Sandbox, load_fleet

    fleet = load_fleet("examples/contoso")
    with Orchestrator(fleet, target=Sandbox(folder), work_dir=folder) as orchestrator:
        report = orchestrator.up()

Names are imported when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestration.errors import (
        CommandError,
        DestroyRefused,
        Interrupted,
        InvalidFleet,
        Locked,
        NoAnswer,
        NotLoggedIn,
        NotWritten,
        NotYet,
        OrchestrationError,
        PlanChanged,
        PlanFailed,
        RepositoryBusy,
        RepositoryDenied,
        RepositoryError,
        RepositoryMoved,
        RepositoryNotFound,
        SandboxError,
        ServiceError,
        TerraformError,
        ToolMissing,
        UsageError,
    )
    from orchestration.events import Event
    from orchestration.fleet import Fleet, Problem
    from orchestration.orchestrator import Azure, Orchestrator, RolloutOptions, Sandbox, UpOptions
    from orchestration.solutions.checking import load_fleet

__all__ = [
    "Azure",
    "CommandError",
    "DestroyRefused",
    "Event",
    "Fleet",
    "Interrupted",
    "InvalidFleet",
    "Locked",
    "NoAnswer",
    "NotLoggedIn",
    "NotWritten",
    "NotYet",
    "OrchestrationError",
    "Orchestrator",
    "PlanChanged",
    "PlanFailed",
    "Problem",
    "RepositoryBusy",
    "RepositoryDenied",
    "RepositoryError",
    "RepositoryMoved",
    "RepositoryNotFound",
    "RolloutOptions",
    "Sandbox",
    "SandboxError",
    "ServiceError",
    "TerraformError",
    "ToolMissing",
    "UpOptions",
    "UsageError",
    "load_fleet",
]

_PLACES = {
    "Azure": "orchestrator",
    "Event": "events",
    "Fleet": "fleet",
    "Orchestrator": "orchestrator",
    "Problem": "fleet",
    "RolloutOptions": "orchestrator",
    "Sandbox": "orchestrator",
    "UpOptions": "orchestrator",
    "load_fleet": "solutions.checking",
}


def __getattr__(name: str) -> Any:
    """Return a public name, imported now."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES.get(name, 'errors')}"), name)
