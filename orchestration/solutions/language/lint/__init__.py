"""What is wrong or doubtful in schemas, templates and specifications, found without values and without a service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from orchestration.fleet import grammar
from orchestration.fleet.model import Problem
from orchestration.solutions.language.lint.schemas import schema_problems
from orchestration.solutions.language.lint.sources import Library, Version
from orchestration.solutions.language.lint.specifications import specification_problems
from orchestration.solutions.language.lint.templates import template_problems
from orchestration.solutions.language.lint.values import value_problems

MOST_PROBLEMS = 1000
"""How many problems of one version are looked for."""

__all__ = ["Library", "Version", "in_order", "lint"]


def lint(versions: Iterable[Version]) -> tuple[Problem, ...]:
    """Return every problem of the versions, which may refer to each other, by file and line."""
    library = Library(tuple(versions))
    found = [problem for each in library.versions for problem in islice(_problems(each, library), MOST_PROBLEMS)]
    return in_order(found)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems by file and line, each once."""
    return tuple(
        sorted(
            dict.fromkeys(problems),
            key=lambda each: (each.origin.file, each.origin.line, each.origin.column, each.code),
        )
    )


def _problems(version: Version, library: Library) -> Iterator[Problem]:
    yield from version.problems
    yield from _names(version)
    template = library.compiled(version)
    if version.schema is not None:
        yield from schema_problems(version, version.schema, library, inline=False)
    if template is not None:
        section = template.root.child("schema")
        if section is not None and "rules" in section.mapping:
            yield from schema_problems(version, section, library, inline=True)
        yield from template_problems(version, template, library)
        yield from value_problems(version, template)
    if version.specification is not None:
        yield from specification_problems(version, template, version.specification)


def _names(version: Version) -> Iterator[Problem]:
    """Yield names that the service does not take."""
    rule = grammar.SOLUTION_TEMPLATE if version.runs else grammar.CONFIG_TEMPLATE
    metadata = version.template.child("metadata") if version.template is not None else None
    name = metadata.mapping.get("name") if metadata is not None else None
    if name is not None and not rule.fits(name.text):
        message = f"the {rule.what} {name.text[:80]!r} is not allowed"
        yield Problem(rule.code, name.origin, message, f"it must be {rule.words}")
