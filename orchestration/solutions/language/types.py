"""The language's types, and the checks of a value against a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from orchestration.solutions.language import assumed
from orchestration.solutions.language.functions import Unworkable

if TYPE_CHECKING:
    from orchestration.kalypso.goregexp import Pattern
    from orchestration.solutions.language.schema import Rule


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _list_of(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(check, value))


_SCALARS: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": _is_number,
    "object": lambda value: isinstance(value, dict),
}
TYPES: Mapping[str, Callable[[Any], bool]] = {
    **_SCALARS,
    **{f"array[{name}]": _list_of(_SCALARS[name]) for name in ("int", "string", "float", "object")},
}
"""The check of each type, by its name."""


def has_type(name: str, value: Any) -> bool:
    """Return whether *value* is of the language's type *name*."""
    return TYPES[name](value)


def violations(rule: Rule, value: Any, assumptions: set[str]) -> Iterator[str]:
    """Yield what a *value* that is not null breaks of a rule, the rule's own expression left aside.

    Raise `Unworkable` for a pattern that cannot be used.
    """
    if not TYPES[rule.type](value):
        yield f"{value!r} is not of type {rule.type}"
        return
    if rule.pattern is not None and isinstance(value, str) and not matches(rule.pattern, value):
        yield f"{value!r} does not match the pattern {rule.pattern!r}"
    if rule.allowed is not None and value not in rule.allowed:
        yield f"{value!r} is not one of {', '.join(map(str, rule.allowed))}"
    if rule.disallowed and value in rule.disallowed:
        yield f"{value!r} is one of the values that are not allowed"
    if rule.low is not None or rule.high is not None:
        yield from _out_of_bounds(rule, value, assumptions)


def _out_of_bounds(rule: Rule, value: float, assumptions: set[str]) -> Iterator[str]:
    if value in (rule.low, rule.high):
        assumptions.add(assumed.BOUNDS)
    if rule.low is not None and not assumed.within(value, rule.low, value):
        yield f"{value} is below minValue {rule.low}"
    if rule.high is not None and not assumed.within(value, value, rule.high):
        yield f"{value} is above maxValue {rule.high}"


def matches(pattern: str, value: str) -> bool:
    """Return whether *value* has a match of *pattern* in it, in time linear in both; raise `Unworkable`."""
    return compiled(pattern).search(value) is not None


def compiled(pattern: str) -> Pattern:
    """Return a rule's regular expression; raise `Unworkable` when it cannot be used."""
    found = _compiled(pattern)
    if isinstance(found, str):
        raise Unworkable(f"the pattern {pattern!r} cannot be used: {found}")
    return found


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Pattern | str:
    """Return a regular expression, or why it cannot be used, which takes as long to find out."""
    from orchestration.kalypso.goregexp import BadPattern, compile_pattern  # most schemas have no pattern

    try:
        return compile_pattern(pattern)
    except BadPattern as error:
        return str(error)
