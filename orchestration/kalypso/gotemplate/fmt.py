"""Values as Go's fmt prints them by default (`%v`), and the order in which it prints a map's keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from orchestration.kalypso.gotemplate.signature import Missing
from orchestration.kalypso.numbers import format_float
from orchestration.kalypso.values import is_map, to_bytes, type_name

_DEPTH_LIMIT = 200


def sprint(values: Sequence[Any]) -> str:
    """Return the values one after the other, with a blank between two that are no strings."""
    parts: list[str] = []
    for index, value in enumerate(values):
        if index and not isinstance(value, str) and not isinstance(values[index - 1], str):
            parts.append(" ")
        parts.append(show(value))
    return "".join(parts)


def sprintln(values: Sequence[Any]) -> str:
    """Return the values with a blank between them and a line end."""
    return " ".join(map(show, values)) + "\n"


def show(value: Any, depth: int = 0) -> str:
    """Return *value* as `%v` prints it."""
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return show_float(value)
    return _show_composite(value, depth)


def _show_composite(value: Any, depth: int) -> str:
    if depth > _DEPTH_LIMIT:
        return "..."
    if isinstance(value, complex):
        imaginary = show_float(value.imag)
        sign = "" if imaginary[0] in "+-" else "+"
        return f"({show_float(value.real)}{sign}{imaginary}i)"
    if isinstance(value, list | tuple | bytes):
        return f"[{' '.join(show(item, depth + 1) for item in value)}]"
    if is_map(value):
        entries = (f"{show(key, depth + 1)}:{show(value[key], depth + 1)}" for key in sort_keys(value))
        return f"map[{' '.join(entries)}]"
    if isinstance(value, Missing):
        return "<invalid reflect.Value>"
    fields = getattr(value, "go_fields", None)
    if fields is not None:
        return f"{{{' '.join(show(item, depth + 1) for item in fields.values())}}}"
    return str(value)


def show_float(value: float) -> str:
    """Return a number as `%v` prints it."""
    return format_float(value)


def sort_keys(keys: Iterable[Any]) -> list[Any]:
    """Return a map's keys in the order in which Go prints and ranges over them.

    Keys of several types come in an order that Go leaves to the build; here by the type's name.
    """
    return sorted(keys, key=lambda key: (key is not None, type_name(key), _comparable(key)))


def _comparable(key: Any) -> Any:
    if isinstance(key, str):
        return to_bytes(key)
    if isinstance(key, float):
        return (key == key, key)  # a NaN before all others
    return key if key is not None else 0
