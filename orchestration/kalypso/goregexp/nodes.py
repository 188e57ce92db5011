"""The parts of a parsed regular expression."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.errors import OrchestrationError
from orchestration.kalypso.goregexp.classes import CharClass


class BadPattern(OrchestrationError):
    """A pattern is malformed, or is refused; the text is Go's."""

    def __init__(self, what: str, where: str | None = None) -> None:
        super().__init__(f"error parsing regexp: {what}: `{where}`" if where is not None else what)


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a class."""

    chars: CharClass


@dataclass(frozen=True, slots=True)
class Assert:
    """A place: of begin-text, end-text, begin-line, end-line, boundary, no-boundary."""

    place: str


@dataclass(frozen=True, slots=True)
class Concat:
    """Parts one after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternate:
    """One of several, the first that matches."""

    choices: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part repeated; without a maximum, for ever."""

    part: Node
    minimum: int
    maximum: int | None
    greedy: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A part whose match is kept."""

    part: Node
    index: int


Node = Chars | Assert | Concat | Alternate | Repeat | Group
EMPTY = Concat(())


def may_be_empty(node: Node) -> bool:
    """Whether the node can match nothing."""
    match node:
        case Chars():
            return False
        case Assert():
            return True
        case Concat():
            return all(map(may_be_empty, node.parts))
        case Alternate():
            return any(map(may_be_empty, node.choices))
        case Repeat():
            return node.minimum == 0 or may_be_empty(node.part)
    return may_be_empty(node.part)


def count_fits(node: Node, limit: int) -> bool:
    """Whether nested counted repeats stay within *limit* copies."""
    match node:
        case Repeat():
            if node.maximum == 0:
                return True
            count = node.maximum if node.maximum is not None else node.minimum
            if count > limit:
                return False
            return count_fits(node.part, limit // count if count > 1 else limit)
        case Concat():
            return all(count_fits(part, limit) for part in node.parts)
        case Alternate():
            return all(count_fits(choice, limit) for choice in node.choices)
        case Group():
            return count_fits(node.part, limit)
    return True
