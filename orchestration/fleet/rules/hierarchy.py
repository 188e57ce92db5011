"""The hierarchy has a form that Workload Orchestration takes, and clusters stand at its leaves."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.fleet import grammar
from orchestration.fleet.draft import Draft
from orchestration.fleet.model import Problem

FEWEST_LEVELS, MOST_LEVELS = 2, 4
# docs/assumptions.md: the regions that Workload Orchestration is offered in.
SERVICE_LOCATIONS = ("eastus", "eastus2", "eastus2euap")


def levels_are_two_to_four(draft: Draft) -> Iterator[Problem]:
    """There are two to four levels, that of the targets included."""
    hierarchy = draft.document.hierarchy
    if hierarchy and not FEWEST_LEVELS <= len(hierarchy.levels) <= MOST_LEVELS:
        message = f"there are {len(hierarchy.levels)} levels; two to four are possible, that of the targets included"
        yield Problem("level-count", hierarchy.at("levels"), message, "name the levels top first, the targets' last")


def nodes_have_a_level(draft: Draft) -> Iterator[Problem]:
    """A node stands above the last level, which is the targets'."""
    hierarchy = draft.document.hierarchy
    for placed in draft.sites:
        if hierarchy and placed.depth == len(hierarchy.levels):
            message = (
                f"{placed.site.name} is at level {placed.depth} of {len(hierarchy.levels)}; the last is the targets'"
            )
            yield Problem("too-deep", placed.site.at("name"), message, "add a level, or make it a target of a cluster")


def sites_are_leaves(draft: Draft) -> Iterator[Problem]:
    """A cluster stands at a leaf, on the level just above the targets."""
    hierarchy = draft.document.hierarchy
    if hierarchy is None or not FEWEST_LEVELS <= len(hierarchy.levels) <= MOST_LEVELS:
        return
    placed = {each.site.name: each for each in draft.sites}
    for cluster in draft.document.clusters:
        node = placed.get(cluster.site or "")
        if node is None:
            continue
        if node.site.sites:
            below = ", ".join(site.name for site in node.site.sites)
            message = f"{node.site.name} has nodes below it; a cluster stands at a leaf"
            yield Problem("not-a-leaf", cluster.at("site"), message, f"use one of {below}")
        elif node.depth < len(hierarchy.levels) - 1:
            level, wanted = hierarchy.levels[node.depth - 1], hierarchy.levels[-2]
            message = f"{node.site.name} is a {level}; clusters stand at a {wanted}"
            yield Problem("not-a-leaf", cluster.at("site"), message, f"add a {wanted} below {node.site.name}")


def resource_group_holds_one_site(draft: Draft) -> Iterator[Problem]:
    """With scope resourceGroup there are two levels and one site."""
    hierarchy = draft.document.hierarchy
    if hierarchy is None or hierarchy.scope != "resourceGroup":
        return
    if len(draft.sites) != 1 or len(hierarchy.levels) != FEWEST_LEVELS:
        message = f"a resource group holds one site and two levels, not {len(draft.sites)} and {len(hierarchy.levels)}"
        yield Problem("resource-group-site", hierarchy.at("scope"), message, "leave scope out to use service groups")


def top_sites_can_be_referred_to(draft: Draft) -> Iterator[Problem]:
    """A top-level node's name serves as its site reference too, which allows no underscore."""
    for placed in draft.sites:
        if placed.parent is None and "_" in placed.site.name:
            message = f"the top-level node {placed.site.name} is also a site reference, which takes no underscore"
            yield Problem("site-name", placed.site.at("name"), message, "use a hyphen")


def orchestration_needs_hierarchy(draft: Draft) -> Iterator[Problem]:
    """Sites, targets, capabilities, config templates and solutions make sense with a hierarchy only."""
    document = draft.document
    if document.hierarchy is not None or draft.has_lost("hierarchy"):
        return
    hint = "add hierarchy: {levels: […], sites: […]}, or take this away"
    for key in ("capabilities", "configTemplates", "solutions"):
        if document.is_written(key):
            yield Problem("no-hierarchy", document.at_key(key), f"{key} need a hierarchy", hint)
    for cluster in document.clusters:
        for key in ("site", "targets"):
            if cluster.is_written(key):
                message = f"{key} of cluster {cluster.name} makes no sense without a hierarchy"
                yield Problem("no-hierarchy", cluster.at_key(key), message, hint)


def context_needs_capabilities(draft: Draft) -> Iterator[Problem]:
    """A context that the fleet makes has at least one capability."""
    document = draft.document
    context = document.azure.workload_orchestration.context
    known = document.capabilities or draft.has_lost("capabilities")
    if document.hierarchy and not known and not (context and context.existing):
        hint = "add capabilities: [NAME], and give them to targets and solutions"
        yield Problem("no-capabilities", document.at_key("hierarchy"), "a context has at least one capability", hint)


def targets_have_a_site(draft: Draft) -> Iterator[Problem]:
    """A cluster with targets has a site; an AKS cluster has neither."""
    for cluster in draft.document.clusters:
        if draft.document.hierarchy and cluster.targets and cluster.site is None and not cluster.is_written("site"):
            message = f"cluster {cluster.name} has targets and no site"
            yield Problem("no-site", cluster.at_key("targets"), message, "add site: NODE")
        if "/managedclusters/" not in draft.id_of(cluster).lower():
            continue
        if cluster.targets:
            message = f"{cluster.name} is an AKS cluster, which carries no targets"
            yield Problem("aks-targets", cluster.at_key("targets"), message, "put them on an Arc-connected cluster")
        elif cluster.site is not None:
            message = f"{cluster.name} is an AKS cluster, which takes Flux alone and stands at no node"
            yield Problem("aks-site", cluster.at_key("site"), message, "delete site")


def target_namespaces_are_legal(draft: Draft) -> Iterator[Problem]:
    """A target without a namespace of its own has a name that can be one."""
    for _, target in draft.targets:
        if target.namespace is None and not grammar.NAMESPACE.fits(target.name):
            message = f"{target.name} cannot be a Kubernetes namespace, which the target's name is by default"
            hint = f"add namespace: NAME ({grammar.NAMESPACE.words})"
            yield Problem("kubernetes-name", target.at("name"), message, hint)


def context_location_has_the_service(draft: Draft) -> Iterator[Problem]:
    """The context lies in a region that has Workload Orchestration."""
    azure = draft.document.azure
    settings = azure.workload_orchestration
    location = settings.location or azure.location
    if draft.document.hierarchy and location not in SERVICE_LOCATIONS and grammar.LOCATION.fits(location):
        place = settings.at("location") if settings.location else azure.at("location")
        message = f"Workload Orchestration is not offered in {location}"
        hint = f"set azure.workloadOrchestration.location to one of {', '.join(SERVICE_LOCATIONS)}"
        yield Problem("no-service", place, message, hint)
