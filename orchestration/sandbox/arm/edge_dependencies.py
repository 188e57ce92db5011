"""Solutions that depend on others: what a template declares, which solutions a review names, what gets injected.

A child puts part of its configuration into its parents', a list with an entry for each instance of each child.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/solution-shared-adapter-dependency
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestration.sandbox.arm.edge_names import (
    SOLUTION_TEMPLATES,
    SOLUTION_VERSIONS,
    SOLUTIONS,
    TARGETS,
)
from orchestration.sandbox.arm.edge_records import revision_key, target_id
from orchestration.sandbox.arm.edge_templates import identifier, label, latest_version
from orchestration.sandbox.arm.registry import ArmError, Body, Resource, ResourceId, bad_request, parse_id
from orchestration.sandbox.arm.resolve_values import MISSING, find, put
from orchestration.sandbox.arm.resolve_yaml import load_mapping
from orchestration.sandbox.arm.store import Store


@dataclass(frozen=True)
class Declared:
    """A dependency as a template's version declares it: on which template, and what it puts where."""

    template: str
    version: str
    injections: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Parent:
    """A solution that another depends on: a template's version on a target, as which instance, by which revision."""

    target: Resource
    version: Resource
    template: Resource
    instance: str = ""
    revision: Resource | None = None
    parents: tuple[Parent, ...] = ()

    @property
    def solution_id(self) -> ResourceId:
        """The id of the solution on its target."""
        return self.target.id.child("solutions", identifier(self.template))

    @property
    def instance_id(self) -> ResourceId:
        """The id of what runs."""
        return self.solution_id.child("instances", self.instance or identifier(self.template))


@dataclass(frozen=True)
class Entry:
    """What one child's instance has put under a key of its parent's configuration."""

    by: str
    to: str
    value: Any


def declared(version: Resource) -> tuple[Declared, ...]:
    """Return the dependencies of a template's *version*; raise 400 where they are not what they should be."""
    found = load_mapping(str(version.properties["configurations"])).get("dependencies") or []
    return tuple(_declared(version, each) for each in (found if isinstance(found, list) else [found]))


def parents_of(store: Store, items: Iterable[Any], child_target: Resource) -> tuple[Parent, ...]:
    """Return the solutions that *items* of solutionDependencies name; raise 400 for one that is not there."""
    return tuple(_parent(store, item, child_target) for item in items)


def check_parents(version: Resource, parents: Sequence[Parent], below: tuple[ResourceId, ...]) -> None:
    """Raise 400 unless *parents* are just those that a template's *version* declares, and none depends on itself.

    *below* are the instances that depend on *version*, itself last.
    """
    wanted = declared(version)
    for each in wanted:
        if not any(fits(each, parent) for parent in parents):
            name = each.template + (f" in version {each.version}" if each.version else "")
            message = f"'{label(version)}' depends on the solution template '{name}'"
            message += ": review a solution of it and name its solutionVersionId in solutionDependencies."
            raise bad_request("SolutionDependencyMissing", message)
    for parent in parents:
        if not any(fits(each, parent) for each in wanted):
            message = f"'{label(version)}' does not depend on '{label(parent.version)}': leave it out."
            raise bad_request("InvalidSolutionDependency", message)
        if parent.instance_id in below:
            circle = " -> ".join(each.name for each in (*below, parent.instance_id))
            raise bad_request("CircularSolutionDependency", f"Solutions depend on each other in a circle: {circle}.")
        check_parents(parent.version, parent.parents, (*below, parent.instance_id))


def fits(wanted: Declared, parent: Parent) -> bool:
    """Whether *parent* is of the template, and the version if one is given, that a dependency declares."""
    same = wanted.template.lower() == parent.template.id.key
    return same and wanted.version in ("", parent.version.name)


def shown_parents(parents: Iterable[Parent]) -> list[Body]:
    """Return *parents*, which all have been reviewed, as a solution version shows them."""
    return [
        {
            "solutionVersionId": parent.revision.id.text,
            "solutionInstanceName": str(parent.revision.properties["solutionInstanceName"]),
            "solutionTemplateVersionId": parent.version.id.text,
            "targetId": parent.target.id.text,
            "dependencies": shown_parents(parent.parents),
        }
        for parent in parents
        if parent.revision is not None
    ]


def known_parents(store: Store, version: Resource, *, strict: bool = False) -> tuple[Parent, ...]:
    """Return what a solution version depends on by its review; those that are gone are left out, or are a 400."""
    items = version.properties["solutionDependencies"]
    there = [each for each in items if strict or store.get(str(each["solutionTemplateVersionId"]))]
    return tuple(_known_parent(store, str(each["solutionVersionId"]), {}) for each in there)


def parent_of_revision(store: Store, revision: Resource, item: Mapping[str, Any] | None = None) -> Parent:
    """Return the parent of which *revision* is known; its own parents are those of *item*, or of its review.

    Raise 400 when its template's version or its target is gone.
    """
    version = store.get(str(revision.properties["solutionTemplateVersionId"]))
    solution = revision.id.parent
    target = store.get(target_id(revision))
    template = store.get(version.id.parent) if version and version.id.parent else None
    if solution is None or version is None or template is None or target is None:
        raise _gone(revision.id.text)
    nested = (item or {}).get("dependencies") or revision.properties["solutionDependencies"]
    name = str(revision.properties["solutionInstanceName"])
    instance = "" if name.lower() == solution.name.lower() else name
    return Parent(target, version, template, instance, revision, parents_of(store, nested, target))


def is_pinned(template_version: Resource, parent: Parent) -> bool:
    """Whether a template's version depends on *parent* in one version only."""
    return any(each.version for each in declared(template_version) if fits(each, parent))


def entries_for(child_id: ResourceId, template_version: Resource, values: Body, parent: Parent) -> list[Entry]:
    """Return what the child's instance puts into *parent*; raise 400 where its configuration lacks it."""
    found = []
    for source, to in (pair for each in declared(template_version) if fits(each, parent) for pair in each.injections):
        value = find(values, source)
        if value is MISSING:
            message = f"'{label(template_version)}' injects '{source}', which its configs do not have."
            raise bad_request("InvalidSolutionDependency", message)
        found.append(Entry(child_id.text, to, value))
    return found


def injected(store: Store, solution: ResourceId, instance: str) -> tuple[Entry, ...]:
    """Return what children have put into an instance of *solution*, in the order they came."""
    held = store.get(solution)
    rows = held.system.get("injected", {}).get(instance.lower(), ()) if held else ()
    return tuple(Entry(**row) for row in rows)


def keep_injected(store: Store, solution: Resource, instance: str, entries: Iterable[Entry]) -> None:
    """Keep what children have put into an instance of *solution*."""
    rows = {**solution.system.get("injected", {}), instance.lower(): [vars(each) for each in entries]}
    store.put(solution.with_system(injected=rows))


def replaced(entries: Iterable[Entry], child: ResourceId, fresh: Sequence[Entry]) -> list[Entry]:
    """Return *entries* with those of *child* replaced by its *fresh* ones, which keep their place in the order."""
    left = {each.to: each for each in fresh}
    found = []
    for entry in entries:
        if entry.by.lower() != child.key:
            found.append(entry)
        elif entry.to in left:
            found.append(left.pop(entry.to))
    return [*found, *left.values()]


def with_entries(values: Body, entries: Iterable[Entry], version: Resource) -> Body:
    """Return a configuration with what children put into it; raise 400 where it has no list for that."""
    found = dict(values)
    for entry in entries:
        list_ = find(found, entry.to)
        if list_ is MISSING or not isinstance(list_, list | None):
            child = entry.by.rpartition("/")[2]
            message = f"'{child}' injects into '{entry.to}' of '{label(version)}', which is no list: write [] there."
            raise bad_request("InvalidSolutionDependency", message)
        put(found, entry.to.split("."), [*(list_ or ()), entry.value])
    return found


def forget_injected(store: Store, gone: Resource) -> None:
    """Forget what instances of a target that is gone have put into others; what runs there stays as it is."""
    for solution in store.list(SOLUTIONS):
        for instance in solution.system.get("injected", {}):
            entries = injected(store, solution.id, instance)
            left = [each for each in entries if not each.by.lower().startswith(f"{gone.id.key}/")]
            if len(left) < len(entries):
                keep_injected(store, store.get(solution.id) or solution, instance, left)


def _declared(version: Resource, item: Any) -> Declared:
    known = item if isinstance(item, Mapping) else {}
    template, pairs = known.get("solutionTemplateId"), known.get("configsToBeInjected") or []
    if not isinstance(template, str) or not isinstance(pairs, list) or not all(map(_is_pair, pairs)):
        message = f"Dependencies of '{label(version)}' need solutionTemplateId, and from and to for what they inject."
        raise bad_request("InvalidTemplate", message)
    injections = tuple((str(each["from"]), str(each["to"])) for each in pairs)
    return Declared(template.rstrip("/"), str(known.get("solutionTemplateVersion") or ""), injections)


def _is_pair(item: Any) -> bool:
    return isinstance(item, Mapping) and item.keys() >= {"from", "to"}


def _parent(store: Store, item: Mapping[str, Any], child_target: Resource) -> Parent:
    """Return the solution that one item names, by its version or by template, target and instance."""
    if item.get("solutionVersionId"):
        return _known_parent(store, str(item["solutionVersionId"]), item)
    if not item.get("solutionTemplateId"):
        message = "A dependency has a solutionVersionId, or solutionTemplateId, targetId and solutionInstanceName."
        raise bad_request("InvalidSolutionDependency", message)
    target = _found(store, str(item.get("targetId") or child_target.id.text), TARGETS)
    template = _found(store, str(item["solutionTemplateId"]), SOLUTION_TEMPLATES)
    instance, wanted = str(item.get("solutionInstanceName") or ""), str(item.get("solutionTemplateVersion") or "")
    newest = _newest(store, Parent(target, template, template, instance), wanted)
    if newest is not None:
        return parent_of_revision(store, newest, item)
    version = store.get(template.id.child("versions", wanted or latest_version(store, template.id) or "none"))
    if version is None:
        message = f"Solution template '{template.name}' has no version {wanted}".rstrip() + "."
        raise bad_request("SolutionTemplateVersionNotFound", message)
    return Parent(target, version, template, instance, None, parents_of(store, item.get("dependencies") or (), target))


def _found(store: Store, id_: str, type_: str) -> Resource:
    """Return the target or template of that id; raise 400 when there is none."""
    found = store.get(parse_id(id_))
    if found is None or found.type.lower() != type_.lower():
        kind, code = {TARGETS: ("target", "TargetNotFound")}.get(
            type_, ("solution template", "SolutionTemplateNotFound")
        )
        raise bad_request(code, f"There is no {kind} '{id_}'.")
    return found


def _known_parent(store: Store, revision_id: str, item: Mapping[str, Any]) -> Parent:
    """Return the parent of a revision by its id; raise 400 when there is none."""
    found = store.get(parse_id(revision_id))
    if found is None or found.type.lower() != SOLUTION_VERSIONS.lower():
        raise _gone(revision_id)
    return parent_of_revision(store, found, item)


def _gone(revision_id: str) -> ArmError:
    message = f"There is no solution version '{revision_id}' to depend on, or the template version it is of is gone."
    return bad_request("SolutionVersionNotFound", message)


def _newest(store: Store, place: Parent, template_version: str) -> Resource | None:
    """Return the newest solution version of an instance, of a template's version if one is given."""
    name = place.instance_id.name.lower()
    return max(_of_instance(store, place.solution_id, name, template_version), key=revision_key, default=None)


def _of_instance(store: Store, solution: ResourceId, name: str, template_version: str) -> Iterator[Resource]:
    for each in store.children(solution, SOLUTION_VERSIONS):
        of = str(each.properties["solutionTemplateVersionId"]).rpartition("/")[2]
        if str(each.properties["solutionInstanceName"]).lower() == name and template_version in ("", of):
            yield each
