"""Targets: what they must fit, and what the service makes for each."""

from __future__ import annotations

import re
import uuid

from orchestration.sandbox.arm.edge_dependencies import forget_injected
from orchestration.sandbox.arm.edge_hierarchy import check_level, check_region
from orchestration.sandbox.arm.edge_links import forget_place
from orchestration.sandbox.arm.edge_names import (
    CLUSTERS,
    CONFIGURATION_REFERENCES,
    CONFIGURATIONS,
    CONTEXTS,
    CUSTOM_LOCATIONS,
    DEFAULT,
    INSTANCES,
    PROTECTED_SCOPES,
)
from orchestration.sandbox.arm.edge_records import BROKEN, RUNNING
from orchestration.sandbox.arm.kubernetes import connectivity
from orchestration.sandbox.arm.registry import (
    ArmError,
    Body,
    Request,
    Resource,
    ResourceId,
    bad_request,
    conflict,
    parse_id,
)
from orchestration.sandbox.arm.resource import SUCCEEDED
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.view import timestamp

UNABLE = (2, 1, 34)
"""The last version of the extension that does not uninstall what runs on a target that is deleted."""


def check_target(store: Store, request: Request) -> None:
    """Raise 400 for a target that does not fit its region, context, custom location or namespace."""
    check_region(request)
    _check_extended_location(store, request)
    properties = request.body["properties"]
    context = store.get(parse_id(properties["contextId"]))
    if context is None or context.type.lower() != CONTEXTS.lower():
        raise bad_request("ContextNotFound", f"There is no context '{properties['contextId']}'.")
    check_level(context, properties["hierarchyLevel"], of=f"target '{request.id.name}'")
    known = {str(each["name"]) for each in context.properties["capabilities"]}
    unknown = sorted(set(properties["capabilities"]) - known)
    if unknown:
        message = f"The context '{context.name}' does not have the capabilities {', '.join(unknown)}: add them to it."
        raise bad_request("CapabilityNotFound", message)
    scope = properties.get("solutionScope", "")
    if scope in PROTECTED_SCOPES:
        raise bad_request(
            "ProtectedSolutionScope", f"The namespace '{scope}' is protected: choose another solutionScope."
        )


def make_configuration(store: Store, target: Resource) -> None:
    """Make the target's configuration and the reference to it, once: its name can only be had from the reference."""
    group = target.id.parent
    reference = target.id.extension(CONFIGURATION_REFERENCES, DEFAULT)
    if group is None or store.get(reference) is not None:
        return
    configuration = ResourceId(group, CONFIGURATIONS, f"cfg-{uuid.uuid4().hex[:20]}")
    store.put(Resource(id=configuration, body={"location": target.body["location"], "properties": {}}))
    store.put(Resource(id=reference, body={"properties": {"configurationResourceId": configuration.text}}))
    store.put(target.with_system(configuration=configuration.text))


def show_target(store: Store, target: Resource) -> Body:
    """Return the status of what runs on the target: one that failed makes the whole fail."""
    instances = store.list(INSTANCES, target.id)
    if not instances:
        return {}
    states = [str(each.properties["status"]["status"]) for each in instances]
    status = {
        "deployed": states.count(SUCCEEDED),
        "lastModified": timestamp(max(each.changed for each in instances)),
        "status": next((each for each in (BROKEN, RUNNING) if each in states), SUCCEEDED),
        "targetStatuses": [each for instance in instances for each in instance.properties["status"]["targetStatuses"]],
    }
    return {"properties": {"status": status}}


def check_target_delete(store: Store, request: Request) -> None:
    """Raise 409 or 400 where what runs on the target cannot be uninstalled with it, unless the delete is forced.

    https://learn.microsoft.com/azure/azure-arc/workload-orchestration/delete-resources
    """
    running, target = [each.name for each in store.list(INSTANCES, request.id)], request.present
    if not running or target is None or request.query.get("forcedelete", "").lower() == "true":
        return
    found = f"Target '{target.name}' has instances ({', '.join(running)})"
    version = _extension_version(store, target)
    if version and version <= UNABLE:
        message = f"{found}, and extension {'.'.join(map(str, version))} does not uninstall them: uninstall them first."
        raise conflict("TargetHasInstances", message)
    error = unreachable(store, target)
    if error is not None:
        raise conflict(error.code, f"{found} that cannot be reached: use forceDelete=true, which leaves them there.")


def _extension_version(store: Store, target: Resource) -> tuple[int, ...]:
    """Return the version that the target's extension is pinned to, nothing where it is the newest."""
    location = store.get(str(target.body["extendedLocation"]["name"]))
    listed = location.properties["clusterExtensionIds"] if location else ()
    pinned = [str(each.properties.get("version", "")) for id_ in listed if (each := store.get(str(id_)))]
    return next((tuple(map(int, re.findall("[0-9]+", version)[:3])) for version in pinned if version), ())


def forget_target(store: Store, gone: Resource) -> None:
    """Remove what the service made for a target that is gone, and the links to it."""
    if "configuration" in gone.system:
        store.delete(str(gone.system["configuration"]))
    forget_place(store, gone)
    forget_injected(store, gone)


def unreachable(store: Store, target: Resource) -> ArmError | None:
    """Return the error of an installation on a cluster that is not connected, None when it is."""
    location = store.get(str(target.body["extendedLocation"]["name"]))
    cluster = store.get(str(location.properties["hostResourceId"])) if location else None
    if location is None or cluster is None:
        return bad_request("ClusterNotFound", f"The cluster of target '{target.name}' is gone: connect it again.")
    if cluster.type.lower() != CLUSTERS.lower():
        return None
    state = connectivity(store, cluster)
    if state == "Connected":
        return None
    message = f"Cluster '{cluster.name}' of target '{target.name}' is {state}: install when it is Connected."
    return bad_request("ClusterNotConnected", message)


def _check_extended_location(store: Store, request: Request) -> None:
    location = request.body.get("extendedLocation")
    if location is None:
        message = f"Target '{request.id.name}' needs an extendedLocation: a custom location on its cluster."
        raise bad_request("ExtendedLocationRequired", message)
    before = request.present.body["extendedLocation"] if request.present else location
    if str(before["name"]).lower() != str(location["name"]).lower() or before["type"] != location["type"]:
        message = (
            f"The extendedLocation of target '{request.id.name}' is '{before['name']}' for good: make a new target."
        )
        raise bad_request("ExtendedLocationIsImmutable", message)
    found = store.get(parse_id(location["name"]))
    if found is None or found.type.lower() != CUSTOM_LOCATIONS.lower() or location["type"] != "CustomLocation":
        raise bad_request("ExtendedLocationNotFound", f"There is no custom location '{location['name']}'.")
