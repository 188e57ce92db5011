"""A template version, its includes put in and its schema read: what resolving and checking begin with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from orchestration.fleet.model import Problem
from orchestration.fleet.tree import Node, walk
from orchestration.solutions.language.includes import BadInclude, Fetch, expanded
from orchestration.solutions.language.provenance import Known
from orchestration.solutions.language.references import is_elsewhere
from orchestration.solutions.language.schema import Schema, read_schema


def _nothing(reference: str) -> Node | None:
    return None


@dataclass(frozen=True)
class Documents:
    """Documents that a template may refer to by `name/version` or a longer reference: roots, None for none.

    *home* is the resource group that they are in, as an id; what is in another cannot be read.
    """

    schema: Fetch = _nothing
    include: Fetch = _nothing
    home: str = ""


@dataclass(frozen=True)
class Template:
    """A template version: its name as `name/version`, and the root of its document."""

    name: str
    root: Node
    documents: Documents = field(default_factory=Documents)
    unset: dict[str, Known] = field(default_factory=dict, compare=False, repr=False)
    """What keys come to that no node sets, where that is the same for every target."""
    kept: dict[str, Known] = field(default_factory=dict, compare=False, repr=False)
    """Of those the ones that keep to their rules, checked already."""

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with its includes, its schema and the form of its `configs`."""
        return (*self._configs[1], *self.schema.problems)

    @property
    def configs(self) -> Node:
        """Its `configs`, includes put in; empty when they cannot be."""
        return self._configs[0]

    @cached_property
    def schema(self) -> Schema:
        """Its rules, includes put in; empty, with a problem, when they cannot be had."""
        section = self.root.child("schema")
        if section is None or section.value is None:
            return Schema()
        if "rules" in section.mapping:
            return schema_of(section, self.documents.schema)
        reference = schema_reference(section)
        if reference is None:
            hint = "write schema: {name: NAME, version: 1.0.0}, or an inline schema"
            return Schema(problems=(Problem("schema", section.origin, "schema has neither name nor rules", hint),))
        if is_elsewhere(reference, self.documents.home):
            message = f"schema {reference} is in another resource group: its rules and defaults are not known here"
            return Schema(problems=(Problem("elsewhere", section.origin, message, severity="warning"),))
        root = self.documents.schema(reference)
        if root is None:
            message = f"there is no schema {reference} here"
            hint = "add it, or correct name and version"
            return Schema(problems=(Problem("missing-schema", section.origin, message, hint),))
        return schema_of(root, self.documents.schema)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The dotted path of everything in its `configs`."""
        return tuple(".".join(map(str, path)) for path, _ in walk(self.configs) if path)

    @cached_property
    def _configs(self) -> tuple[Node, tuple[Problem, ...]]:
        empty = self.root._replace(value={}, keys={})
        written = self.root.child("configs")
        if written is not None and written.value is not None and not isinstance(written.value, dict):
            problem = Problem("configs", written.origin, "configs is not a mapping", "write configs: {key: value}")
            return empty, (problem,)
        return _or_problem(lambda: expanded(self.root, self.documents.include, "configs"), empty)


def schema_of(root: Node, fetch: Fetch) -> Schema:
    """Return the schema whose document is *root*, includes put in, with what is wrong with it."""
    rules = root.child("rules")
    keys = rules.child("configs") if rules is not None else None
    for section in (rules, keys):
        if section is not None and section.value is not None and not isinstance(section.value, dict):
            return Schema(problems=(Problem("rule", section.origin, "rules are not a mapping", "write {KEY: {…}}"),))
    found, problems = _or_problem(lambda: expanded(root, fetch, "rules"), root._replace(value={}, keys={}))
    schema = read_schema(root, found)
    return Schema(schema.rules, schema.validations, (*problems, *schema.problems))


def schema_reference(section: Node) -> str | None:
    """Return the reference that a template's `schema` section is, None if it is none."""
    if not {"name", "version"} <= section.mapping.keys():
        return None
    parts = [section.mapping[key].text for key in ("subscription", "resourceGroupName") if key in section.mapping]
    return "/".join([*parts, section.mapping["name"].text, section.mapping["version"].text])


def _or_problem(expand: Callable[[], Node], empty: Node) -> tuple[Node, tuple[Problem, ...]]:
    try:
        return expand(), ()
    except BadInclude as error:
        return empty, (error.problem,)
