"""What is linted: versions of templates with their files as trees, and what they may refer to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from orchestration.fleet.model import Origin, Problem
from orchestration.fleet.tree import Node, walk
from orchestration.solutions.language.expression import BadExpression, Call, calls, has_expression, parse
from orchestration.solutions.language.references import is_elsewhere, key_of
from orchestration.solutions.language.template import Documents, Template

MOST_COMPARED = 100
"""Among how many names a close one is looked for."""

_WORD = re.compile(r"\S{1,60}")


@dataclass(frozen=True)
class Version:
    """One version of a template: its files as trees, None for one that is absent or cannot be read.

    An empty version stands for any. *runs* tells a solution, which has a specification, from a config template;
    *texts* are the files as written, by name; *home* is the resource group that it is for, as an id, if that is known.
    """

    name: str
    version: str
    folder: str
    runs: bool
    template: Node | None
    schema: Node | None = None
    specification: Node | None = None
    problems: tuple[Problem, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    home: str = ""
    values: Node | None = None
    """What a fleet sets, by node of the hierarchy."""

    def origin(self, node: Node, at: int) -> Origin:
        """Return where character *at* of a scalar stands, the scalar's own place if that cannot be told.

        In a text of several lines, whose breaks and blanks are not those of the file, the word that stands there is
        looked for: as often as it came before in the text, it comes before in the file.
        """
        line = self._line(node)[node.column - 1 :]
        quoted = line[:1] in "\"'" and line[1:].startswith(node.text)
        if line and (quoted or line.startswith(node.text)):
            return Origin(node.file, node.line, node.column + at + quoted)
        word = _WORD.match(node.text, at)
        return self._nth(word[0], node.text.count(word[0], 0, at), node) if word else node.origin

    def _nth(self, word: str, before: int, node: Node) -> Origin:
        """Return where *word* stands in the scalar's lines, *before* times passed over."""
        lines = self._lines.get(node.file, [])[node.line - 1 :]
        for number, line in enumerate(lines[: node.text.count("\n") + node.text.count(" ") + 2]):
            start = node.column - 1 if number == 0 else 0
            here = line.count(word, start)
            if before < here:
                for _ in range(before):
                    start = line.index(word, start) + len(word)
                return Origin(node.file, node.line + number, line.index(word, start) + 1)
            before -= here
        return node.origin

    def is_quoted(self, node: Node) -> bool:
        """Return whether a scalar is written in quotes."""
        return self._line(node)[node.column - 1 : node.column] in ('"', "'")

    def _line(self, node: Node) -> str:
        lines = self._lines.get(node.file, [])
        return lines[node.line - 1] if 0 < node.line <= len(lines) else ""

    @property
    def is_config(self) -> bool:
        """Whether it is a config template's, as far as that is known."""
        return self.home != "" and not self.runs

    @cached_property
    def _lines(self) -> Mapping[str, list[str]]:
        return {file: text.split("\n") for file, text in self.texts.items()}


@dataclass(frozen=True)
class Library:
    """All versions that are linted together, to be referred to."""

    versions: tuple[Version, ...]

    @cached_property
    def documents(self) -> Documents:
        """The schemas and templates by reference."""
        return Documents(self.schema, self.template_root, self.home)

    @cached_property
    def home(self) -> str:
        """The resource group that the versions are for, as an id; empty when none is known."""
        return next((each.home for each in self.versions if each.home), "")

    def schema(self, reference: str) -> Node | None:
        """Return the root of a schema, None when there is none of that name and version."""
        return self._schemas.get(key_of(reference))

    def template_root(self, reference: str) -> Node | None:
        """Return the root of a template, None when there is none of that name and version."""
        found = self.find(reference)
        return found.template if found else None

    def find(self, reference: str) -> Version | None:
        """Return a template's version by `name/version`, a longer reference or the id of a value set."""
        if is_elsewhere(reference, self.home):
            return None
        name, version = key_of(reference)
        return self._templates.get((name, version)) or self._templates.get((name, ""))

    def named(self, name: str) -> list[Version]:
        """Return all versions of a template."""
        return [each for each in self.versions if each.name.lower() == name.lower()]

    def compiled(self, version: Version) -> Template | None:
        """Return a version's template, None when there is no file of it."""
        if version.template is None:
            return None
        if id(version) not in self._compiled:
            name = f"{version.name}/{version.version}"
            self._compiled[id(version)] = Template(name, version.template, self.documents)
        return self._compiled[id(version)]

    @cached_property
    def _compiled(self) -> dict[int, Template]:
        return {}

    @cached_property
    def _schemas(self) -> Mapping[tuple[str, str], Node]:
        return {_named(each.schema): each.schema for each in self.versions if each.schema is not None}

    @cached_property
    def _templates(self) -> Mapping[tuple[str, str], Version]:
        return {(each.name.lower(), each.version): each for each in self.versions}


def _named(schema: Node) -> tuple[str, str]:
    metadata = schema.find("metadata").mapping
    name, version = (metadata[key].text if key in metadata else "" for key in ("name", "version"))
    return name.lower(), version


@dataclass(frozen=True)
class Use:
    """A call in a scalar, and the scalar."""

    call: Call
    node: Node


def uses(version: Version, root: Node | None, problems: list[Problem]) -> Iterator[Use]:
    """Yield every call in the scalars of a tree; an expression that cannot be read is noted."""
    for node in scalars(root):
        try:
            yield from (Use(call, node) for call in calls(parse(node.text)))
        except BadExpression as error:
            problems.append(Problem("expression", version.origin(node, error.at), str(error), error.hint))


def scalars(root: Node | None) -> Iterator[Node]:
    """Yield the scalars of a tree that hold an expression."""
    for _, node in walk(root) if root is not None else ():
        if isinstance(node.value, str) and has_expression(node.text):
            yield node


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint for a name that is not among those known: one that differs in case only, or is close."""
    from difflib import get_close_matches

    names = list(known)
    same = next((other for other in names if other.lower() == name.lower()), "")
    close = [same] if same else get_close_matches(name[:100], names, 1) if len(names) <= MOST_COMPARED else []
    return f"did you mean {close[0]}?" if close else ""


def reads(configs: Node, path: str) -> bool:
    """Return whether a path leads to a key, or into what only resolving can tell."""
    node = configs
    for name in path.split("."):
        child = node.child(name)
        if child is None:
            return isinstance(node.value, str) and has_expression(node.text)
        node = child
    return True
