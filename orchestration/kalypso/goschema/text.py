"""JSON values as text, by which gojsonschema compares them: 1.0 and 1 are equal."""

from __future__ import annotations

import math
from typing import Any

from orchestration.kalypso.goschema.document import BadSchema, JsonNumber
from orchestration.kalypso.gotemplate.functions.jsontext import to_json


def canonical(value: Any) -> str:
    """Return *value* as the JSON that Go writes of it, numbers as 64-bit floats."""
    return to_json(_plain(value))


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise BadSchema(f"json: cannot unmarshal number {text} into Go value of type float64")
    return number


def _plain(value: Any) -> Any:
    if isinstance(value, JsonNumber):
        return _float(value.text)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
