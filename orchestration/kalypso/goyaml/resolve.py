"""What an unquoted YAML scalar is to go-yaml: nothing, a boolean, a number, a date or text.

The tables are YAML 1.1's (https://yaml.org/type/) as far as go-yaml keeps them.
"""

from __future__ import annotations

import math
import re
from datetime import date, time
from typing import Any

from orchestration.kalypso.numbers import INT64_MAX, UINT64_MAX, parse_float, parse_literal
from orchestration.kalypso.values import Uint64

_NULLS = ("", "~", "null", "Null", "NULL")
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
OLD_TRUE = ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON")
OLD_FALSE = ("n", "N", "no", "No", "NO", "off", "Off", "OFF")
_NAMED: dict[str, Any] = {
    **dict.fromkeys(_NULLS),
    **dict.fromkeys(_TRUE, True),
    **dict.fromkeys(_FALSE, False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_OLD: dict[str, Any] = {**dict.fromkeys(OLD_TRUE, True), **dict.fromkeys(OLD_FALSE, False)}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_SIGNED_BINARY = re.compile(r"-?0b(-?[01]+)", re.ASCII)
_DATE = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:(?P<t>[Tt]| )(\d\d?):(\d\d?):(\d\d?)(?P<fraction>[.,]\d+)?(?P<zone>Z|[+-](\d\d):(\d\d))?)?",
    re.ASCII,
)


class Timestamp(str):
    """Text that go-yaml takes for a date; reading for Kalypso leaves it text."""


def resolve(text: str, *, old_booleans: bool) -> Any:
    """Return what plain *text* stands for; itself when it is text, a `Timestamp` when it is a date."""
    if text in _NAMED:
        return _NAMED[text]
    if old_booleans and text in _OLD:
        return _OLD[text]
    if text[0] == ".":
        number = parse_float(text)
        return text if number is None else number
    if text[0] in "+-0123456789":
        return Timestamp(text) if _is_timestamp(text) else _number(text)
    return text


def _number(text: str) -> Any:
    clean = text.replace("_", "")
    integer = parse_literal(clean)
    if integer is None and (binary := _SIGNED_BINARY.fullmatch(clean)):
        integer = int(f"{'-' if clean[0] == '-' else ''}{binary[1].lstrip('-')}", 2)
    if integer is not None and -INT64_MAX - 1 <= integer <= INT64_MAX:
        return integer
    if integer is not None and 0 <= integer <= UINT64_MAX and clean[0] != "+":
        return Uint64(integer)
    number = parse_float(clean) if _FLOAT.fullmatch(clean) else None
    return text if number is None else number


def _is_timestamp(text: str) -> bool:
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    zoned = match["zone"] is not None
    if match["t"] is not None and zoned != (match["t"] in "Tt"):
        return False
    try:
        date(int(match[1]) or 2000, int(match[2]), int(match[3]))  # Go's year 0 is a leap year, as 2000 is
        time(int(match[5] or 0), int(match[6] or 0), int(match[7] or 0))
    except ValueError:
        return False
    return not zoned or match["zone"] == "Z" or (int(match[10]) <= 24 and int(match[11]) < 60)
