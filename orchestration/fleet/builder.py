"""Builds a tree from the events of a YAML parser, within limits.

Anchors and aliases are allowed; what they expand to counts against the limits, so that a few
lines cannot stand for millions of values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from orchestration.fleet.model import Origin, Problem
from orchestration.fleet.scalars import read_plain
from orchestration.fleet.tree import Node

DEEPEST = 64
TOO_DEEP = f"this is nested more than {DEEPEST} deep"
MOST_VALUES = 150_000
"""How many values, keys among them, a file may hold unless its reader says less."""
MERGE_KEY = "<<"


class Refused(Exception):
    """The file cannot be read at all."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class _Anchored(NamedTuple):
    node: Node
    size: int
    height: int


class TreeBuilder:
    """Builds one document, or a list of *many*; what is wrong with a part of it is collected in `problems`."""

    def __init__(self, shown: str, *, strict: bool, many: bool = False, most: int = MOST_VALUES) -> None:
        self.problems: list[Problem] = []
        self._shown, self._strict, self._many, self._most = shown, strict, many, most
        self._anchors: dict[str, _Anchored | None] = {}
        self._size = 0
        self._deepest = 0
        self._events: Iterator[Any] = iter(())

    def build(self, text: str) -> Node | None:
        """Return the document's root, None if it is empty, or the list of them; raise `Refused` or PyYAML's errors."""
        self._events = iter(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        roots: list[Node] = []
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent) and roots and not self._many:
                hint = "a file holds one document; use several files"
                raise Refused(self._problem(event, "yaml-documents", "a second document begins here", hint))
            if isinstance(event, yaml.NodeEvent):
                roots.append(self._node(event, 1))
        if self._many:
            return Node(roots, self._shown, 1, 1)
        return roots[0] if roots else None

    def _problem(self, event: Any, code: str, message: str, hint: str = "") -> Problem:
        mark = event.start_mark
        return Problem(code, Origin(self._shown, mark.line + 1, mark.column + 1), message, hint)

    def _grow(self, event: Any, depth: int, size: int = 1) -> None:
        self._size += size
        if depth > self._deepest:
            self._deepest = depth
        if depth > DEEPEST:
            raise Refused(self._problem(event, "yaml-too-deep", TOO_DEEP))
        if self._size > self._most:
            message = f"the file holds more than {self._most} values, what its aliases expand to included"
            raise Refused(self._problem(event, "yaml-too-big", message, "split it into several files"))

    def _node(self, event: Any, depth: int) -> Node:
        if type(event) is yaml.AliasEvent:
            return self._alias(event, depth)
        self._grow(event, depth)
        if event.tag is not None:
            hint = "leave it out; put text in quotes"
            self.problems.append(self._problem(event, "yaml-tag", "tags have no meaning here", hint))
        return self._content(event, depth) if event.anchor is None else self._anchored(event, depth)

    def _anchored(self, event: Any, depth: int) -> Node:
        self._anchors[event.anchor] = None
        size, deepest, self._deepest = self._size, self._deepest, depth
        node = self._content(event, depth)
        self._anchors[event.anchor] = _Anchored(node, self._size - size + 1, self._deepest - depth)
        self._deepest = max(deepest, self._deepest)
        return node

    def _alias(self, event: Any, depth: int) -> Node:
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            inside = event.anchor in self._anchors
            message = f"*{event.anchor} stands inside what it stands for" if inside else f"no &{event.anchor} before it"
            raise Refused(self._problem(event, "yaml-alias", message))
        self._grow(event, depth + anchored.height, anchored.size)
        return anchored.node

    def _content(self, event: Any, depth: int) -> Node:
        if type(event) is yaml.ScalarEvent:
            return self._scalar(event)
        if type(event) is yaml.MappingStartEvent:
            return self._mapping(event, depth)
        return self._placed(event, [self._node(item, depth + 1) for item in self._until(yaml.SequenceEndEvent)])

    def _until(self, end: type) -> Iterator[Any]:
        for event in self._events:
            if type(event) is end:
                return
            yield event

    def _placed(self, event: Any, value: Any, text: str = "") -> Node:
        mark = event.start_mark
        return Node(value, self._shown, mark.line + 1, mark.column + 1, text)

    def _scalar(self, event: Any) -> Node:
        text: str = event.value
        if not (event.implicit[0] and event.tag is None):
            return self._placed(event, text, text)
        value, doubt, instead = read_plain(text)
        if doubt and self._strict:
            hint = f"write {json.dumps(text, ensure_ascii=False)}" + (f" for the text, or {instead}" if instead else "")
            problem = self._problem(event, "ambiguous-scalar", f"{text} without quotes is ambiguous: {doubt}", hint)
            self.problems.append(problem)
        return self._placed(event, value, text)

    def _mapping(self, event: Any, depth: int) -> Node:
        entries: dict[str, Node] = {}
        keys: dict[str, Node] = {}
        merged: list[Node] = []
        for key_event in self._until(yaml.MappingEndEvent):
            key = self._node(key_event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if key.value == MERGE_KEY and key_event.implicit[0]:
                merged.append(value)
            elif self._is_new_key(key, keys):
                entries[key.text], keys[key.text] = value, key
        for below in merged:
            self._merge(below, entries, keys)
        return self._placed(event, entries)._replace(keys=keys)

    def _is_new_key(self, key: Node, keys: dict[str, Node]) -> bool:
        if not isinstance(key.value, str):
            hint = f"write {json.dumps(key.text)}" if key.text else ""
            self.problems.append(Problem("yaml-key", key.origin, "a key must be text", hint))
            return isinstance(key.value, int | float) and key.text not in keys
        if key.text in keys:
            message = f"{key.text} is written twice; first at {keys[key.text].origin}"
            self.problems.append(Problem("duplicate-key", key.origin, message, "keep one of them"))
            return False
        return True

    def _merge(self, below: Node, entries: dict[str, Node], keys: dict[str, Node]) -> None:
        for source in below.items or [below]:
            if not isinstance(source.value, dict):
                self.problems.append(Problem("yaml-merge", source.origin, "<< merges mappings only"))
            for key, value in source.mapping.items():
                if key not in entries:
                    entries[key], keys[key] = value, source.keys[key]
