"""Pattern text to nodes, with the errors of Go's regexp/syntax."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from orchestration.kalypso.goregexp.classes import CharClass, named, perl, posix
from orchestration.kalypso.goregexp.nodes import (
    EMPTY,
    Alternate,
    Assert,
    BadPattern,
    Chars,
    Concat,
    Group,
    Node,
    Repeat,
    count_fits,
)

_COUNT = re.compile(r"\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}")
_CAPTURE = re.compile(r"\(\?P?<([^>]*)>")
_NAME = re.compile(r"[A-Za-z0-9_]+")
_CODE = re.compile(r"\\(?:(0[0-7]{0,2}|[1-7][0-7]{1,2})|x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\}))")
_HEX_DIGITS = re.compile("[0-9a-fA-F]*")
_PROPERTY = re.compile(r"\\[pP](?:\{(\^?)([^}]*)\}|([^{]))", re.DOTALL)
_POSIX = re.compile(r"\[:(.*?):\]")
_ESCAPES = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_PLACES = {"A": "begin-text", "z": "end-text", "b": "boundary", "B": "no-boundary"}
_REPEATS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_DEPTH_LIMIT = 100
_COUNT_LIMIT = 1000
_LAST = 0x10FFFF


@dataclass(frozen=True)
class _Flags:
    folds: bool = False
    many_lines: bool = False
    dot_all: bool = False
    lazy: bool = False


class Parser:
    """Parses one pattern; `names` are those of its groups, by index."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.flags = _Flags()
        self.groups = 0
        self.depth = 0
        self.names: dict[str, list[int]] = {}

    def parse(self) -> Node:
        """Return the pattern's node; raises BadPattern."""
        node = self._alternatives()
        if self.at < len(self.text):
            raise BadPattern("unexpected )", self.text)
        return node

    def _alternatives(self) -> Node:
        choices = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            choices.append(self._sequence())
        return choices[0] if len(choices) == 1 else Alternate(tuple(choices))

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _sequence(self) -> Node:
        parts: list[Node] = []
        repeat_start: int | None = None
        while (char := self._peek()) not in ("", "|", ")"):
            start = self.at
            count = self._count(char)
            if count is None:
                parts += self._atom(char)
                repeat_start = None
                continue
            if repeat_start is not None:
                raise BadPattern("invalid nested repetition operator", self.text[repeat_start : self.at])
            if not parts:
                raise BadPattern("missing argument to repetition operator", self.text[start : self.at])
            parts[-1] = self._repeated(parts[-1], count, self.text[start : self.at])
            repeat_start = start
        return parts[0] if len(parts) == 1 else Concat(tuple(parts))

    def _count(self, char: str) -> tuple[int, int | None, bool] | None:
        """Take a repetition operator; return its bounds and whether it is greedy."""
        if char in _REPEATS:
            minimum, maximum = _REPEATS[char]
            self.at += 1
        elif char == "{" and (match := _COUNT.match(self.text, self.at)):
            minimum = int(match[1][:5])
            maximum = (int(match[3][:5]) if match[3] else None) if match[2] else minimum
            self.at = match.end()
            if max(minimum, maximum or 0) > _COUNT_LIMIT or (maximum is not None and minimum > maximum):
                raise BadPattern("invalid repeat count", match[0])
        else:
            return None
        lazy = self._peek() == "?"
        self.at += lazy
        return minimum, maximum, lazy == self.flags.lazy

    def _repeated(self, part: Node, count: tuple[int, int | None, bool], shown: str) -> Node:
        node = Repeat(part, *count)
        if max(count[0], count[1] or 0) >= 2 and not count_fits(node, _COUNT_LIMIT):
            raise BadPattern("invalid repeat count", shown.removesuffix("?") if len(shown) > 1 else shown)
        return node

    def _atom(self, char: str) -> list[Node]:
        """Return what stands here: one node, or those of a quoted text."""
        if char == "(":
            return self._group()
        if char == "[":
            return [Chars(self._class())]
        if char == "\\":
            return self._escape()
        self.at += 1
        if char == "^":
            return [Assert("begin-line" if self.flags.many_lines else "begin-text")]
        if char == "$":
            return [Assert("end-line" if self.flags.many_lines else "end-text")]
        if char == ".":
            return [Chars(CharClass((("\n", "\n"),) if not self.flags.dot_all else (), negated=True))]
        self._check(char, self.at - 1)
        return [self._literal(char)]

    def _check(self, char: str, at: int) -> None:
        if "\udc80" <= char <= "\udcff":
            raise BadPattern("invalid UTF-8", self.text[at:])

    def _literal(self, char: str) -> Node:
        return Chars(CharClass(((char, char),), folded=self.flags.folds))

    def _group(self) -> list[Node]:
        self.depth += 1
        if self.depth > _DEPTH_LIMIT:
            raise BadPattern("expression nests too deeply", self.text)
        saved, index = self.flags, 0
        if self.text.startswith("(?", self.at):
            index, opens = self._perl_group()
            if not opens:
                self.depth -= 1
                return []
        else:
            self.groups += 1
            index = self.groups
            self.at += 1
        node = self._alternatives()
        if self._peek() != ")":
            raise BadPattern("missing closing )", self.text)
        self.at += 1
        self.flags = saved
        self.depth -= 1
        return [Group(node, index) if index else node]

    def _perl_group(self) -> tuple[int, bool]:
        """Take `(?…`; return the index of a named group, and whether a group is open."""
        rest = self.text[self.at :]
        if rest.startswith(("(?P<", "(?<")) and len(rest) > 3:
            return self._named(rest), True
        at, sign, seen = self.at + 2, True, False
        flags = self.flags
        names = {"i": "folds", "m": "many_lines", "s": "dot_all", "U": "lazy"}
        while at < len(self.text):
            char = self.text[at]
            at += 1
            if char in names:
                flags = replace(flags, **{names[char]: sign})
                seen = True
            elif char == "-" and sign:
                sign, seen = False, False
            elif char in ":)" and (sign or seen):
                self.flags, self.at = flags, at
                return 0, char == ":"
            else:
                break
        raise BadPattern("invalid or unsupported Perl syntax", self.text[self.at : at])

    def _named(self, rest: str) -> int:
        match = _CAPTURE.match(rest)
        if match is None:
            raise BadPattern("invalid named capture", rest)
        if not _NAME.fullmatch(match[1]) or not match[1].isascii():
            raise BadPattern("invalid named capture", match[0])
        self.at += match.end()
        self.groups += 1
        self.names.setdefault(match[1], []).append(self.groups)
        return self.groups

    def _escape(self) -> list[Node]:
        letter = self.text[self.at + 1 : self.at + 2]
        if letter in _PLACES and letter:
            self.at += 2
            return [Assert(_PLACES[letter])]
        if letter == "Q":
            quoted, _, _ = self.text[self.at + 2 :].partition("\\E")
            self.at = min(self.at + 2 + len(quoted) + 2, len(self.text))
            return [self._literal(char) for char in quoted]
        if letter == "C":
            raise BadPattern("invalid escape sequence", "\\C")
        tested = self._class_escape()
        return [Chars(tested)] if tested else [self._literal(self._character())]

    def _class_escape(self) -> CharClass | None:
        """Take `\\d`, `\\pL` or their like."""
        letter = self.text[self.at + 1 : self.at + 2]
        if letter and letter in "pP":
            match = _PROPERTY.match(self.text, self.at)
            shown = match[0] if match else self.text[self.at :]
            negated = (letter == "P") != bool(match and match[1])
            test = named((match[2] or match[3] or "") if match else "")
            if test is None:
                raise BadPattern("invalid character class range", shown)
            self.at += len(shown)
            return CharClass(tests=(test,), negated=negated, folded=self.flags.folds)
        test = perl(letter.lower())
        if test is None:
            return None
        self.at += 2
        return CharClass(tests=(test,), negated=letter.isupper(), folded=self.flags.folds)

    def _character(self) -> str:
        """Take one escaped character."""
        start, text = self.at, self.text
        self.at += 2
        letter = text[start + 1 : start + 2]
        if not letter:
            raise BadPattern("trailing backslash at end of expression", "")
        if letter in _ESCAPES:
            return _ESCAPES[letter]
        match = _CODE.match(text, start)
        if match:
            self.at = match.end()
            code = int(match[1], 8) if match[1] else int(match[2] or match[3][-8:], 16)
            if code <= _LAST:
                return chr(code)
        elif letter.isascii() and not letter.isalnum():
            return letter
        if letter == "x":
            self.at = _fault_in_hexadecimal(text, start + 2)
        raise BadPattern("invalid escape sequence", text[start : self.at])

    def _class(self) -> CharClass:
        start = self.at
        self.at += 1
        negated = self._peek() == "^"
        self.at += negated
        ranges: list[tuple[str, str]] = []
        tests = []
        first = True
        while self._peek() != "]" or first:
            first = False
            named = self._named_class() or (self._class_escape() if self._peek() == "\\" else None)
            if named:
                tests.append(named.has)
            else:
                ranges.append(self._class_range(start))
        self.at += 1
        return CharClass(tuple(ranges), tuple(tests), negated, self.flags.folds)

    def _named_class(self) -> CharClass | None:
        match = _POSIX.match(self.text, self.at)
        if match is None:
            return None
        test = posix(match[1].removeprefix("^"))
        if test is None:
            raise BadPattern("invalid character class range", match[0])
        self.at = match.end()
        return CharClass(tests=(test,), negated=match[1].startswith("^"), folded=self.flags.folds)

    def _class_range(self, start: int) -> tuple[str, str]:
        begin = self.at
        low = self._class_character(start)
        high = low
        if self._peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]"):
            self.at += 1
            high = self._class_character(start)
            if high < low:
                raise BadPattern("invalid character class range", self.text[begin : self.at])
        return low, high

    def _class_character(self, start: int) -> str:
        char = self._peek()
        if not char:
            raise BadPattern("missing closing ]", self.text[start:])
        if char == "\\":
            return self._character()
        self._check(char, self.at)
        self.at += 1
        return char


def _fault_in_hexadecimal(text: str, at: int) -> int:
    """Return behind what character of `\\x` it is plain that no character is meant."""
    if not text.startswith("{", at):
        return min(at + 2, len(text))
    match = _HEX_DIGITS.match(text, at + 1)
    digits = match[0] if match else ""
    for end in range(1, len(digits) + 1):
        if int(digits[:end], 16) > _LAST:
            return at + 1 + end
    return min(at + len(digits) + 2, len(text))


def parse(text: str) -> tuple[Node, dict[str, list[int]], int]:
    """Return a pattern's node, the indexes of its named groups and the number of groups; raises BadPattern."""
    parser = Parser(text)
    return parser.parse() if text else EMPTY, parser.names, parser.groups
