"""YAML text as a tree of nodes that know their place, within limits that no honest file meets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from orchestration.errors import OrchestrationError

_NODE_LIMIT = 100_000
_DEPTH_LIMIT = 100
_EXPANDED_LIMIT = 200_000
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_ENDS = frozenset((yaml.SequenceEndEvent, yaml.MappingEndEvent))
_OF_NODES = _ENDS | {yaml.ScalarEvent, yaml.AliasEvent, yaml.SequenceStartEvent, yaml.MappingStartEvent}


class UnreadableYaml(OrchestrationError):
    """A text is not YAML; `line` counts from 1 and is 0 where it is not known."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class RefusedYaml(UnreadableYaml):
    """A text may be YAML, but is larger or deeper than we are willing to read."""


@dataclass(eq=False, slots=True)
class Node:
    """One node; a mapping's children are keys and values in turn, an alias has its target as child."""

    kind: Literal["scalar", "sequence", "mapping", "alias"]
    line: int
    column: int
    tag: str = ""
    value: str = ""
    plain: bool = False
    children: list[Node] = field(default_factory=list)

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """Yield a mapping's keys with their values."""
        return zip(self.children[::2], self.children[1::2], strict=True)


def documents(text: str | bytes, loader: Any = _PARSER) -> Iterator[Node | None]:
    """Yield the root node of each document of *text*; raises UnreadableYaml or RefusedYaml on the way.

    *loader* is what PyYAML is to take the events from.
    """
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=loader):
            kind = type(event)
            if kind in _OF_NODES:
                builder.take(event)
            elif kind is yaml.DocumentStartEvent:
                builder = _Builder(builder.count)
            elif kind is yaml.DocumentEndEvent:
                yield builder.root
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        if "nesting depth" in (error.problem or ""):  # libyaml since 0.2.6 has a limit of its own, far above ours
            raise RefusedYaml(f"more than {_DEPTH_LIMIT} levels of YAML", line) from error
        raise UnreadableYaml(error.problem or "cannot be read", line) from error
    except (yaml.YAMLError, UnicodeError, OverflowError) as error:
        raise UnreadableYaml(str(error).splitlines()[0]) from error


def objects(text: str | bytes) -> Iterator[Node | None]:
    """Yield the documents of *text* as `documents` does; raises UnreadableYaml, too, where aliases make a bomb of one.

    What reads a document as a value has each alias in full.
    """
    aliases = b"*" in text if isinstance(text, bytes) else "*" in text
    for root in documents(text):
        if aliases and root is not None and _expanded(root, {}) > _EXPANDED_LIMIT:
            raise UnreadableYaml("document contains excessive aliasing", root.line)
        yield root


def _expanded(node: Node, seen: dict[int, int]) -> int:
    """Return how many nodes there are with each alias in full; an anchor's are counted once, in *seen*."""
    known = seen.get(id(node))
    if known is None:
        seen[id(node)] = _EXPANDED_LIMIT + 1  # until it is counted: a node that holds itself has no end
        known = seen[id(node)] = 1 + sum(_expanded(child, seen) for child in node.children)
    return known


class _Builder:
    def __init__(self, count: int = 0) -> None:
        self.root: Node | None = None
        self.count = count
        self.open: list[Node] = []
        self.anchors: dict[str, Node] = {}

    def take(self, event: Any) -> None:
        if type(event) in _ENDS:
            self.open.pop()
            return
        node = self.node(event)
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        if node.kind in ("sequence", "mapping"):
            self.open.append(node)
        self.count += 1
        if self.count > _NODE_LIMIT or len(self.open) > _DEPTH_LIMIT:
            over = f"{_NODE_LIMIT} nodes" if self.count > _NODE_LIMIT else f"{_DEPTH_LIMIT} levels"
            raise RefusedYaml(f"more than {over} of YAML", node.line)

    def node(self, event: Any) -> Node:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        kind = type(event)
        if kind is yaml.ScalarEvent:
            node = Node("scalar", line, column, event.tag or "", event.value, bool(event.implicit[0]))
        elif kind is yaml.AliasEvent:
            if event.anchor not in self.anchors:
                raise UnreadableYaml(f"unknown anchor '{event.anchor}' referenced", line)
            return Node("alias", line, column, children=[self.anchors[event.anchor]])
        else:
            node = Node("sequence" if kind is yaml.SequenceStartEvent else "mapping", line, column, event.tag or "")
        if event.anchor:
            self.anchors[event.anchor] = node
        return node
