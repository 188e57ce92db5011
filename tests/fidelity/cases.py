"""Cases of every kind from one seed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from random import Random
from typing import Any

from tests.fidelity import patterns, schemas, templates, yaml

_MAKERS: Mapping[str, tuple[float, Callable[[Random, int], list[dict[str, Any]]]]] = {
    "template": (0.5, templates.cases),
    "yaml-write": (0.1, yaml.written),
    "yaml-read": (0.15, yaml.read),
    "schema": (0.15, schemas.cases),
    "regexp": (0.1, patterns.cases),
}
KINDS = tuple(_MAKERS)


def cases(seed: int, count: int, kinds: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Return *count* cases of the *kinds*, all if none are named; the same for the same seed."""
    wanted = {kind: share for kind, (share, _) in _MAKERS.items() if not kinds or kind in kinds}
    made = []
    for kind, share in wanted.items():
        made += _MAKERS[kind][1](Random(f"{seed} {kind}"), round(count * share / sum(wanted.values())))
    return made
