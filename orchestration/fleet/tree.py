"""A YAML document as a tree that remembers where everything stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from orchestration.fleet.model import Origin
from orchestration.fleet.scalars import Scalar

Step = str | int


class Node(NamedTuple):
    """A value of a document; *text* is a scalar as written, *keys* where a mapping's keys stand."""

    value: Scalar | dict[str, Node] | list[Node]
    file: str
    line: int
    column: int
    text: str = ""
    keys: Mapping[str, Node] = {}

    @property
    def origin(self) -> Origin:
        """Where the value begins."""
        return Origin(self.file, self.line, self.column)

    @property
    def mapping(self) -> Mapping[str, Node]:
        """The entries of a mapping; empty if the value is none."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The items of a list; empty if the value is none."""
        return self.value if isinstance(self.value, list) else []

    def child(self, step: Step) -> Node | None:
        """Return the entry or item *step*, or None if there is none."""
        if isinstance(step, str):
            return self.mapping.get(step)
        return self.items[step] if 0 <= step < len(self.items) else None

    def find(self, *steps: Step) -> Node:
        """Return what is at *steps*, or the nearest thing above it that is there."""
        node = self
        for step in steps:
            child = node.child(step)
            if child is None:
                break
            node = child
        return node

    def key(self, name: str) -> Node:
        """Return where the key *name* stands, or the mapping itself if it has no such key."""
        return self.keys.get(name, self)


class Located(dict[str, Any]):
    """A mapping's plain data, with the node it came from."""

    __slots__ = ("node",)

    def __init__(self, entries: Mapping[str, Any], node: Node) -> None:
        super().__init__(entries)
        self.node = node


def located(node: Node) -> Any:
    """Return the node's plain data, its mappings as `Located`; shared nodes are not shared in it."""
    if isinstance(node.value, dict):
        return Located({key: located(value) for key, value in node.value.items()}, node)
    if isinstance(node.value, list):
        return [located(item) for item in node.value]
    return node.value


def plain(value: Any) -> Any:
    """Return *value* (a node, or data made by `located`) as dicts, lists and scalars of its own."""
    if isinstance(value, Node):
        value = value.value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def overlay(below: Node, above: Node) -> Node:
    """Return *below* with *above* laid over it: mappings merge, anything else is replaced."""
    if not (isinstance(below.value, dict) and isinstance(above.value, dict)):
        return above
    merged = dict(below.value)
    for key, node in above.value.items():
        merged[key] = overlay(merged[key], node) if key in merged else node
    return above._replace(value=merged, keys={**below.keys, **above.keys})


def walk(node: Node, path: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], Node]]:
    """Yield every node at and below *node* with its path, parents first."""
    yield path, node
    for key, child in node.mapping.items():
        yield from walk(child, (*path, key))
    for index, child in enumerate(node.items):
        yield from walk(child, (*path, index))
