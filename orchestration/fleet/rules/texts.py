"""Names and other short texts keep to what Azure, Kubernetes and Git take."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from orchestration.fleet.document.part import Part, grammar_of
from orchestration.fleet.draft import Draft
from orchestration.fleet.grammar import Entries, Grammar
from orchestration.fleet.model import Origin, Problem


class _Field(NamedTuple):
    name: str
    key: str
    grammar: Grammar | Entries | None


def texts_fit(draft: Draft) -> Iterator[Problem]:
    """Every text, label and config key keeps to its grammar."""
    return _texts_of(draft.document)


def _texts_of(part: Part) -> Iterator[Problem]:
    for field in _fields(type(part)):
        value = getattr(part, field.name)
        grammar = field.grammar
        for index, item in enumerate(value) if isinstance(value, tuple) else ((None, value),):
            if isinstance(item, Part):
                yield from _texts_of(item)
            elif isinstance(grammar, Grammar) and isinstance(item, str) and not grammar.fits(item):
                yield _problem(grammar, item, part.at(field.key) if index is None else part.at(field.key, index))
        if isinstance(grammar, Entries):
            yield from _entries_of(grammar, value, part, field.key)


def _entries_of(entries: Entries, mapping: dict[str, str], part: Part, key: str) -> Iterator[Problem]:
    for name, value in mapping.items():
        if not entries.keys.fits(name):
            yield _problem(entries.keys, name, part.at_key(key, name))
        if entries.values is not None and not entries.values.fits(value):
            yield _problem(entries.values, value, part.at(key, name))


def _problem(grammar: Grammar, text: str, place: Origin) -> Problem:
    shown = f"this {grammar.what}" if grammar.secretive else f"the {grammar.what} {text[:80]!r}"
    return Problem(grammar.code, place, f"{shown} is not allowed", f"it must be {grammar.words}")


@cache
def _fields(part: type[Part]) -> tuple[_Field, ...]:
    return tuple(_Field(name, str(field.alias), grammar_of(field)) for name, field in part.model_fields.items())
