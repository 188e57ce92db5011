"""Values as nodes of the hierarchy set them: dotted paths, and layers to one mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MISSING: Final = object()
"""Stands for a value that is not there, where None would be one that is null."""


@dataclass(frozen=True)
class Layer:
    """The values that one node of the hierarchy sets."""

    node: str
    values: Mapping[str, Any]


def merged(layers: Sequence[Layer]) -> dict[str, Any]:
    """Return the values of all *layers* in one nested mapping; an earlier layer wins, key by key.

    A list counts as one value and a null as none: no public page says either, see docs/assumptions.md.
    """
    result: dict[str, Any] = {}
    for layer in reversed(layers):
        for path, value in _leaves(layer.values, ()):
            put(result, path, value)
    return result


def find(source: Any, path: str) -> Any:
    """Return what is at the dotted *path*, whether the dots are nesting or part of a key, else MISSING."""
    if not path:
        return source
    if not isinstance(source, Mapping):
        return MISSING
    names = path.split(".")
    for length in range(len(names), 0, -1):
        key = ".".join(names[:length])
        if key in source:
            found = find(source[key], ".".join(names[length:]))
            if found is not MISSING:
                return found
    return MISSING


def put(target: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set *value* at *path*, replacing whatever is in the way."""
    for name in path[:-1]:
        inner = target.get(name)
        if not isinstance(inner, dict):
            inner = target[name] = {}
        target = inner
    target[path[-1]] = value


def _leaves(values: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each leaf of nested *values* with its path; a dotted key is a path, a null is no leaf."""
    for key, value in values.items():
        here = (*path, *str(key).split("."))
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, here)
        elif value is not None:
            yield here, value
