"""What the folders of config templates and solutions hold fits together."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.fleet import grammar
from orchestration.fleet.contents import Content
from orchestration.fleet.document.solutions import ConfigTemplate, Solution
from orchestration.fleet.draft import Draft
from orchestration.fleet.model import Problem
from orchestration.fleet.tree import Node


def contents_can_be_read(draft: Draft) -> Iterator[Problem]:
    """Each template's folder exists and its files are YAML mappings."""
    for item in _items(draft):
        yield from draft.contents_of(item).problems


def schemas_say_what_they_are(draft: Draft) -> Iterator[Problem]:
    """A schema has a name and a version, from which the resource is made."""
    for content in _contents(draft):
        if content.schema is None:
            continue
        metadata = content.schema.find("metadata")
        for key, rule in (("name", grammar.SCHEMA), ("version", grammar.VERSION)):
            node = metadata.child(key)
            if node is None:
                message = f"the schema's {key} is missing"
                yield Problem("missing-key", metadata.origin, message, "write metadata: {name: NAME, version: 1.0.0}")
            elif not rule.fits(node.text):
                message = f"the {rule.what} {node.text[:80]!r} is not allowed"
                yield Problem(rule.code, node.origin, message, f"it must be {rule.words}")


def schemas_are_immutable(draft: Draft) -> Iterator[Problem]:
    """A schema's name and version stand for one content in the whole fleet."""
    first: dict[tuple[str, str], tuple[str, str]] = {}
    spelled: dict[str, str] = {}
    for content in _contents(draft):
        schema = content.declared
        if schema is not None and content.schema is not None:
            text, file = first.setdefault((schema.name.lower(), schema.version), (schema.text, schema.file))
            if text != schema.text:
                message = f"schema {schema.name} {schema.version} has another content in {file}"
                place = content.schema.find("metadata", "version").origin
                yield Problem("schema-twice", place, message, "raise the version of one of them")
            spelling = spelled.setdefault(schema.name.lower(), schema.name)
            if spelling != schema.name:
                message = f"Azure takes {schema.name} and {spelling} for one schema"
                place = content.schema.find("metadata", "name").origin
                yield Problem("spelling", place, message, f"write {spelling}, or another name")


def templates_name_their_schema(draft: Draft) -> Iterator[Problem]:
    """A template refers to the schema beside it, by its name and version."""
    schemas = [content.declared for content in _contents(draft) if content.declared]
    known = {(schema.name, schema.version) for schema in schemas}
    for content in _contents(draft):
        if content.template is not None:
            yield from _schema_reference(content, content.template, known)


def templates_say_what_they_are(draft: Draft) -> Iterator[Problem]:
    """Name and version in a template's metadata, where given, are those of its resource."""
    for item in _items(draft):
        name = item.name if isinstance(item, ConfigTemplate) else item.template or item.name
        for version, content in draft.contents_of(item).versions.items():
            for key, wanted in (("name", name), ("version", version)):
                node = content.template.find("metadata").child(key) if content.template else None
                if node is not None and node.text != wanted:
                    message = f"the template's {key} is {node.text}, the fleet says {wanted}"
                    yield Problem("metadata", node.origin, message, f"write {wanted}, or leave it out")


def templates_leave_dependencies_to_the_fleet(draft: Draft) -> Iterator[Problem]:
    """What a solution depends on stands in the fleet file, which knows the ids, and nowhere else."""
    for content in _contents(draft):
        written = content.template.child("dependencies") if content.template else None
        if written is not None:
            message = "a template's dependencies are written by us"
            hint = "say it in the fleet file: dependsOn: [{solution: NAME, inject: [{from: KEY, to: KEY}]}]"
            yield Problem("dependencies", written.origin, message, hint)


def templates_have_configs(draft: Draft) -> Iterator[Problem]:
    """A template's `configs` is a mapping."""
    for content in _contents(draft):
        configs = content.template.child("configs") if content.template else None
        if content.template is not None and configs is None:
            yield Problem("missing-key", content.template.origin, "configs is missing", "add configs: {…}")
        elif configs is not None and not isinstance(configs.value, dict):
            yield Problem("wrong-type", configs.origin, "configs must be a mapping")


def specifications_have_components(draft: Draft) -> Iterator[Problem]:
    """A specification lists components with a name and a type; targets run Helm charts only."""
    for content in _contents(draft):
        root = content.specification
        if root is None:
            continue
        components = root.child("components")
        if components is None or not components.items:
            place = components.origin if components else root.origin
            hint = "add components: [{name: …, type: helm.v3, properties: {chart: …}}]"
            yield Problem("specification", place, "a specification has at least one component", hint)
        for component in components.items if components else ():
            yield from _component(component)


def _component(component: Node) -> Iterator[Problem]:
    for key in ("name", "type"):
        node = component.child(key)
        if node is None or not node.text:
            yield Problem("specification", component.origin, f"the component has no {key}", f"add {key}: …")
        elif key == "type" and node.text != "helm.v3":
            yield Problem("specification", node.origin, f"targets run helm.v3, not {node.text}", "", "warning")
    chart = component.find("properties").child("chart")
    for key in ("repo", "version"):
        if component.find("type").text == "helm.v3" and (chart is None or chart.child(key) is None):
            place = (chart or component).origin
            yield Problem("specification", place, f"the chart has no {key}", f"add properties.chart.{key}")


def _schema_reference(content: Content, template: Node, known: set[tuple[str, str]]) -> Iterator[Problem]:
    reference = template.child("schema")
    beside = content.declared
    if reference is None:
        if beside is not None:
            message = f"the template does not use {beside.file}"
            hint = f"add schema: {{name: {beside.name}, version: {beside.version}}}"
            yield Problem("schema-reference", template.origin, message, hint, "warning")
        return
    if "rules" in reference.mapping or "resourceGroupName" in reference.mapping:
        return
    named = tuple(reference.find(key).text if reference.child(key) else "" for key in ("name", "version"))
    if named not in known:
        yield Problem("schema-reference", reference.origin, *_wrong_reference(" ".join(named).strip(), content))


def _wrong_reference(named: str, content: Content) -> tuple[str, str]:
    beside = content.declared
    if beside is None:
        return f"the fleet has no schema {named}", "put it into schema.yaml beside the template"
    return (
        f"schema {named} is not the one beside the template",
        f"write {{name: {beside.name}, version: {beside.version}}}",
    )


def _items(draft: Draft) -> Iterator[ConfigTemplate | Solution]:
    yield from draft.document.config_templates
    yield from draft.document.solutions


def _contents(draft: Draft) -> Iterator[Content]:
    for item in _items(draft):
        yield from draft.contents_of(item).versions.values()
