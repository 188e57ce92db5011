"""Numbers in a template, by Go's rules for untyped constants."""

from __future__ import annotations

import re

from orchestration.kalypso.goquote import quote, rune_length, unquote_rune
from orchestration.kalypso.gotemplate.nodes import Number
from orchestration.kalypso.numbers import INT64_MAX, UINT64_MAX, parse_float, parse_literal

_COMPLEX = re.compile(r"(?P<real>[+-]?[^+-]+(?:[eEpP][+-]?[0-9_]+)?)(?P<imaginary>[+-].+)i")


class BadNumber(ValueError):
    """A number is malformed; the text is Go's."""


def number(pos: int, text: str, kind: str) -> Number:
    """Return the constant that *text* is; raises BadNumber."""
    if kind == "rune":
        return _rune(pos, text)
    if kind == "complex" or text.endswith("i"):
        return _complex(pos, text)
    result = Number(pos, text)
    value = parse_literal(text)
    if value is not None and 0 <= value <= UINT64_MAX and (text[0] not in "+-" or value == 0):
        result.unsigned = value
    if value is not None and -INT64_MAX - 1 <= value <= INT64_MAX:
        result.integer = value
    if result.integer is not None or result.unsigned is not None:
        result.real = float(value or 0)
        return result
    result.real = parse_float(text)
    if result.real is None:
        raise BadNumber(f"illegal number syntax: {quote(text)}")
    if not re.search("[.eEpP]", text):
        raise BadNumber(f"integer overflow: {quote(text)}")
    return _whole(result, result.real)


def _whole(result: Number, value: float) -> Number:
    if value.is_integer() and -(2.0**63) <= value < 2.0**63:
        result.integer = int(value)
    if value.is_integer() and 0 <= value < 2.0**64:
        result.unsigned = int(value)
    return result


def _rune(pos: int, text: str) -> Number:
    value = unquote_rune(text)
    if value is None:
        raise BadNumber("invalid syntax")
    if text[1 + rune_length(text) :] != "'":
        raise BadNumber(f"malformed character constant: {text}")
    return Number(pos, text, value, value, float(value))


def _complex(pos: int, text: str) -> Number:
    match = _COMPLEX.fullmatch(text)
    real = parse_float(match["real"]) if match else 0.0
    imaginary = parse_float(match["imaginary"] if match else text[:-1])
    if real is None or imaginary is None:
        raise BadNumber(f"illegal number syntax: {quote(text)}")
    result = Number(pos, text, complex=complex(real, imaginary))
    if imaginary == 0:
        result.real = real
        return _whole(result, real)
    return result
