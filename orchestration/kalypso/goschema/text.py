"""JSON values as text, by which gojsonschema compares them: 1.0 and 1 are equal."""

from __future__ import annotations

from typing import Any

from orchestration.kalypso.goschema.document import JsonNumber
from orchestration.kalypso.gotemplate.functions.jsontext import to_json


def canonical(value: Any) -> str:
    """Return *value* as the JSON that Go writes of it, numbers as 64-bit floats."""
    return to_json(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, JsonNumber):
        return float(value.value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
