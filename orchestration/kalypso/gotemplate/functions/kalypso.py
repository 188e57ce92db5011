"""The four functions that Kalypso adds."""

from __future__ import annotations

import struct
from functools import reduce
from operator import xor
from typing import Any

from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.functions.dates import Time
from orchestration.kalypso.gotemplate.signature import table
from orchestration.kalypso.goyaml import dump
from orchestration.kalypso.values import GO_SPACE, AnyMap, NilList, NilMap, Uint8, is_map, to_bytes, type_name

_WRITTEN_AS_TEXT = frozenset((list, NilList, dict, NilMap))
_OFFSET, _PRIME, _MASK = 14695981039346656037, 1099511628211, (1 << 64) - 1


def _to_yaml(value: Any) -> str:
    return _yaml(value).removesuffix("\n")


def _yaml(value: Any) -> str:
    try:
        return dump(value)
    except ValueError as error:
        raise FunctionError(str(error)) from error


def _stringify(value: Any) -> str:
    if not isinstance(value, dict):
        return _to_yaml(value)
    texts = {key: _yaml(item) for key, item in value.items() if type(item) in _WRITTEN_AS_TEXT}
    return _to_yaml({**value, **texts})


def _hash(value: Any) -> str:
    return str(_hashed(value))


def _hashed(value: Any) -> int:
    """Return what mitchellh/hashstructure 1.1 makes of *value*."""
    if isinstance(value, str):
        return _fnv(to_bytes(value))
    if isinstance(value, bool | Uint8):
        return _fnv(bytes([value]))
    if isinstance(value, float):
        return _fnv(struct.pack("<d", value))
    if isinstance(value, list):
        return reduce(lambda total, item: _fnv(_words(total, _hashed(item))), value, 0)
    if is_map(value):
        entries = value.items() if isinstance(value, AnyMap | dict) else ()
        return reduce(xor, (_fnv(_words(_hashed(key), _hashed(item))) for key, item in entries), 0)
    if isinstance(value, complex):
        raise FunctionError("unknown kind to hash: complex128")
    if isinstance(value, Time):
        return _fnv(value.go_binary())
    if "." in type_name(value):
        return _hashed_struct(type_name(value).rpartition(".")[2], getattr(value, "go_fields", {}))
    return _fnv(struct.pack("<Q", int(value or 0) & _MASK))


def _hashed_struct(name: str, fields: dict[str, Any]) -> int:
    return reduce(xor, (_fnv(_words(_hashed(key), _hashed(item))) for key, item in fields.items()), _hashed(name))


def _words(*words: int) -> bytes:
    return struct.pack(f"<{len(words)}Q", *words)


def _fnv(data: bytes) -> int:
    total = _OFFSET
    for byte in data:
        total = (total * _PRIME & _MASK) ^ byte
    return total


def _unquote(value: Any) -> str:
    return value.strip(GO_SPACE).strip('"').strip("'") if isinstance(value, str) else ""


FUNCTIONS = table(
    ("toYaml", "any", _to_yaml),
    ("stringify", "any", _stringify),
    ("hash", "any", _hash),
    ("unquote", "any", _unquote),
)
