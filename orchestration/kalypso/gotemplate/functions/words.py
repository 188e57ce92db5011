"""sprig's camelcase, snakecase and kebabcase, which are huandu/xstrings' of version 1.4."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from orchestration.kalypso.gotemplate.functions.strings import lower, upper, valid
from orchestration.kalypso.gotemplate.signature import table
from orchestration.kalypso.values import GO_SPACE

_IDEOGRAPHS = re.compile("[\u3400-\u4d85\u4e00-\u9fcc\U00020000-\U0002b81d]")
_CHARACTER = re.compile("([\udc80-\udcff\ufffd]*)([^\udc80-\udcff\ufffd])", re.DOTALL)


def _is_connector(char: str) -> bool:
    return char in "-_" or char in GO_SPACE


def _camelcase(text: str) -> str:
    text, out = valid(text), []
    raises, started = True, False
    for char, following in zip(text, [*text[1:], ""], strict=False):
        if not _is_connector(char):
            out.append(upper(char) if raises else char)
            raises, started = False, True
            continue
        # The one connector in front of a word goes; of several the others stay, and so do those at the ends.
        if not started or not following or _is_connector(following):
            out.append(char)
        raises = True
    return "".join(out) + ("" if started else text[-1:])  # of nothing but connectors the last one comes twice


def _kind(char: str) -> str:
    category = unicodedata.category(char)
    if _is_connector(char):
        return "connector"
    if category.startswith("P"):
        return "punctuation"
    if category == "Lu":
        return "upper"
    if category.startswith("L") and not _IDEOGRAPHS.match(char):
        return "alphabet"
    return "number" if category.startswith("N") else "other"


def _characters(text: str) -> list[tuple[str, str]]:
    """Return the characters of *text* with their spelling; bytes that are no UTF-8 belong to the one behind them."""
    found = [(match[2], match[0]) for match in _CHARACTER.finditer(text) if match[2]]
    rest = text[sum(len(spelling) for _, spelling in found) :]
    if not rest:
        return found
    return [*found, (found[-1][0], rest)] if found else [("", rest)]


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Yield the words of *text* with their kinds: `HTTPServer` is HTTP and Server."""
    characters = _characters(text)
    kinds = [_kind(char) if char else "invalid" for char, _ in characters]
    at = 0
    while at < len(kinds):
        end = _word_end(kinds, [char for char, _ in characters], at)
        yield kinds[at], "".join(spelling for _, spelling in characters[at:end])
        at = end


def _word_end(kinds: list[str], characters: list[str], at: int) -> int:
    kind, end = kinds[at], at + 1
    if kind == "upper":
        return _upper_end(kinds, end) if end < len(kinds) else end
    while end < len(kinds) and _goes_on(kind, kinds[end], characters[end]):
        end += 1
    return end


def _goes_on(kind: str, following: str, char: str) -> bool:
    """Whether a character belongs to the word of *kind* in front of it."""
    if kind == "punctuation":
        return unicodedata.category(char).startswith("P")
    if kind == "other":
        return following == "other"
    return following == kind


def _upper_end(kinds: list[str], end: int) -> int:
    if kinds[end] == "upper":
        while end < len(kinds) and kinds[end] == "upper":
            end += 1
        return end - 1 if end < len(kinds) and kinds[end] == "alphabet" else end
    while end < len(kinds) and kinds[end] == "alphabet":
        end += 1
    return end


class _Splitter:
    """Words in small letters with a connector between them; past the last word comes one of no kind."""

    def __init__(self, text: str, connector: str) -> None:
        self.words = list(_words(text))
        self.connector = connector
        self.at = -1
        self.out: list[str] = []
        self.next()

    def next(self) -> None:
        self.at += 1
        self.kind, self.word = self.words[self.at] if self.at < len(self.words) else ("invalid", "")

    @property
    def more(self) -> bool:
        """Whether a word follows this one."""
        return self.at < len(self.words) - 1

    def put(self, kind: str, word: str) -> None:
        if kind == "connector":
            self.out.append(self.connector * len(word))
        else:
            self.out.append(lower(valid(word)) if kind == "upper" else word)

    def put_run(self) -> None:
        while self.kind in ("alphabet", "number"):
            self.put(self.kind, self.word)
            self.next()

    def divide(self, *unless: str) -> None:
        if self.kind not in ("connector", "punctuation", *unless):
            self.out.append(self.connector)

    def run(self) -> str:
        while self.more:
            kind, word = self.kind, self.word
            if kind != "connector":
                self.put(kind, word)
            self.next()
            if kind == "number":
                self.put_run()
                self.divide("invalid")
            elif kind == "connector":
                self.put(kind, word)
            elif kind != "punctuation":
                self.after_letters()
        self.put(self.kind, self.word)
        return "".join(self.out)

    def after_letters(self) -> None:
        """Digits behind letters belong to them, unless small letters follow those."""
        if self.kind != "number":
            self.divide()
        elif self.more:
            digits = self.word
            self.next()
            if self.kind != "alphabet":
                self.put("number", digits)
                self.divide()
                return
            self.out.append(self.connector)
            self.put("number", digits)
            self.put_run()
            self.divide("invalid")


_FUNCTIONS = table(
    ("camelcase", "string", _camelcase),
    ("snakecase", "string", lambda text: _Splitter(text, "_").run()),
    ("kebabcase", "string", lambda text: _Splitter(text, "-").run()),
)
# Letter by letter, as the words are found.
FUNCTIONS = {name: replace(one, price=lambda text: len(text) // 5) for name, one in _FUNCTIONS.items()}
