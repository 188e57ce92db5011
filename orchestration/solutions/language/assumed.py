"""What no public page states about the configuration language: each rule in one place, and how output names it.

Resolving notes the code of each of these rules that a value rests on; `ASSUMPTIONS` says them in words. What is
documented stands in the other modules, with the page. Correct a rule here when the service turns out to do otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

BOUNDS = "inclusive-bounds"
JOINTS = "blanks-around-plus"
SUM = "plus-adds"
TYPES = "typed-values"
NULLS = "null-is-absent"
MERGE = "merge-by-key"
LITERAL = "literal-before-default"
VERBATIM = "values-verbatim"
REGISTRY = "registry-address"
NULL_CHECK = "check-of-null"
DEFAULT = "default-expression"
PART = "config-part"

REGISTRY_KEY = "LocalConnectedRegistryIP"

ASSUMPTIONS: Mapping[str, str] = {
    BOUNDS: "minValue, maxValue and $between include their bounds",
    JOINTS: "blanks around a + beside an expression become one blank",
    SUM: "+ inside an expression adds where both sides are numbers",
    TYPES: "resolved values keep their YAML type",
    NULLS: "a null that is set counts as no value",
    MERGE: "an object that several nodes set is put together key by key, the nearest winning; lists are replaced whole",
    LITERAL: "$val of a key that is not set takes what the template writes there, before the schema's default",
    VERBATIM: "an expression inside a value that was set is not worked out",
    REGISTRY: f"$connectedRegistryIP is the value of {REGISTRY_KEY}, without a port",
    NULL_CHECK: "a rule's own expression is not held against an optional key whose null it compares",
    DEFAULT: "expressions in a defaultValue are worked out",
    PART: "$config of one key checks only the rules of what that key is made of",
}

_BLANKS = " \t\n"
_BLANK_JOINT = re.compile(r"\}\}(\s+\+|\+\s)|(\s\+|\+\s+)\$\{\{")
_START = re.compile(r"([ \t\n]*)\+([ \t\n]*)")


def within(value: float, low: float, high: float) -> bool:
    """Return whether *value* lies between bounds (`BOUNDS`)."""
    return low <= value <= high


def without_joints(text: str, *, after: bool, before: bool) -> tuple[str, int]:
    """Return the text between two expressions without the `+` that joins it to them, and what was cut off its start.

    *after* and *before* say whether an expression stands before and behind it (`JOINTS`).
    """
    if after and before and text.strip() == "+":
        return ("" if text == "+" else " "), len(text)
    cut = 0
    if after and (match := _START.match(text)):
        text, cut = (" " if match[1] or match[2] else "") + text[match.end() :], match.end()
    if before and (joint := text.rstrip(_BLANKS)).endswith("+"):
        kept = joint[:-1].rstrip(_BLANKS)
        text = kept + (" " if len(text) - len(kept) > 1 else "")
    return text, cut


def has_blank_joint(text: str) -> bool:
    """Return whether a `+` with blanks joins an expression in *text* to its neighbour (`JOINTS`)."""
    return _BLANK_JOINT.search(text) is not None


def is_absent(value: Any) -> bool:
    """Return whether a value that is set counts as none (`NULLS`)."""
    return value is None


def is_text(value: Any) -> bool:
    """Return whether a resolved value is the same whether or not the service keeps types (`TYPES`)."""
    return isinstance(value, str)
