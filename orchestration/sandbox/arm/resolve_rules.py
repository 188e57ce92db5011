"""A schema document's rules, and the checks of a value against one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SPELLINGS: Mapping[str, str] = {
    "editable_by": "editableBy",
    "editable_at": "editableAt",
    "min_value": "minValue",
    "max_value": "maxValue",
}
SECTIONS = frozenset({"configs", "validations"})


class RuleError(ValueError):
    """A schema document does not hold rules."""


@dataclass(frozen=True)
class Rule:
    """What a schema says of one key; *fields* as written, in today's spelling."""

    key: str
    fields: Mapping[str, Any]

    @property
    def type(self) -> str:
        """Return the type's name, blanks taken out."""
        return str(self.fields.get("type", "")).replace(" ", "")

    @property
    def required(self) -> bool:
        """Return whether a null is an error."""
        return self.fields.get("required") is True

    @property
    def default(self) -> Any:
        """Return the value that stands in for a null."""
        return self.fields.get("defaultValue")


@dataclass(frozen=True)
class Schema:
    """The rules of a schema by key, and the checks over all of its keys."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    validations: tuple[str, ...] = ()


def read_schema(document: Mapping[str, Any]) -> Schema:
    """Return the schema in *document*, includes already put in; raise RuleError where it is none.

    Rules may stand under `rules.configs` or, in older documents, right under `rules`; validations under `rules`
    or at the top, as a list or as one mapping.
    """
    rules = document.get("rules", {})
    if not isinstance(rules, Mapping):
        raise RuleError("`rules` is not a mapping")
    keys = rules.get("configs", {key: rule for key, rule in rules.items() if key not in SECTIONS})
    if not isinstance(keys, Mapping):
        raise RuleError("`rules.configs` is not a mapping")
    checks = [*_validations(document.get("validations")), *_validations(rules.get("validations"))]
    return Schema({key: read_rule(key, rule) for key, rule in keys.items()}, tuple(checks))


def read_rule(key: str, rule: Any) -> Rule:
    """Return the rule of *key*; raise RuleError where it is none."""
    if not isinstance(rule, Mapping):
        raise RuleError(f"the rule of {key} is not a mapping")
    fields = {SPELLINGS.get(name, name): value for name, value in rule.items()}
    result = Rule(key, fields)
    if result.type not in _TYPES and not _array_item(result.type):
        raise RuleError(f"the rule of {key} has type {fields.get('type')!r}, which the language does not have")
    for name in ("minValue", "maxValue"):
        if fields.get(name) is not None and not has_type("float", fields[name]):
            raise RuleError(f"the rule of {key} has {name} {fields[name]!r}, which is no number")
    for name in ("allowedValues", "disallowedValues"):
        if fields.get(name) is not None and not isinstance(fields[name], list):
            raise RuleError(f"the rule of {key} has {name} {fields[name]!r}, which is no list")
    return result


def violations(rule: Rule, value: Any) -> Iterator[str]:
    """Yield what is wrong with a *value* that is not null, the rule's own expression left aside.

    Bounds are inclusive; no public page says it, see docs/assumptions.md.
    """
    if not has_type(rule.type, value):
        yield f"{value!r} is not of type {rule.type}"
        return
    fields = rule.fields
    if "pattern" in fields and isinstance(value, str) and not _matches(str(fields["pattern"]), value):
        yield f"{value!r} does not match the pattern {fields['pattern']!r}"
    if "allowedValues" in fields and value not in (fields["allowedValues"] or []):
        yield f"{value!r} is not one of {fields['allowedValues']}"
    if value in (fields.get("disallowedValues") or []):
        yield f"{value!r} is one of the disallowed {fields['disallowedValues']}"
    if rule.type in ("int", "float"):
        yield from _out_of_bounds(fields, value)


def has_type(name: str, value: Any) -> bool:
    """Return whether *value* is of the language's type *name*."""
    if item := _array_item(name):
        return isinstance(value, list) and all(has_type(item, element) for element in value)
    return name in _TYPES and _TYPES[name](value)


def _validations(section: Any) -> Iterator[str]:
    entries = section if isinstance(section, list) else [] if section is None else [section]
    for entry in entries:
        if not isinstance(entry, Mapping) or "expression" not in entry:
            raise RuleError("a validation is not a mapping with an `expression`")
        yield str(entry["expression"])


def _array_item(name: str) -> str:
    match = re.fullmatch(r"array\[(int|string|float|object)\]", name)
    return match[1] if match else ""


def _matches(pattern: str, value: str) -> bool:
    from orchestration.kalypso.goregexp import BadPattern, compile_pattern  # most schemas have no pattern

    # Python's own expressions can take years over a short text, and the sandbox answers one request at a time.
    try:
        return compile_pattern(pattern).search(value) is not None
    except BadPattern as error:
        raise RuleError(f"the pattern {pattern!r} cannot be used: {error}") from error


def _out_of_bounds(fields: Mapping[str, Any], value: float) -> Iterator[str]:
    low, high = fields.get("minValue"), fields.get("maxValue")
    if low is not None and value < low:
        yield f"{value} is below minValue {low}"
    if high is not None and value > high:
        yield f"{value} is above maxValue {high}"


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
}
