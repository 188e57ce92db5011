"""Template text to tokens, by the rules of Go's text/template/parse."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from orchestration.kalypso.goquote import quote

KEYWORDS = frozenset(["block", "break", "continue", "define", "else", "end", "if", "range", "nil", "template", "with"])
_SPACE = " \t\r\n"
_NUMBER = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?"
    r"|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?"
)
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"')
_RUNE = re.compile(r"'(?:[^'\\\n]|\\[^\n])*'")


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `kind` is a keyword itself, or what the token is."""

    kind: str
    pos: int
    text: str
    line: int

    def __str__(self) -> str:
        if self.kind == "EOF":
            return "EOF"
        if self.kind == "error":
            return self.text
        if self.kind in KEYWORDS or self.kind == "dot":
            return f"<{self.text}>"
        return f"{quote(self.text[:10])}..." if len(self.text) > 10 else quote(self.text)


class _Stop(Exception):
    """The scan cannot go on."""


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of *text*; the last one is of kind EOF or error."""
    lexer = _Lexer(text)
    try:
        yield from lexer.scan()
    except _Stop as stop:
        yield Token("error", lexer.start, str(stop), lexer.line)


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.start = self.pos = 0
        self.line = 1
        self.parens = 0

    def scan(self) -> Iterator[Token]:
        trim = False
        while True:
            found = self.text.find("{{", self.pos)
            end = len(self.text) if found < 0 else found
            chunk = self.text[self.pos : end]
            kept = chunk.rstrip(_SPACE) if found >= 0 and self._trims_left(found + 2) else chunk
            skipped = len(kept) - len(kept.lstrip(_SPACE)) if trim else 0
            self._skip_to(self.pos + skipped)
            if kept[skipped:]:
                yield self._token("text", self.pos + len(kept) - skipped)
            self._skip_to(end)
            if found < 0:
                yield self._token("EOF", end)
                return
            if self._is_comment():
                trim = self._comment()
                continue
            yield self._token("left", self.pos + 2)
            self._skip_to(self.pos + (2 if self._trims_left(self.pos) else 0))
            trim = yield from self._action()

    def _trims_left(self, at: int) -> bool:
        return self.text[at : at + 1] == "-" and self.text[at + 1 : at + 2] in tuple(_SPACE)

    def _trims_right(self, at: int) -> bool:
        return self.text[at : at + 1] in tuple(_SPACE) and self.text.startswith("-}}", at + 1)

    def _skip_to(self, end: int) -> None:
        self.line += self.text.count("\n", self.pos, end)
        self.start = self.pos = end

    def _token(self, kind: str, end: int) -> Token:
        token = Token(kind, self.pos, self.text[self.pos : end] if kind != "EOF" else "EOF", self.line)
        self._skip_to(end)
        return token

    def _is_comment(self) -> bool:
        at = self.pos + 2
        return self.text.startswith("/*", at + (2 if self._trims_left(at) else 0))

    def _comment(self) -> bool:
        """Pass a comment; return whether what follows it is trimmed."""
        opened = self.text.index("/*", self.pos)
        self._skip_to(opened)
        closed = self.text.find("*/", opened + 2)
        if closed < 0:
            raise _Stop("unclosed comment")
        trims = self._trims_right(closed + 2)
        if not trims and not self.text.startswith("}}", closed + 2):
            raise _Stop("comment ends before closing delimiter")
        self._skip_to(closed + (6 if trims else 4))
        return trims

    def _action(self) -> Generator[Token, None, bool]:
        """Yield the tokens of an action and its end; return whether what follows is trimmed."""
        self.parens = 0
        while True:
            trims = self._trims_right(self.pos)
            if trims or self.text.startswith("}}", self.pos):
                if self.parens:
                    raise _Stop("unclosed left paren")
                self._skip_to(self.pos + (2 if trims else 0))
                yield self._token("right", self.pos + 2)
                return trims
            yield self._inside()

    def _inside(self) -> Token:
        char = self.text[self.pos : self.pos + 1]
        if not char:
            raise _Stop("unclosed action")
        if char in _SPACE:
            return self._token("space", self._space_end())
        if char in "=|":
            return self._token("assign" if char == "=" else "pipe", self.pos + 1)
        if char == ":":
            if self.text[self.pos + 1 : self.pos + 2] != "=":
                raise _Stop("expected :=")
            return self._token("declare", self.pos + 2)
        if char in "\"`'":
            return self._quoted(char)
        if char == "$" or (char == "." and not self._starts_number()):
            return self._field(char)
        if char in "+-." or "0" <= char <= "9":
            return self._number()
        if _is_word(char):
            return self._word()
        return self._other(char)

    def _starts_number(self) -> bool:
        """Whether the dot here begins a number: a digit follows it, or nothing at all."""
        return "0" <= self.text[self.pos + 1 : self.pos + 2] <= "9" or self.pos + 1 == len(self.text)

    def _space_end(self) -> int:
        end = self.pos
        while self.text[end : end + 1] and self.text[end] in _SPACE:
            end += 1
        return end - 1 if self._trims_right(end - 1) else end

    def _quoted(self, mark: str) -> Token:
        if mark == "`":
            end = self.text.find("`", self.pos + 1)
            if end < 0:
                raise _Stop("unterminated raw quoted string")
            return self._token("raw", end + 1)
        match = (_QUOTED if mark == '"' else _RUNE).match(self.text, self.pos)
        if match is None:
            raise _Stop("unterminated quoted string" if mark == '"' else "unterminated character constant")
        return self._token("string" if mark == '"' else "rune", match.end())

    def _field(self, mark: str) -> Token:
        end = self._word_end(self.pos + 1)
        if end == self.pos + 1 and mark == "." and self._ends_word(end):
            return self._token("dot", end)
        if not self._ends_word(end):
            raise _Stop(f"bad character {_codepoint(self.text[end])}")
        return self._token("variable" if mark == "$" else "field", end)

    def _word(self) -> Token:
        end = self._word_end(self.pos)
        if not self._ends_word(end):
            raise _Stop(f"bad character {_codepoint(self.text[end])}")
        word = self.text[self.pos : end]
        kind = word if word in KEYWORDS else "bool" if word in ("true", "false") else "identifier"
        return self._token(kind, end)

    def _word_end(self, at: int) -> int:
        while at < len(self.text) and _is_word(self.text[at]):
            at += 1
        return at

    def _ends_word(self, at: int) -> bool:
        char = self.text[at : at + 1]
        return not char or char in f"{_SPACE}.,|:)(" or self.text.startswith("}}", at)

    def _number(self) -> Token:
        end = self._number_end(self.pos)
        if self.text[end : end + 1] in ("+", "-"):
            end = self._number_end(end)
            if self.text[end - 1] != "i":
                raise _Stop(f"bad number syntax: {quote(self.text[self.pos : end])}")
            return self._token("complex", end)
        return self._token("number", end)

    def _number_end(self, at: int) -> int:
        match = _NUMBER.match(self.text, at)
        end = match.end() if match else at
        if end < len(self.text) and _is_word(self.text[end]):
            raise _Stop(f"bad number syntax: {quote(self.text[self.pos : end + 1])}")
        return end

    def _other(self, char: str) -> Token:
        if char in "()":
            self.parens += 1 if char == "(" else -1
            if self.parens < 0:
                raise _Stop("unexpected right paren")
            return self._token(char, self.pos + 1)
        if char.isascii() and char.isprintable():
            return self._token("char", self.pos + 1)
        raise _Stop(f"unrecognized character in action: {_codepoint(char)}")


def _is_word(char: str) -> bool:
    return char == "_" or char.isalpha() or char.isdecimal()


def _codepoint(char: str) -> str:
    shown = f" '{char}'" if char.isprintable() else ""
    return f"U+{ord(char):04X}{shown}"
