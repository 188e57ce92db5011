"""Which values count as true."""

from __future__ import annotations

from typing import Any

from orchestration.kalypso.gotemplate.signature import Missing, unbox
from orchestration.kalypso.values import is_map


def is_true(value: Any) -> bool:
    """Whether *value* is not the zero of its type."""
    value = unbox(value)
    if value is None or isinstance(value, Missing):
        return False
    if isinstance(value, str | list) or is_map(value):
        return len(value) > 0
    return bool(value) if isinstance(value, int | float | complex) else True
