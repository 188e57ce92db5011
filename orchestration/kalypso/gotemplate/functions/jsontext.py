"""JSON as Go's encoding/json writes it."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from orchestration.kalypso.numbers import format_float, plain, scientific, shortest
from orchestration.kalypso.values import NIL, AnyMap, to_bytes

_DEPTH_LIMIT = 200
_ESCAPED = re.compile('[<>&\u2028\u2029\x00-\x1f"\\\\\x7f\udc80-\udcff]')


def to_json(value: Any, *, pretty: bool = False) -> str:
    """Return *value* as JSON, "" for what JSON cannot hold, as sprig swallows the error."""
    try:
        return _write(value, "\n" if pretty else "", 0)
    except ValueError:
        return ""


def _write(value: Any, line: str, depth: int) -> str:
    if depth > _DEPTH_LIMIT:
        raise ValueError("too deep")
    if value is None or isinstance(value, NIL):
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return json_float(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list):
        return _group("[]", [_write(item, _in(line), depth + 1) for item in value], line)
    entries = getattr(value, "go_fields", value)
    if isinstance(entries, AnyMap) or not isinstance(entries, dict):
        return _marshalled(value)
    keys = entries if hasattr(value, "go_fields") else sorted(entries, key=to_bytes)
    colon = ": " if line else ":"
    pairs = [f"{_string(key)}{colon}{_write(entries[key], _in(line), depth + 1)}" for key in keys]
    return _group("{}", pairs, line)


def _marshalled(value: Any) -> str:
    text = getattr(value, "json_text", None)
    if not isinstance(text, str):
        raise ValueError("no JSON for this type")
    return _string(text)


def _in(line: str) -> str:
    return line and f"{line}  "


def _group(brackets: str, items: list[str], line: str) -> str:
    if not items or not line:
        return brackets[0] + ",".join(items) + brackets[1]
    inner = _in(line)
    return f"{brackets[0]}{inner}{f',{inner}'.join(items)}{line}{brackets[1]}"


def json_float(value: float) -> str:
    """Return a number as JSON; raises ValueError for infinities and NaN."""
    if not math.isfinite(value):
        raise ValueError(f"unsupported value: {format_float(value)}")
    sign, digits, point = shortest(value)
    if value != 0 and (abs(value) < 1e-6 or abs(value) >= 1e21):
        text = scientific(sign, digits, point - 1)
        return re.sub(r"e-0(\d)$", r"e-\1", text)
    return plain(sign, digits, point)


def _string(text: str) -> str:
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char == "\x7f":
        return char
    if char >= "\udc80":  # a byte that is not UTF-8
        return "\\ufffd"
    if char in '"\\\n\r\t\b\f':
        return json.dumps(char)[1:-1]
    return f"\\u{ord(char):04x}"
