"""YAML as go-yaml 2.4 reads it: YAML 1.1, mappings with keys of any type, dates left as text."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from orchestration.kalypso.goyaml.nodes import Node, RefusedYaml, UnreadableYaml, documents
from orchestration.kalypso.goyaml.resolve import Timestamp, resolve
from orchestration.kalypso.goyaml.scan import GoLoader
from orchestration.kalypso.values import AnyMap, is_map, to_text, type_name

_PREFIX = "tag:yaml.org,2002:"
_STRING, _BINARY, _MERGE = f"{_PREFIX}str", f"{_PREFIX}binary", f"{_PREFIX}merge"
_TYPES = {
    f"{_PREFIX}bool": ("bool",),
    f"{_PREFIX}int": ("int", "uint64"),
    f"{_PREFIX}float": ("float64",),
    f"{_PREFIX}null": ("<nil>",),
}
_TIMESTAMP = f"{_PREFIX}timestamp"
_DECODE_LIMIT = 200_000
_BRACKET = re.compile(r"[\[{]")
_UNLIKE = re.compile(r"""\?|(?<!["']):[,\[\]{}]|[\]}]\s*[^\s,\]}]""")
"""In brackets libyaml may read otherwise: question marks, colons in front of brackets, what is behind a closed one."""


def load(text: str) -> Any:
    """Return the first document of *text*, None if there is none; raises UnreadableYaml or RefusedYaml."""
    found = documents(text, GoLoader) if _may_differ(text) else documents(text)
    return _Reader().value(next(found, None))


def _may_differ(text: str) -> bool:
    """Whether libyaml, which is many times faster, may read *text* otherwise than go-yaml does."""
    if "!" in text or "\ufeff" in text:
        return True
    quote, bracket = text.find('"'), _BRACKET.search(text)
    escaped = quote >= 0 and text.find("\\", quote) >= 0
    return escaped or (bracket is not None and _UNLIKE.search(text, bracket.end()) is not None)


class _Reader:
    """Counts what aliases make of a text, as go-yaml does."""

    def __init__(self) -> None:
        self.decoded = self.aliased = 0
        self.inside: list[Node] = []

    def value(self, node: Node | None) -> Any:
        if node is None:
            return None
        self.count(node)
        if node.kind == "alias":
            return self.alias(node)
        if node.kind == "scalar":
            return _scalar(node)
        if node.kind == "sequence":
            return [self.value(child) for child in node.children]
        return self.mapping(node, AnyMap())

    def count(self, node: Node) -> None:
        self.decoded += 1
        self.aliased += bool(self.inside)
        if self.aliased > 100 and self.decoded > 1000 and self.aliased / self.decoded > 0.99:
            raise UnreadableYaml("document contains excessive aliasing", node.line)
        if self.decoded > _DECODE_LIMIT:
            raise RefusedYaml(f"more than {_DECODE_LIMIT} values, aliases included", node.line)

    def alias(self, node: Node) -> Any:
        target = node.children[0]
        if target in self.inside:
            raise UnreadableYaml("an anchor's value contains itself", node.line)
        self.inside.append(target)
        value = self.value(target)
        self.inside.pop()
        return value

    def mapping(self, node: Node, result: AnyMap) -> AnyMap:
        for key_node, value_node in node.pairs():
            if key_node.kind == "scalar" and key_node.value == "<<" and (key_node.plain or key_node.tag == _MERGE):
                self.merge(value_node, result)
                continue
            key = self.value(key_node)
            if is_map(key) or isinstance(key, list):
                raise UnreadableYaml("a list or a map is no key", key_node.line)
            result[key] = self.value(value_node)
        return result

    def merge(self, node: Node, result: AnyMap) -> None:
        target = node.children[0] if node.kind == "alias" else node
        sources = reversed(target.children) if target.kind == "sequence" and node.kind != "alias" else [node]
        for source in sources:
            merged = self.value(source)
            if not isinstance(merged, AnyMap):
                raise UnreadableYaml("map merge requires map or sequence of maps as the value", node.line)
            for key, value in merged.items():
                result[key] = value


def _scalar(node: Node) -> Any:
    if node.tag == _BINARY:
        return _binary(node)
    if (not node.plain and not node.tag) or node.tag == _STRING:
        return node.value
    if node.tag and node.tag != _TIMESTAMP and node.tag not in _TYPES:
        return node.value
    value = resolve(node.value, old_booleans=True)
    if not node.tag:
        return str(value) if isinstance(value, Timestamp) else value
    if node.tag == _TIMESTAMP and isinstance(value, Timestamp):
        return node.value
    if type_name(value) in _TYPES.get(node.tag, ()):
        return value
    if node.tag == f"{_PREFIX}float" and type_name(value) == "int":
        return float(value)
    raise UnreadableYaml(f"cannot decode `{node.value}` as a {node.tag.replace(_PREFIX, '!!')}", node.line)


def _binary(node: Node) -> str:
    try:
        return to_text(base64.b64decode("".join(node.value.split("\n")), validate=True))
    except binascii.Error as error:
        raise UnreadableYaml("!!binary value contains invalid base64 data", node.line) from error
