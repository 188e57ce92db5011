"""The `${{…}}` language: text to expressions, expressions to values.

A value that is one expression keeps its type; an expression inside a longer text becomes text. A `+` beside an
expression joins it to its neighbour, with one blank where blanks stood around the `+`. Inside an expression a
literal is an unquoted word or number, calls are written bare, and arguments are worked out before the call.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 50
MAX_DIGITS = 300

_OPEN = "${{"
_CLOSE = "}}"
_CALL = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)\s*\(")
_BARE = re.compile(r"[^,()+\"']+")
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?[0-9]*\.[0-9]+")
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None}


class ExpressionError(ValueError):
    """An expression cannot be read or worked out."""


class NullOperandError(ExpressionError):
    """A comparison was given a null."""


@dataclass(frozen=True)
class Literal:
    """A constant, with the text it was written as."""

    text: str
    value: Any


@dataclass(frozen=True)
class Call:
    """A function and its arguments."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Joined:
    """What `+` or plain adjacency puts together; *text* when the result is always text."""

    parts: tuple[Expression, ...]
    text: bool


Expression = Literal | Call | Joined
Function = tuple[Callable[..., Any], int, int]
"""What to call, and how many arguments it takes at least and at most."""
Functions = Mapping[str, Function]


def has_expression(text: str) -> bool:
    """Return whether *text* holds an expression."""
    return _OPEN in text


def parse(text: str) -> Expression:
    """Return the expression that the scalar *text* is; raise ExpressionError where it cannot be read."""
    parts: list[Expression] = []
    rest, glue = text, False
    while _OPEN in rest:
        before, _, after = rest.partition(_OPEN)
        inner, closed, rest = after.partition(_CLOSE)
        if not closed:
            raise ExpressionError(f"{_OPEN} without {_CLOSE} in {text!r}")
        before = _joint(before, start=glue, end=True)
        glue = True
        parts += [*_text_part(before), _Reader(inner).whole()]
    parts += _text_part(_joint(rest, start=glue, end=False))
    return parts[0] if len(parts) == 1 else Joined(tuple(parts), text=True)


def evaluate(expression: Expression, functions: Functions) -> Any:
    """Return the value of *expression*; raise ExpressionError when it has none.

    *functions* are those that need a context (`val`, `config`, …); they get their arguments as text.
    """
    match expression:
        case Literal(value=value):
            return value
        case Joined(parts=parts, text=text):
            return _join([evaluate(part, functions) for part in parts], text=text)
        case Call(name=name, arguments=arguments) if name in functions:
            texts = [_argument_text(argument, functions) for argument in arguments]
            return _apply(name, functions[name], texts)
        case Call(name=name, arguments=arguments) if name in _FUNCTIONS:
            return _apply(name, _FUNCTIONS[name], [evaluate(argument, functions) for argument in arguments])
        case Call(name=name):
            raise ExpressionError(f"${name} is not a function that the sandbox knows")


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


def _joint(text: str, *, start: bool, end: bool) -> str:
    """Return *text* without the `+` signs that join it to the expressions at its *start* and *end*."""
    if start and end and text.strip() == "+":
        return "" if text == "+" else " "
    if start and (match := re.match(r"(\s*)\+(\s*)", text)):
        text = (" " if match[1] or match[2] else "") + text[match.end() :]
    if end and (match := re.search(r"(\s*)\+(\s*)$", text)):
        text = text[: match.start()] + (" " if match[1] or match[2] else "")
    return text


def _text_part(text: str) -> list[Expression]:
    return [Literal(text, text)] if text else []


class _Reader:
    """Reads the inside of one `${{…}}`."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0

    def whole(self) -> Expression:
        """Return the expression that takes up all of the text."""
        expression = self.joined()
        if self.at < len(self.text):
            raise ExpressionError(f"{self.text[self.at :].strip()!r} is left over in {self.text.strip()!r}")
        return expression

    def joined(self) -> Expression:
        """Return terms up to a comma, a closing parenthesis or the end."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"calls are nested deeper than {MAX_DEPTH} levels")
        parts = [self.term()]
        while self.skip("+"):
            parts.append(self.term())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Joined(tuple(parts), text=False)

    def term(self) -> Expression:
        """Return the next call, quoted text or bare literal."""
        self.blanks()
        if match := _CALL.match(self.text, self.at):
            self.at = match.end()
            return Call(match[1], self.arguments())
        for quote in ('"', "'"):
            if self.skip(quote):
                return self.quoted(quote)
        if match := _BARE.match(self.text, self.at):
            self.at = match.end()
            return _literal(match[0].strip())
        raise ExpressionError(f"something is missing in {self.text.strip()!r}")

    def arguments(self) -> tuple[Expression, ...]:
        """Return what stands before the closing parenthesis."""
        if self.skip(")"):
            return ()
        found = [self.joined()]
        while self.skip(","):
            found.append(self.joined())
        if not self.skip(")"):
            raise ExpressionError(f"a closing parenthesis is missing in {self.text.strip()!r}")
        return tuple(found)

    def quoted(self, quote: str) -> Literal:
        """Return the text up to the closing *quote*."""
        end = self.text.find(quote, self.at)
        if end < 0:
            raise ExpressionError(f"a closing {quote} is missing in {self.text.strip()!r}")
        text, self.at = self.text[self.at : end], end + 1
        return Literal(text, text)

    def skip(self, sign: str) -> bool:
        """Return whether *sign* comes next, and step over it."""
        self.blanks()
        if not self.text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        self.blanks()
        return True

    def blanks(self) -> None:
        """Step over blanks."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1


def _literal(text: str) -> Literal:
    number = _number_in(text)
    if number is not None:
        return Literal(text, number)
    if text.startswith("$"):
        raise ExpressionError(f"{text!r} is neither a call nor a literal")
    return Literal(text, _WORDS.get(text, text))


def _number_in(text: str) -> float | None:
    """Return the number that *text* writes, None if it writes none; raise ExpressionError for one too long to hold."""
    if not _INT.fullmatch(text) and not _FLOAT.fullmatch(text):
        return None
    if len(text) > MAX_DIGITS:
        raise ExpressionError(f"{text[:20]}… is longer than the {MAX_DIGITS} digits that a number may have")
    return float(text) if "." in text else int(text)


def _argument_text(expression: Expression, functions: Functions) -> str:
    """Return the argument as a path or reference: a literal as it is written."""
    if isinstance(expression, Literal):
        return expression.text
    return as_text(evaluate(expression, functions))


def _join(values: Sequence[Any], *, text: bool) -> Any:
    if not text and all(_is_number(value) for value in values):
        return _sum(values)
    for value in values:
        if isinstance(value, dict | list):
            raise ExpressionError("only text, numbers and booleans can be joined with +")
    return "".join(as_text(value) for value in values)


def _sum(values: Sequence[Any]) -> float:
    try:
        found: float = sum(values)
    except OverflowError as error:
        raise ExpressionError(f"{' + '.join(map(str, values))} is too large") from error
    return found


def _apply(name: str, function: Function, values: list[Any]) -> Any:
    call, least, most = function
    if not least <= len(values) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise ExpressionError(f"${name} takes {wanted} arguments, not {len(values)}")
    return call(*values)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any) -> float:
    if value is None:
        raise NullOperandError("a comparison needs numbers and was given a null")
    found = _number_in(value) if isinstance(value, str) else value
    if not isinstance(found, int | float) or isinstance(found, bool):
        raise ExpressionError(f"a comparison needs numbers and was given {value!r}")
    return found  # not as a float, which holds no large integer


def _equal(left: Any, right: Any) -> bool:
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return bool(left == right)
    return as_text(left) == as_text(right)


def _not(value: Any) -> bool:
    if value is None:
        raise NullOperandError("$not needs a boolean and was given a null")
    if as_text(value) not in ("true", "false"):
        raise ExpressionError(f"$not needs a boolean and was given {value!r}")
    return not is_true(value)


def _cidr_contains(network: Any, address: Any) -> bool:
    if address is None:
        raise NullOperandError("$cidr_contains needs an address and was given a null")
    try:
        return ipaddress.ip_address(as_text(address)) in ipaddress.ip_network(as_text(network), strict=False)
    except ValueError as error:
        raise ExpressionError(f"$cidr_contains: {error}") from error


_FUNCTIONS: Functions = {
    "if": (lambda condition, yes, no: yes if is_true(condition) else no, 3, 3),
    "eq": (_equal, 2, 2),
    "gt": (lambda left, right: _number(left) > _number(right), 2, 2),
    "ge": (lambda left, right: _number(left) >= _number(right), 2, 2),
    "lt": (lambda left, right: _number(left) < _number(right), 2, 2),
    "le": (lambda left, right: _number(left) <= _number(right), 2, 2),
    "between": (lambda value, low, high: _number(low) <= _number(value) <= _number(high), 3, 3),
    "not": (_not, 1, 1),
    "any": (lambda *values: any(is_true(value) for value in values), 1, 99),
    "empty": (lambda value: value is None or value == "", 1, 1),
    "cidr_contains": (_cidr_contains, 2, 2),
}
