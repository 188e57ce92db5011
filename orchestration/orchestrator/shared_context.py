"""A context that exists already, which others use, too: read and checked, and given the capabilities that it lacks.

A tenant has one context, whose list of capabilities every PUT replaces as a whole: it is read, added to, put and read
again, until what is ours is in it. https://learn.microsoft.com/azure/azure-arc/workload-orchestration/resource-model
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from orchestration.drivers.azure.arm import Arm
from orchestration.errors import InvalidFleet, OrchestrationError
from orchestration.fleet.model import Fleet, Origin, Problem
from orchestration.solutions import Progress

API = "2026-03-01"
MOST_TRIES = 5
"""How often the list is put again after somebody else has put another one over it."""

Json = Mapping[str, Any]


def missing_capabilities(fleet: Fleet, arm: Arm) -> tuple[str, ...]:
    """Return the capabilities that the existing context lacks; none when the fleet makes its own.

    Raise `InvalidFleet` when there is no such context, or its levels are not those that the fleet's nodes need.
    """
    existing = fleet.azure.context.existing
    if existing is None or not fleet.uses_orchestration:
        return ()
    found = arm.get(existing, API)
    problems = tuple(_problems(fleet, existing, found))
    if problems:
        raise InvalidFleet(problems)
    return _missing(fleet, found or {})


def add_capabilities(fleet: Fleet, arm: Arm, progress: Progress, check: Callable[[], object]) -> None:
    """Add what the existing context lacks; raise `OrchestrationError` if others take it away again and again.

    *check* is called before each try, and raises when the run is to stop.
    """
    existing, tries = fleet.azure.context.existing, 0
    while existing is not None and (missing := missing_capabilities(fleet, arm)):
        if tries == MOST_TRIES:
            message = f"context {existing} loses the capabilities {', '.join(missing)} whenever they are added"
            raise OrchestrationError(message, hint="somebody else puts its list: let them add these, then run again")
        check()
        _put(arm, existing, missing)
        tries += 1
        progress("finished", "context", existing, "done", f"given the capabilities {', '.join(missing)}")


def _put(arm: Arm, context: str, missing: Sequence[str]) -> None:
    """Put the context as it is now with *missing* at the end of its list."""
    found = arm.get(context, API) or {}
    properties = found.get("properties") or {}
    listed = [*(properties.get("capabilities") or ()), *({"name": name, "description": name} for name in missing)]
    kept = {key: found[key] for key in ("location", "tags") if found.get(key)}
    body = {"capabilities": listed, "hierarchies": properties.get("hierarchies") or []}
    arm.put(context, API, {**kept, "properties": body})


def _missing(fleet: Fleet, context: Json) -> tuple[str, ...]:
    """Return what of the fleet's capabilities is not in the context, in whatever case."""
    properties = context.get("properties") or {}
    there = {str(item.get("name", "")).lower() for item in properties.get("capabilities") or ()}
    return tuple(name for name in fleet.capabilities if name.lower() not in there)


def _problems(fleet: Fleet, existing: str, context: Json | None) -> Iterator[Problem]:
    """Yield why the fleet's hierarchy has no place in the context: a site is referred to at the highest level only."""
    place = fleet.hierarchy.origin if fleet.hierarchy else Origin(str(fleet.folder))
    if context is None:
        hint = "correct the id, or leave `existing` out: a context is then made"
        yield Problem("missing-context", place, f"there is no context {existing}", hint)
        return
    properties = context.get("properties") or {}
    levels = [str(item.get("name", "")) for item in properties.get("hierarchies") or ()]
    known = f"it has {', '.join(levels) or 'none'}"
    wanted = fleet.hierarchy.levels if fleet.hierarchy else ()
    absent = [level for level in wanted if level not in levels]
    if absent:
        message = f"context {existing} has no level {', '.join(absent)}"
        yield Problem("missing-level", place, message, f"{known}: levels are given to a context when it is made")
    elif [level for level in levels if level in wanted] != list(wanted):
        yield Problem("level-order", place, f"the levels of context {existing} have another order", known)
    elif wanted and wanted[0] != levels[0]:
        message = f"{wanted[0]} is not the highest level of context {existing}"
        yield Problem("top-level", place, message, f"{known}: begin with {levels[0]}, whose sites it refers to")
