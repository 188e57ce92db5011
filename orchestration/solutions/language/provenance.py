"""Where each resolved value comes from."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from orchestration.fleet.tree import Node
from orchestration.solutions.language import assumed
from orchestration.solutions.language import expression as language

_PASSING = frozenset({"val", "config", "property", "target"})

From = Literal["node", "default", "expression", "literal", "unset"]


class Source(NamedTuple):
    """One thing that a value is made of: what asked for it, where it was found and what it is."""

    asked: str
    value: Any
    origin: From
    node: str | None
    file: str
    line: int

    def to_json(self) -> dict[str, Any]:
        """Return the source as `ewo.resolve/1` lists it."""
        return {
            "asked": self.asked,
            "value": self.value,
            "from": self.origin,
            "node": self.node,
            "file": self.file,
            "line": self.line,
        }


class Provenance(NamedTuple):
    """A key of the resolved `configs`, its value and where that comes from.

    *origin* is `node` when a node of the hierarchy sets the value, `default` when the schema does, `unset` when nobody
    does, `literal` when the template writes it, `expression` when it is worked out of several things or none. File and
    line are those of what decides, of an unset key those of the expression that asks for it; *sources* are all that it
    is made of, *assumed* the undocumented rules it rests on.
    """

    key: str
    value: Any
    origin: From
    node: str | None
    file: str
    line: int
    expression: str | None = None
    sources: tuple[Source, ...] = ()
    assumed: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the entry as `ewo.resolve/1` lists it."""
        return {
            "key": self.key,
            "value": self.value,
            "from": self.origin,
            "node": self.node,
            "file": self.file,
            "line": self.line,
            "expression": self.expression,
            "sources": [source.to_json() for source in self.sources],
            "assumed": list(self.assumed),
        }


class Known(NamedTuple):
    """What a key or an expression came to, of what, which undocumented rules that rests on, or why it has no value."""

    value: Any
    sources: tuple[Source, ...] = ()
    assumed: frozenset[str] = frozenset()
    error: Exception | None = None


def provenance_of(key: str, node: Node, known: Known) -> Provenance:
    """Return where a leaf comes from: the one thing it passes on, or the expression that made it."""
    assumptions = _in_order(known.assumed, typed=not assumed.is_text(known.value))
    if not isinstance(node.value, str) or not language.has_expression(node.value):
        return Provenance(key, known.value, "literal", None, node.file, node.line, assumed=assumptions)
    origin: From = "expression"
    place: tuple[str | None, str, int] = (None, node.file, node.line)
    if known.sources and _passes_on(node.value):
        first = known.sources[0]
        origin = first.origin
        if origin != "unset":
            place = (first.node, first.file, first.line)
    return Provenance(key, known.value, origin, *place, node.value, known.sources, assumptions)


@lru_cache(maxsize=1024)
def _in_order(codes: frozenset[str], *, typed: bool) -> tuple[str, ...]:
    return tuple(sorted({*codes, assumed.TYPES} if typed else codes))


@lru_cache(maxsize=4096)
def _passes_on(text: str) -> bool:
    """Return whether an expression is one function that hands on what it finds."""
    found = language.parse(text)
    return (
        isinstance(found, language.Call)
        and found.name in _PASSING
        and all(isinstance(a, language.Literal) for a in found.arguments)
    )


def all_sources(provenance: Iterable[Provenance]) -> tuple[Source, ...]:
    return tuple(source for entry in provenance for source in entry.sources)
