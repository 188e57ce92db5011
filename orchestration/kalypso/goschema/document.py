"""JSON as Go's encoding/json reads it, numbers kept as they are written, errors in its words."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from orchestration.errors import OrchestrationError
from orchestration.kalypso.goquote import quote
from orchestration.kalypso.numbers import plain, scientific
from orchestration.kalypso.values import to_bytes

_SPACE = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_HEX = re.compile(r"[0-9a-fA-F]{0,4}")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)?(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\\": "\\", "/": "/", '"': '"'}
_DEPTH_LIMIT = 200
_EXPONENT_LIMIT = 5_000


class BadSchema(OrchestrationError):
    """A text is no JSON, or no JSON Schema."""


class JsonNumber:
    """A number with its spelling."""

    def __init__(self, text: str) -> None:
        self.text = text
        exponent = re.search("[eE]([+-]?[0-9]+)", text)
        if len(text) > _EXPONENT_LIMIT or (exponent and abs(int(exponent[1][:9])) > _EXPONENT_LIMIT):
            raise BadSchema(f"refused: the number {text[:20]}… is too long")
        self.value = Fraction(text)

    @property
    def is_integer(self) -> bool:
        """Whether the number is whole, however written."""
        return self.value.denominator == 1

    def __repr__(self) -> str:
        return f"JsonNumber({self.text!r})"

    def shown(self) -> str:
        """Return the number as a message of gojsonschema has it."""
        mantissa, _, exponent = self.text.lower().partition("e")
        sign, body = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa.removeprefix("+"))
        whole, _, fraction = body.partition(".")
        digits = (whole + fraction).lstrip("0")
        point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
        digits = digits.rstrip("0")
        if not digits:
            return "0"
        if point - 1 < -4 or point - 1 >= 6:
            return scientific(sign, digits, point - 1)
        return plain(sign, digits, point)


def load(text: str) -> Any:
    """Return the first JSON value of *text*; raises BadSchema."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def read(self) -> Any:
        self.space()
        if self.at == len(self.text):
            raise BadSchema("EOF")
        return self.value(0)

    def space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def fault(self, context: str) -> BadSchema:
        if self.at >= len(self.text):
            return BadSchema("unexpected EOF")
        char = chr(to_bytes(self.text[self.at])[0])  # of a longer character the first byte is shown
        shown = {"'": r"'\''", '"': "'\"'"}.get(char) or quote(char, "'")
        return BadSchema(f"invalid character {shown} {context}")

    def value(self, depth: int) -> Any:
        if depth > _DEPTH_LIMIT:
            raise BadSchema(f"refused: more than {_DEPTH_LIMIT} levels of JSON")
        char = self.text[self.at : self.at + 1]
        if char == "{":
            return self.object(depth)
        if char == "[":
            return self.array(depth)
        if char == '"':
            return self.string()
        if char and char in "-0123456789":
            return self.number()
        for word, meaning in (("true", True), ("false", False), ("null", None)):
            if char == word[0]:
                return self.literal(word, meaning)
        raise self.fault("looking for beginning of value")

    def literal(self, word: str, meaning: Any) -> Any:
        for wanted in word:
            if self.text[self.at : self.at + 1] != wanted:
                raise self.fault(f"in literal {word} (expecting {quote(wanted, chr(39))})")
            self.at += 1
        return meaning

    def number(self) -> JsonNumber:
        start = self.at
        match = _NUMBER.match(self.text, start)
        text = match[0] if match else ""
        self.at = start + len(text)
        if text.startswith("-") and not text[1:2].isdecimal():
            self.at = start + 1
            raise self.fault("in numeric literal")
        if text.endswith("."):
            raise self.fault("after decimal point in numeric literal")
        if text[-1] in "eE+-":
            raise self.fault("in exponent of numeric literal")
        if re.search(r"\.[eE]", text):
            self.at = start + text.index(".") + 1
            raise self.fault("after decimal point in numeric literal")
        return JsonNumber(text)

    def string(self) -> str:
        self.at += 1
        parts: list[str] = []
        while True:
            match = _PLAIN.match(self.text, self.at)
            parts.append(match[0] if match else "")
            self.at += len(parts[-1])
            char = self.text[self.at : self.at + 1]
            if char == '"':
                self.at += 1
                return _joined(parts)
            if char != "\\":
                raise self.fault("in string literal")
            self.at += 1
            parts.append(self.escape())

    def escape(self) -> str:
        char = self.text[self.at : self.at + 1]
        if char in _ESCAPES:
            self.at += 1
            return _ESCAPES[char]
        if char != "u":
            raise self.fault("in string escape code")
        match = _HEX.match(self.text, self.at + 1)
        digits = match[0] if match else ""
        self.at += 1 + len(digits)
        if len(digits) < 4:
            raise self.fault("in \\u hexadecimal character escape")
        return chr(int(digits, 16))

    def array(self, depth: int) -> list[Any]:
        self.at += 1
        items: list[Any] = []
        self.space()
        if self.text[self.at : self.at + 1] == "]":
            self.at += 1
            return items
        while True:
            self.space()
            items.append(self.value(depth + 1))
            if self.closes("]", "after array element"):
                return items

    def object(self, depth: int) -> dict[str, Any]:
        self.at += 1
        entries: dict[str, Any] = {}
        self.space()
        if self.text[self.at : self.at + 1] == "}":
            self.at += 1
            return entries
        while True:
            self.space()
            if self.text[self.at : self.at + 1] != '"':
                raise self.fault("looking for beginning of object key string")
            key = self.string()
            self.space()
            if self.text[self.at : self.at + 1] != ":":
                raise self.fault("after object key")
            self.at += 1
            self.space()
            entries[key] = self.value(depth + 1)
            if self.closes("}", "after object key:value pair"):
                return entries

    def closes(self, bracket: str, context: str) -> bool:
        self.space()
        char = self.text[self.at : self.at + 1]
        if char not in (",", bracket):
            raise self.fault(context)
        self.at += 1
        return char == bracket


def _joined(parts: list[str]) -> str:
    """Return the text, two halves of a character joined and a lone half replaced."""
    return "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
