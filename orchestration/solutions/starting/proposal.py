"""The rules and `configs` that make a chart's values configurable, with the chart's own values for defaults.

What the language cannot express stays as it is written in the chart, each with the reason.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from orchestration.fleet.tree import Node
from orchestration.solutions.language.expression import OPEN
from orchestration.solutions.language.schema import Rule
from orchestration.solutions.language.types import TYPES as LANGUAGE_TYPES
from orchestration.solutions.language.types import violations
from orchestration.solutions.starting.json_schema import TYPES, Described
from orchestration.solutions.yaml_text import WORDS

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
LEFT_OUT = "the chart's own default applies"


class Reference(str):
    """A value of `configs` that is set by the rule of this key."""


class Told(NamedTuple):
    """A value of the chart that a person should know of, where it stands, and why."""

    key: str
    file: str
    line: int
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return the value as `ewo.new/1` lists it."""
        return self._asdict()


@dataclass
class Proposal:
    """Fields of rules by key, `configs` with a `Reference` for each, and what a person should know of."""

    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    configs: dict[str, Any] = field(default_factory=dict)
    literal: list[Told] = field(default_factory=list)
    missing: list[Told] = field(default_factory=list)
    """Values that every target has to be given: the chart's own break its schema."""
    narrowed: list[Told] = field(default_factory=list)
    """Values that the chart takes in more types than their rules do."""


def propose(values: Mapping[str, Any], places: Node, schema: Any) -> Proposal:
    """Return the proposal for a chart's values; *schema* is its `values.schema.json` as data, None when it has none."""
    maker = _Maker()
    maker.proposal.configs = maker.mapping((), values, places, Described(schema, schema))
    return maker.proposal


class _Kept(Exception):
    """A value stays as it is."""


class _Maker:
    def __init__(self) -> None:
        self.proposal = Proposal()
        self.taken: dict[str, str] = {}

    def mapping(
        self, path: tuple[str, ...], values: Mapping[str, Any], place: Node, described: Described
    ) -> dict[str, Any]:
        """Return the `configs` of a mapping; rules and what stays are noted."""
        found: dict[str, Any] = {}
        for name, value in values.items():
            here, where = (*path, name), place.key(name)
            inner = described.of(name)
            if reason := _unwritable(name):
                self.told(self.proposal.literal, here, where, f"{reason}: {LEFT_OUT}")
            elif isinstance(value, dict) and value and _NAME.fullmatch(name):
                found[name] = self.mapping(here, value, place.child(name) or place, inner)
            elif reason := _unwritable(value):
                self.told(self.proposal.literal, here, where, f"{reason}: {LEFT_OUT}")
            else:
                found[name] = self.leaf(here, value, where, inner, required=name in described.required)
        return found

    def leaf(self, path: tuple[str, ...], value: Any, place: Node, described: Described, *, required: bool) -> Any:
        """Return a reference to the rule that a value gets, or the value itself when it can have none."""
        key = ".".join(path)
        try:
            self.check_name(path)
            kind = _kind(value, described)
        except _Kept as kept:
            self.told(self.proposal.literal, path, place, str(kept))
            return value
        self.taken[key.lower()] = key
        self.proposal.rules[key] = self.rule(path, kind, value, place, described, required=required)
        return Reference(key)

    def rule(
        self, path: tuple[str, ...], kind: str, value: Any, place: Node, described: Described, *, required: bool
    ) -> dict[str, Any]:
        """Return a value's rule; without a default when the chart's own breaks it."""
        limits = described.fields(kind)
        said = sorted(described.types - _json_types(kind))
        if said:
            reason = f"the chart takes {' or '.join(said)}, too; the rule takes {kind}"
            self.told(self.proposal.narrowed, path, place, reason)
        if value is None:
            return {"type": kind, **limits}
        broken = _broken(kind, limits, value, place)
        if broken:
            self.told(self.proposal.missing, path, place, broken)
            return {"type": kind, "required": True, **limits}
        return {"type": kind, **({"required": True} if required else {}), **limits, "defaultValue": value}

    def check_name(self, path: tuple[str, ...]) -> None:
        """Raise `_Kept` for a path that no rule's key can be."""
        for name in path:
            if "." in name:
                raise _Kept("the key has a dot, which would nest in the key of a rule")
            if name.lower() in WORDS:
                raise _Kept("the key is a word that YAML takes for a value")
            if not _NAME.fullmatch(name):
                raise _Kept("the key has characters that the key of a rule cannot have")
        other = self.taken.get(".".join(path).lower())
        if other is not None:
            raise _Kept(f"the key differs from {other} in case only")

    def told(self, into: list[Told], path: tuple[str, ...], place: Node, reason: str) -> None:
        """Note what a person should know of a value."""
        into.append(Told(".".join(path), place.file, place.line, reason))


def _kind(value: Any, described: Described) -> str:
    """Return the language's type for a value; raise `_Kept` when it has none."""
    said = described.types
    if value is None:
        return _said_kind(described) or _keep("it is null, and values.schema.json names no one type for it")
    if value == {}:
        raise _Kept("an empty mapping has no keys that could be set")
    if isinstance(value, list):
        return _list_kind(value, described)
    own = _own_kind(value)
    fitting = {TYPES[name] for name in said if name in TYPES}
    if own == "int" and "float" in fitting:
        return "float"
    if not fitting or own in fitting or (own == "float" and "int" in fitting):
        return own
    return _said_kind(described) or _keep("values.schema.json has it of another type, or of several")


def _list_kind(value: list[Any], described: Described) -> str:
    said = _said_kind(described)
    if not value:
        return said if said and said.startswith("array") else _keep("it is empty, and values.schema.json names no type")
    kinds = {_own_kind(item) for item in value}
    if kinds == {"int", "float"} or (kinds == {"int"} and said == "array[float]"):
        return "array[float]"
    if len(kinds) > 1:
        raise _Kept(f"its items are of several types: {', '.join(sorted(kinds))}")
    kind = f"array[{kinds.pop()}]"
    return kind if kind in LANGUAGE_TYPES else _keep(f"the language has no {kind}")


def _said_kind(described: Described) -> str | None:
    """Return the language's type that the schema names, None when it names none, several, or one it does not have."""
    if len(described.types) != 1:
        return None
    (name,) = described.types
    if name != "array":
        return TYPES.get(name)
    items = described.items.types
    kind = f"array[{TYPES.get(next(iter(items)), '') if len(items) == 1 else ''}]"
    return kind if kind in LANGUAGE_TYPES else None


def _own_kind(value: Any) -> str:
    kinds = {bool: "boolean", int: "int", float: "float", str: "string", dict: "object", list: "list"}
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), "null")


def _json_types(kind: str) -> set[str]:
    """Return the types of JSON that a rule's type takes in."""
    if kind.startswith("array"):
        return {"array"}
    return {"number", "integer"} if kind == "float" else {name for name, own in TYPES.items() if own == kind}


def _keep(reason: str) -> str:
    raise _Kept(reason)


def _broken(kind: str, limits: Mapping[str, Any], value: Any, place: Node) -> str:
    """Return what a chart's own value breaks of the rule that it would be the default of."""
    fields = {name: _node(limit, place) for name, limit in limits.items()}
    return next(violations(Rule("", kind, fields, place.origin), value, set()), "")


def _node(value: Any, place: Node) -> Node:
    if isinstance(value, list):
        value = [_node(item, place) for item in value]
    return place._replace(value=value, text=value if isinstance(value, str) else "", keys={})


def _unwritable(value: Any) -> str:
    """Return why a value cannot stand in a template at all, empty when it can."""
    if isinstance(value, str):
        if OPEN in value:
            return f"it holds {OPEN}, which begins an expression"
        return "" if value.isascii() or _is_unicode(value) else "it is no text"
    parts = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((reason for part in parts if (reason := _unwritable(part))), "")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
