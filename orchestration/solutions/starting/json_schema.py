"""What a chart's `values.schema.json` says of one value, in the terms of the configuration language.

https://json-schema.org/draft-07/json-schema-validation. Only what narrows a value in a way that the language has, too,
is taken over; the chart itself still checks the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

TYPES = {"string": "string", "integer": "int", "number": "float", "boolean": "boolean", "object": "object"}
"""The language's types of JSON Schema's; an array's follows from its items."""

_LONGEST_REPEAT = 1000  # https://github.com/google/re2/wiki/Syntax

Schema = Mapping[str, Any]


class Described:
    """A value's schema, references followed; *root* is the document that they lead into."""

    def __init__(self, schema: Any, root: Any) -> None:
        self.root = root
        self.said: dict[str, Any] = {}
        self.properties: dict[str, Any] = {}
        self.required: set[str] = set()
        for part in _parts(schema, root):
            self.said = {**part, **self.said}
            properties = part.get("properties")
            self.properties = {**(properties if isinstance(properties, dict) else {}), **self.properties}
            self.required.update(name for name in _list(part.get("required")) if isinstance(name, str))

    def of(self, name: str) -> Described:
        """Return what is said of the entry *name*."""
        return Described(self.properties.get(name, self.said.get("additionalProperties")), self.root)

    @property
    def items(self) -> Described:
        """What is said of the items of a list."""
        return Described(self.said.get("items"), self.root)

    @property
    def types(self) -> frozenset[str]:
        """The types of JSON that the value may have beside null; none when nothing is said."""
        if own := self._own_types:
            return own - {"null"}
        for keyword in ("anyOf", "oneOf"):
            members = [Described(each, self.root)._own_types for each in _list(self.said.get(keyword))]
            if members and all(members):
                return frozenset().union(*members) - {"null"}
        return frozenset()

    @property
    def _own_types(self) -> frozenset[str]:
        named = self.said.get("type")
        if named is not None:
            return frozenset(named if isinstance(named, list) else [named])
        return frozenset(_type_of(value) for value in self.values or ())

    @property
    def values(self) -> list[Any] | None:
        """The values that are allowed, None when all are."""
        if "const" in self.said:
            return [self.said["const"]]
        found = self.said.get("enum")
        return found if isinstance(found, list) else None

    def fields(self, kind: str) -> dict[str, Any]:
        """Return the fields of a rule of type *kind*, its `type` left aside."""
        narrowing = {"string": self._of_texts, "int": self._of_numbers, "float": self._of_numbers}.get(kind)
        found = narrowing(kind) if narrowing is not None else {}
        told = {"description": self.said.get("description"), "label": self.said.get("title")}
        return found | {name: text for name, text in told.items() if isinstance(text, str)}

    def _of_texts(self, kind: str) -> dict[str, Any]:
        allowed = self._allowed(str)
        pattern = self.said.get("pattern")
        if not isinstance(pattern, str):
            pattern = _length_pattern(self.said.get("minLength"), self.said.get("maxLength"))
        return allowed | ({"pattern": pattern} if pattern is not None and not allowed else {})

    def _of_numbers(self, kind: str) -> dict[str, Any]:
        low = _bound(self.said, "minimum", "exclusiveMinimum", 1 if kind == "int" else 0, max)
        high = _bound(self.said, "maximum", "exclusiveMaximum", -1 if kind == "int" else 0, min)
        bounds = {"minValue": low, "maxValue": high}
        return self._allowed(int, float) | {name: bound for name, bound in bounds.items() if bound is not None}

    def _allowed(self, *kinds: type) -> dict[str, Any]:
        found = [value for value in self.values or () if isinstance(value, kinds) and not isinstance(value, bool)]
        return {"allowedValues": found} if found else {}


def _parts(schema: Any, root: Any) -> Iterator[Schema]:
    """Yield a schema and those that must hold with it, each once, the nearest first."""
    waiting, seen = [schema], set[int]()
    for part in waiting:
        if isinstance(part, dict) and id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting += [_referred(part.get("$ref"), root), *_list(part.get("allOf"))]


def _referred(reference: Any, root: Any) -> Any:
    """Return what a reference into the document leads to, None for one that leads elsewhere."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    found = root
    for name in reference[1:].split("/")[1:]:
        found = found.get(name.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), "object")


def _bound(said: Schema, closed: str, open_: str, step: int, tighter: Any) -> float | None:
    """Return the tightest bound with the value itself allowed; an open one of whole numbers is moved by *step*."""
    bounds = [said[closed]] if _is_number(said.get(closed)) else []
    if said.get(open_) is True and bounds:  # draft 4
        bounds = [_inside(bounds[0], step)]
    elif _is_number(said.get(open_)):
        bounds.append(_inside(said[open_], step))
    return tighter(bounds) if bounds else None


def _inside(bound: float, step: int) -> float:
    return bound + step if isinstance(bound, int) or bound.is_integer() else bound


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _length_pattern(least: Any, most: Any) -> str | None:
    """Return a pattern for a text's length, None when nothing is said of it or it is longer than patterns count."""
    low, high = least if isinstance(least, int) else 0, most if isinstance(most, int) else None
    if (low == 0 and high is None) or max(low, high or 0) > _LONGEST_REPEAT:
        return None
    return rf"^[\s\S]{{{low},{'' if high is None else high}}}$"
