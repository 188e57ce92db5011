"""What the functions of `${{…}}` make of their arguments: each has a signature that says how it takes them.

A letter of a signature is an argument: `n` a number, `b` a boolean, `t` whether it is true, `w` its text, `a` a text
that is there, `_` anything; `*` behind the last stands for more of it.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

MAX_DIGITS = 300
_MOST = 99
_NUMERAL = re.compile(r"[-+]?(?:[0-9]+|[0-9]*\.[0-9]+)")


class ExpressionError(ValueError):
    """An expression cannot be read or worked out."""


class NullOperandError(ExpressionError):
    """A comparison was given a null."""


Around = Mapping[str, tuple[Callable[..., Any], int, int]]
"""Functions that look around: what to call, and how many arguments it takes at least and at most."""


class Joined:
    """What stands side by side, or is put together by `+`."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = values

    def value(self, *, text: bool) -> Any:
        """Return the sum of numbers, unless it is *text* always, else the texts in a row; raise ExpressionError."""
        kinds = {_kind(value) for value in self.values}
        if "tree" in kinds:
            raise ExpressionError("only text, numbers and booleans can be joined with +")
        if text or kinds != {"number"}:
            return "".join(map(written, self.values))
        try:
            return sum(self.values)
        except OverflowError as error:
            raise ExpressionError(f"{' + '.join(map(str, self.values))} is too large") from error


def call_around(name: str, around: Around, arguments: Sequence[Any]) -> Any:
    """Return what a function that looks around finds; raise ExpressionError."""
    function, least, most = around[name]
    _check_count(name, len(arguments), least, most)
    return function(*map(written, arguments))


def call_built_in(name: str, arguments: Sequence[Any]) -> Any:
    """Return what a function makes of its arguments; raise ExpressionError."""
    signature, work = BUILT_IN[name]
    letters = signature.rstrip("*")
    _check_count(name, len(arguments), len(letters), _MOST if signature.endswith("*") else len(letters))
    taken = letters + letters[-1] * (len(arguments) - len(letters))
    return work(*(_TAKES[letter](value, name) for letter, value in zip(taken, arguments, strict=True)))


def written(value: Any) -> str:
    """Return *value* as it appears inside a longer text."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def holds(value: Any) -> bool:
    """Return whether *value* counts as true: the boolean or the text."""
    return value is True or value == "true"


def number_of(text: str) -> float | None:
    """Return the number that *text* writes, None if it writes none; raise ExpressionError for one too long to hold."""
    if _NUMERAL.fullmatch(text) is None:
        return None
    if len(text) > MAX_DIGITS:
        raise ExpressionError(f"{text[:20]}… is longer than the {MAX_DIGITS} digits that a number may have")
    return float(text) if "." in text else int(text)


def _kind(value: Any) -> str:
    """Return what a value is for comparing and joining: a number, a tree or a word."""
    if isinstance(value, dict | list):
        return "tree"
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else "word"


def _check_count(name: str, count: int, least: int, most: int) -> None:
    if not least <= count <= most:
        wanted = f"{least}" + (f" to {most}" if most > least else "")
        raise ExpressionError(f"${name} takes {wanted} arguments, not {count}")


def _present(value: Any, wanted: str, name: str) -> Any:
    if value is None:
        raise NullOperandError(f"${name} needs {wanted} and was given a null")
    return value


def _take_number(value: Any, name: str) -> Any:
    given = _present(value, "a number", name)
    found = number_of(given) if isinstance(given, str) else given
    if _kind(found) != "number":
        raise ExpressionError(f"a comparison needs numbers and was given {value!r}")
    return found  # not as a float, which holds no large integer


def _take_boolean(value: Any, name: str) -> bool:
    text = written(_present(value, "a boolean", name))
    if text not in ("true", "false"):
        raise ExpressionError(f"${name} needs a boolean and was given {value!r}")
    return text == "true"


def _same(left: Any, right: Any) -> bool:
    """Return whether two values are equal: numbers as such, what is no object or list by its text."""
    kinds = {_kind(left), _kind(right)}
    plain = "tree" in kinds or kinds == {"number"}
    return bool(left == right if plain else written(left) == written(right))


def _in_network(network: str, address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError as error:
        raise ExpressionError(f"$cidr_contains: {error}") from error


_TAKES: Mapping[str, Callable[[Any, str], Any]] = {
    "n": _take_number,
    "b": _take_boolean,
    "t": lambda value, name: holds(value),
    "w": lambda value, name: written(value),
    "a": lambda value, name: written(_present(value, "an address", name)),
    "_": lambda value, name: value,
}
BUILT_IN: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "if": ("t__", lambda condition, yes, no: yes if condition else no),
    "eq": ("__", _same),
    "gt": ("nn", operator.gt),
    "ge": ("nn", operator.ge),
    "lt": ("nn", operator.lt),
    "le": ("nn", operator.le),
    "between": ("nnn", lambda value, low, high: low <= value <= high),
    "not": ("b", operator.not_),
    "any": ("t*", lambda *values: any(values)),
    "empty": ("_", lambda value: value in (None, "")),
    "cidr_contains": ("wa", _in_network),
}
"""Functions that work on their arguments alone, by their names: the signature, and what is done."""
