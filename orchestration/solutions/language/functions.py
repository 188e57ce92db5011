"""The functions of `${{…}}`, and how an expression is worked out: from the inside outwards.

Those that look around (`$val`, `$config`, `$property`, `$target`, `$connectedRegistryIP`) are given by who resolves.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from orchestration.solutions.language import assumed
from orchestration.solutions.language.expression import Call, Expression, Joined, Literal, number_in


class Unworkable(ValueError):
    """An expression has no value."""


class NullCompared(Unworkable):
    """... because a comparison was given a null."""


class Cycle(Unworkable):
    """... because something needs itself."""


class TooDeep(Unworkable):
    """... because too many things need each other in a row."""


class Function(NamedTuple):
    """What to call, how many arguments it takes at least and at most, and the undocumented rule it rests on."""

    call: Callable[..., Any]
    least: int
    most: int
    rests_on: str = ""


LOOKING = {"val": (1, 1), "config": (1, 2), "property": (1, 1), "target": (1, 1), "connectedRegistryIP": (0, 0)}
"""Functions that look around, with how many arguments they take at least and at most."""

INCLUDE = "include"
UPSTREAM = frozenset(
    {"and", "or", "in", "equal", "json", "secret", "param", "instance", "str", "base64encode", "base64decode"}
)
"""Functions of Eclipse Symphony that no page of Workload Orchestration has."""


class Scope(NamedTuple):
    """The functions that look around, and where the codes of undocumented rules are noted."""

    looking: Mapping[str, Callable[..., Any]]
    assumed: set[str]


def evaluate(expression: Expression, scope: Scope) -> Any:
    """Return the value of *expression*; raise `Unworkable` when it has none."""
    if isinstance(expression, Literal):
        return expression.value
    if isinstance(expression, Joined):
        return _join(expression, [evaluate(part, scope) for part in expression.parts], scope)
    name, arguments = expression.name, expression.arguments
    looking = scope.looking.get(name)
    if looking is not None:
        _count(name, arguments, *LOOKING[name])
        return looking(*[_as_argument(argument, scope) for argument in arguments])
    function = FUNCTIONS.get(name)
    if function is None:
        raise Unworkable(f"${name} is not a function that is documented")
    _count(name, arguments, function.least, function.most)
    if function.rests_on:
        scope.assumed.add(function.rests_on)
    return function.call(*[evaluate(argument, scope) for argument in arguments])


def wrong_call(call: Call) -> str:
    """Return what is wrong with a call's name or the number of its arguments, empty when nothing is."""
    bounds = LOOKING.get(call.name)
    if bounds is None and (function := FUNCTIONS.get(call.name)):
        bounds = function.least, function.most
    if bounds is None:
        return f"${call.name} is not a function that is documented"
    return _miscounted(call.name, len(call.arguments), *bounds)


def wrong_literal(call: Call) -> tuple[Literal, str] | None:
    """Return the constant among a call's arguments that it can never take, and why; None when there is none."""
    for index, argument in enumerate(call.arguments):
        if isinstance(argument, Literal) and (check := _check_of(call.name, index)):
            try:
                check(argument.value)
            except ValueError as error:
                return argument, f"${call.name}: {error}"
    return None


def _check_of(name: str, index: int) -> Callable[[Any], Any] | None:
    """Return what raises for an argument that a function can never take."""
    if name == "cidr_contains":
        return _network if index == 0 else _address
    return _number if name in ("gt", "ge", "lt", "le", "between") else _not if name == "not" else None


def as_text(value: Any) -> str:
    """Return *value* as it appears inside a longer text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def is_true(value: Any) -> bool:
    """Return whether *value* counts as true: the boolean or the text."""
    return value is True or value == "true"


def _as_argument(expression: Expression, scope: Scope) -> str:
    """Return a path or a reference: a literal as it is written."""
    return expression.text if isinstance(expression, Literal) else as_text(evaluate(expression, scope))


def _count(name: str, arguments: Sequence[Expression], least: int, most: int) -> None:
    if message := _miscounted(name, len(arguments), least, most):
        raise Unworkable(message)


def _miscounted(name: str, count: int, least: int, most: int) -> str:
    if least <= count <= most:
        return ""
    wanted = str(least) if least == most else f"{least} to {most}"
    return f"${name} takes {wanted} argument{'' if wanted == '1' else 's'}, not {count}"


def _join(joined: Joined, values: Sequence[Any], scope: Scope) -> Any:
    if not joined.text and all(_is_number(value) for value in values):
        scope.assumed.add(assumed.SUM)
        return _sum(values)
    if joined.rests_on:
        scope.assumed.add(joined.rests_on)
    if any(isinstance(value, dict | list) for value in values):
        raise Unworkable("only text, numbers and booleans can be joined with +")
    return "".join(as_text(value) for value in values)


def _sum(values: Sequence[float]) -> float:
    try:
        found: float = sum(values)
    except OverflowError as error:
        raise Unworkable("the numbers joined by + are too large") from error
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any) -> float:
    if value is None:
        raise NullCompared("a comparison needs numbers and was given a null")
    try:
        found: Any = number_in(value) if isinstance(value, str) else value
    except ValueError as error:
        raise Unworkable(str(error)) from error
    if not _is_number(found):
        raise Unworkable(f"a comparison needs numbers and was given {value!r}")
    number: float = found  # not as a float, which holds no large integer
    return number


def _equal(left: Any, right: Any) -> bool:
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return bool(left == right)
    return as_text(left) == as_text(right)


def _not(value: Any) -> bool:
    if value is None:
        raise NullCompared("$not needs a boolean and was given a null")
    if as_text(value) not in ("true", "false"):
        raise Unworkable(f"$not needs a boolean and was given {value!r}")
    return not is_true(value)


def _cidr_contains(network: Any, address: Any) -> bool:
    if address is None:
        raise NullCompared("$cidr_contains needs an address and was given a null")
    try:
        return _address(address) in _network(network)
    except ValueError as error:
        raise Unworkable(f"$cidr_contains: {error}") from error


def _network(text: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(as_text(text), strict=False)


def _address(text: Any) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(as_text(text))


def _between(value: Any, low: Any, high: Any) -> bool:
    return assumed.within(_number(value), _number(low), _number(high))


FUNCTIONS: Mapping[str, Function] = {
    "if": Function(lambda condition, yes, no: yes if is_true(condition) else no, 3, 3),
    "eq": Function(_equal, 2, 2),
    "gt": Function(lambda left, right: _number(left) > _number(right), 2, 2),
    "ge": Function(lambda left, right: _number(left) >= _number(right), 2, 2),
    "lt": Function(lambda left, right: _number(left) < _number(right), 2, 2),
    "le": Function(lambda left, right: _number(left) <= _number(right), 2, 2),
    "between": Function(_between, 3, 3, assumed.BOUNDS),
    "not": Function(_not, 1, 1),
    "any": Function(lambda *values: any(is_true(value) for value in values), 1, 99),
    "empty": Function(lambda value: value is None or value == "", 1, 1),
    "cidr_contains": Function(_cidr_contains, 2, 2),
}
"""Functions that work on their arguments alone."""
