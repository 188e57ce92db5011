"""sprig's arithmetic (https://masterminds.github.io/sprig/math.html), as of 2.22: 64-bit integers that wrap around."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.fmt import show
from orchestration.kalypso.gotemplate.signature import counted, table
from orchestration.kalypso.numbers import INT64_MAX, parse_float, parse_int
from orchestration.kalypso.values import Int64, Ints

_OVERFLOW = -INT64_MAX - 1


def wrapped(value: int) -> int:
    """Return *value* as 64 bits hold it."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def to_integer(value: Any) -> int:
    """Return what sprig's `int64` makes of *value*: 0 of whatever it cannot read."""
    if isinstance(value, str):
        return parse_int(value) or 0
    if isinstance(value, float):
        whole = math.isfinite(value) and -(2.0**63) <= value < 2.0**63
        return int(value) if whole else _OVERFLOW
    return min(int(value), INT64_MAX) if isinstance(value, int) else 0


def _atoi(text: str) -> int:
    """Return the number that *text* is: 0 if it is none, the nearest that there is if it is too large."""
    if not re.fullmatch("[+-]?[0-9]+", text):
        return 0
    found = parse_int(text)
    return found if found is not None else _OVERFLOW if text[0] == "-" else INT64_MAX


def to_float(value: Any) -> float:
    """Return what sprig's `float64` makes of *value*."""
    if isinstance(value, str):
        number = parse_float(value)
        return 0.0 if number is None else number
    return float(value) if isinstance(value, int | float) else 0.0


def _divide(one: Any, other: Any) -> Int64:
    dividend, divisor = to_integer(one), to_integer(other)
    if divisor == 0:
        raise FunctionError("runtime error: integer divide by zero")
    quotient = abs(dividend) // abs(divisor)
    return Int64(wrapped(quotient if (dividend < 0) == (divisor < 0) else -quotient))


def _remainder(one: Any, other: Any) -> Int64:
    dividend, divisor = to_integer(one), to_integer(other)
    if divisor == 0:
        raise FunctionError("runtime error: integer divide by zero")
    rest = abs(dividend) % abs(divisor)
    return Int64(-rest if dividend < 0 else rest)


def _product(first: Any, *others: Any) -> Int64:
    total = to_integer(first)
    for other in others:
        total = wrapped(total * to_integer(other))
    return Int64(total)


def _until(count: int) -> Ints:
    return _until_step(0, count, -1 if count < 0 else 1)


def _until_step(start: int, stop: int, step: int) -> Ints:
    if step == 0 or (stop < start) != (step < 0):
        return Ints()
    numbers, at = Ints(), start
    while at > stop if step < 0 else at < stop:
        numbers.append(at)
        counted(len(numbers))
        at = wrapped(at + step)
    return numbers


def _round(value: Any, places: int, *threshold: float) -> float:
    power = 10.0**places if abs(places) <= 308 else (math.inf if places > 0 else 0.0)
    digit = power * to_float(value)
    if not math.isfinite(digit) or power == 0:
        return digit / power if power else math.nan
    fraction = math.modf(digit)[0]
    return _whole(digit, math.ceil if fraction >= (threshold or (0.5,))[0] else math.floor) / power


def _whole(number: float, to_integer: Callable[[float], int]) -> float:
    """Return *number* made whole, with its sign: there is a zero below zero."""
    return math.copysign(to_integer(number), number) if math.isfinite(number) else number


def _to_decimal(value: Any) -> Int64:
    text = show(value)
    bare = text.lstrip("+-")
    if len(text) - len(bare) > 1 or not bare or set(bare) - set("01234567") or len(bare) > 30:
        return Int64(0)
    number = int(text, 8)
    return Int64(number if _OVERFLOW <= number <= INT64_MAX else 0)


FUNCTIONS = table(
    ("atoi", "string", _atoi),
    ("int64", "any", lambda value: Int64(to_integer(value))),
    ("int", "any", to_integer),
    ("float64", "any", to_float),
    ("toDecimal", "any", _to_decimal),
    ("until", "int", _until),
    ("untilStep", "int int int", _until_step),
    ("add1", "any", lambda value: Int64(wrapped(to_integer(value) + 1))),
    ("add", "...any", lambda *values: Int64(wrapped(sum(map(to_integer, values))))),
    ("sub", "any any", lambda one, other: Int64(wrapped(to_integer(one) - to_integer(other)))),
    ("div", "any any", _divide),
    ("mod", "any any", _remainder),
    ("mul", "any ...any", _product),
    ("biggest max", "any ...any", lambda *values: Int64(max(map(to_integer, values)))),
    ("min", "any ...any", lambda *values: Int64(min(map(to_integer, values)))),
    ("ceil", "any", lambda value: _whole(to_float(value), math.ceil)),
    ("floor", "any", lambda value: _whole(to_float(value), math.floor)),
    ("round", "any int ...float64", _round),
)
