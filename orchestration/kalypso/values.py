"""Go's values as Python holds them, where Python's own types would lose a difference that shows.

| Go | here |
|---|---|
| `string`, `bool`, `int`, `float64`, `complex128`, nil | `str`, `bool`, `int`, `float`, `complex`, `None` |
| `int64`, `uint64`, `uint8` | `Int64`, `Uint64`, `Uint8` |
| `[]interface{}`, `[]string`, `[]int` | `list`, `Strings`, `Ints` |
| `map[string]interface{}`, `map[string]string` | `dict`, `StringMap` |
| `map[interface{}]interface{}` | `AnyMap` |

A Go string is bytes: text that is not UTF-8 is held with Python's surrogate escapes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, Final

GO_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""White space, as Go has it."""


class Int64(int):
    """A Go `int64`."""

    go_type = "int64"


class Uint64(int):
    """A Go `uint64`."""

    go_type = "uint64"


class Uint8(int):
    """A Go `uint8`, which is what indexing a string gives."""

    go_type = "uint8"


class Strings(list[Any]):
    """A Go `[]string`."""

    go_type = "[]string"


class Ints(list[Any]):
    """A Go `[]int`."""

    go_type = "[]int"


class StringMap(dict[str, Any]):
    """A Go `map[string]string`."""

    go_type = "map[string]string"


class Struct(dict[str, Any]):
    """A Go struct's fields, which keep their order."""

    go_type = "struct"


class NilMap(dict[str, Any]):
    """A nil `map[string]interface{}`: empty, and nothing can be put into it."""

    go_type = "map[string]interface {}"


class NilList(list[Any]):
    """A nil `[]interface{}`: empty, and equal to nil."""

    go_type = "[]interface {}"


class NilStrings(Strings):
    """A nil `[]string`."""


NIL = (NilList, NilStrings, NilMap)


class AnyMap:
    """A Go `map[interface{}]interface{}`: 1, 1.0 and true are three different keys.

    Once it is made nobody changes it, so that what was worked out of it may be `kept` with it.
    """

    __slots__ = ("_entries", "kept")
    go_type = "map[interface {}]interface {}"

    def __init__(self, entries: Iterable[tuple[Any, Any]] = ()) -> None:
        self._entries: dict[Any, tuple[Any, Any]] = {}
        self.kept: dict[str, Any] = {}
        for key, value in entries:
            self[key] = value

    def __setitem__(self, key: Any, value: Any) -> None:
        self._entries[_told_apart(key)] = key, value

    def __getitem__(self, key: Any) -> Any:
        return self._entries[_told_apart(key)][1]

    def __contains__(self, key: Any) -> bool:
        return _told_apart(key) in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Any]:
        return (key for key, _ in self._entries.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AnyMap) and self._entries == other._entries

    def __hash__(self) -> int:
        raise TypeError("a map is no key")

    def __repr__(self) -> str:
        return f"AnyMap({list(self.items())!r})"

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the value at *key*, or *default*."""
        entry = self._entries.get(key if type(key) is str else _told_apart(key))
        return entry[1] if entry else default

    def items(self) -> list[tuple[Any, Any]]:
        """Return keys with their values, in the order they came."""
        return list(self._entries.values())

    def values(self) -> list[Any]:
        """Return the values, in the order they came."""
        return [value for _, value in self._entries.values()]


def _told_apart(key: Any) -> Any:
    """Return *key* so that keys of two types are never equal."""
    return key if type(key) is str else (type_name(key), key)


_BUILTIN: dict[type, str] = {
    str: "string",
    bool: "bool",
    int: "int",
    float: "float64",
    complex: "complex128",
    type(None): "<nil>",
    list: "[]interface {}",
    dict: "map[string]interface {}",
}


def type_name(value: Any) -> str:
    """Return the name that Go prints for the type of *value* (`%T`)."""
    return _BUILTIN.get(type(value)) or str(getattr(value, "go_type", type(value).__name__))


def kind_name(value: Any) -> str:
    """Return the name of Go's reflection kind of *value*."""
    name = type_name(value)
    if name == "<nil>":
        return "invalid"
    if name.startswith("*"):
        return "ptr"
    for prefix, kind in (("map[", "map"), ("[]", "slice")):
        if name.startswith(prefix):
            return kind
    return "struct" if "." in name else name


def is_map(value: Any) -> bool:
    """Whether *value* is a Go map of any type."""
    return isinstance(value, dict | AnyMap)


def is_integer(value: Any) -> bool:
    """Whether *value* is a Go integer of any size."""
    return isinstance(value, int) and not isinstance(value, bool)


def deep_equal(one: Any, other: Any) -> bool:
    """Return what Go's `reflect.DeepEqual` says: equal in type and content, all the way down."""
    if type_name(one) != type_name(other) or isinstance(one, NIL) != isinstance(other, NIL):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(deep_equal, one, other))
    if is_map(one):
        same_keys = len(one) == len(other) and all(key in other for key in one)
        return same_keys and all(deep_equal(one[key], other[key]) for key in one)
    return bool(one == other)


def to_bytes(text: str) -> bytes:
    """Return the bytes of a Go string."""
    return text.encode("utf-8", "surrogateescape")


def to_text(data: bytes) -> str:
    """Return the Go string of *data*, whatever its bytes."""
    return data.decode("utf-8", "surrogateescape")


def plain(value: Any) -> Any:
    """Return a value as JSON can have it: maps with text for keys, what JSON has no type for as text."""
    if isinstance(value, AnyMap):
        return {key if isinstance(key, str) else _key_text(key): plain(item) for key, item in value.items()}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | str):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, int):
        return int(value)
    return value if isinstance(value, float) and math.isfinite(value) else str(value)


def _key_text(key: Any) -> str:
    return {True: "true", False: "false", None: "null"}[key] if isinstance(key, bool) or key is None else str(key)
