"""The order in which go-yaml writes a mapping's keys: numbers first, then text by natural order."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cmp_to_key, lru_cache
from typing import Any

from orchestration.kalypso.values import kind_name

# Go's numbering of reflection kinds, which decides between unlike keys.
_KINDS = ("bool", "int", "int64", "uint8", "uint64", "float64", "complex128", "invalid", "map", "slice", "string")


def sorted_keys(keys: Iterable[Any]) -> list[Any]:
    """Return *keys* in go-yaml's order.

    Numbers and booleans come by value, then null, then text; what is equal in value comes by its type. Of a NaN, with
    which go-yaml's own order depends on that of the input, comes first.
    """
    found = tuple(keys)
    if set(map(type, found)) <= {str}:
        return list(sorted_texts(found))
    return sorted(found, key=cmp_to_key(_compare))


@lru_cache(maxsize=2048)
def sorted_texts(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return texts in their order; the same keys come again and again, with other values."""
    return tuple(sorted(keys, key=cmp_to_key(_compare)))


def _compare(one: Any, other: Any) -> int:
    return -1 if _less(one, other) else int(_less(other, one))


def _less(one: Any, other: Any) -> bool:
    kinds = _KINDS.index(kind_name(one)), _KINDS.index(kind_name(other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        values = [(number == number, float(number)) for number in (one, other)]
        return values[0] < values[1] if values[0] != values[1] else (kinds[0], one) < (kinds[1], other)
    if not (isinstance(one, str) and isinstance(other, str)):
        return kinds[0] < kinds[1]
    return _text_less(one, other)


def _text_less(one: str, other: str) -> bool:
    after_digit = False
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left == right:
            after_digit = left.isdecimal()
            continue
        letters = left.isalpha(), right.isalpha()
        if all(letters):
            return left < right
        if any(letters):
            return letters[0] if after_digit else letters[1]
        return _number_less(one, other, index)
    return len(one) < len(other)


def _number_less(one: str, other: str, index: int) -> bool:
    # A difference behind a nonzero digit of the same run is no leading zero.
    lead = 1 if "0" in (one[index], other[index]) and _follows_nonzero_digit(one, index) else 0
    left, left_end = _run(one, index, lead)
    right, right_end = _run(other, index, lead)
    return (left, left_end, one[index]) < (right, right_end, other[index])


def _follows_nonzero_digit(text: str, index: int) -> bool:
    while index and text[index - 1].isdecimal():
        index -= 1
        if text[index] != "0":
            return True
    return False


def _run(text: str, index: int, value: int) -> tuple[int, int]:
    while index < len(text) and text[index].isdecimal():
        value = value * 10 + ord(text[index]) - ord("0")
        index += 1
    # Go's 64-bit arithmetic wraps around; long runs of digits are compared as it leaves them.
    return (value + (1 << 63)) % (1 << 64) - (1 << 63), index
