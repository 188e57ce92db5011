"""Values as nodes of the hierarchy set them: dotted paths, and layers to one mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

MISSING: Final = object()
"""Stands for a value that is not there, where None would be one that is null."""

Tree = dict[str, Any]


@dataclass(frozen=True)
class Layer:
    """The values that one node of the hierarchy sets."""

    node: str
    values: Mapping[str, Any]


def merged(layers: Sequence[Layer]) -> Tree:
    """Return the values of all *layers* in one nested mapping; an earlier layer wins, key by key.

    A list counts as one value and a null as none: no public page says either, see docs/assumptions.md.
    """
    whole: Tree = {}
    for layer in reversed(layers):
        _lay(whole, _nested(layer.values))
    return whole


def find(source: Any, path: str) -> Any:
    """Return what is at the dotted *path*, whether the dots are nesting or part of a key, else MISSING.

    Where both are there the longer key counts.
    """
    places = [(source, path)]
    while places:
        here, rest = places.pop()
        if not rest:
            return here
        if isinstance(here, Mapping):
            keys = accumulate(rest.split("."), lambda key, name: f"{key}.{name}")
            places += [(here[key], rest[len(key) + 1 :]) for key in keys if key in here]
    return MISSING


def put(target: Tree, path: Sequence[str], value: Any) -> None:
    """Set *value* at *path*, replacing whatever is in the way."""
    for name in path[:-1]:
        target = target[name] if isinstance(target.get(name), dict) else _fresh(target, name)
    target[path[-1]] = value


def _fresh(target: Tree, name: str) -> Tree:
    found: Tree = {}
    target[name] = found
    return found


def _nested(values: Mapping[str, Any]) -> Tree:
    """Return what *values* set, dotted keys taken apart, nulls and what holds nothing else left out."""
    found: Tree = {}
    for key, value in values.items():
        inner = _nested(value) if isinstance(value, Mapping) else value
        if inner is not None and (inner or not isinstance(value, Mapping) or not value):
            *above, last = str(key).split(".")
            branch: Tree = {last: inner}
            for name in reversed(above):
                branch = {name: branch}
            _lay(found, branch)
    return found


def _lay(below: Tree, above: Tree) -> None:
    """Lay *above* over *below*, mapping by mapping."""
    for key, value in above.items():
        if value and isinstance(value, dict) and isinstance(below.get(key), dict):
            _lay(below[key], value)
        else:
            below[key] = value
