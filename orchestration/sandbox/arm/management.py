"""Microsoft.Management: service groups, a tree whose root bears the tenant's ID."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.sandbox.arm.registry import (
    LRO_PUT_DELETE,
    Body,
    Request,
    Resource,
    ResourceId,
    ResourceType,
    bad_request,
    conflict,
    not_found,
    parse_id,
)
from orchestration.sandbox.arm.store import Store

TYPE = "Microsoft.Management/serviceGroups"


def root_group(tenant: str) -> ResourceId:
    """Return the ID of the tenant's root service group."""
    return ResourceId(None, TYPE, tenant)


def parent_of(store: Store, group: Resource) -> ResourceId | None:
    """Return the group that *group* lies in; None for the root."""
    if group.id == root_group(store.tenant):
        return None
    text = (group.properties.get("parent") or {}).get("resourceId")
    return parse_id(text) if text else root_group(store.tenant)


def ancestors(store: Store, id_: ResourceId) -> Iterator[ResourceId]:
    """Yield the groups above *id_*, the nearest first."""
    group = store.get(id_)
    while group is not None and (parent := parent_of(store, group)) is not None:
        yield parent
        group = store.get(parent)


def service_group(store: Store, resource: Resource) -> Body:
    """Return what the service adds: a name to show and the parent."""
    parent = parent_of(store, resource)
    shown: Body = {"displayName": resource.properties.get("displayName", resource.name)}
    return {"properties": shown | ({"parent": {"resourceId": parent.text}} if parent else {})}


def _check(store: Store, request: Request) -> None:
    text = ((request.body.get("properties") or {}).get("parent") or {}).get("resourceId")
    parent = parse_id(text) if text else root_group(store.tenant)
    if parent.type.lower() != TYPE.lower() or parent.parent is not None:
        raise bad_request("InvalidParent", f"'{parent}' is no service group.", target="properties.parent.resourceId")
    if store.get(parent) is None:
        message = f"The parent service group '{parent}' of '{request.id.name}' could not be found."
        raise not_found("ParentServiceGroupNotFound", message, target="properties.parent.resourceId")
    if request.id in (parent, *ancestors(store, parent)):
        message = f"'{request.id.name}' would lie in itself."
        raise bad_request("InvalidParent", message, target="properties.parent.resourceId")


def _check_delete(store: Store, request: Request) -> None:
    if request.id == root_group(store.tenant):
        raise bad_request("RootServiceGroupCannotBeDeleted", "The root service group cannot be deleted.")
    children = [each.name for each in store.list(TYPE) if parent_of(store, each) == request.id]
    if children:
        message = f"The service group '{request.id.name}' still has groups in it: {', '.join(children)}."
        raise conflict("ServiceGroupNotEmpty", message)


SERVICE_GROUP_TYPES: tuple[ResourceType, ...] = (
    ResourceType(
        type=TYPE,
        schema="management",
        versions=("2024-02-01-preview",),
        scopes=frozenset({"tenant"}),
        lro=LRO_PUT_DELETE,
        busy=("Running", "Running", "Running"),
        table="resourcecontainers",
        check=_check,
        fill=service_group,
        check_delete=_check_delete,
    ),
)
