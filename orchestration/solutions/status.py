"""What runs on each target, read from the targets themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor

from orchestration.drivers.azure.arm import Arm
from orchestration.errors import ServiceError
from orchestration.fleet import naming
from orchestration.fleet.model import Fleet
from orchestration.solutions.index import installed_by_target
from orchestration.solutions.installed import Installed, SolutionVersion
from orchestration.solutions.outcomes import InstalledSolution
from orchestration.solutions.run import pool

FAILED = frozenset({"Failed", "ExternalValidationFailed"})


def solution_status(
    fleet: Fleet, arm: Arm, *, jobs: int = 4, executor: Executor | None = None
) -> Mapping[str, tuple[InstalledSolution, ...] | ServiceError]:
    """Return the solutions on every target of the fleet, by target; nothing for one that is not there.

    For a target that Azure refuses to tell of there is the error; any other `ServiceError` is raised.
    """
    with pool(executor, jobs) as workers:
        found = installed_by_target(fleet, arm, workers)
    return {
        target: item if isinstance(item, ServiceError) else tuple(row for each in item for row in _rows(fleet, each))
        for target, item in found.items()
    }


def _rows(fleet: Fleet, installed: Installed) -> Iterator[InstalledSolution]:
    """Yield a row for each instance of a solution that was ever reviewed on the target and is not gone again."""
    for instance in dict.fromkeys(version.instance.lower() for version in installed.versions):
        versions = installed.of_instance(instance)
        running = installed.running(instance)
        if running is not None or versions[0].state != "Undeployed":
            yield installed_row(_name(fleet, installed, instance), installed, running or versions[0], versions)


def installed_row(
    name: str, installed: Installed, version: SolutionVersion, versions: tuple[SolutionVersion, ...]
) -> InstalledSolution:
    """Return the row of one instance; a newer version that failed makes it unhealthy, whatever still runs."""
    instance = installed.instance(version.instance)
    failed = [item for item in versions if item.state in FAILED and item.order > version.order]
    messages = [f"{item.template_version} revision {item.revision} failed: {item.message}" for item in failed[:1]]
    well = instance is not None and instance.healthy and version.state == "Deployed"
    if instance is not None and not well:
        messages.append(version.message or instance.complaint())
    return InstalledSolution(
        name=name,
        version=version.template_version,
        revision=version.revision,
        state=version.state,
        values=version.values(),
        healthy=well and not failed,
        components={part.name: part.status for part in instance.components} if instance else {},
        message="; ".join(messages),
    )


def _name(fleet: Fleet, installed: Installed, instance: str) -> str:
    """Return the fleet's name for a solution's instance, or the template's and the instance's own."""
    template = installed.template_id.rsplit("/", 1)[-1]
    unnamed = instance == installed.name.lower()
    for solution in fleet.solutions.values():
        mine = naming.solution_template_id(fleet, solution.template).lower() == installed.template_id.lower()
        if mine and (unnamed if not solution.instance else solution.instance.lower() == instance):
            return solution.name
    return template if unnamed else f"{template}/{instance}"
