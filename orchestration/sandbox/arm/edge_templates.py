"""Schemas, config templates and solution templates, and their versions, which never change.

https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from orchestration.sandbox.arm.edge_hierarchy import check_region, levels
from orchestration.sandbox.arm.edge_names import (
    CONFIG_TEMPLATES,
    CONTEXTS,
    DEFAULT,
    SCHEMAS,
    SOLUTION_TEMPLATES,
)
from orchestration.sandbox.arm.registry import Body, Request, Resource, ResourceId, bad_request
from orchestration.sandbox.arm.resolve import LanguageError, Library, Template, editable_schema, schema_reference
from orchestration.sandbox.arm.resolve_yaml import TextError, dump, load_mapping
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.view import stable_uuid

ORCHESTRATOR = "TO"
"""The one orchestratorType in the published types."""


def check_tracked(store: Store, request: Request) -> None:
    """Raise 400 where the service is not offered."""
    check_region(request)


def mint_identifier(store: Store, resource: Resource) -> None:
    """Give a new template or context its unique identifier, which outlives later PUTs."""
    if "uniqueIdentifier" not in resource.system:
        store.put(resource.with_system(uniqueIdentifier=str(uuid.uuid4())))


def identifier(template: Resource) -> str:
    """Return the unique identifier that was minted for a template or context; a seeded one has always had its own."""
    minted = template.system.get("uniqueIdentifier")
    return str(minted or stable_uuid("identifier", template.id.key))


def show_identifier(store: Store, resource: Resource) -> Body:
    """Return the read-only property `uniqueIdentifier`."""
    return {"properties": {"uniqueIdentifier": identifier(resource)}}


def show_template(store: Store, template: Resource) -> Body:
    """Return the read-only properties of a template."""
    latest = latest_version(store, template.id)
    return {"properties": {"uniqueIdentifier": identifier(template)} | ({"latestVersion": latest} if latest else {})}


def show_schema(store: Store, schema: Resource) -> Body:
    """Return the read-only properties of a schema."""
    latest = latest_version(store, schema.id)
    return {"properties": {"currentVersion": latest}} if latest else {}


def show_solution_template_version(store: Store, version: Resource) -> Body:
    """Return the read-only properties of a solution template's version."""
    document = load_mapping(version.properties["configurations"])
    state = "ValidatedWithSchema" if document.get("schema") else "ValidatedWithoutSchema"
    return {"properties": {"internalState": state}}


def latest_version(store: Store, id_: ResourceId) -> str:
    """Return the highest version of a schema or template, empty when it has none."""
    names = (each.name for each in store.children(id_, f"{id_.type}/versions"))
    return max(names, key=version_key, default="")


def version_key(version: str) -> tuple[int, ...]:
    """Return what X.Y.Z versions are ordered by."""
    return tuple(int(part) for part in version.split("."))


def check_schema_version(store: Store, request: Request) -> None:
    """Raise 400 for a version that changes, or a text that is no schema of that name."""
    _check_unchanged(request)
    _document(request, "value")


def check_template_version(store: Store, request: Request) -> None:
    """Raise 400 for a version that changes, a text that is no template of that name, or a schema that is missing."""
    _check_unchanged(request)
    try:
        reference = schema_reference(_document(request, "configurations"))
    except LanguageError as error:
        raise bad_request("InvalidTemplate", f"{_label(request.id)}: {error}.") from error
    orchestrator = request.body["properties"].get("orchestratorType", ORCHESTRATOR)
    if orchestrator != ORCHESTRATOR:
        message = f"The orchestratorType of {_label(request.id)} is '{orchestrator}'; there is '{ORCHESTRATOR}' only."
        raise bad_request("InvalidOrchestratorType", message)
    if reference is not None and find_version(store, request.id, SCHEMAS, reference) is None:
        message = f"{_label(request.id)} names the schema '{reference}', which does not exist: upload it first."
        raise bad_request("SchemaNotFound", message)


def find_version(store: Store, near: ResourceId, type_: str, reference: str) -> Resource | None:
    """Return the version that `[SUBSCRIPTION/][GROUP/]NAME/VERSION` means for a reader at *near*, None if absent."""
    *scope, name, version = ["", *reference.strip("/").split("/")][-4:]
    scope = [part for part in scope if part]
    group = scope.pop() if scope else near.resource_group
    subscription = scope.pop() if scope else near.subscription
    base = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{type_}"
    return store.get(f"{base}/{name}/versions/{version}")


def library(store: Store, near: ResourceId) -> Library:
    """Return the schemas and templates that a reader at *near* may refer to, config values left aside."""

    def schema(reference: str) -> str | None:
        found = find_version(store, near, SCHEMAS, reference)
        return str(found.properties["value"]) if found else None

    def include(reference: str) -> str | None:
        kinds = (CONFIG_TEMPLATES, SOLUTION_TEMPLATES)
        found = next((each for kind in kinds if (each := find_version(store, near, kind, reference))), None)
        return str(found.properties["configurations"]) if found else None

    return Library(schema=schema, include=include)


def editable(store: Store, id_: ResourceId) -> Body | None:
    """Return the rendered schema `default` of a template's version, None when the version has no rules."""
    version = store.get(id_.parent) if id_.parent else None
    template = store.get(version.id.parent) if version and version.id.parent else None
    if version is None or template is None or id_.name.lower() != DEFAULT:
        return None
    text = str(version.properties["configurations"])
    try:
        document = editable_schema(Template(label(version), text), library(store, version.id))
    except LanguageError as error:
        raise bad_request("SchemaNotFound", f"{label(version)}: {error}.") from error
    if not document["rules"]["configs"]:
        return None
    shown = {"value": dump(document), "templateUniqueIdentifier": identifier(template)}
    return {"properties": shown | dict(_target_level(store, template))}


def label(version: Resource) -> str:
    """Return `NAME/VERSION` for messages and references."""
    return _label(version.id)


def _target_level(store: Store, template: Resource) -> Iterator[tuple[str, str]]:
    """Yield the level that solution values are set at: the context's lowest."""
    context = next(iter(store.list(CONTEXTS)), None)
    if template.type == SOLUTION_TEMPLATES and context is not None:
        yield "level", levels(context)[-1]


def _check_unchanged(request: Request) -> None:
    present = request.present
    if present is not None and present.properties != request.body.get("properties"):
        changed = sorted(
            key
            for key in present.properties.keys() | request.body["properties"].keys()
            if present.properties.get(key) != request.body["properties"].get(key)
        )
        message = (
            f"The properties of {_label(request.id)} are immutable ({', '.join(changed)} differ): make a new version."
        )
        raise bad_request("PropertiesAreImmutable", message)


def _document(request: Request, key: str) -> Mapping[str, Any]:
    """Return the YAML mapping under *key*; raise 400 where it is none, or says to be another version."""
    try:
        document = load_mapping(str(request.body["properties"][key]))
    except TextError as error:
        raise bad_request("InvalidYaml", f"'{key}' of {_label(request.id)}: {error}.") from error
    metadata = document.get("metadata") or {}
    is_mapping = isinstance(metadata, Mapping)
    own = {"name": request.id.parent.name if request.id.parent else "", "version": request.id.name}
    for field, value in own.items() if is_mapping else ():
        if str(metadata.get(field, value)) != value:
            message = f"'{key}' of {_label(request.id)} has metadata.{field} '{metadata[field]}', not '{value}'."
            raise bad_request("MetadataMismatch", message)
    return document


def _label(id_: ResourceId) -> str:
    return f"{id_.parent.name if id_.parent else ''}/{id_.name}"
