"""What the service refused of a fleet's rollouts, beside its states: `up` and single steps stop at the same places."""

from __future__ import annotations

import json
from collections.abc import Mapping

from orchestration.fleet import naming
from orchestration.fleet.model import Fleet
from orchestration.orchestrator.session import Session


def refused_before(session: Session) -> dict[str, str]:
    """Return what earlier rollouts were refused, as their reports say it, of what the fleet still has."""
    content = session.connection.states.read(naming.refused_key(session.fleet.name))
    try:
        found = json.loads(content or b"{}")
        return {str(key): str(what) for key, what in found.items() if _is_there(session.fleet, key)}
    except (ValueError, TypeError, AttributeError):
        return {}  # what cannot be read holds nothing up


def keep_refused(session: Session, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Write down what is refused *now*, if that is another than *before*; nothing is kept of nothing."""
    key = naming.refused_key(session.fleet.name)
    if not now and before:
        session.connection.states.delete(key)
    elif now != before:
        session.connection.states.write(key, json.dumps(dict(now), indent=1, sort_keys=True).encode())


def forget_refused(session: Session) -> None:
    """Forget it all: the fleet is down."""
    keep_refused(session, refused_before(session), {})


def _is_there(fleet: Fleet, key: str) -> bool:
    solution, _, target = key.partition("/")
    return solution in fleet.solutions and target in fleet.targets
