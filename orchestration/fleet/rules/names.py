"""Names are unique, and whatever is named exists."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from orchestration.fleet.document.clusters import Target
from orchestration.fleet.document.kalypso import ClusterType, Policy
from orchestration.fleet.document.part import Part
from orchestration.fleet.document.solutions import Solution
from orchestration.fleet.draft import Draft
from orchestration.fleet.model import Origin, Problem

Named = Iterable[tuple[str, Origin]]


def names_are_unique(draft: Draft) -> Iterator[Problem]:
    """No two things of a kind have the same name; Azure tells no capital from a small letter."""
    document = draft.document
    yield from _unique("environment", _named(document.environments))
    yield from _unique("cluster type", _named(document.cluster_types))
    yield from _unique("cluster", _named(document.clusters), str.lower)
    yield from _unique("workload", _named(document.workloads))
    yield from _unique("policy", _named(document.policies))
    yield from _unique("config template", _named(document.config_templates), str.lower)
    yield from _unique("solution", _named(document.solutions), str.lower)


def nodes_and_targets_are_unique(draft: Draft) -> Iterator[Problem]:
    """A name means one node or one target, so that values can be given by it."""
    nodes = [(placed.site.name, placed.site.at("name")) for placed in draft.sites]
    targets = [(target.name, target.at("name")) for _, target in draft.targets]
    yield from _unique("node or target", [*nodes, *targets], str.lower)


def lists_repeat_nothing(draft: Draft) -> Iterator[Problem]:
    """A list of names holds each once."""
    document = draft.document
    yield from _no_repeats(document, "capabilities", document.capabilities)
    if document.hierarchy:
        yield from _no_repeats(document.hierarchy, "levels", document.hierarchy.levels)
    for _, target in draft.targets:
        yield from _no_repeats(target, "capabilities", target.capabilities)
    for template in document.config_templates:
        yield from _no_repeats(template, "retire", template.retire)
    for solution in document.solutions:
        yield from _no_repeats(solution, "retire", solution.retire)
        yield from _no_repeats(solution, "capabilities", solution.capabilities)
        yield from _no_repeats(solution, "dependsOn", [each.solution for each in solution.depends_on])
        for placement in solution.placement:
            yield from _no_repeats(placement.targets, "names", placement.targets.names or ())
            yield from _no_repeats(placement.targets, "except", placement.targets.excluded)


def environments_exist(draft: Draft) -> Iterator[Problem]:
    """Cluster types, policies and placements name environments of the fleet."""
    known = draft.declared("environments")
    items: tuple[ClusterType | Policy, ...] = (*draft.document.cluster_types, *draft.document.policies)
    for item in items if known else ():
        yield from _exists(draft, "environment", item.environment, known, item.at("environment"))
    for solution in draft.document.solutions:
        for placement in solution.placement if known else ():
            yield from _exists(draft, "environment", placement.environment, known, placement.at("environment"))


def cluster_types_exist(draft: Draft) -> Iterator[Problem]:
    """Every cluster names a cluster type of its fleet, and so do the clusters' defaults."""
    known = draft.declared("clusterTypes")
    for cluster in draft.clusters_and_defaults if known else ():
        if cluster.cluster_type is not None:
            yield from _exists(draft, "cluster type", cluster.cluster_type, known, cluster.at("clusterType"))


def sites_exist(draft: Draft) -> Iterator[Problem]:
    """Every cluster's site is a node of the hierarchy, and so is the one of the clusters' defaults."""
    if draft.document.hierarchy is None:
        return
    for cluster in draft.clusters_and_defaults:
        if cluster.site is not None:
            yield from _exists(draft, "node", cluster.site, draft.declared_sites, cluster.at("site"))


def capabilities_exist(draft: Draft) -> Iterator[Problem]:
    """What targets can do and solutions ask for is among the fleet's capabilities."""
    known = draft.document.capabilities
    if draft.document.hierarchy is None or draft.has_lost("capabilities"):
        return
    parts: tuple[Target | Solution, ...] = (*(target for _, target in draft.targets), *draft.document.solutions)
    for part in parts:
        for index, capability in enumerate(part.capabilities):
            yield from _exists(draft, "capability", capability, known, part.at("capabilities", index))


def values_name_nodes(draft: Draft) -> Iterator[Problem]:
    """Values are given by node, those of solutions by target too."""
    nodes, targets = draft.declared_sites, draft.declared_targets
    only_targets, either = targets - nodes, targets | nodes
    for template in draft.document.config_templates:
        for name in template.values:
            place = template.at_key("values", name)
            if name in only_targets:
                hint = "give the value at the node above it"
                yield Problem("not-a-node", place, f"{name} is a target; config templates have values by node", hint)
            else:
                yield from _exists(draft, "node", name, nodes, place)
    for solution in draft.document.solutions:
        for name in solution.values:
            yield from _exists(draft, "node or target", name, either, solution.at_key("values", name))


def placement_names_exist(draft: Draft) -> Iterator[Problem]:
    """Targets that a placement names, or leaves out, exist and are of its environment."""
    homes = {target.name: draft.environment_of(cluster) for cluster, target in draft.targets}
    for solution in draft.document.solutions:
        for placement in solution.placement:
            chosen = placement.targets
            for key, names in (("names", chosen.names or ()), ("except", chosen.excluded)):
                for index, name in enumerate(names):
                    place = chosen.at(key, index)
                    yield from _exists(draft, "target", name, draft.declared_targets, place)
                    if homes.get(name, placement.environment) != placement.environment:
                        message = f"target {name} is in {homes[name]}, not in {placement.environment}"
                        yield Problem("wrong-environment", place, message, f"place it where {homes[name]} is placed")


def dependencies_exist(draft: Draft) -> Iterator[Problem]:
    """A solution depends on other solutions of the fleet."""
    known = draft.declared("solutions")
    for solution in draft.document.solutions:
        for dependency in solution.depends_on:
            yield from _exists(draft, "solution", dependency.solution, known, dependency.at("solution"))


def _named(items: Iterable[Part]) -> Named:
    return ((getattr(item, "name", ""), item.at("name")) for item in items)


def _unique(kind: str, named: Named, fold: Callable[[str], str] = str) -> Iterator[Problem]:
    first: dict[str, Origin] = {}
    for name, place in named:
        if fold(name) in first:
            message = f"there is another {kind} called {name}, at {first[fold(name)]}"
            yield Problem("duplicate-name", place, message, "rename one of them")
        first.setdefault(fold(name), place)


def _no_repeats(part: Part, key: str, names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name.lower() in seen:
            yield Problem("duplicate-item", part.at(key, index), f"{name} is in {key} twice", "delete one of them")
        seen.add(name.lower())


def _exists(draft: Draft, kind: str, name: str, known: Collection[str], place: Origin) -> Iterator[Problem]:
    if name not in known:
        code = f"unknown-{kind.replace(' ', '-')}"
        yield Problem(code, place, f"no {kind} is called {name!r}", draft.advice.did_you_mean(name, known))
