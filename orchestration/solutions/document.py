"""A value document as text: read, changed at named paths only, and written back.

The text is edited as unresolved YAML nodes rather than as values, so that what operators wrote keeps
its order and quoting, and so its meaning to whatever YAML version the service reads (`010`, `NO`, `1.10`).
Comments are not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import yaml

from orchestration.errors import OrchestrationError
from orchestration.fleet.model import Values
from orchestration.solutions.values import Path, leaves
from orchestration.solutions.yaml_text import MAP_TAG, key, represent, written

HINT = "correct the document in the Workload Orchestration portal, then run again"


def edit(text: str, values: Values, taken_back: Iterable[Path]) -> str | None:
    """Return *text* with *values* set and the other paths removed, or None if that changes nothing.

    Raise `OrchestrationError` if the text is not a YAML mapping.
    """
    before = _read(text)
    reduced = before
    for path in taken_back:
        reduced = _without(reduced, path)
    node: yaml.Node = reduced
    for path, value in leaves(values):
        node = _with(node, path, value)
    return None if node is before else _write(node)


def parse(text: str) -> Any:
    """Return the values that *text* holds, dates as text; raise `OrchestrationError` if it is not YAML."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - derived from the safe loader
    except yaml.YAMLError as error:
        raise OrchestrationError(f"the service returned a configuration that is not YAML: {error}") from error


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # libyaml's where there is one
    """The safe loader without dates, which JSON has no form for."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _read(text: str) -> yaml.MappingNode:
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise OrchestrationError(f"the values there are not YAML: {error}", hint=HINT) from error
    if node is None or (isinstance(node, yaml.ScalarNode) and node.value in ("", "null", "~")):
        return yaml.MappingNode(MAP_TAG, [])
    if not isinstance(node, yaml.MappingNode):
        raise OrchestrationError("the values there are not a YAML mapping", hint=HINT)
    return node


def _with(node: yaml.Node | None, path: Path, value: Any) -> yaml.Node:
    """Return *node* with the leaf at *path* set; the same object if it is set so already."""
    if not path:
        return node if node is not None and _says(node, value) else represent(value)
    if not isinstance(node, yaml.MappingNode):
        node = yaml.MappingNode(MAP_TAG, [])
    index, child = _child(node, path[0])
    changed = _with(child, path[1:], value)
    if changed is child:
        return node
    return _replaced(node, index, [(node.value[index][0] if child else key(path[0]), changed)])


def _says(node: yaml.Node, value: Any) -> bool:
    """Whether *node* holds *value*; an empty mapping asks for no more than that there is one."""
    if isinstance(node, yaml.MappingNode) and isinstance(value, Mapping) and not value:
        return True
    return same(_construct(node), value)


def _without(node: yaml.MappingNode, path: Path) -> yaml.MappingNode:
    """Return *node* without the leaf at *path* and the mappings that this leaves empty."""
    index, child = _child(node, path[0])
    if not isinstance(child, yaml.MappingNode):
        return node if child is None or len(path) > 1 else _replaced(node, index, [])
    inner = _without(child, path[1:]) if len(path) > 1 else child
    if inner.value:
        return node if inner is child else _replaced(node, index, [(node.value[index][0], inner)])
    return _replaced(node, index, []) if inner is not child or len(path) == 1 else node


def _replaced(node: yaml.MappingNode, index: int, pairs: list[tuple[yaml.Node, yaml.Node]]) -> yaml.MappingNode:
    kept = [*node.value[:index], *pairs, *node.value[index + 1 :]]
    return yaml.MappingNode(node.tag, kept)


def _child(node: yaml.MappingNode, key: str) -> tuple[int, yaml.Node | None]:
    """Return where *key* stands in the mapping and its value, or the end and None."""
    for index, (name, value) in enumerate(node.value):
        if isinstance(name, yaml.ScalarNode) and name.value == key:
            return index, value
    return len(node.value), None


def _write(node: yaml.Node) -> str:
    """Return the node as text in block style, in which every plain scalar can stay plain."""
    return written(_in_blocks(node))


def _in_blocks(node: yaml.Node) -> yaml.Node:
    """Return *node* with its non-empty collections in block style, aliases staying aliases."""
    todo, seen = [node], {id(node)}
    while todo:
        current = todo.pop()
        if not isinstance(current, yaml.CollectionNode):
            continue
        current.flow_style = not current.value
        pairs = isinstance(current, yaml.MappingNode)
        children = [part for pair in current.value for part in pair] if pairs else current.value
        todo += [child for child in children if id(child) not in seen]
        seen |= {id(child) for child in children}
    return node


def _construct(node: yaml.Node) -> Any:
    """Return the node's value, or the node itself if it has a tag that only its writer knows."""
    try:
        return yaml.safe_load(_write(node))
    except yaml.YAMLError:
        return node


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same and of the same types: `1`, `1.0`, `true` and `"1"` all differ."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)
