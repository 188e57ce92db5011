"""Links from config templates to places of the hierarchy (`configTemplateMetadatas`), and their actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from orchestration.sandbox.arm.edge_hierarchy import check_level, site_level
from orchestration.sandbox.arm.edge_names import (
    CONFIG_TEMPLATE_LINKS,
    CONTEXTS,
    DEFAULT,
    SERVICE_GROUPS,
    SITES,
    TARGETS,
)
from orchestration.sandbox.arm.edge_templates import identifier
from orchestration.sandbox.arm.registry import Action, Body, Call, Request, Resource, bad_request, parse_id
from orchestration.sandbox.arm.store import Store

Link = dict[str, Any]


def check_links(store: Store, request: Request) -> None:
    """Raise 400 for a context or a place that does not exist, or a place that is not of the level it is listed at."""
    properties = request.body.get("properties", {})
    for key in ("linkedHierarchies", "unLinkedHierarchies"):
        for link in properties.get(key, []):
            _check_level(store, str(link.get("level", "")))
            for place in link.get("hierarchyIds", []):
                _check_place(store, place, str(link.get("level", "")))
    _check_context(store, str(properties.get("contextId", "")))


def show_links(store: Store, links: Resource) -> Body:
    """Return the read-only identifier of the template that is linked."""
    template = store.get(links.id.parent) if links.id.parent else None
    return {"properties": {"templateUniqueIdentifier": identifier(template)}} if template else {}


def linked_keys(store: Store, template: Resource) -> frozenset[str]:
    """Return the ids, in lower case, of the places that a config template is linked to."""
    found: set[str] = set()
    for links in store.children(template.id, CONFIG_TEMPLATE_LINKS):
        taken = _ids(links.properties.get("unLinkedHierarchies", []))
        found |= _ids(links.properties.get("linkedHierarchies", [])) - taken
    return frozenset(found)


def forget_place(store: Store, gone: Resource) -> None:
    """Take a place that was deleted out of every link: one of the same name must be linked again."""
    for links in store.list(CONFIG_TEMPLATE_LINKS):
        before = links.properties.get("linkedHierarchies", [])
        if gone.id.key in _ids(before):
            store.put(links.with_properties(linkedHierarchies=_without(before, {gone.id.key})))


def link(store: Store, call: Call) -> Body | None:
    """Link a config template to the places that the call names."""
    links, by_level = _links_of(store, call), _by_level(store, call)
    linked = _without(links.properties.get("linkedHierarchies", []), _called(call))
    linked += [{"level": level, "hierarchyIds": places} for level, places in by_level.items()]
    unlinked = _without(links.properties.get("unLinkedHierarchies", []), _called(call))
    store.put(links.with_properties(linkedHierarchies=linked, unLinkedHierarchies=unlinked))
    return None


def unlink(store: Store, call: Call) -> Body | None:
    """Take the places that the call names out of a config template's links."""
    for links in store.children(call.id, CONFIG_TEMPLATE_LINKS):
        linked = _without(links.properties.get("linkedHierarchies", []), _called(call))
        store.put(links.with_properties(linkedHierarchies=linked))
    return None


def _nothing(store: Store, call: Call) -> Body | None:
    return None


LINK_ACTIONS = {
    "linkToHierarchies": Action(steps=(link, _nothing)),
    "unLinkFromHierarchies": Action(steps=(unlink, _nothing)),
}


def _links_of(store: Store, call: Call) -> Resource:
    """Return the template's links, the first if there are several, new ones if there are none."""
    found = store.children(call.id, CONFIG_TEMPLATE_LINKS)
    _check_context(store, str(call.body.get("contextId", "")))
    context = {"contextId": call.body["contextId"]} if call.body.get("contextId") else {}
    made = Resource(id=call.id.child(CONFIG_TEMPLATE_LINKS.rpartition("/")[2], DEFAULT), body={"properties": context})
    return found[0] if found else made


def _by_level(store: Store, call: Call) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for place in call.body["hierarchyIds"]:
        found.setdefault(_check_place(store, place, ""), []).append(place)
    return found


def _called(call: Call) -> set[str]:
    return {str(place).lower() for place in call.body["hierarchyIds"]}


def _check_place(store: Store, place: str, level: str) -> str:
    """Return the level of *place*; raise 400 when it does not exist or is not of *level*."""
    resource = store.get(parse_id(place))
    kinds = {each.lower() for each in (SITES, TARGETS, SERVICE_GROUPS)}
    if resource is None or resource.type.lower() not in kinds:
        raise bad_request("HierarchyNotFound", f"There is no site, target or service group '{place}' to link to.")
    own = _level(store, resource)
    if level and own and level != own:
        raise bad_request("HierarchyLevelMismatch", f"'{place}' is of level '{own}', it is listed at '{level}'.")
    return level or own


def _check_level(store: Store, level: str) -> None:
    context = next(iter(store.list(CONTEXTS)), None)
    if level and context is not None:
        check_level(context, level, of="a link")


def _level(store: Store, resource: Resource) -> str:
    if resource.type.lower() == TARGETS.lower():
        return str(resource.properties["hierarchyLevel"])
    if resource.type.lower() == SITES.lower():
        return site_level(resource)
    return next((site_level(site) for site in store.children(resource.id, SITES)), "")


def _check_context(store: Store, context: str) -> None:
    if context and store.get(parse_id(context)) is None:
        raise bad_request("ContextNotFound", f"There is no context '{context}'.")


def _ids(links: Iterable[Link]) -> set[str]:
    return {str(place).lower() for link in links for place in link.get("hierarchyIds", [])}


def _without(links: Iterable[Link], gone: set[str]) -> list[Link]:
    """Return *links* without the places in *gone*, and without levels that then have none."""
    kept = [
        {**link, "hierarchyIds": [place for place in link.get("hierarchyIds", []) if str(place).lower() not in gone]}
        for link in links
    ]
    return [link for link in kept if link["hierarchyIds"]]
