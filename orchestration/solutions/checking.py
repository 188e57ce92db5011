"""A whole fleet checked: its own rules, its templates, and the values that it sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from orchestration.errors import InvalidFleet
from orchestration.fleet import naming
from orchestration.fleet.contents import Content
from orchestration.fleet.document.solutions import ConfigTemplate, Solution
from orchestration.fleet.draft import Draft
from orchestration.fleet.load import check_draft, read_draft
from orchestration.fleet.model import Fleet, Problem
from orchestration.solutions.language.lint import Version, in_order, lint
from orchestration.solutions.resolving import TargetValues, resolve_solution


def check_fleet(path: str | Path) -> tuple[Problem, ...]:
    """Return every problem of a fleet: of its own, of its templates, and of the values that it sets.

    Of a place that the fleet's own rules have something against nothing more is told.
    """
    return _checked(*read_draft(Path(path)))[1]


def load_fleet(path: str | Path) -> Fleet:
    """Return the fleet of a file, or of a folder's YAML files together, with its warnings.

    Raise `InvalidFleet` with every problem that `check_fleet` knows of, if one of them is an error.
    """
    fleet, problems = _checked(*read_draft(Path(path)))
    if fleet is None or any(problem.severity == "error" for problem in problems):
        raise InvalidFleet(problems)
    return replace(fleet, warnings=problems)


def fleet_versions(folder: Path) -> Iterator[Version]:
    """Yield the versions of every template of a fleet; raise `InvalidFleet` for one that cannot be read."""
    draft, problems = read_draft(folder)
    if draft is None:
        raise InvalidFleet(problems)
    yield from _versions_of(draft)


def fleet_values(folder: Path) -> Iterator[TargetValues]:
    """Yield what every target of a fleet will get of each solution; raise `InvalidFleet` for one with errors."""
    fleet = check_draft(*read_draft(folder))
    for name in fleet.solutions:
        yield from resolve_solution(fleet, name).targets


def _checked(draft: Draft | None, problems: Sequence[Problem]) -> tuple[Fleet | None, tuple[Problem, ...]]:
    """Return the fleet that a draft is, None if its own rules refuse it, and every problem."""
    fleet: Fleet | None = None
    try:
        fleet = check_draft(draft, problems)
        found: Iterable[Problem] = fleet.warnings
    except InvalidFleet as error:
        found = error.problems
    told = {problem.origin for problem in found}
    linted = lint(_versions_of(draft)) if draft is not None else ()
    return fleet, in_order((*found, *(problem for problem in linted if problem.origin not in told)))


def _versions_of(draft: Draft) -> Iterator[Version]:
    home = naming.resource_group_id(draft.scope_of())
    items: tuple[ConfigTemplate | Solution, ...] = (*draft.document.config_templates, *draft.document.solutions)
    for item in items:
        found = draft.contents_of(item)
        for content in found.versions.values():
            yield _of_fleet(item, content, found.problems, home)


def _of_fleet(item: ConfigTemplate | Solution, content: Content, problems: tuple[Problem, ...], home: str) -> Version:
    texts = {}
    if content.content is not None:
        texts[content.content.template_file] = content.content.template
    if content.declared is not None:
        texts[content.declared.file] = content.declared.text
    if content.specification is not None:
        texts[content.specification.file] = Path(content.specification.file).read_text("utf-8-sig")
    runs = isinstance(item, Solution)
    name = item.template or item.name if isinstance(item, Solution) else item.name
    roots = (content.template, content.schema, content.specification)
    values = item.written("values") if content.version == item.version else None
    return Version(name, content.version, content.folder, runs, *roots, problems, texts, home, values)
