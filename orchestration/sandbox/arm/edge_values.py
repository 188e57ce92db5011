"""Value sets (`dynamicConfigurations`), and what a target's configuration is resolved from.

`dynamicConfigurationType` and `dynamicConfigurationModel` are read-only in the published types, yet the CLI sends
them; they are taken, and what is shown follows from the template.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from orchestration.sandbox.arm.edge_hierarchy import Node, configuration_of
from orchestration.sandbox.arm.edge_links import linked_keys
from orchestration.sandbox.arm.edge_names import (
    CONFIG_TEMPLATES,
    CONFIGURATION_REFERENCES,
    SCHEMAS,
    SOLUTION_TEMPLATES,
    TARGETS,
    VALUE_SET_VERSIONS,
)
from orchestration.sandbox.arm.edge_templates import find_version, identifier, label, library
from orchestration.sandbox.arm.registry import Body, Request, Resource, ResourceId, bad_request
from orchestration.sandbox.arm.resolve import LanguageError, Library, Template, editable_schema, schema_reference
from orchestration.sandbox.arm.resolve_functions import ExpressionError
from orchestration.sandbox.arm.resolve_values import MISSING, Layer, find
from orchestration.sandbox.arm.resolve_yaml import TextError, load_mapping
from orchestration.sandbox.arm.store import Store


def check_value_set(store: Store, request: Request) -> None:
    """Raise 400 for a set that is named after no template, or that holds solution values off a target."""
    template = template_called(store, request.id.name)
    if template is None:
        message = f"Template doesn't exist with template ID '{request.id.name}': use the template's uniqueIdentifier."
        raise bad_request("TemplateNotFound", message)
    configuration = request.id.parent
    if template.type == SOLUTION_TEMPLATES and configuration and not _belongs_to_target(store, configuration):
        message = (
            f"Values of the solution template '{template.name}' can be set on targets only, not on '{configuration}'."
        )
        raise bad_request("SolutionValuesOnlyOnTargets", message)


def show_value_set(store: Store, values: Resource) -> Body:
    """Return what the template says about its value sets."""
    template = template_called(store, values.name)
    if template is None:
        return {}
    model = "Application" if template.type == SOLUTION_TEMPLATES else "Common"
    shown = {"dynamicConfigurationType": "Hierarchy", "dynamicConfigurationModel": model, "displayName": template.name}
    return {"properties": shown}


def check_value_set_version(store: Store, request: Request) -> None:
    """Raise 400 for values that are no YAML mapping, or of a version that the template does not have."""
    values = store.get(request.id.parent) if request.id.parent else None
    template = template_called(store, values.name) if values else None
    version = store.get(template.id.child("versions", request.id.name)) if template else None
    if template is not None and version is None:
        message = (
            f"Template '{template.name}' has no version '{request.id.name}': values belong to one of its versions."
        )
        raise bad_request("TemplateVersionNotFound", message)
    try:
        load_mapping(str(request.body["properties"]["values"]))
    except TextError as error:
        raise bad_request("InvalidConfigurationValues", f"'values' of version {request.id.name}: {error}.") from error


def show_value_set_version(store: Store, values: Resource) -> Body:
    """Return the schema that the values obey, and whether every required one is there."""
    template = template_called(store, values.id.parent.name) if values.id.parent else None
    version = store.get(template.id.child("versions", values.name)) if template else None
    if version is None:
        return {}
    document = load_mapping(str(version.properties["configurations"]))
    schema = find_version(store, version.id, SCHEMAS, schema_reference(document) or "/")
    state = "ConfigurationCompleted" if is_configured(store, version, values) else "ConfigurationPending"
    return {"properties": {"state": state} | ({"schemaId": schema.id.text} if schema else {})}


def is_configured(store: Store, version: Resource, values: Resource) -> bool:
    """Return whether *values* hold every required key of the template's *version* that has no default."""
    template = Template(label(version), str(version.properties["configurations"]))
    try:
        rules = editable_schema(template, library(store, version.id))["rules"]["configs"]
    except LanguageError:
        return False
    held = load_mapping(str(values.properties["values"]))
    needed = (key for key, rule in rules.items() if rule.get("required") and rule.get("defaultValue") is None)
    return all(find(held, key) not in (MISSING, None) for key in needed)


def template_called(store: Store, unique_identifier: str) -> Resource | None:
    """Return the template with this unique identifier, None when there is none."""
    for type_ in (SOLUTION_TEMPLATES, CONFIG_TEMPLATES):
        for template in store.list(type_):
            if identifier(template).lower() == unique_identifier.lower():
                return template
    return None


def values_at(store: Store, node: Node, version: Resource) -> Resource | None:
    """Return the value set that *node* holds for a template's *version*, None when it holds none."""
    configuration = configuration_of(store, node)
    template = store.get(version.id.parent) if version.id.parent else None
    if configuration is None or template is None:
        return None
    sets = configuration.id.child("dynamicConfigurations", identifier(template))
    return store.get(sets.child("versions", version.name))


def layer_at(store: Store, node: Node, version: Resource) -> Layer:
    """Return the values that *node* holds for a template's *version*, empty when it holds none."""
    found = values_at(store, node, version)
    return Layer(node.name, load_mapping(str(found.properties["values"])) if found else {})


def solution_template(store: Store, target: Node, version: Resource, extra: str = "") -> Template:
    """Return a solution template's *version* with the values set at the *target*, *extra* ones going before them."""
    layers = [Layer("solutionConfiguration", load_mapping(extra))] if extra else []
    layers.append(layer_at(store, target, version))
    return Template(label(version), str(version.properties["configurations"]), tuple(layers))


def target_library(store: Store, near: ResourceId, nodes: tuple[Node, ...]) -> Library:
    """Return what a template at *near* may refer to when it is resolved for the target that is below *nodes*."""

    def config(reference: str) -> Template | None:
        if reference.startswith("/"):
            return _single_set(store, reference)
        version = find_version(store, near, CONFIG_TEMPLATES, reference)
        return _config_template(store, version, nodes) if version else None

    return replace(library(store, near), config=config)


def _config_template(store: Store, version: Resource, nodes: Iterable[Node]) -> Template:
    """Return a config template with the values of the *nodes* linked to it; raise ExpressionError if none is."""
    template = store.get(version.id.parent) if version.id.parent else None
    keys = linked_keys(store, template) if template else frozenset()
    linked = [node for node in nodes if node.keys & keys]
    if not linked:
        names = ", ".join(node.name for node in nodes)
        raise ExpressionError(f"config template {label(version)} is linked to none of {names}")
    layers = tuple(layer_at(store, node, version) for node in linked)
    return Template(label(version), str(version.properties["configurations"]), layers)


def _single_set(store: Store, reference: str) -> Template | None:
    """Return the template of the one value set that *reference* is the id of, with its values alone."""
    values = store.get(reference)
    if values is None or values.type.lower() != VALUE_SET_VERSIONS.lower() or values.id.parent is None:
        return None
    template = template_called(store, values.id.parent.name)
    version = store.get(template.id.child("versions", values.name)) if template else None
    if version is None:
        return None
    held: dict[str, Any] = load_mapping(str(values.properties["values"]))
    return Template(label(version), str(version.properties["configurations"]), (Layer(reference, held),))


def _belongs_to_target(store: Store, configuration: ResourceId) -> bool:
    """Return whether a target's reference names *configuration*."""
    for reference in store.list(CONFIGURATION_REFERENCES):
        named = str(reference.properties.get("configurationResourceId", "")).lower()
        parent = reference.id.parent
        if named == configuration.key and parent is not None and parent.type.lower() == TARGETS.lower():
            return True
    return False
