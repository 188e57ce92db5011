"""Terraform values, to and from MessagePack, and from a state file.

A value whose type the schema fixes is plain Python (`str`, `bool`, `int`, `float`, `Decimal`, `list`, `dict`,
`None`). A value of the dynamic pseudo-type is a `Dynamic`, which remembers the type Terraform gave it, because
Terraform refuses a state whose types differ from the plan's. What is not known yet is `UNKNOWN`.

The wire format is public: https://github.com/hashicorp/terraform/blob/main/docs/plugin-protocol/object-wire-format.md
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

import msgpack

Type: TypeAlias = str | list[Any]
"""A type as Terraform writes it in JSON: `"string"`, `["list", "string"]`, `["object", {"a": "bool"}]`, ..."""


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
"""A value that is only known after apply."""

_UNKNOWN_ON_THE_WIRE = msgpack.ExtType(0, b"\x00")


@dataclass(frozen=True)
class Dynamic:
    """A value of the dynamic pseudo-type: *value* has the type *type*."""

    type: Type
    value: Any


def decode(data: bytes, type_: Type) -> Any:
    """Return the value of type *type_* that *data* (MessagePack) holds."""
    # Every extension means "not known": code 0 plainly, code 12 with refinements, which only narrow it down.
    raw = msgpack.unpackb(data, ext_hook=lambda _code, _data: UNKNOWN, strict_map_key=False)
    return _from_wire(raw, type_)


def encode(value: Any, type_: Type) -> bytes:
    """Return *value*, of type *type_*, as MessagePack."""
    packed: bytes = msgpack.packb(_to_wire(value, type_))
    return packed


def _from_wire(raw: Any, type_: Type) -> Any:
    if raw is None or raw is UNKNOWN:
        return raw
    if type_ == "dynamic":
        inner: Type = json.loads(raw[0])
        value = _from_wire(raw[1], inner)
        return value if value is None or value is UNKNOWN else Dynamic(inner, value)
    if type_ == "number":
        return _number(raw)
    if isinstance(type_, str):
        return raw
    return _map_elements(raw, type_, _from_wire)


def _to_wire(value: Any, type_: Type) -> Any:
    if value is None:
        return None
    if value is UNKNOWN:
        return _UNKNOWN_ON_THE_WIRE
    if type_ == "dynamic":
        kind = json.dumps(value.type, separators=(",", ":")).encode()
        return [kind, _to_wire(value.value, value.type)]
    if type_ == "number":
        return _wire_number(value)
    if isinstance(type_, str):
        return value
    if type_[0] == "object":
        value = {name: value.get(name) for name in type_[1]}
    return _map_elements(value, type_, _to_wire)


def _map_elements(value: Any, type_: Type, convert: Any) -> Any:
    kind, inner = type_[0], type_[1]
    if kind in ("list", "set"):
        return [convert(item, inner) for item in value]
    if kind == "tuple":
        return [convert(item, item_type) for item, item_type in zip(value, inner, strict=True)]
    if kind == "map":
        return {name: convert(item, inner) for name, item in value.items()}
    return {name: convert(item, inner[name]) for name, item in value.items() if name in inner}


def _number(raw: int | float | str | Decimal) -> int | float | Decimal:
    if isinstance(raw, int | float):
        return raw
    # What is no exact integer or double, 0.1 for instance, travels as decimal digits and must go back so.
    number = Decimal(raw)
    return int(number) if number == number.to_integral_value() else number


def _wire_number(value: int | float | Decimal) -> int | float | str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value


def decode_state(data: bytes, type_: Type) -> Any:
    """Return the value of type *type_* that a state file holds as JSON; what the type does not name is dropped."""
    return _from_state(json.loads(data, parse_float=Decimal), type_)


def _from_state(raw: Any, type_: Type) -> Any:
    if raw is None:
        return None
    if type_ == "dynamic":
        value = _from_state(raw["value"], raw["type"])
        return None if value is None else Dynamic(raw["type"], value)
    if type_ == "number":
        return _number(raw)
    if isinstance(type_, str):
        return raw
    return _map_elements(raw, type_, _from_state)
