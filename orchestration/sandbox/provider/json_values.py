"""Terraform values as JSON, and JSON as Terraform values: what azapi does between HCL and the service."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from orchestration.sandbox.provider.values import UNKNOWN, Dynamic, Type


class _Mismatch(Exception):
    """A value does not have the type it was expected to have."""


def plain(value: Any) -> Any:
    """Return *value* as JSON-like data: without types, numbers as `int` or `float`, `UNKNOWN` left in."""
    if isinstance(value, Dynamic):
        return plain(value.value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value


def is_fully_known(value: Any) -> bool:
    """Return whether nothing in *value* is unknown."""
    if isinstance(value, Dynamic):
        return is_fully_known(value.value)
    if isinstance(value, list):
        return all(is_fully_known(item) for item in value)
    if isinstance(value, dict):
        return all(is_fully_known(item) for item in value.values())
    return value is not UNKNOWN


def canonical_json(value: Any) -> str:
    """Return *value* as JSON with sorted keys, escaped as Go's encoder does it."""
    text = json.dumps(_without_idle_fractions(plain(value)), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _without_idle_fractions(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_without_idle_fractions(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_idle_fractions(item) for name, item in value.items()}
    return value


def same(left: Any, right: Any) -> bool:
    """Return whether *left* and *right* are the same JSON; what is not fully known is the same as no other."""
    if not (is_fully_known(left) and is_fully_known(right)):
        return False
    return canonical_json(left) == canonical_json(right)


def implied(data: Any) -> Dynamic | None:
    """Return JSON-like *data* as Terraform would type it: objects and tuples; null is None."""
    if data is None:
        return None
    type_, value = _imply(data)
    return Dynamic(type_, value)


def _imply(data: Any) -> tuple[Type, Any]:
    if data is None:
        return "dynamic", None
    if isinstance(data, bool):
        return "bool", data
    if isinstance(data, str):
        return "string", data
    if isinstance(data, (int, float, Decimal)):
        return "number", data
    if isinstance(data, list):
        items = [_imply(item) for item in data]
        return ["tuple", [type_ for type_, _ in items]], [value for _, value in items]
    members = {name: _imply(item) for name, item in data.items()}
    return (
        ["object", {name: type_ for name, (type_, _) in members.items()}],
        {name: value for name, (_, value) in members.items()},
    )


def conform_or_imply(data: Any, type_: Type) -> Dynamic | None:
    """Return JSON-like *data* with the type *type_* if it fits, otherwise with the type that it implies."""
    if data is None:
        return None
    try:
        refined, value = _conform(data, type_)
    except _Mismatch:
        return implied(data)
    return Dynamic(refined, value)


def _conform(data: Any, type_: Type) -> tuple[Type, Any]:
    if data is None:
        return type_, None
    if type_ == "dynamic":
        return _imply(data)
    if isinstance(type_, str):
        return type_, _conform_scalar(data, type_)
    kind, inner = type_[0], type_[1]
    if kind in ("list", "set", "map"):
        return type_, _conform_collection(data, kind, inner)
    if kind == "tuple":
        if not isinstance(data, list) or len(data) != len(inner):
            raise _Mismatch(f"a tuple of {len(inner)} was expected")
        items = [_conform(item, item_type) for item, item_type in zip(data, inner, strict=True)]
        return ["tuple", [item_type for item_type, _ in items]], [value for _, value in items]
    if not isinstance(data, dict):
        raise _Mismatch("an object was expected")
    members = {name: _conform(data.get(name), member) for name, member in inner.items()}
    return (
        ["object", {name: member for name, (member, _) in members.items()}],
        {name: value for name, (_, value) in members.items()},
    )


def _conform_scalar(data: Any, type_: str) -> Any:
    kinds: dict[str, tuple[type, ...]] = {"string": (str,), "bool": (bool,), "number": (int, float, Decimal)}
    if not isinstance(data, kinds[type_]) or (type_ == "number" and isinstance(data, bool)):
        raise _Mismatch(f"a {type_} was expected")
    return data


def _conform_collection(data: Any, kind: str, inner: Type) -> Any:
    if kind == "map" and isinstance(data, dict):
        return {name: _conform(item, inner)[1] for name, item in data.items()}
    if kind != "map" and isinstance(data, list):
        return [_conform(item, inner)[1] for item in data]
    raise _Mismatch(f"a {kind} was expected")
