"""Numbers in a template, by Go's rules for untyped constants."""

from __future__ import annotations

import math
import re

from orchestration.kalypso.goquote import quote, rune_length, unquote_rune
from orchestration.kalypso.gotemplate.nodes import Number
from orchestration.kalypso.numbers import INT64_MAX, UINT64_MAX, parse_float, parse_literal

_REAL = (
    r"[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?"
    r"|[0-9_]*(?:\.[0-9_]*)?(?:[eEpP][+-]?[0-9_]*)?)"
)
_COMPLEX = re.compile(rf"({_REAL})([+-]{_REAL})i")


class BadNumber(ValueError):
    """A number is malformed; the text is Go's."""


def number(pos: int, text: str, kind: str) -> Number:
    """Return the constant that *text* is; raises BadNumber."""
    if kind == "rune":
        return _rune(pos, text)
    if kind == "complex":
        return _complex(pos, text, *_scanned(text))
    if text.endswith("i") and (imaginary := parse_float(text[:-1])) is not None:
        return _complex(pos, text, 0.0, imaginary)
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


def _complex(pos: int, text: str, real: float, imaginary: float) -> Number:
    result = Number(pos, text, complex=complex(real, imaginary))
    if imaginary == 0:
        result.real = real
        return _whole(result, real)
    return result


def _scanned(text: str) -> tuple[float, float]:
    """Return the parts of a complex number, as `fmt.Sscan` reads them; raises BadNumber."""
    match = _COMPLEX.match(text)
    if match is None:
        raise BadNumber("syntax error scanning complex number")
    return _part(match[1]), _part(match[2])


def _part(text: str) -> float:
    mantissa, mark, exponent = text.partition("p") if "x" not in text.lower() else (text, "", "")
    number = parse_float(mantissa)
    if number is None:
        problem = "invalid syntax" if parse_float(re.sub("[eE].*", "", mantissa)) is None else "value out of range"
        raise BadNumber(f"strconv.ParseFloat: parsing {quote(text)}: {problem}")
    if mark and not re.fullmatch("[+-]?[0-9]{1,6}", exponent):
        raise BadNumber(f"strconv.Atoi: parsing {quote(text)}: invalid syntax")
    try:
        return math.ldexp(number, int(exponent)) if mark else number
    except OverflowError:
        return math.copysign(math.inf, number)
