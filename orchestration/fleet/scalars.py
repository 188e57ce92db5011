"""What a plain (unquoted) YAML scalar stands for.

YAML 1.1 (https://yaml.org/type/) and YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema)
disagree about some spellings: `NO`, `010`, `12:30`, `2024-01-01`. Readers of both kinds are in
use around Kubernetes, so such a spelling is refused unless it is quoted.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_SWITCHES = {
    **dict.fromkeys(("yes", "Yes", "YES", "on", "On", "ON"), "true"),
    **dict.fromkeys(("no", "No", "NO", "off", "Off", "OFF"), "false"),
}
_STARTS = frozenset("+-.0123456789~nNtTfFyYoO")
_LONGEST_NUMBER = 300

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"([-+]?[0-9]+\.[0-9]*|\.[0-9]+)([eE][-+][0-9]+)?")
_LOOSE_FLOAT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_ENDLESS = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_CORE_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_OCTAL = re.compile(r"[-+]?0o?[0-7]+")
_BASED = re.compile(r"[-+]?(0[0-9_]+|0x[0-9a-fA-F_]+|0b[01_]+|0o[0-7_]+|[1-9][0-9]*_[0-9_]*(\.[0-9_]*)?)")
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?([ \t]*(Z|[-+][0-9]{1,2}(:[0-9]{2})?))?)?"
)


class Reading(NamedTuple):
    """What a plain scalar stands for, by YAML 1.2; `doubt` says why it should have been quoted."""

    value: Scalar
    doubt: str = ""
    instead: str = ""


@lru_cache(maxsize=8192)
def read_plain(text: str) -> Reading:
    """Return what the plain scalar *text* stands for."""
    if text and text[0] not in _STARTS:
        return Reading(text)
    if text in _WORDS:
        return Reading(_WORDS[text])
    if text in _SWITCHES:
        return Reading(text, f"some readers take it for {_SWITCHES[text]}", _SWITCHES[text])
    if text[0] not in "+-.0123456789" or len(text) > _LONGEST_NUMBER:
        return Reading(text)
    return _number(text)


def _in_core(text: str) -> Scalar:
    """Return the integer that YAML 1.2's core schema takes *text* for, or the text."""
    found = _CORE_INTEGER.fullmatch(text)
    if found is None:
        return text
    return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


def _number(text: str) -> Reading:
    if _INTEGER.fullmatch(text):
        return Reading(int(text))
    if _FLOAT.fullmatch(text):
        value = float(text)
        return Reading(value) if isfinite(value) else Reading(text, "it is beyond what a number can hold")
    if _LOOSE_FLOAT.fullmatch(text) and not _BASED.fullmatch(text):
        value = float(text)
        found = Reading(value, instead=repr(value)) if isfinite(value) else Reading(text)
        return found._replace(doubt="some readers take it for text")
    if _ENDLESS.fullmatch(text):
        return Reading(text, "some readers take it for a number without a value")
    if _OCTAL.fullmatch(text):
        octal = int(text.replace("o", ""), 8)
        return Reading(_in_core(text), f"some readers take it for the octal number {octal}", str(octal))
    if _BASED.fullmatch(text):
        return Reading(_in_core(text), "some readers take it for a number")
    if _BASE_60.fullmatch(text):
        return Reading(text, "some readers take it for a number in base 60")
    if _DATE.fullmatch(text):
        return Reading(text, "some readers take it for a date")
    return Reading(text)
