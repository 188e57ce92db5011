"""Contexts, sites and the references between them, and which nodes a target has above it.

https://learn.microsoft.com/azure/azure-arc/workload-orchestration/resource-model
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from orchestration.sandbox.arm.edge_names import (
    CONFIGURATION_REFERENCES,
    CONFIGURATIONS,
    CONTEXTS,
    DEFAULT,
    MEMBERSHIPS,
    REGIONS,
    SERVICE_GROUPS,
    SITES,
    TARGETS,
)
from orchestration.sandbox.arm.management import ancestors
from orchestration.sandbox.arm.registry import (
    RESOURCE_GROUPS,
    SUBSCRIPTIONS,
    ArmError,
    Body,
    Request,
    Resource,
    ResourceId,
    bad_request,
    conflict,
    parse_id,
)
from orchestration.sandbox.arm.store import Store

MOST_LEVELS = 4
"""Two are the fewest by the documentation, but a sample of Microsoft's has one."""

_SITE_SCOPES = frozenset(each.lower() for each in (SUBSCRIPTIONS, RESOURCE_GROUPS, SERVICE_GROUPS))


@dataclass(frozen=True)
class Node:
    """One place of the hierarchy: a target or a site, with the service group that the site stands for."""

    resource: Resource
    group: Resource | None = None

    @property
    def name(self) -> str:
        """Return the node's own name."""
        return self.resource.name

    @property
    def keys(self) -> frozenset[str]:
        """Return the ids, in lower case, by which a link may name the node."""
        found = (self.resource, self.group)
        return frozenset(each.id.key for each in found if each is not None)


def check_region(request: Request) -> None:
    """Raise 400 LocationNotAvailableForResourceType where the service is not offered."""
    location = str(request.body.get("location", ""))
    if location.replace(" ", "").lower() not in REGIONS:
        message = (
            f"The provided location '{location}' is not available for resource type '{request.id.type}'. "
            f"List of available regions for the resource type is '{','.join(REGIONS)}'."
        )
        raise bad_request("LocationNotAvailableForResourceType", message)


def check_context(store: Store, request: Request) -> None:
    """Raise 409 ContextAlreadyExists for a second context of the tenant, 400 for a name that is given twice."""
    check_region(request)
    other = next((each for each in store.list(CONTEXTS) if each.id != request.id), None)
    if other is not None:
        message = f"The tenant already has the context '{other.id}', and a tenant has one. Use that one."
        raise conflict("ContextAlreadyExists", message)
    for key in ("capabilities", "hierarchies"):
        names = [str(each["name"]).lower() for each in request.body["properties"][key]]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise bad_request("DuplicateName", f"'{key}' has {', '.join(twice)} more than once.")
    count = len(request.body["properties"]["hierarchies"])
    if not 1 <= count <= MOST_LEVELS:
        message = (
            f"A context has at most {MOST_LEVELS} hierarchies, that of targets included, and one at least: not {count}."
        )
        raise bad_request("InvalidHierarchies", message)


def check_site(store: Store, request: Request) -> None:
    """Raise 400 for a wrong place or a level that no context has, 409 for a second site of a resource group."""
    parent = request.id.parent
    if parent is not None and parent.type.lower() not in _SITE_SCOPES:
        message = f"A site lies in a subscription, a resource group or a service group, not on '{parent}'."
        raise bad_request("InvalidSiteScope", message)
    level = _labels(request.body).get("level")
    context = next(iter(store.list(CONTEXTS)), None)
    if level is not None and context is not None:
        check_level(context, level, of=f"site '{request.id.name}'")
    if parent is not None and parent.type == RESOURCE_GROUPS:
        other = next((each for each in store.children(parent, SITES) if each.id != request.id), None)
        if other is not None:
            raise conflict("SiteAlreadyExists", f"Resource group '{parent.name}' already has the site '{other.name}'.")


def check_level(context: Resource, level: str, *, of: str) -> None:
    """Raise 400 InvalidHierarchyLevel unless *context* has the *level*."""
    known = levels(context)
    if level not in known:
        message = f"The level '{level}' of {of} is none of the context's hierarchies: {', '.join(known)}."
        raise bad_request("InvalidHierarchyLevel", message)


def check_site_reference(store: Store, request: Request) -> None:
    """Raise 400 InvalidSiteReference unless the reference is to an existing site of the highest level."""
    site = store.get(parse_id(request.body["properties"]["siteId"]))
    if site is None or site.type.lower() != SITES.lower():
        raise bad_request("InvalidSiteReference", f"There is no site '{request.body['properties']['siteId']}'.")
    context = store.get(request.id.parent) if request.id.parent else None
    level, known = site_level(site), levels(context) if context else ()
    if (level and known and level != known[0]) or (not level and _sites_above(store, site)):
        message = f"Site '{site.name}' is of level '{level}'; a context refers to sites of its highest, '{known[0]}'."
        raise bad_request("InvalidSiteReference", message)


def check_configuration_reference(store: Store, request: Request) -> None:
    """Raise 400 unless a site, target or service group refers to a configuration that exists."""
    parent = request.id.parent
    if parent is None or parent.type.lower() not in {each.lower() for each in (SITES, TARGETS, SERVICE_GROUPS)}:
        message = "A configuration reference lies on a site, a target or a service group."
        raise bad_request("InvalidConfigurationReference", message)
    wanted = str(request.body.get("properties", {}).get("configurationResourceId", ""))
    found = store.get(parse_id(wanted))
    if found is None or found.type.lower() != CONFIGURATIONS.lower():
        raise bad_request("ConfigurationNotFound", f"There is no configuration '{wanted}': create it first.")


def levels(context: Resource) -> tuple[str, ...]:
    """Return the names of the context's levels, the highest first."""
    return tuple(str(each["name"]) for each in context.properties["hierarchies"])


def site_level(site: Resource) -> str:
    """Return the level that a site's labels name, empty when they name none."""
    return str(_labels(site.body).get("level", ""))


def context_of(store: Store, target: Resource) -> Resource:
    """Return the target's context; raise 400 ContextNotFound when it is gone."""
    context = store.get(str(target.properties["contextId"]))
    if context is None:
        message = f"Target '{target.name}' belongs to the context '{target.properties['contextId']}', which is gone."
        raise bad_request("ContextNotFound", message)
    return context


def lineage(store: Store, target: Resource) -> tuple[Node, ...]:
    """Return the target and what is above it, nearest first; raise 400 when the service does not know what is.

    A membership counts from the target's first PUT after it, as the CLI's own repeated PUT shows; no public page
    says so, see docs/assumptions.md.
    """
    members = store.children(target.id, MEMBERSHIPS)
    known = [each for each in members if each.written < target.written]
    if known:
        above = tuple(node for each in known for node in _nodes_from(store, parse_id(each.properties["targetId"])))
        return (Node(target), *above)
    context = context_of(store, target)
    scoped = () if members else _scope_sites(store, target)
    if scoped or target.properties["hierarchyLevel"] == levels(context)[0]:
        return (Node(target), *scoped)
    raise _unplaced(target, is_member=bool(members))


def configuration_of(store: Store, node: Node) -> Resource | None:
    """Return the configuration that the node's, or its service group's, reference names; None when there is none."""
    for each in (node.resource, node.group):
        reference = store.get(each.id.extension(CONFIGURATION_REFERENCES, DEFAULT)) if each else None
        if reference is not None:
            return store.get(str(reference.properties["configurationResourceId"]))
    return None


def _unplaced(target: Resource, *, is_member: bool) -> ArmError:
    if is_member:
        why = "it joined its service group after it was last PUT. PUT the target again"
    else:
        why = (
            "it is in no service group and its resource group has no site. Add a serviceGroupMember, then PUT it again"
        )
    message = f"No template is visible to target '{target.name}': {why}."
    return bad_request("SolutionTemplateNotVisible", message)


def _nodes_from(store: Store, group: ResourceId) -> Iterator[Node]:
    """Yield the sites of a service group and of those above it."""
    for id_ in (group, *ancestors(store, group)):
        for site in store.children(id_, SITES):
            yield Node(site, store.get(id_))


def _scope_sites(store: Store, target: Resource) -> tuple[Node, ...]:
    """Return the sites of the target's resource group and subscription."""
    found: list[Node] = []
    scope: ResourceId | None = target.id.parent
    while scope is not None:
        found += (Node(site) for site in store.children(scope, SITES))
        scope = scope.parent
    return tuple(found)


def _sites_above(store: Store, site: Resource) -> bool:
    """Return whether a service group above the site's own has a site as well."""
    groups = ancestors(store, site.id.parent) if site.id.parent else ()
    return any(store.children(group, SITES) for group in groups)


def _labels(body: Body) -> dict[str, Any]:
    found: dict[str, Any] = (body.get("properties") or {}).get("labels") or {}
    return found
