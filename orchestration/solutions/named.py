"""Solutions and targets by the names that a command line gives."""

from __future__ import annotations

from collections.abc import Iterable

from orchestration.errors import UsageError
from orchestration.fleet.model import Fleet, Solution, Target


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
