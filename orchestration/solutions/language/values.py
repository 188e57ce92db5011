"""Values as nodes of the hierarchy set them: what is set where, laid over each other by dotted path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from orchestration.fleet.tree import Node, plain
from orchestration.solutions.language.assumed import is_absent

DEEPEST = 64
"""How many names a dotted path may have; the reader of files nests no deeper."""

MISSING: Final = object()
"""Stands for a value that is not there, where None would be one that is null."""


class Setting(NamedTuple):
    """A value that a node of the hierarchy sets, a mapping only if it is empty, and where that is written."""

    value: Any
    node: str
    file: str
    line: int


Tree = dict[str, Any]
"""Settings by key, nested; every leaf is a `Setting`."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What one node of the hierarchy sets."""

    node: str
    tree: Tree


class Found(NamedTuple):
    """A value that was looked up, and the settings that it is made of; `nulls` when a null was passed over."""

    value: Any
    settings: tuple[Setting, ...]
    nulls: bool = False


def settings_tree(root: Node | None, node: str) -> Tree:
    """Return what *root*, values as they are written, sets at a node; a dotted key is a path.

    Of what is written twice, once as a path, the later counts; a null, which is no value, never does.
    """
    tree: Tree = {}
    leaves = list(leaves_of(root)) if root is not None else []
    for path, leaf in sorted(leaves, key=lambda each: not is_absent(each[1].value)):
        put(tree, path, Setting(plain(leaf), node, leaf.file, leaf.line))
    return tree


def laid_over(below: Tree, above: Tree) -> Tree:
    """Return *below* with *above* laid over it: a null or a list replaces, an empty mapping does not."""
    result = dict(below)
    for key, value in above.items():
        before = result.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            result[key] = laid_over(before, value)
        elif not (isinstance(before, dict) and isinstance(value, Setting) and value.value == {}):
            result[key] = value
    return result


def look_up(layers: Sequence[Layer], path: str) -> Found | None:
    """Return the value at a dotted path, the first layer's before the others', None when no layer sets it.

    Objects are put together from all layers.
    """
    names, nulls = path.split("."), False
    parts: list[Tree] = []
    for layer in layers:
        here, whole = _walk(layer.tree, names)
        if isinstance(here, Setting) and is_absent(here.value):
            nulls = True
        elif isinstance(here, Setting):
            if whole and not parts:
                return Found(here.value, (here,), nulls)
            break  # what stands here hides what other layers set at it and below it
        elif here is not None:
            part = _without_nulls(here)
            nulls = nulls or not part
            parts += [part] if part else []
    return _object(parts, nulls=nulls) if parts else Found(None, (), nulls=True) if nulls else None


def find(source: Any, path: str) -> Any:
    """Return what is at the dotted *path* of plain data, whether dots nest or are part of a key, else `MISSING`."""
    if not path:
        return source
    if not isinstance(source, Mapping):
        return MISSING
    names = path.split(".", DEEPEST)
    for length in range(len(names), 0, -1):
        key = ".".join(names[:length])
        if key in source:
            found = find(source[key], ".".join(names[length:]))
            if found is not MISSING:
                return found
    return MISSING


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return *below* with *above* laid over it, mappings key by key."""
    result = dict(below)
    for key, value in above.items():
        before = result.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            value = merged(before, value)
        result[key] = value
    return result


def put(target: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set *value* at *path*, replacing whatever is in the way."""
    for name in path[:-1]:
        inner = target.get(name)
        if not isinstance(inner, dict):
            inner = target[name] = {}
        target = inner
    target[path[-1]] = value


def _walk(tree: Tree, names: Sequence[str]) -> tuple[Any, bool]:
    """Return what is at *names*, or the setting that is in the way, and whether the names were gone through."""
    here: Any = tree
    for name in names:
        if isinstance(here, Setting):
            return here, False
        here = here.get(name)
        if here is None:
            return None, False
    return here, True


def leaves_of(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Yield the path and the node of every leaf, values as they are written; a dotted key is a path."""
    for key, child in node.mapping.items():
        here = (*path, *(key.split(".") if len(path) + key.count(".") < DEEPEST else [key]))
        if child.mapping:
            yield from leaves_of(child, here)
        else:
            yield here, child


def _object(parts: Sequence[Tree], *, nulls: bool) -> Found:
    tree: Tree = {}
    for part in reversed(parts):
        tree = laid_over(tree, part)
    return Found(_values(tree), tuple(_settings(tree)), nulls)


def _without_nulls(tree: Tree) -> Tree:
    """Return *tree* without nulls and without what holds nothing else: that sets nothing."""
    found = {key: _without_nulls(value) if isinstance(value, dict) else value for key, value in tree.items()}
    return {key: value for key, value in found.items() if value and not _is_null(value)}


def _is_null(value: Tree | Setting) -> bool:
    return isinstance(value, Setting) and is_absent(value.value)


def _values(tree: Tree) -> dict[str, Any]:
    return {key: _values(value) if isinstance(value, dict) else value.value for key, value in tree.items()}


def _settings(tree: Tree) -> Iterator[Setting]:
    for value in tree.values():
        if isinstance(value, dict):
            yield from _settings(value)
        else:
            yield value
