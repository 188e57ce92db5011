"""The values that targets will get of a solution, and where each comes from: offline, from a fleet.

The service looks up `$val` on the target, where we set what the fleet says of it and the nodes above it, and
`$config` at the nearest node that the config template is linked to, which is any that the fleet sets a value at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from orchestration.errors import UsageError
from orchestration.fleet import naming
from orchestration.fleet.model import ConfigTemplate, Fleet, Origin, Problem, Solution, Target, TemplateContent
from orchestration.fleet.reader import read_bytes
from orchestration.fleet.tree import Node
from orchestration.solutions.language import (
    ASSUMPTIONS,
    Configured,
    Documents,
    Layer,
    Resolution,
    Situation,
    Template,
    Tree,
    Unworkable,
    is_elsewhere,
    key_of,
    laid_over,
    resolve,
    resolve_specification,
    settings_tree,
)
from orchestration.solutions.named import solution_named, targets_named
from orchestration.solutions.placement import matching, placements_in_order, version_for


@dataclass(frozen=True, slots=True)
class TargetValues:
    """What one target will get of a solution's version."""

    target: str
    solution: str
    template: str
    version: str
    resolution: Resolution

    def to_json(self) -> dict[str, Any]:
        """Return the target as `ewo.resolve/1` lists it."""
        return {
            "target": self.target,
            "solution": self.solution,
            "version": self.version,
            "values": self.resolution.values,
            "provenance": [entry.to_json() for entry in self.resolution.provenance],
            "problems": [problem.to_json() for problem in self.resolution.problems],
            "assumed": list(self.resolution.assumed),
        }


@dataclass(frozen=True, slots=True)
class ResolveReport:
    """What each target will get."""

    targets: tuple[TargetValues, ...]

    @property
    def failed(self) -> bool:
        """Whether the values of a target have errors."""
        return any(each.resolution.failed for each in self.targets)

    @property
    def assumptions(self) -> Mapping[str, str]:
        """The undocumented rules that values rest on, by code."""
        used = {code for each in self.targets for code in each.resolution.assumed}
        return {code: text for code, text in ASSUMPTIONS.items() if code in used}

    def to_json(self) -> dict[str, Any]:
        """Return the report as `ewo.resolve/1`."""
        head, name, targets, tail = self.pieces()
        return {**head, name: list(targets), **tail}

    def pieces(self) -> tuple[dict[str, Any], str, Iterator[dict[str, Any]], dict[str, Any]]:
        """Return what stands in it before the list of targets, that list's name and its items, and what comes after."""
        targets = (each.to_json() for each in self.targets)
        return {"schema": "ewo.resolve/1"}, "targets", targets, {"assumptions": dict(self.assumptions)}


def resolve_solution(fleet: Fleet, name: str, targets: Sequence[str] = ()) -> ResolveReport:
    """Return the values of a solution on targets, all those it is placed on unless some are named.

    Raise `UsageError` for a solution, a target or a version whose content the fleet does not have.
    """
    solution = solution_named(fleet, name)
    resolver = _Resolver(fleet, solution)
    return ResolveReport(tuple(resolver.values_of(*each) for each in _chosen(fleet, solution, targets)))


def _chosen(fleet: Fleet, solution: Solution, names: Sequence[str]) -> Iterator[tuple[Target, str]]:
    """Yield the targets that are meant, in the order of promotion or as named, with the version for each."""
    placements = placements_in_order(fleet, solution)
    if not names:
        for placement in placements:
            version = version_for(solution, placement)
            yield from ((target, version) for target in matching(fleet, solution, placement))
        return
    versions = {placement.environment: version_for(solution, placement) for placement in placements}
    for target in targets_named(fleet, names):
        yield target, versions.get(target.environment, solution.version)


@dataclass
class _Resolver:
    """Resolves one solution of a fleet; what targets share is read and merged once."""

    fleet: Fleet
    solution: Solution
    parsed: dict[str, Node] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inherited = cache(self._inherited)
        self.configured = cache(self._configured)
        self.home = naming.resource_group_id(self.fleet.azure.scope)
        self.documents = Documents(self.schema, self.included, self.home)

    def values_of(self, target: Target, version: str) -> TargetValues:
        """Return what a target will get of a version."""
        content = self.solution.contents.get(version)
        if content is None:
            hint = "keep the content of older versions in folders of their own"
            raise UsageError(f"there is no content of {self.solution.name} {version} here", hint=hint)
        resource = _resource(self.fleet, target)
        situation = Situation(resource, (self.layer(target),), partial(self.config, target))
        found = resolve(self.template(f"{self.solution.template}/{version}", content), situation)
        problems = (*found.problems, *_specification_problems(content, found, resource))
        found = Resolution(found.values, found.provenance, problems, found.assumed)
        return TargetValues(target.name, self.solution.name, self.solution.template, version, found)

    def layer(self, target: Target) -> Layer:
        """Return what is set on the target: what the fleet says of it, and of the nodes above it."""
        own = self.solution.written.child(target.name) if self.solution.written else None
        tree = self.inherited(target.site)
        return Layer(target.name, laid_over(tree, settings_tree(own, target.name)) if own else tree)

    def config(self, target: Target, reference: str) -> Configured | None:
        """Return a config template with its values for a target; raise `Unworkable` when it may not read it."""
        if is_elsewhere(reference, self.home):
            raise Unworkable(f"config template {reference} is in another resource group, which is not read")
        found = self.configured(reference, target.site)
        if found is not None and not found.layers:
            raise Unworkable(f"config template {reference} is linked to no node above {target.name}")
        return found

    def schema(self, reference: str) -> Node | None:
        """Return the root of a schema of the fleet, None when there is none of that name and version."""
        wanted = key_of(reference)
        for content in _contents(self.fleet):
            schema = content.schema
            if schema is not None and (schema.name.lower(), schema.version) == wanted:
                return self.root(schema.text, schema.file)
        return None

    def included(self, reference: str) -> Node | None:
        """Return the root of a template of the fleet, None when there is none of that name and version."""
        if is_elsewhere(reference, self.home):
            return None
        name, version = key_of(reference)
        for item in _items(self.fleet):
            named = item.name if isinstance(item, ConfigTemplate) else item.template
            if named.lower() == name and version in item.contents:
                content = item.contents[version]
                return self.root(content.template, content.template_file)
        return None

    def template(self, name: str, content: TemplateContent) -> Template:
        """Return a template ready to be resolved."""
        file = content.template_file
        if file not in self.templates:
            self.templates[file] = Template(name, self.root(content.template, file), self.documents)
        return self.templates[file]

    def root(self, text: str, file: str) -> Node:
        """Return the tree of a document that loading the fleet has found to be one."""
        if file not in self.parsed:
            root, _ = read_bytes(text.encode(), file, strict=False)
            assert root is not None
            self.parsed[file] = root
        return self.parsed[file]

    def _inherited(self, site: str) -> Tree:
        """Return what the fleet says of a node and those above it, the nearest winning."""
        tree: Tree = {}
        for node in reversed(self._chain(site)):
            tree = laid_over(tree, _settings(self.solution.written, node))
        return tree

    def _configured(self, reference: str, site: str) -> Configured | None:
        """Return a config template with the values of the nodes that it is linked to, nearest first."""
        name, version = key_of(reference)
        item = next((each for each in self.fleet.config_templates.values() if each.name.lower() == name), None)
        if item is None or version not in item.contents:
            return None
        linked = [node for node in self._chain(site) if node in item.values]
        written = item.written if version == item.version else None
        layers = tuple(Layer(node, _settings(written, node)) for node in linked)
        return Configured(self.template(f"{item.name}/{version}", item.contents[version]), layers)

    def _chain(self, site: str) -> tuple[str, ...]:
        return tuple(node.name for node in self.fleet.hierarchy.chain(site)) if self.fleet.hierarchy else ()


def _items(fleet: Fleet) -> Iterator[ConfigTemplate | Solution]:
    yield from fleet.config_templates.values()
    yield from fleet.solutions.values()


def _contents(fleet: Fleet) -> Iterator[TemplateContent]:
    return (content for item in _items(fleet) for content in item.contents.values())


def _settings(written: Node | None, node: str) -> Tree:
    return settings_tree(written.child(node) if written else None, node)


def _resource(fleet: Fleet, target: Target) -> dict[str, Any]:
    """Return the target as Azure will have it; what only Azure knows is not in it."""
    assert fleet.hierarchy is not None
    cluster = fleet.clusters[target.cluster]
    return {
        "id": naming.fleet_target_id(fleet, target),
        "name": target.name,
        "type": "Microsoft.Edge/targets",
        "location": fleet.azure.orchestration_location,
        "extendedLocation": {"name": naming.custom_location_id(cluster), "type": "CustomLocation"},
        "properties": {
            "displayName": target.name,
            "description": target.name,
            "capabilities": list(target.capabilities),
            "hierarchyLevel": fleet.hierarchy.target_level,
            "contextId": naming.context_id(fleet),
            "solutionScope": target.namespace,
        },
    }


def _specification_problems(
    content: TemplateContent, found: Resolution, resource: Mapping[str, Any]
) -> Iterator[Problem]:
    """Yield why the specification's expressions cannot be worked out."""
    try:
        resolve_specification(content.specification, found.values, resource)
    except Unworkable as error:
        place = Origin(content.specification_file or content.template_file)
        yield Problem("specification", place, f"the specification cannot be worked out: {error}")
