"""Nodes to a program, and the program run over a text: all ways at once, in the order of preference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from orchestration.kalypso.goregexp.classes import CharClass
from orchestration.kalypso.goregexp.nodes import (
    Alternate,
    Assert,
    BadPattern,
    Chars,
    Concat,
    Group,
    Node,
    Repeat,
    may_be_empty,
)
from orchestration.kalypso.goregexp.syntax import parse

_PROGRAM_LIMIT = 10_000
_STEP_LIMIT = 300_000
Captures = tuple[int, ...]


@dataclass
class _Program:
    """Instructions: what to do, and where to go on (two places: the first is preferred)."""

    chars: list[CharClass | None] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    saves: list[int] = field(default_factory=list)
    nexts: list[tuple[int, ...]] = field(default_factory=list)

    def add(self, *following: int, chars: CharClass | None = None, place: str = "", save: int = -1) -> int:
        if len(self.nexts) >= _PROGRAM_LIMIT:
            raise BadPattern("expression too large")
        self.chars.append(chars)
        self.places.append(place)
        self.saves.append(save)
        self.nexts.append(following)
        return len(self.nexts) - 1

    def build(self, node: Node, after: int) -> int:
        """Return where *node* starts, if *after* is where it goes on."""
        match node:
            case Chars():
                return self.add(after, chars=node.chars)
            case Assert():
                return self.add(after, place=node.place)
            case Concat():
                for part in reversed(node.parts):
                    after = self.build(part, after)
                return after
            case Alternate():
                start = self.build(node.choices[-1], after)
                for choice in reversed(node.choices[:-1]):
                    start = self.add(self.build(choice, after), start)
                return start
            case Group():
                inner = self.build(node.part, self.add(after, save=2 * node.index + 1))
                return self.add(inner, save=2 * node.index)
            case Repeat():
                return self.repeat(node, after)

    def repeat(self, node: Repeat, after: int) -> int:
        if node.maximum is None:
            start = self.loop(node, after)
            required = node.minimum - 1
        else:
            start = after
            for _ in range(node.maximum - node.minimum):
                start = self.choose(self.build(node.part, start), after, greedy=node.greedy)
            required = node.minimum
        for _ in range(required):
            start = self.build(node.part, start)
        return start

    def loop(self, node: Repeat, after: int) -> int:
        """Return the start of one or more times the part; of none or more if none is enough."""
        fork = self.add(after, after)
        body = self.build(node.part, fork)
        self.nexts[fork] = (body, after) if node.greedy else (after, body)
        if node.minimum:
            return body
        # A part that may be empty must be tried once before it is left, or its preferences are lost.
        return self.choose(body, after, greedy=node.greedy) if may_be_empty(node.part) else fork

    def choose(self, body: int, after: int, *, greedy: bool) -> int:
        return self.add(body, after) if greedy else self.add(after, body)


@dataclass(frozen=True)
class Match:
    """A match: where it starts and ends, and what its groups are."""

    subject: str
    captures: Captures
    names: dict[str, list[int]]

    @property
    def start(self) -> int:
        """Where the match starts."""
        return self.captures[0]

    @property
    def end(self) -> int:
        """Where the match ends."""
        return self.captures[1]

    def text(self) -> str:
        """Return what matched."""
        return self.subject[self.start : self.end]

    def group(self, name: str) -> str:
        """Return what a group, by number or name, matched; "" if there is none."""
        numbered = name.isdecimal() and name.isascii() and len(name) < 6
        for index in [int(name)] if numbered else self.names.get(name, []):
            if index < len(self.captures) // 2 and self.captures[2 * index] >= 0:
                return self.subject[self.captures[2 * index] : self.captures[2 * index + 1]]
        return ""


class Pattern:
    """A compiled pattern."""

    def __init__(self, text: str) -> None:
        node, self._names, groups = parse(text)
        self._program = _Program()
        done = self._program.add()
        self._start = self._program.build(node, done)
        self._size = 2 * (groups + 1)

    def work(self, text: str) -> int:
        """Return how long matching *text* may take, and compiling took, in steps of a template."""
        size = len(self._program.nexts)
        return size + min(size * len(text), _STEP_LIMIT) // 2

    def search(self, text: str, at: int = 0) -> Match | None:
        """Return the leftmost match from *at* on; raises BadPattern when it takes too long."""
        captures = _Run(self._program, text, _STEP_LIMIT).search(self._start, self._size, at)
        return Match(text, captures, self._names) if captures else None

    def finditer(self, text: str, limit: int = -1) -> Iterator[Match]:
        """Yield the matches one after the other, at most *limit* of them unless that is negative."""
        run = _Run(self._program, text, _STEP_LIMIT)
        at, previous, found = 0, -1, 0
        while at <= len(text) and found != limit:
            captures = run.search(self._start, self._size, at)
            if captures is None:
                return
            accepted = captures[1] != at or captures[0] != previous
            at = captures[1] if captures[1] != at else at + 1
            previous = captures[1]
            if accepted:
                found += 1
                yield Match(text, captures, self._names)


class _Run:
    """A program over a text; gives up after a number of steps."""

    def __init__(self, program: _Program, text: str, steps: int) -> None:
        self.program, self.text, self.steps = program, text, steps

    def search(self, start: int, size: int, at: int) -> Captures | None:
        chars, nexts, text = self.program.chars, self.program.nexts, self.text
        threads: dict[int, Captures] = {}
        found: Captures | None = None
        while True:
            if found is None:
                self.follow(start, (at, -1, *[-1] * (size - 2)), at, threads)
            if not threads:
                if found is not None or at >= len(text):
                    return found
                at += 1
                continue
            following: dict[int, Captures] = {}
            char = text[at] if at < len(text) else None
            for place, captures in threads.items():
                if not nexts[place]:
                    found = (captures[0], at, *captures[2:])
                    break
                wanted = chars[place]
                if char is not None and wanted is not None and wanted.has(char):
                    self.follow(nexts[place][0], captures, at + 1, following)
            threads = following
            if char is None:
                return found
            at += 1

    def follow(self, place: int, captures: Captures, at: int, threads: dict[int, Captures]) -> None:
        """Add the places reached without reading, the preferred ones first."""
        program = self.program
        seen: set[int] = set(threads)
        stack = [(place, captures)]
        while stack:
            place, captures = stack.pop()
            self.steps -= 1
            if self.steps < 0:
                raise BadPattern(f"refused: a regular expression took more than {_STEP_LIMIT} steps")
            if place in seen:
                continue
            seen.add(place)
            following = program.nexts[place]
            if not following or program.chars[place] is not None:
                threads[place] = captures
                continue
            if program.places[place] and not self.is_at(program.places[place], at):
                continue
            if (slot := program.saves[place]) >= 0:
                captures = (*captures[:slot], at, *captures[slot + 1 :])
            stack.extend((one, captures) for one in reversed(following))

    def is_at(self, place: str, at: int) -> bool:
        text = self.text
        match place:
            case "begin-text":
                return at == 0
            case "end-text":
                return at == len(text)
            case "begin-line":
                return at == 0 or text[at - 1] == "\n"
            case "end-line":
                return at == len(text) or text[at] == "\n"
        boundary = _is_word(text[at - 1 : at] if at else "") != _is_word(text[at : at + 1])
        return boundary == (place == "boundary")


def _is_word(char: str) -> bool:
    return bool(char) and char.isascii() and (char.isalnum() or char == "_")


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> Pattern:
    """Return the pattern that *text* spells; raises BadPattern."""
    return Pattern(text)
