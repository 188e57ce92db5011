"""YAML text as a tree of nodes that know their place, within limits that no honest file meets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from orchestration.errors import OrchestrationError

_NODE_LIMIT = 100_000
_DEPTH_LIMIT = 100
_EXPANDED_LIMIT = 200_000
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STARTS: dict[Any, Literal["sequence", "mapping"]] = {SequenceStartEvent: "sequence", MappingStartEvent: "mapping"}
_ENDS = frozenset((SequenceEndEvent, MappingEndEvent))


_MAY_BE_DEEP = re.compile(r"[\[{]|^[ ?:-]{50}", re.MULTILINE)


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
    try:
        yield from _roots(loader(text).get_event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        if "nesting depth" in (error.problem or ""):  # libyaml since 0.2.6 has a limit of its own, far above ours
            raise RefusedYaml(f"more than {_DEPTH_LIMIT} levels of YAML", line) from error
        raise UnreadableYaml(error.problem or "cannot be read", line) from error
    except (yaml.YAMLError, UnicodeError, OverflowError) as error:
        raise UnreadableYaml(str(error).splitlines()[0]) from error


def is_small_yaml(text: str) -> bool:
    """Whether *text* is surely YAML, with no alias and below every limit: libyaml says so without making nodes."""
    if "*" in text or not hasattr(_PARSER, "raw_parse"):
        return False
    try:
        events = int(_PARSER(text).raw_parse())
    except (yaml.YAMLError, UnicodeError):
        return False
    # A level has a beginning and an end, and in blocks takes a column, or half of one where lists are not indented.
    return events <= 2 * _DEPTH_LIMIT or (events <= _NODE_LIMIT and _MAY_BE_DEEP.search(text) is None)


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


def _roots(get_event: Callable[[], Any]) -> Iterator[Node | None]:
    """Yield the root node of each document; what runs for every node of every file is one loop."""
    root: Node | None = None
    inside: list[Node] = []
    anchors: dict[str, Node] = {}
    count = 0
    while (event := get_event()) is not None:
        kind = type(event)
        mark = event.start_mark
        if kind is ScalarEvent:
            tag, value = event.tag or "", event.value
            node = Node("scalar", mark.line + 1, mark.column + 1, tag, value, bool(event.implicit[0]))
        elif kind in _ENDS:
            inside.pop()
            continue
        elif kind in _STARTS:
            node = Node(_STARTS[kind], mark.line + 1, mark.column + 1, event.tag or "")
        elif kind is AliasEvent:
            node = _alias(event, anchors)
        else:
            if kind is DocumentStartEvent:
                root, anchors = None, {}
            elif kind is DocumentEndEvent:
                yield root
            continue
        if inside:
            inside[-1].children.append(node)
        else:
            root = node
        if kind is not AliasEvent and event.anchor:
            anchors[event.anchor] = node
        if kind in _STARTS:
            inside.append(node)
        count += 1
        if count > _NODE_LIMIT or len(inside) > _DEPTH_LIMIT:
            over = f"{_NODE_LIMIT} nodes" if count > _NODE_LIMIT else f"{_DEPTH_LIMIT} levels"
            raise RefusedYaml(f"more than {over} of YAML", node.line)


def _alias(event: Any, anchors: dict[str, Node]) -> Node:
    line, column = event.start_mark.line + 1, event.start_mark.column + 1
    if event.anchor not in anchors:
        raise UnreadableYaml(f"unknown anchor '{event.anchor}' referenced", line)
    return Node("alias", line, column, children=[anchors[event.anchor]])
