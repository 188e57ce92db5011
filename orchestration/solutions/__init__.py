"""Workload Orchestration: where solutions go, the values they get, their rollout and how they stand."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestration.solutions.checking import check_fleet
    from orchestration.solutions.comparing import ValuesDiff, compare_solution
    from orchestration.solutions.decision import Through
    from orchestration.solutions.extent import Until
    from orchestration.solutions.linting import LintReport, lint_folders
    from orchestration.solutions.outcomes import (
        InstalledSolution,
        PlannedSolution,
        PlannedValues,
        Progress,
        RolloutPlan,
        RolloutReport,
        SolutionOutcome,
        ValuesOutcome,
    )
    from orchestration.solutions.placement import Placed, PlacementRow, explain_placement, place
    from orchestration.solutions.planning import plan_rollout, plan_solutions
    from orchestration.solutions.removal import clear_target, uninstall, uninstall_all
    from orchestration.solutions.resolving import ResolveReport, TargetValues, resolve_solution
    from orchestration.solutions.rollout import roll_out
    from orchestration.solutions.standing import Standing, StandingReport, solution_standings
    from orchestration.solutions.starting import Started, start_solution
    from orchestration.solutions.status import solution_status
    from orchestration.solutions.validation import set_validation
    from orchestration.solutions.value_sets import ValueSets, template_uids
    from orchestration.solutions.values import DocumentKey, desired_values, owned_paths

__all__ = [
    "DocumentKey",
    "InstalledSolution",
    "LintReport",
    "Placed",
    "PlacementRow",
    "PlannedSolution",
    "PlannedValues",
    "Progress",
    "ResolveReport",
    "RolloutPlan",
    "RolloutReport",
    "SolutionOutcome",
    "Standing",
    "StandingReport",
    "Started",
    "TargetValues",
    "Through",
    "Until",
    "ValueSets",
    "ValuesDiff",
    "ValuesOutcome",
    "check_fleet",
    "clear_target",
    "compare_solution",
    "desired_values",
    "explain_placement",
    "lint_folders",
    "owned_paths",
    "place",
    "plan_rollout",
    "plan_solutions",
    "resolve_solution",
    "roll_out",
    "set_validation",
    "solution_standings",
    "solution_status",
    "start_solution",
    "template_uids",
    "uninstall",
    "uninstall_all",
]

_HOMES = {
    "DocumentKey": "values",
    "InstalledSolution": "outcomes",
    "LintReport": "linting",
    "Placed": "placement",
    "PlacementRow": "placement",
    "PlannedSolution": "outcomes",
    "PlannedValues": "outcomes",
    "Progress": "outcomes",
    "ResolveReport": "resolving",
    "RolloutPlan": "outcomes",
    "RolloutReport": "outcomes",
    "SolutionOutcome": "outcomes",
    "Standing": "standing",
    "StandingReport": "standing",
    "Started": "starting",
    "TargetValues": "resolving",
    "Through": "decision",
    "Until": "extent",
    "ValueSets": "value_sets",
    "ValuesDiff": "comparing",
    "ValuesOutcome": "outcomes",
    "check_fleet": "checking",
    "clear_target": "removal",
    "compare_solution": "comparing",
    "desired_values": "values",
    "explain_placement": "placement",
    "lint_folders": "linting",
    "owned_paths": "values",
    "place": "placement",
    "plan_rollout": "planning",
    "plan_solutions": "planning",
    "resolve_solution": "resolving",
    "roll_out": "rollout",
    "set_validation": "validation",
    "solution_standings": "standing",
    "solution_status": "status",
    "start_solution": "starting",
    "template_uids": "value_sets",
    "uninstall": "removal",
    "uninstall_all": "removal",
}


def __getattr__(name: str) -> Any:
    """Return a public name from the module that holds it, so that YAML is loaded only where it is used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
