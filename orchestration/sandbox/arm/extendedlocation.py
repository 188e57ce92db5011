"""Microsoft.ExtendedLocation: custom locations, each a namespace of one connected cluster."""

from __future__ import annotations

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

TYPE = "Microsoft.ExtendedLocation/customLocations"
EXTENSIONS = "microsoft.kubernetesconfiguration/extensions"
HOSTS = ("microsoft.kubernetes/connectedclusters", "microsoft.containerservice/managedclusters")
FIXED = ("hostResourceId", "namespace")


def custom_location(store: Store, resource: Resource) -> Body:
    """Return what the service adds: the kind of host and a name to show."""
    defaults = {"hostType": "Kubernetes", "displayName": resource.name}
    return {"properties": {key: resource.properties.get(key, value) for key, value in defaults.items()}}


def _check(store: Store, request: Request) -> None:
    properties = request.body.get("properties") or {}
    for key in ("hostResourceId", "namespace", "clusterExtensionIds"):
        if not properties.get(key):
            message = f"properties.{key} is required to make a custom location."
            raise bad_request("InvalidRequestContent", message, target=f"properties.{key}")
    _check_fixed(request, properties)
    host = _existing(store, properties["hostResourceId"], "hostResourceId")
    if host.type.lower() not in HOSTS:
        raise bad_request("InvalidHostResourceId", f"'{host}' is no Kubernetes cluster.", target="hostResourceId")
    for text in properties["clusterExtensionIds"]:
        extension = _existing(store, text, "clusterExtensionIds")
        if extension.type.lower() != EXTENSIONS or extension.parent != host:
            message = f"'{extension}' is no extension of the cluster '{host}'."
            raise bad_request("InvalidClusterExtensionId", message, target="clusterExtensionIds")
    _check_namespace(store, request.id, host, properties["namespace"])


def _check_fixed(request: Request, properties: Body) -> None:
    before = request.present.properties if request.present else {}
    for key in FIXED:
        if key in before and str(before[key]).lower() != str(properties[key]).lower():
            message = (
                f"The custom location '{request.id.name}' is bound to {key} '{before[key]}'; it cannot be bound to "
                f"'{properties[key]}'. Choose another name, or delete it first."
            )
            raise conflict("ImmutableProperty", message, target=f"properties.{key}")


def _check_namespace(store: Store, own: ResourceId, host: ResourceId, namespace: str) -> None:
    for other in store.list(TYPE):
        same_host = str(other.properties.get("hostResourceId", "")).lower() == host.key
        if other.id != own and same_host and other.properties.get("namespace") == namespace:
            message = f"The namespace '{namespace}' of '{host}' already has the custom location '{other.id}'."
            raise conflict("NamespaceAlreadyInUse", message, target="properties.namespace")


def _existing(store: Store, text: str, key: str) -> ResourceId:
    id_ = parse_id(text)
    if store.get(id_) is None:
        message = f"properties.{key} names '{text}', which does not exist."
        raise not_found("ResourceNotFound", message, target=f"properties.{key}")
    return id_


EXTENDED_LOCATION_TYPES: tuple[ResourceType, ...] = (
    ResourceType(
        type=TYPE,
        schema="extendedlocation",
        versions=("2021-08-15",),
        read_versions=("2021-08-31-preview", "2024-09-15-preview"),
        lro=LRO_PUT_DELETE,
        tracked=True,
        check=_check,
        fill=custom_location,
    ),
)
