"""Solutions, targets and environments by the names that a command line gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orchestration.errors import UsageError
from orchestration.fleet.model import Fleet, Solution, Target

FEW = 4
"""How many names a line has room for."""


def require_environment(fleet: Fleet, name: str | None) -> None:
    """Raise `UsageError` unless the fleet has the environment, if one is named."""
    if name is not None and name not in fleet.environments:
        known = ", ".join(fleet.environments)
        raise UsageError(f"the fleet has no environment {name!r}", hint=f"it has: {known}")


def solution_named(fleet: Fleet, name: str) -> Solution:
    """Return the fleet's solution of that name; raise `UsageError` if there is none."""
    solution = fleet.solutions.get(name)
    if solution is None:
        raise UsageError(f"the fleet has no solution {name!r}", hint=f"it has {', '.join(fleet.solutions) or 'none'}")
    return solution


def targets_named(fleet: Fleet, names: Iterable[str]) -> tuple[Target, ...]:
    """Return the fleet's targets of those names, each once; raise `UsageError` for the first that there is none of."""
    known = fleet.targets
    for name in names:
        if name not in known:
            raise UsageError(f"the fleet has no target {name!r}", hint="`ewo validate` and the fleet file list them")
    return tuple(known[name] for name in dict.fromkeys(names))


def some(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more
