"""Numbers as Go reads and writes them (the packages `strconv` and `encoding/json` say how)."""

from __future__ import annotations

import math
import re
from fractions import Fraction

_FLOAT = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<special>inf|infinity|nan)"
    r"|(?P<hex>0x(?=_?[0-9a-f.])(?:_?[0-9a-f])*\.?(?:[0-9a-f](?:_?[0-9a-f])*)?p[+-]?\d(?:_?\d)*)"
    r"|(?P<decimal>(?=\.?\d)(?:\d(?:_?\d)*)?\.?(?:\d(?:_?\d)*)?(?:e[+-]?\d(?:_?\d)*)?))",
    re.IGNORECASE | re.ASCII,
)
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_LITERAL = re.compile(
    r"[+-]?(?:0x(?:_?[0-9a-f])+|0b(?:_?[01])+|0o(?:_?[0-7])+|0(?:_?[0-7])*|[1-9](?:_?[0-9])*)",
    re.IGNORECASE | re.ASCII,
)
INT64_MAX = (1 << 63) - 1
UINT64_MAX = (1 << 64) - 1


def shortest(value: float) -> tuple[str, str, int]:
    """Return sign, digits and exponent of the shortest text that reads back as *value*."""
    sign, (mantissa, _, exponent) = "-" if math.copysign(1, value) < 0 else "", repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    return sign, digits.rstrip("0") or "0", point if digits else 1


def scientific(sign: str, digits: str, exponent: int) -> str:
    """Return digits with an exponent of at least two digits, as Go's `%e` has it."""
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def plain(sign: str, digits: str, point: int) -> str:
    """Return digits with the decimal point after *point* of them, without an exponent."""
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}" if digits != "0" else f"{sign}0"
    digits = digits.ljust(point, "0")
    return f"{sign}{digits[:point]}" + (f".{digits[point:]}" if len(digits) > point else "")


def special(value: float) -> str | None:
    """Return Go's text of an infinity or a NaN, None for any other number."""
    if math.isnan(value):
        return "NaN"
    return ("+Inf" if value > 0 else "-Inf") if math.isinf(value) else None


def format_float(value: float, *, large: int = 6) -> str:
    """Return *value* as Go's `FormatFloat(v, 'g', -1, 64)` does; with an exponent from 10^*large* on."""
    if (text := special(value)) is not None:
        return text
    sign, digits, point = shortest(value)
    if point - 1 < -4 or point - 1 >= large:
        return scientific(sign, digits, point - 1)
    return plain(sign, digits, point)


def float_by_verb(value: float, verb: str, precision: int | None) -> str:
    """Return a number, not below zero, as Go's `FormatFloat` does by one of the verbs `beEfgGxX`."""
    if verb == "b":
        return _binary(value)
    if verb in "xX":
        text = _hexadecimal(value, precision)
    elif verb in "gG" and precision is None:
        text = format_float(value)
    else:
        text = f"{value:.{6 if precision is None else precision}{verb.lower()}}"
    return text.upper() if verb in "EGX" else text


def _binary(value: float) -> str:
    fraction, exponent = math.frexp(value)
    if value and exponent > -1022:
        return f"{int(fraction * 2**53)}p{exponent - 53:+d}"
    return f"{int(math.ldexp(value, 1074))}p-1074"


def _hexadecimal(value: float, precision: int | None) -> str:
    fraction, exponent = math.frexp(value)
    mantissa, exponent = int(fraction * 2**53), exponent - 1 if value else 0  # of 53 bits, the highest one set
    if precision is not None and precision < 13:
        mantissa = round(Fraction(mantissa, 1 << (52 - 4 * precision))) << (52 - 4 * precision)
    if mantissa >> 53:
        mantissa, exponent = mantissa >> 1, exponent + 1
    digits = f"{mantissa & ((1 << 52) - 1):013x}"
    digits = digits.rstrip("0") if precision is None else digits[:precision].ljust(precision, "0")
    return f"0x{mantissa >> 52}{f'.{digits}' if digits else ''}p{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def parse_float(text: str) -> float | None:
    """Return what Go's `ParseFloat` makes of *text*, None if that is an error.

    Underscores are taken between digits, as the readers that call this do.
    """
    match = _FLOAT.fullmatch(text)
    if match is None:
        return None
    clean = text.replace("_", "")
    value = float.fromhex(clean) if match["hex"] else float(clean)
    return None if math.isinf(value) and not match["special"] else value


def parse_int(text: str, limit: int = INT64_MAX) -> int | None:
    """Return *text* as a signed decimal integer within *limit*, None if it is none."""
    if not _INTEGER.fullmatch(text) or len(text) > 4000:
        return None
    value = int(text)
    return value if -limit - 1 <= value <= limit else None


def parse_literal(text: str) -> int | None:
    """Return *text* as an integer written as Go's source may (base prefixes, underscores), else None."""
    if not _LITERAL.fullmatch(text) or len(text) > 4000:
        return None
    digits = text.replace("_", "").lower()
    bare = digits.lstrip("+-")
    octal = len(bare) > 1 and bare.isdigit() and bare[0] == "0"
    return int(digits, 8) if octal else int(digits, 0)
