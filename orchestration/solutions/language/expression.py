"""The `${{…}}` language: the text of a scalar to an expression whose parts know where they stand.

A scalar is text with `${{…}}` in it. Inside, calls are written bare (`$if($gt($val(A), 50), RED, GREEN)`), a literal is
an unquoted word, a number or a text in quotes, and `+` joins.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from orchestration.solutions.language.assumed import JOINTS, has_blank_joint, without_joints

OPEN, CLOSE = "${{", "}}"
DEEPEST = 50
LONGEST = 20_000
MOST_DIGITS = 300

_NAME = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_SOLE = re.compile(r"\$\{\{\s*(?P<call>\$(?P<name>[A-Za-z_][A-Za-z0-9_]*)\(\s*(?P<word>[\w.-]+)\s*\))\s*\}\}")
"""A scalar that is one call with one plain word, as most are."""

_BARE = re.compile(r"(?:[^,()+\"'}]|\}(?!\}))+")
_BLANKS = re.compile(r"\s*")
_NUMBER = re.compile(r"[-+]?[0-9]+|[-+]?[0-9]*\.[0-9]+")
_WORDS = {"true": True, "false": False, "null": None}


class BadExpression(ValueError):
    """An expression cannot be read; *at* counts characters of the scalar from 0."""

    def __init__(self, message: str, at: int, hint: str = "") -> None:
        super().__init__(message)
        self.at, self.hint = at, hint


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant, as it is written and as what it stands for."""

    text: str
    value: str | float | bool | None
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function, by its name without `$`, and its arguments."""

    name: str
    arguments: tuple[Expression, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Joined:
    """What stands side by side or is joined by `+`; *text* when the result is always text.

    *rests_on* is the code of the undocumented rule that it was put together by, if any.
    """

    parts: tuple[Expression, ...]
    text: bool
    at: int
    rests_on: str = ""


Expression = Literal | Call | Joined


def has_expression(text: str) -> bool:
    """Return whether *text* holds an expression."""
    return OPEN in text


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Return the expression that a scalar is; raise `BadExpression`, with the place, where it cannot be read."""
    if len(text) > LONGEST:
        raise BadExpression(f"an expression of more than {LONGEST} characters is not read", 0, "split it up")
    if sole := _SOLE.fullmatch(text):
        return Call(sole["name"], (_literal(sole["word"], sole.start("word")),), sole.start("call"))
    parts = tuple(_parts(text))
    rests_on = JOINTS if has_blank_joint(text) else ""
    return parts[0] if len(parts) == 1 else Joined(parts, text=True, at=0, rests_on=rests_on)


def calls(expression: Expression) -> Iterator[Call]:
    """Yield every call of *expression*, outer ones first."""
    if isinstance(expression, Call):
        yield expression
    for inner in _inside(expression):
        yield from calls(inner)


@lru_cache(maxsize=4096)
def sole_key(text: str) -> str | None:
    """Return KEY of a scalar that is `${{$val(KEY)}}` and nothing else, None of any other."""
    try:
        found = parse(text)
    except BadExpression:
        return None
    if isinstance(found, Call) and found.name == "val" and len(found.arguments) == 1:
        argument = found.arguments[0]
        return argument.text if isinstance(argument, Literal) else None
    return None


def number_in(text: str) -> float | None:
    """Return the number that *text* writes, None if it writes none; raise ValueError for one too long to hold."""
    if not _NUMBER.fullmatch(text):
        return None
    if len(text) > MOST_DIGITS:
        raise ValueError(f"{text[:20]}… is longer than the {MOST_DIGITS} digits that a number may have")
    return float(text) if "." in text else int(text)


def _inside(expression: Expression) -> tuple[Expression, ...]:
    if isinstance(expression, Call):
        return expression.arguments
    return expression.parts if isinstance(expression, Joined) else ()


def _parts(text: str) -> Iterator[Expression]:
    """Yield the pieces of a scalar: the texts between its expressions, and these."""
    at, glued = 0, False
    while (start := text.find(OPEN, at)) >= 0:
        yield from _between(text[at:start], at, after=glued, before=True)
        reader = _Reader(text, start)
        yield reader.whole()
        at, glued = reader.at, True
    yield from _between(text[at:], at, after=glued, before=False)


def _between(text: str, at: int, *, after: bool, before: bool) -> Iterator[Expression]:
    kept, cut = without_joints(text, after=after, before=before)
    if kept:
        yield Literal(kept, kept, at + cut)


class _Reader:
    """Reads one `${{…}}` that begins at *start*; afterwards *at* is behind it."""

    def __init__(self, text: str, start: int) -> None:
        self.text, self.start, self.at, self.depth = text, start, start + len(OPEN), 0

    def whole(self) -> Expression:
        """Return the expression up to the closing braces."""
        expression = self.joined()
        if self.text.startswith(CLOSE, self.at):
            self.at += len(CLOSE)
            return expression
        raise self.left_over(expression)

    def joined(self) -> Expression:
        """Return terms up to a comma, a closing parenthesis or the closing braces."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadExpression(f"calls are nested deeper than {DEEPEST} levels", self.at, "split it up")
        parts = [self.term()]
        while self.skip("+"):
            parts.append(self.term())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Joined(tuple(parts), text=False, at=parts[0].at)

    def term(self) -> Expression:
        """Return the next call, quoted text or bare literal."""
        self.blanks()
        begin = self.at
        if match := _NAME.match(self.text, begin):
            self.at = match.end()
            if self.skip("("):
                return Call(match[1], self.arguments(match[1], begin), begin)
            raise BadExpression(f"${match[1]} is not called", begin, f"write ${match[1]}(…)")
        for quote in "\"'":
            if self.text.startswith(quote, begin):
                return self.quoted(quote)
        if (match := _BARE.match(self.text, begin)) and match[0].strip():
            self.at = match.end()
            return _literal(match[0].strip(), begin)
        raise self.missing()

    def arguments(self, name: str, begin: int) -> tuple[Expression, ...]:
        """Return what stands before the closing parenthesis."""
        if self.skip(")"):
            return ()
        found = [self.joined()]
        while self.skip(","):
            found.append(self.joined())
        if not self.skip(")"):
            raise BadExpression(f"the parenthesis of ${name} is not closed", begin, "add the missing )")
        return tuple(found)

    def quoted(self, quote: str) -> Literal:
        """Return the text up to the closing *quote*."""
        begin, end = self.at, self.text.find(quote, self.at + 1)
        if end < 0:
            raise BadExpression(f"the text in {quote} is not closed", begin, f"add the missing {quote}")
        self.at = end + 1
        self.blanks()
        text = self.text[begin + 1 : end]
        return Literal(text, text, begin)

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
        match = _BLANKS.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def missing(self) -> BadExpression:
        """Return the error for a place where an argument or literal should be."""
        if self.text.find(CLOSE, self.at) < 0:
            return self.unclosed()
        return BadExpression("something is missing here", self.at, 'write an argument; an empty text is ""')

    def left_over(self, before: Expression) -> BadExpression:
        """Return the error for what follows a whole expression inside the braces."""
        end = self.text.find(CLOSE, self.at)
        if end < 0:
            return self.unclosed()
        rest = self.text[self.at : end].strip()
        hint = "" if rest else "close the parentheses and write }} at the end"
        if rest.startswith(",") and isinstance(before, Call):
            hint = (
                f"the parenthesis of ${before.name} closes too early: move it behind {rest.lstrip(', ').rstrip(')')!r}"
            )
        elif rest.startswith("("):
            hint = "only functions are called, and their names begin with $"
        return BadExpression(f"{rest!r} is left over", self.at, hint)

    def unclosed(self) -> BadExpression:
        """Return the error for braces that nothing closes."""
        return BadExpression(f"{OPEN} without {CLOSE}", self.start, f"add the missing {CLOSE}")


def _literal(text: str, at: int) -> Literal:
    if text.startswith("$"):
        raise BadExpression(f"{text!r} is neither a call nor a literal", at, "write a call such as $val(Key)")
    try:
        number = number_in(text)
    except ValueError as error:
        raise BadExpression(str(error), at) from error
    return Literal(text, _WORDS.get(text, text) if number is None else number, at)
