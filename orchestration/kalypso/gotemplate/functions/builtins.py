"""The functions of Go's text/template itself."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.fields import Data
from orchestration.kalypso.gotemplate.fmt import sprint, sprintln
from orchestration.kalypso.gotemplate.printf import sprintf
from orchestration.kalypso.gotemplate.signature import Missing, table
from orchestration.kalypso.gotemplate.truth import is_true
from orchestration.kalypso.values import (
    NIL,
    AnyMap,
    Ints,
    StringMap,
    Strings,
    Uint8,
    is_integer,
    is_map,
    kind_name,
    to_bytes,
    to_text,
    type_name,
)

_HTML = {'"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;", "\0": "\ufffd"}
_JS = {
    "\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D",
}  # fmt: skip
_UNRESERVED = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")


def _is_nil(value: Any) -> bool:
    return value is None or isinstance(value, Missing)


def _index(item: Any, *indexes: Any) -> Any:
    if _is_nil(item):
        raise FunctionError("index of untyped nil")
    for index in indexes:
        if _is_nil(item):
            raise FunctionError("index of nil pointer")
        if isinstance(item, str | list):
            data = to_bytes(item) if isinstance(item, str) else item
            at = _position(index, len(data))
            if at == len(data):
                raise FunctionError(f"reflect: {'string' if isinstance(item, str) else 'slice'} index out of range")
            item = Uint8(data[at]) if isinstance(item, str) else item[at]
        elif is_map(item):
            item = _entry(item, index)
        else:
            raise FunctionError(f"can't index item of type {_pointed_type(item)}")
    return item


def _position(index: Any, length: int) -> int:
    if _is_nil(index):
        raise FunctionError("cannot index slice/array with nil")
    if not is_integer(index):
        raise FunctionError(f"cannot index slice/array with type {type_name(index)}")
    if not 0 <= index <= length:
        raise FunctionError(f"index out of range: {int(index)}")
    return int(index)


def _entry(item: Any, index: Any) -> Any:
    if isinstance(item, AnyMap):
        key = None if _is_nil(index) else index
        if is_map(key) or isinstance(key, list | Data):
            raise FunctionError(f"runtime error: hash of unhashable type {type_name(key)}")
        return item.get(key)
    if _is_nil(index):
        raise FunctionError("value is nil; should be of type string")
    if not isinstance(index, str):
        raise FunctionError(f"value has type {type_name(index)}; should be string")
    return item.get(index, "" if isinstance(item, StringMap) else None)


def _length(item: Any) -> int:
    if item is None:
        raise FunctionError("len of nil pointer")
    if isinstance(item, Missing):
        raise FunctionError("reflect: call of reflect.Value.Type on zero Value")
    if isinstance(item, str):
        return len(to_bytes(item))
    if isinstance(item, list) or is_map(item):
        return len(item)
    raise FunctionError(f"len of type {_pointed_type(item)}")


def _pointed_type(item: Any) -> str:
    """Return the name of the type of *item*, or of what it points to."""
    return type_name(item).removeprefix("*")


def _call(name: str, function: Any, *_: Any) -> Any:
    if _is_nil(function):
        raise FunctionError("call of nil")
    raise FunctionError(f"non-function {name} of type {type_name(function)}")


def _kind(value: Any) -> str | None:
    if isinstance(value, bool):
        return "bool"
    if is_integer(value):
        return "integer"
    for kind in (float, complex, str):
        if isinstance(value, kind):
            return kind.__name__
    return None


def _eq(one: Any, *others: Any) -> bool:
    if not others:
        raise FunctionError("missing argument for comparison")
    return any(_equal(one, other) for other in others)


def _equal(one: Any, other: Any) -> bool:
    nil = [_is_nil(value) or isinstance(value, NIL) for value in (one, other)]
    if _is_nil(one) or _is_nil(other):
        return all(nil)
    kinds = _kind(one), _kind(other)
    if kinds[0] != kinds[1]:
        raise FunctionError("incompatible types for comparison")
    if kinds[0] is not None:
        return bool(one == other)
    if kind_name(one) != kind_name(other):
        shown = f"{sprintf('%s', one)}: {type_name(one)}, {type_name(other)}: {sprint([other])}"
        raise FunctionError(f"non-comparable types {shown}")
    if any(nil):
        return all(nil)
    if is_map(other) or isinstance(other, list) or hasattr(other, "go_fields"):
        raise FunctionError(f"non-comparable type {sprintf('%s', other)}: {type_name(other)}")
    return one is other or bool(one == other)


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(one: Any, other: Any) -> bool:
        kinds = [_kind(one), _kind(other)]
        if None in kinds:
            raise FunctionError("invalid type for comparison")
        if kinds[0] != kinds[1]:
            raise FunctionError("incompatible types for comparison")
        if kinds[0] in ("bool", "complex"):
            raise FunctionError("invalid type for comparison")
        if isinstance(one, str):
            return test(to_bytes(one), to_bytes(other))
        return test(one, other)

    return compare


def _escaper(table_: dict[str, str]) -> Callable[..., str]:
    pattern = re.compile(f"[{re.escape(''.join(table_))}]")

    def escape(*values: Any) -> str:
        return pattern.sub(lambda match: table_[match[0]], _text(values))

    return escape


def _text(values: tuple[Any, ...]) -> str:
    return sprint(["<no value>" if value is None else value for value in values])


def _js(*values: Any) -> str:
    def escape(char: str) -> str:
        if char in _JS:
            return _JS[char]
        is_shown = char.isprintable() or char == "\x7f" or "\udc80" <= char <= "\udcff"  # as is a byte of no character
        return char if char >= " " and is_shown else f"\\u{ord(char):04X}"

    return "".join(map(escape, _text(values)))


def _urlquery(*values: Any) -> str:
    data = to_bytes(_text(values))
    return "".join(chr(byte) if byte in _UNRESERVED else "+" if byte == 32 else f"%{byte:02X}" for byte in data)


def _slice(item: Any, *indexes: Any) -> Any:
    if _is_nil(item):
        raise FunctionError("slice of untyped nil")
    if len(indexes) > 3:
        raise FunctionError(f"too many slice indexes: {len(indexes)}")
    if not isinstance(item, str | Strings | Ints | list):
        raise FunctionError(f"can't slice item of type {type_name(item)}")
    if isinstance(item, str) and len(indexes) == 3:
        raise FunctionError("cannot 3-index slice a string")
    data = to_bytes(item) if isinstance(item, str) else item
    bounds = [_position(index, len(data)) for index in indexes]
    start, end = (bounds[0] if bounds else 0), (bounds[1] if len(bounds) > 1 else len(data))
    if start > end:
        raise FunctionError(f"invalid slice index: {start} > {end}")
    part = data[start:end]
    return to_text(part) if isinstance(part, bytes) else type(item)(part)


FUNCTIONS = table(
    ("and or", "value ...value", lambda *values: values[-1]),  # evaluated one by one, where they are called
    ("not", "value", lambda value: not is_true(value)),
    ("eq", "value ...value", _eq),
    ("ne", "value value", lambda one, other: not _equal(one, other)),
    ("lt", "value value", _compare(operator.lt)),
    ("le", "value value", _compare(operator.le)),
    ("gt", "value value", _compare(operator.gt)),
    ("ge", "value value", _compare(operator.ge)),
    ("len", "value", _length),
    ("index", "value ...value", _index),
    ("slice", "value ...value", _slice),
    ("call", "value ...value", _call),
    ("print", "...any", lambda *values: sprint(values)),
    ("println", "...any", lambda *values: sprintln(values)),
    ("printf", "string ...any", sprintf),
    ("html", "...any", _escaper(_HTML)),
    ("js", "...any", _js),
    ("urlquery", "...any", _urlquery),
    builtin=True,
)
