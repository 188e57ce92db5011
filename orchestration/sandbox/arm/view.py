"""A resource as a GET shows it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from orchestration.sandbox.arm.registry import Body, Resource, ResourceId, ResourceType
from orchestration.sandbox.arm.schema import TypeSchema
from orchestration.sandbox.arm.store import Store

_SPACE = uuid.UUID("6f1d2a52-7a0e-4a47-9d0c-3b1f3c0c8f55")


def view(store: Store, type_: ResourceType, schema: TypeSchema, resource: Resource) -> Body:
    """Return what a GET of *resource* answers."""
    shown = envelope(resource.id, type_.type)
    shown |= resource.body
    shown["properties"] = dict(resource.properties)
    if schema.shows("properties", "provisioningState"):
        shown["properties"]["provisioningState"] = resource.state
    if "identity" in resource.body and schema.shows("identity", "principalId"):
        shown["identity"] = _identity(store, resource)
    if schema.shows("eTag"):
        shown["eTag"] = resource.etag
    shown["systemData"] = _system_data(resource)
    if type_.fill is not None:
        shown = merged(shown, type_.fill(store, resource))
    shown = overlaid(resource, shown)
    return merged(shown, type_.cover(store, resource)) if type_.cover else shown


def overlaid(resource: Resource, shown: Mapping[str, Any]) -> Body:
    """Return *shown* with what the resource was seeded with, and told to show, laid over it."""
    return merged(merged(shown, resource.system.get("seeded", {})), resource.system.get("shown", {}))


def envelope(id_: ResourceId, type_: str) -> Body:
    """Return id, name and type as Azure writes them."""
    return {"id": id_.text, "name": id_.name, "type": type_}


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Body:
    """Return *below* with *above* laid over it, map by map."""
    found = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
        found[key] = merged(found[key], value) if both else value
    return found


def timestamp(seconds: float) -> str:
    """Return *seconds* since 1970 as Azure writes a time."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def stable_uuid(*parts: str) -> str:
    """Return a UUID that follows from *parts*."""
    return str(uuid.uuid5(_SPACE, "|".join(parts)))


def _identity(store: Store, resource: Resource) -> Body:
    identity = dict(resource.body["identity"])
    if "SystemAssigned" in str(identity.get("type")):
        identity["principalId"] = stable_uuid(resource.id.key, f"{resource.created}")
        identity["tenantId"] = store.tenant
    return identity


def _system_data(resource: Resource) -> Body:
    who = {"By": "sandbox", "ByType": "Application"}
    times = {"createdAt": timestamp(resource.created), "lastModifiedAt": timestamp(resource.changed)}
    return {f"{verb}{key}": value for verb in ("created", "lastModified") for key, value in who.items()} | times
