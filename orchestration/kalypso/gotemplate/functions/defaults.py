"""sprig's defaults and reflection, as of 2.22."""

from __future__ import annotations

from typing import Any, NoReturn

from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.functions.jsontext import to_json
from orchestration.kalypso.gotemplate.signature import table
from orchestration.kalypso.gotemplate.truth import is_true
from orchestration.kalypso.values import AnyMap, NilMap, deep_equal, kind_name, type_name


def is_empty(value: Any) -> bool:
    """Whether sprig takes *value* for empty."""
    return not is_true(value)


def _default(fallback: Any, *given: Any) -> Any:
    return given[0] if given and not is_empty(given[0]) else fallback


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if not is_empty(value)), None)


def deep_copy(value: Any) -> Any:
    """Return *value* with its lists and maps copied, all the way down."""
    if isinstance(value, list):
        return type(value)(deep_copy(item) for item in value)
    if isinstance(value, AnyMap):
        return AnyMap((key, deep_copy(item)) for key, item in value.items())
    if isinstance(value, dict):
        kind = dict if isinstance(value, NilMap) else type(value)
        return kind((key, deep_copy(item)) for key, item in value.items())
    return value


def _deep_copy(value: Any) -> Any:
    if value is None:
        raise FunctionError("reflect: call of reflect.Value.Type on zero Value")
    return deep_copy(value)


def _fail(message: str) -> NoReturn:
    raise FunctionError(message)


FUNCTIONS = table(
    ("default", "any ...any", _default),
    ("empty", "any", is_empty),
    ("coalesce", "...any", _coalesce),
    ("ternary", "any any bool", lambda yes, no, condition: yes if condition else no),
    ("deepCopy", "any", _deep_copy),
    ("toJson", "any", to_json),
    ("toPrettyJson", "any", lambda value: to_json(value, pretty=True)),
    ("typeOf", "any", type_name),
    ("typeIs", "string any", lambda name, value: name == type_name(value)),
    ("typeIsLike", "string any", lambda name, value: type_name(value) in (name, f"*{name}")),
    ("kindOf", "any", kind_name),
    ("kindIs", "string any", lambda name, value: name == kind_name(value)),
    ("deepEqual", "any any", deep_equal),
    ("fail", "string", _fail),
)
