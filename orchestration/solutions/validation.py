"""The verdict of an external validation, given by hand where no validator gives it.

https://learn.microsoft.com/azure/azure-arc/workload-orchestration/external-validation
"""

from __future__ import annotations

from orchestration.drivers.azure.arm import Arm
from orchestration.errors import OrchestrationError, UsageError
from orchestration.fleet import naming
from orchestration.fleet.model import Fleet
from orchestration.solutions.decision import REJECTED, UNVALIDATED, has_got
from orchestration.solutions.edge import EdgeTarget
from orchestration.solutions.installed import SolutionVersion


def set_validation(fleet: Fleet, arm: Arm, solution: str, target: str, *, valid: bool, reason: str = "") -> bool:
    """Say whether the newest version of a solution on a target is valid; return whether that was still to be said.

    A version that is not valid stays so: only a new revision or version can follow. Raise `UsageError` for names that
    the fleet does not have, `OrchestrationError` if the version waits for no verdict.
    """
    if solution not in fleet.solutions:
        raise UsageError(f"no solution is called {solution!r}", hint=f"the fleet has {', '.join(fleet.solutions)}")
    if target not in fleet.targets:
        raise UsageError(f"no target is called {target!r}", hint=f"the fleet has {', '.join(fleet.targets)}")
    chosen = fleet.solutions[solution]
    edge = EdgeTarget(arm, naming.fleet_target_id(fleet, fleet.targets[target]))
    installed = edge.installed(naming.solution_template_id(fleet, chosen.template))
    version = next(iter(installed.of_instance(chosen.instance or "")), None) if installed else None
    if version is None:
        raise OrchestrationError(f"{solution} was never reviewed on {target}", hint="roll it out first")
    if version.state in UNVALIDATED:
        edge.validate(version, valid=valid, reason=reason or "found to be invalid by hand")
        return True
    _require_said(version, f"{solution} {version.template_version} on {target}", valid=valid)
    return False


def _require_said(version: SolutionVersion, what: str, *, valid: bool) -> None:
    """Raise `OrchestrationError` unless the verdict is the one that the version has already."""
    if has_got(version, "publish") if valid else version.state in REJECTED:
        return
    raise OrchestrationError(
        f"{what} waits for no validation: it is {version.state}",
        hint="only a version that is published and not validated yet takes a verdict; another one needs a new revision",
    )
