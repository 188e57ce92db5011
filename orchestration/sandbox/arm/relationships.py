"""Microsoft.Relationships: which service group a resource is a member of.

At the one api-version that is served, `targetId` is the service group; later ones turn the direction around.
"""

from __future__ import annotations

from orchestration.sandbox.arm.management import TYPE
from orchestration.sandbox.arm.registry import (
    LRO_PUT_DELETE,
    Body,
    Request,
    Resource,
    ResourceType,
    bad_request,
    conflict,
    not_found,
    parse_id,
)
from orchestration.sandbox.arm.store import Store

MEMBERS = "Microsoft.Relationships/serviceGroupMember"


def membership(store: Store, resource: Resource) -> Body:
    """Return what the service adds: the member and the origin of the relationship."""
    source = resource.id.parent
    origin = {"relationshipOriginType": "UserExplicitlyCreated"}
    metadata = {"sourceType": source.type if source else "", "targetType": TYPE}
    properties = {"sourceId": str(source or ""), "originInformation": origin, "metadata": metadata}
    return {"properties": {"targetTenant": store.tenant, **properties, **resource.properties}}


def _check(store: Store, request: Request) -> None:
    text = (request.body.get("properties") or {}).get("targetId")
    if not text:
        message = "properties.targetId is required: the service group."
        raise bad_request("InvalidRequestContent", message, target="properties.targetId")
    group = parse_id(text)
    if group.type.lower() != TYPE.lower():
        raise bad_request("InvalidTargetId", f"'{group}' is no service group.", target="properties.targetId")
    if store.get(group) is None:
        message = f"properties.targetId names '{group}', which does not exist."
        raise not_found("ServiceGroupNotFound", message, target="properties.targetId")
    before = str(request.present.properties.get("targetId", "")) if request.present else text
    if before.lower() != group.key:
        message = f"The relationship leads to '{before}'; it cannot be turned to '{group}': make another."
        raise conflict("ImmutableProperty", message, target="properties.targetId")


RELATIONSHIP_TYPES: tuple[ResourceType, ...] = (
    ResourceType(
        type=MEMBERS,
        schema="relationships",
        versions=("2023-09-01-preview",),
        scopes=frozenset({"subscription", "resourceGroup", "resource"}),
        lro=LRO_PUT_DELETE,
        busy=("Provisioning", "Updating", "Deleting"),
        table="relationshipresources",
        check=_check,
        fill=membership,
    ),
)
