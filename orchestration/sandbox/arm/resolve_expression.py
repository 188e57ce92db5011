"""The `${{…}}` language: the text of a scalar becomes a short program for a stack, which is run for its value.

A value that is one expression keeps its type; an expression inside a longer text becomes text. A `+` beside an
expression joins it to its neighbour, with one blank where blanks stood around the `+`. Inside an expression a
literal is an unquoted word or number, calls are written bare, and arguments are worked out before the call.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from orchestration.sandbox.arm.resolve_functions import (
    BUILT_IN,
    Around,
    ExpressionError,
    Joined,
    call_around,
    call_built_in,
    number_of,
)

MAX_DEPTH = 50
_KEPT_CHARACTERS = 2_000

_BRACES = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:
        \$(?P<call>[A-Za-z_][A-Za-z0-9_]*)\s*\(
      | "(?P<double>[^"]*)"
      | '(?P<single>[^']*)'
      | (?P<sign>[,()+])
      | (?P<word>[^,()+"'\s][^,()+"']*)
      | (?P<open>["'])
    )\s*""",
    re.VERBOSE,
)
_CONSTANTS: Mapping[str, Any] = {"true": True, "false": False, "null": None}


class Push(NamedTuple):
    """Puts a constant on the stack: *text* as it is written, for whom takes a path, or else its *value*."""

    text: str
    value: Any


class Invoke(NamedTuple):
    """Takes *taken* values off the stack and puts what the function makes of them there."""

    name: str
    taken: int


class Glue(NamedTuple):
    """Takes *taken* values off the stack and puts what they are together there; *text* if that is text always."""

    taken: int
    text: bool


Program = tuple[Push | Invoke | Glue, ...]


def has_expression(text: str) -> bool:
    """Return whether *text* holds an expression."""
    return "${{" in text


def parse(text: str) -> Program:
    """Return the program of a scalar; raise ExpressionError where it cannot be read."""
    return _kept(text) if len(text) <= _KEPT_CHARACTERS else _program(text)


def run(program: Program, around: Around) -> Any:
    """Return what a program comes to; raise ExpressionError when it comes to nothing.

    *around* has the functions that look around (`val`, `config`, …); they get their arguments as text.
    """
    for step in program:
        if isinstance(step, Invoke) and step.name not in around and step.name not in BUILT_IN:
            raise ExpressionError(f"${step.name} is not a function that the sandbox knows")
    stack: list[Any] = []
    for step in program:
        if isinstance(step, Push):
            stack.append(step)
            continue
        first = len(stack) - step.taken
        taken = stack[first:]
        del stack[first:]
        if isinstance(step, Invoke) and step.name in around:
            stack.append(call_around(step.name, around, [_as_written(each) for each in taken]))
        elif isinstance(step, Invoke):
            stack.append(call_built_in(step.name, [_value(each) for each in taken]))
        else:
            stack.append(Joined([_value(each) for each in taken]).value(text=step.text))
    return _value(stack.pop())


def _value(operand: Any) -> Any:
    return operand.value if isinstance(operand, Push) else operand


def _as_written(operand: Any) -> Any:
    return operand.text if isinstance(operand, Push) else operand


def _program(text: str) -> Program:
    pieces = list(_pieces(text))
    steps = [step for piece in pieces for step in piece]
    return tuple(steps if len(pieces) == 1 else [*steps, Glue(len(pieces), text=True)])


_kept = lru_cache(maxsize=4096)(_program)


def _pieces(text: str) -> Iterator[Program]:
    """Yield the programs of a scalar's expressions and of the texts between them, joints taken out."""
    end = 0
    for match in _BRACES.finditer(text):
        yield from _plain(_without_joint_at_end(_behind(text[end : match.start()], end)))
        yield _Compiler(match[1].strip()).program()
        end = match.end()
    if has_expression(text[end:]):
        raise ExpressionError(f"${{{{ without }}}} in {text!r}")
    yield from _plain(_behind(text[end:], end))


def _plain(text: str) -> Iterator[Program]:
    if text:
        yield (Push(text, text),)


def _behind(text: str, end: int) -> str:
    """Return *text* without the `+` that joins it to the expression before it, if one ends there."""
    bare = text.lstrip()
    if not end or not bare.startswith("+"):
        return text
    rest = bare[1:].lstrip()
    return (" " if len(text) - len(rest) > 1 else "") + rest


def _without_joint_at_end(text: str) -> str:
    """Return *text* without the `+` that joins it to the expression after it."""
    bare = text.rstrip()
    if not bare.endswith("+"):
        return text
    rest = bare[:-1].rstrip()
    return rest + (" " if len(text) - len(rest) > 1 else "")


@dataclass
class _Call:
    """A call whose parenthesis is open: its arguments so far, and the terms of the one that is being read."""

    name: str
    arguments: int = 0
    terms: int = 0


class _Compiler:
    """Turns the inside of one `${{…}}` into a program, a token at a time."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.steps: list[Push | Invoke | Glue] = []
        self.open = [_Call("")]
        self.wants_term = True

    def program(self) -> Program:
        """Return the program; raise ExpressionError where the text cannot be read."""
        at = 0
        while match := _TOKEN.match(self.text, at):
            kind = str(match.lastgroup)
            if kind == "open":
                raise ExpressionError(f"a closing {match[kind]} is missing in {self.text!r}")
            if self.wants_term:
                self.term(kind, match[kind])
            else:
                self.sign(kind, match[kind], at)
            at = match.end()
        if self.wants_term:
            raise self.missing()
        if len(self.open) > 1:
            raise self.unclosed()
        self.end_argument()
        return tuple(self.steps)

    def term(self, kind: str, text: str) -> None:
        """Take a token where a literal or a call is wanted."""
        call = self.open[-1]
        if kind == "call":
            if len(self.open) >= MAX_DEPTH:
                raise ExpressionError(f"calls are nested deeper than {MAX_DEPTH} levels")
            self.open.append(_Call(text))
        elif kind == "sign":
            if text != ")" or call.arguments or call.terms or len(self.open) == 1:
                raise self.missing()
            self.end_call()
        else:
            self.steps.append(_constant(text.rstrip()) if kind == "word" else Push(text, text))
            call.terms += 1
            self.wants_term = False

    def sign(self, kind: str, text: str, at: int) -> None:
        """Take a token behind a term."""
        if text == "+" and kind == "sign":
            self.wants_term = True
        elif len(self.open) == 1:
            raise ExpressionError(f"{self.text[at:].strip()!r} is left over in {self.text!r}")
        elif text == "," and kind == "sign":
            self.end_argument()
            self.wants_term = True
        elif text == ")" and kind == "sign":
            self.end_argument()
            self.end_call()
        else:
            raise self.unclosed()

    def end_argument(self) -> None:
        """Put the terms of an argument together."""
        call = self.open[-1]
        if call.terms > 1:
            self.steps.append(Glue(call.terms, text=False))
        call.arguments, call.terms = call.arguments + 1, 0

    def end_call(self) -> None:
        """Have the innermost call made: it is a term of the one around it."""
        call = self.open.pop()
        self.steps.append(Invoke(call.name, call.arguments))
        self.open[-1].terms += 1
        self.wants_term = False

    def missing(self) -> ExpressionError:
        """Return the error for a place where nothing is."""
        return ExpressionError(f"something is missing in {self.text!r}")

    def unclosed(self) -> ExpressionError:
        """Return the error for a parenthesis that stays open."""
        return ExpressionError(f"a closing parenthesis is missing in {self.text!r}")


def _constant(text: str) -> Push:
    """Return what puts an unquoted word or number on the stack."""
    number = number_of(text)
    if number is None and text.startswith("$"):
        raise ExpressionError(f"{text!r} is neither a call nor a literal")
    return Push(text, _CONSTANTS.get(text, text) if number is None else number)
