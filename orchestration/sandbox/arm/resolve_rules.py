"""A schema document's rules, and the checks of a value against one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

TODAY: Mapping[str, str] = {
    f"{word}_{rest}": f"{word}{rest.title()}" for word in ("editable", "min", "max") for rest in ("by", "at", "value")
}
"""How keys of rules are spelt today, by older spellings."""

SECTIONS = frozenset({"configs", "validations"})
KINDS = frozenset({"string", "boolean", "int", "float", "object"})
_LIST = re.compile(r"array\[(int|string|float|object)\]")


class RuleError(ValueError):
    """A schema document does not hold rules."""


@dataclass(frozen=True)
class Rule:
    """What a schema says of one key: its type, whether a null is an error, what stands in for one.

    *fields* are as written, in today's spelling.
    """

    key: str
    type: str
    required: bool
    default: Any
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Schema:
    """The rules of a schema by key, and the checks over all of its keys."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    validations: tuple[str, ...] = ()

    @cached_property
    def defaults(self) -> tuple[Rule, ...]:
        """Return the rules that have a default."""
        return tuple(rule for rule in self.rules.values() if rule.default is not None)


def read_schema(document: Mapping[str, Any]) -> Schema:
    """Return the schema in *document*, includes already put in; raise RuleError where it is none.

    Rules may stand under `rules.configs` or, in older documents, right under `rules`; validations under `rules`
    or at the top, as a list or as one mapping.
    """
    rules = _mapping(document.get("rules", {}), "`rules` is")
    bare = {key: rule for key, rule in rules.items() if key not in SECTIONS}
    keys = _mapping(rules.get("configs", bare), "`rules.configs` is")
    checks = (text for place in (document, rules) for text in _checks_in(place.get("validations")))
    return Schema({key: read_rule(key, rule) for key, rule in keys.items()}, tuple(checks))


def read_rule(key: str, rule: Any) -> Rule:
    """Return the rule of *key*; raise RuleError where it is none."""
    fields = {TODAY.get(name, name): value for name, value in _mapping(rule, f"the rule of {key} is").items()}
    type_ = str(fields.get("type", "")).replace(" ", "")
    if type_ not in KINDS and not _LIST.fullmatch(type_):
        raise RuleError(f"the rule of {key} has type {fields.get('type')!r}, which the language does not have")
    for name, (fits, word) in _OPERANDS.items():
        if fields.get(name) is not None and not fits(fields[name]):
            raise RuleError(f"the rule of {key} has {name} {fields[name]!r}, which is no {word}")
    return Rule(key, type_, fields.get("required") is True, fields.get("defaultValue"), fields)


def violations(rule: Rule, value: Any) -> Iterator[str]:
    """Yield what is wrong with a *value* that is not null, the rule's own expression left aside.

    Bounds are inclusive; no public page says it, see docs/assumptions.md.
    """
    if not has_type(rule.type, value):
        yield f"{value!r} is not of type {rule.type}"
        return
    for name, check in _CHECKS.items():
        operand = rule.fields.get(name)
        if operand is not None and check.concerns(rule.type, value) and check.breaks(value, operand):
            yield check.words.format(value=value, operand=operand)


def has_type(name: str, value: Any) -> bool:
    """Return whether *value* is of the language's type *name*."""
    if match := _LIST.fullmatch(name):
        return isinstance(value, list) and all(has_type(match[1], element) for element in value)
    return name == _kind(value) or (name == "float" and _kind(value) == "int")


def _kind(value: Any) -> str:
    """Return the type that a value is of, empty for a list or a null."""
    return {bool: "boolean", str: "string", int: "int", float: "float", dict: "object"}.get(type(value), "")


def _mapping(found: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        raise RuleError(f"{what} not a mapping")
    return found


def _checks_in(section: Any) -> Iterator[str]:
    for entry in section if isinstance(section, list) else () if section is None else (section,):
        if not isinstance(entry, Mapping) or "expression" not in entry:
            raise RuleError("a validation is not a mapping with an `expression`")
        yield str(entry["expression"])


def _unmatched(value: str, pattern: Any) -> bool:
    from orchestration.kalypso.goregexp import BadPattern, compile_pattern  # most schemas have no pattern

    # Python's own expressions can take years over a short text, and the sandbox answers one request at a time.
    try:
        return compile_pattern(str(pattern)).search(value) is None
    except BadPattern as error:
        raise RuleError(f"the pattern {str(pattern)!r} cannot be used: {error}") from error


class _Check(NamedTuple):
    """One check: whether it concerns values of a type, whether one breaks it, and what is said then."""

    concerns: Callable[[str, Any], bool]
    breaks: Callable[[Any, Any], bool]
    words: str


def _always(type_: str, value: Any) -> bool:
    return True


def _is_text(type_: str, value: Any) -> bool:
    return isinstance(value, str)


def _is_numeric(type_: str, value: Any) -> bool:
    return type_ in ("int", "float")


_CHECKS: Mapping[str, _Check] = {
    "pattern": _Check(_is_text, _unmatched, "{value!r} does not match the pattern {operand!r}"),
    "allowedValues": _Check(_always, lambda value, known: value not in known, "{value!r} is not one of {operand}"),
    "disallowedValues": _Check(
        _always, lambda value, known: value in known, "{value!r} is one of the disallowed {operand}"
    ),
    "minValue": _Check(_is_numeric, lambda value, bound: value < bound, "{value} is below minValue {operand}"),
    "maxValue": _Check(_is_numeric, lambda value, bound: value > bound, "{value} is above maxValue {operand}"),
}
"""The checks of values by the key of a rule that has their operand."""

_OPERANDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "minValue": (lambda found: has_type("float", found), "number"),
    "maxValue": (lambda found: has_type("float", found), "number"),
    "allowedValues": (lambda found: isinstance(found, list), "list"),
    "disallowedValues": (lambda found: isinstance(found, list), "list"),
}
"""What stands at a key of a rule, if anything does."""
