"""What the API server demands of an object: which fields are there, of which type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from orchestration.kalypso.goyaml import Node, Timestamp, resolve

Kind = Literal["text", "texts", "text map", "record", "records"]
_NULL = "tag:yaml.org,2002:null"
_STRING = "tag:yaml.org,2002:str"


@dataclass(frozen=True)
class Shape:
    """A field's type; of a record, its fields, of which some are required."""

    kind: Kind = "text"
    fields: Mapping[str, Shape] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


TEXT, TEXTS, TEXT_MAP = Shape(), Shape("texts"), Shape("text map")


def record(required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None, *, many: bool = False) -> Shape:
    """Return the shape of a record, or of a list of them."""
    fields = {**required, **(optional or {})}
    return Shape("records" if many else "record", fields, tuple(required))


def target(node: Node) -> Node:
    """Return the node that an alias stands for."""
    return node.children[0] if node.kind == "alias" else node


def value_of(node: Node) -> Any:
    """Return a node as Kubernetes' reader does: typed scalars, lists, dicts (a later key wins)."""
    if node.kind == "alias":
        node = node.children[0]
    if node.kind == "scalar":
        if not (node.plain or node.tag) or node.tag == _STRING:
            return node.value
        value = resolve(node.value, old_booleans=False)
        return str(value) if type(value) is Timestamp else value
    if node.kind == "sequence":
        return [value_of(child) for child in node.children]
    values = map(value_of, node.children)
    return {key if type(key) is str else str(key): value for key, value in zip(values, values, strict=True)}


def child(node: Node | None, *names: str) -> Node | None:
    """Return the node below *node* by keys; None where there is none or it is null."""
    for name in names:
        if node is None or (node := target(node)).kind != "mapping":
            return None
        found = None
        for key, value in zip(node.children[::2], node.children[1::2], strict=True):
            if (key.children[0] if key.kind == "alias" else key).value == name:
                found = value
        node = found if found is not None and not is_null(found) else None
    return node


def is_null(node: Node) -> bool:
    """Whether a node is null, which the API server takes for absent."""
    node = target(node)
    return node.kind == "scalar" and value_of(node) is None


def faults(node: Node | None, shape: Shape, path: str, parent: Node) -> Iterator[tuple[Node, str]]:
    """Yield what of *node* does not fit *shape*, each with the node to blame."""
    if node is None or is_null(node):
        return
    node = target(node)
    expected = {"text": "scalar", "texts": "sequence", "records": "sequence"}.get(shape.kind, "mapping")
    if node.kind != expected or (shape.kind == "text" and not _is_text(node)):
        names = {"text": "a string", "texts": "a list of strings", "records": "a list of objects"}
        yield node, f"{path} must be {names.get(shape.kind, 'an object')}"
    elif shape.kind in ("texts", "text map"):
        items = node.children if shape.kind == "texts" else [value for _, value in node.pairs()]
        wrong = next((item for item in items if not _is_text(target(item))), None)
        if wrong is not None:
            yield wrong, f"{path} {'items' if shape.kind == 'texts' else 'values'} must be strings"
    elif shape.kind == "records":
        for index, item in enumerate(node.children):
            yield from _record_faults(target(item), shape, f"{path}[{index}]")
    elif shape.kind == "record":
        yield from _record_faults(node, shape, path)
    elif shape.choices and value_of(node) not in shape.choices:
        yield node, f"{path} must be one of {', '.join(shape.choices)}"


def _record_faults(node: Node, shape: Shape, path: str) -> Iterator[tuple[Node, str]]:
    if node.kind != "mapping":
        yield node, f"{path} must be an object"
        return
    for name in shape.required:
        if child(node, name) is None:
            yield node, f"{path}.{name} is required"
    for name, inner in shape.fields.items():
        yield from faults(child(node, name), inner, f"{path}.{name}", node)


def unknown(node: Node | None, shape: Shape, path: str) -> Iterator[tuple[Node, str]]:
    """Yield the fields of *node* that *shape* does not have, each with its path: the API server prunes them."""
    if node is None:
        return
    node = target(node)
    if shape.kind == "records" and node.kind == "sequence":
        for index, item in enumerate(node.children):
            yield from unknown(item, Shape("record", shape.fields), f"{path}[{index}]")
    elif shape.kind == "record" and node.kind == "mapping":
        for key, value in node.pairs():
            name = str(value_of(key))
            if name not in shape.fields:
                yield target(key), f"{path}.{name}"
            else:
                yield from unknown(value, shape.fields[name], f"{path}.{name}")


def _is_text(node: Node) -> bool:
    return node.kind == "scalar" and isinstance(value_of(node), str)
