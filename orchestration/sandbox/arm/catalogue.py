"""The types that the sandbox serves, found by name, and the checks of an address."""

from __future__ import annotations

import re
from collections.abc import Iterable

from orchestration.sandbox.arm.errors import ArmError, bad_request, not_found
from orchestration.sandbox.arm.ids import RESOURCE_GROUPS, SUBSCRIPTIONS, ResourceId
from orchestration.sandbox.arm.registry import ResourceType
from orchestration.sandbox.arm.schema import TypeSchema, load
from orchestration.sandbox.arm.store import Store

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Catalogue:
    """Resource types by their name, without regard to case."""

    def __init__(self, types: Iterable[ResourceType]) -> None:
        self.types = {each.type.lower(): each for each in types}
        self.namespaces = {each.namespace.lower(): each.namespace for each in self.types.values()}

    def find(self, name: str) -> ResourceType:
        """Return the type called *name*; raise 404 for a namespace or a type that is not served."""
        found = self.types.get(name.lower())
        if found is not None:
            return found
        namespace, _, rest = name.partition("/")
        if namespace.lower() not in self.namespaces:
            raise not_found("InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
        message = f"The resource type '{rest}' could not be found in the namespace '{namespace}'."
        raise not_found("InvalidResourceType", message)

    def schema(self, type_: ResourceType) -> TypeSchema:
        """Return what the published types say about *type_*."""
        return load(type_.schema)[type_.type.lower()]


def check_version(type_: ResourceType, version: str, *, write: bool) -> None:
    """Raise 400 unless the type is served at the api-version *version*."""
    known = type_.versions if write else (*type_.versions, *type_.read_versions)
    if version.lower() in known:
        return
    message = (
        f"No registered resource provider found for API version '{version}' for type '{type_.type}'. "
        f"The supported api-versions {'for writing ' if write else ''}are '{', '.join(known)}'."
    )
    raise bad_request("NoRegisteredProviderFound", message)


def check_scope(store: Store, id_: ResourceId, type_: ResourceType, *, parents: bool) -> None:
    """Raise unless *id_* lies where its type may lie, in a subscription and a group that exist.

    With *parents*, what it lies on must exist as well.
    """
    if id_.scope not in type_.scopes:
        raise not_found("InvalidResourceType", f"A '{type_.type}' cannot lie at '{id_.parent or '/'}'.")
    missing = _missing(store, id_.parent)
    if missing is not None and (parents or missing.type in (SUBSCRIPTIONS, RESOURCE_GROUPS)):
        raise _absent(missing, id_)


def check_exists(store: Store, scope: ResourceId) -> None:
    """Raise 404 unless *scope* and all that it lies on exist."""
    missing = _missing(store, scope)
    if missing is not None:
        raise _absent(missing, scope)


def resource_not_found(id_: ResourceId) -> ArmError:
    """Return the 404 for a resource that does not exist, the 400 for a subscription that cannot."""
    if id_.type == RESOURCE_GROUPS:
        return not_found("ResourceGroupNotFound", f"Resource group '{id_.name}' could not be found.")
    if id_.type == SUBSCRIPTIONS and not _GUID.fullmatch(id_.name):
        message = f"The provided subscription identifier '{id_.name}' is malformed or invalid."
        return bad_request("InvalidSubscriptionId", message)
    if id_.type == SUBSCRIPTIONS:
        return not_found("SubscriptionNotFound", f"The subscription '{id_.name}' could not be found.")
    where = f" under resource group '{id_.resource_group}'" if id_.resource_group else ""
    return not_found("ResourceNotFound", f"The Resource '{id_.type}/{id_.name}'{where} was not found.", target=id_.text)


def _absent(missing: ResourceId, id_: ResourceId) -> ArmError:
    if missing.type in (SUBSCRIPTIONS, RESOURCE_GROUPS):
        return resource_not_found(missing)
    message = f"Failed to perform the operation on '{id_.name}': the parent resource '{missing}' could not be found."
    return not_found("ParentResourceNotFound", message)


def _missing(store: Store, id_: ResourceId | None) -> ResourceId | None:
    """Return the outermost of *id_* and what it lies on that does not exist."""
    if id_ is None:
        return None
    return _missing(store, id_.parent) or (None if store.get(id_) else id_)
