"""Files to objects: what a source applies, each object with its place, and what the API server refuses."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.kalypso import kinds
from orchestration.kalypso.goyaml import Node, UnreadableYaml, objects
from orchestration.kalypso.kinds import Repository, Resource, TargetEntry
from orchestration.kalypso.labels import (
    FLUX_NAME,
    FLUX_NAMESPACE,
    Requirement,
    Selector,
    is_data_key,
    is_label_key,
    is_label_value,
    is_subdomain,
)
from orchestration.kalypso.problems import Place, Problem
from orchestration.kalypso.shapes import TEXT_MAP, Shape, child, faults, target, unknown, value_of

FLUX_SYSTEM = "flux-system"
_NO_CONFIG_TYPE = ("ClusterType", "spec.configType is required")
_OBJECTS_IN_TEMPLATE = ("Template", "spec.manifests items must be strings")
_DATA_LIMIT = 1 << 20
_QUOTES = 'write it in quotes, e.g. "true"'


@dataclass(frozen=True)
class Manifest:
    """One object as it is written."""

    api_version: str
    kind: str
    name: str
    node: Node
    file: str

    @property
    def id(self) -> tuple[str, str, str]:
        """Group, kind and name, by which Kubernetes knows the object inside a namespace."""
        return self.api_version.rpartition("/")[0], self.kind, self.name

    def place(self, node: Node | None = None) -> Place:
        """Return where the object, or a node of it, stands."""
        node = node or self.node
        return Place(self.file, node.line, node.column)

    def value(self, key: str) -> Any:
        """Return the value of one of the object's keys, None if it is not there."""
        node = child(self.node, key)
        return value_of(node) if node is not None else None

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def read_manifests(file: str, data: bytes) -> tuple[list[Manifest], list[Problem]]:
    """Return the objects of a file, and why it is no file of Kubernetes objects."""
    found: list[Manifest] = []
    problems: list[Problem] = []
    try:
        for root in objects(data):
            for item in _items(root):
                problem = _identify(file, item, found)
                problems.extend([problem] if problem else [])
    except UnreadableYaml as error:
        problems.append(Problem("invalid-yaml", Place(file, error.line, 1 if error.line else 0), f"not YAML: {error}"))
    return found, problems


def _items(root: Node | None) -> Iterator[Node]:
    """Yield a document's objects: itself, or what a List holds."""
    if root is None or (root.kind == "scalar" and value_of(root) is None):
        return
    kind = child(root, "kind")
    items = child(root, "items")
    if kind is not None and kind.value.endswith("List") and items is not None and target(items).kind == "sequence":
        yield from map(target, target(items).children)
    else:
        yield root


def _identify(file: str, root: Node, found: list[Manifest]) -> Problem | None:
    identity = [child(root, "apiVersion"), child(root, "kind"), child(root, "metadata", "name")]
    texts = [value_of(node) if node is not None else None for node in identity]
    strings = [text for text in texts if isinstance(text, str) and text]
    if len(strings) == len(texts):
        found.append(Manifest(strings[0], strings[1], strings[2], root, file))
        return None
    lacking = [key for key, text in zip(("apiVersion", "kind", "metadata.name"), texts, strict=True) if not text]
    what = f"{' and '.join(lacking)} missing" if lacking else "apiVersion, kind and metadata.name must be strings"
    hint = "every YAML file that Flux takes must hold Kubernetes objects; keep others out by .sourceignore"
    return Problem("not-an-object", Place(file, root.line, root.column), f"no Kubernetes object: {what}", hint)


def check(manifest: Manifest) -> Iterator[Problem]:
    """Yield what the API server refuses the object for."""
    if not is_subdomain(manifest.name):
        message = f"{manifest}: metadata.name must consist of lower-case letters, digits, '-' and '.'"
        yield Problem("invalid-name", manifest.place(child(manifest.node, "metadata", "name")), message)
    yield from _label_problems(manifest)
    found: list[tuple[Node, str]] = []
    if manifest.id[:2] == ("", "ConfigMap"):
        data = child(manifest.node, "data")
        found += list(faults(data, TEXT_MAP, "data", manifest.node)) or _data_faults(data)
    elif manifest.id[0] == kinds.GROUP:
        shape = kinds.SPECS.get(manifest.kind)
        if shape is None or manifest.api_version != kinds.API_VERSION:
            message = f"there is no kind {manifest.kind} in {manifest.api_version}"
            yield Problem("unknown-kind", manifest.place(), message)
            return
        spec = child(manifest.node, "spec")
        # A spec without required fields may be left out.
        found += faults(spec, shape, "spec", manifest.node) if spec else _without_spec(manifest, shape)
        for node, path in unknown(spec, shape, "spec"):
            message = f"{manifest}: there is no field {path}; the API server drops it"
            yield Problem("unknown-field", manifest.place(node), message, _similar(path, shape))
    for node, message in found:
        yield _invalid(manifest, node, message)


def _invalid(manifest: Manifest, node: Node, message: str) -> Problem:
    if (manifest.kind, message) == _NO_CONFIG_TYPE:
        # Objects of before 2024: what uses one fails, what does not renders.
        hint = "name a Template of type config"
        return Problem("no-config-type", manifest.place(node), f"{manifest}: {message}", hint)
    if (manifest.kind, message) == _OBJECTS_IN_TEMPLATE and target(node).kind == "mapping":
        code, hint = "object-manifests", "they are objects, as before autumn 2023: put `- |` before each and indent it"
        return Problem(code, manifest.place(node), f"{manifest}: {message}", hint)
    hint = _QUOTES if "values must be strings" in message else ""
    return Problem("invalid-object", manifest.place(node), f"{manifest}: {message}", hint)


def _data_faults(data: Node | None) -> list[tuple[Node, str]]:
    """Return what the API server refuses of a ConfigMap's data, all text: its keys, or that it is too much."""
    if data is None:
        return []
    pairs = [(target(key), target(value).value) for key, value in target(data).pairs()]
    found = [(key, f'data: "{key.value}" is no key') for key, _ in pairs if not is_data_key(key.value)]
    total = sum(len(text.encode("utf-8", "replace")) for _, text in pairs)
    return [*found, (data, f"data has {total} bytes, {_DATA_LIMIT} at most")] if total > _DATA_LIMIT else found


def _similar(path: str, shape: Shape) -> str:
    """Return a hint that names the field that was probably meant."""
    *parents, name = re.sub(r"\[\d+\]", "", path).split(".")[1:]
    for parent in parents:
        shape = shape.fields[parent]
    close = difflib.get_close_matches(name, shape.fields, n=1)
    return f"did you mean {close[0]}?" if close else f"its fields: {', '.join(shape.fields)}"


def _without_spec(manifest: Manifest, shape: Any) -> Iterator[tuple[Node, str]]:
    return ((manifest.node, f"spec.{name} is required") for name in shape.required)


def _label_problems(manifest: Manifest) -> Iterator[Problem]:
    labels = child(manifest.node, "metadata", "labels")
    for node, message in faults(labels, TEXT_MAP, "metadata.labels", manifest.node):
        yield Problem("invalid-object", manifest.place(node), f"{manifest}: {message}", _QUOTES)
    if labels is None or target(labels).kind != "mapping":
        return
    for key, value in target(labels).pairs():
        texts = value_of(key), value_of(value)
        if not is_label_key(str(texts[0])):
            message = f'{manifest}: "{texts[0]}" is not a valid label key'
            yield Problem("invalid-label", manifest.place(key), message)
        if isinstance(texts[1], str) and not is_label_value(texts[1]):
            message = f'{manifest}: "{texts[1]}" is not a valid label value'
            yield Problem("invalid-label", manifest.place(value), message)


def build(manifest: Manifest, source: str) -> Resource | None:
    """Return the object, None when it is of no kind that Kalypso reads; what is missing reads as empty."""
    maker = _MAKERS.get(manifest.kind) if manifest.api_version in (kinds.API_VERSION, "v1") else None
    if maker is None or (manifest.kind == "ConfigMap") != (manifest.api_version == "v1"):
        return None
    labels = {**_texts(manifest.value("metadata"), "labels"), FLUX_NAME: source, FLUX_NAMESPACE: FLUX_SYSTEM}
    head = {"name": manifest.name, "labels": labels, "place": manifest.place(), "source": source}
    spec = manifest.value("spec")
    return maker(manifest, spec if isinstance(spec, dict) else {}, head)


def _record(raw: Any, key: str) -> dict[str, Any]:
    found = raw.get(key) if isinstance(raw, dict) else None
    return found if isinstance(found, dict) else {}


def _text(raw: Mapping[str, Any], key: str) -> str:
    found = raw.get(key)
    return found if isinstance(found, str) else ""


def _texts(raw: Any, key: str) -> dict[str, str]:
    return {name: value for name, value in _record(raw, key).items() if isinstance(value, str)}


def _list(raw: Mapping[str, Any], key: str) -> tuple[Any, ...]:
    found = raw.get(key)
    return tuple(found) if isinstance(found, list) else ()


def _strings(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(item for item in _list(raw, key) if isinstance(item, str))


def _repository(raw: Mapping[str, Any]) -> Repository:
    return Repository(_text(raw, "repo"), _text(raw, "branch"), _text(raw, "path"), _text(raw, "commit"))


Head = dict[str, Any]
Maker = Callable[[Manifest, dict[str, Any], Head], Resource]


def _template(manifest: Manifest, spec: dict[str, Any], head: Head) -> Resource:
    listed = child(manifest.node, "spec", "manifests")
    nodes = target(listed).children if listed is not None else []
    places = tuple(manifest.place(node) for node in nodes if isinstance(value_of(node), str))
    return kinds.Template(
        **head,
        type=_text(spec, "type"),
        manifests=_strings(spec, "manifests"),
        manifest_places=places,
        content_type=_text(spec, "contentType"),
    )


def _workload(manifest: Manifest, spec: dict[str, Any], head: Head) -> Resource:
    listed = child(manifest.node, "spec", "deploymentTargets")
    nodes = target(listed).children if listed is not None else []
    entries = tuple(_entry(manifest, node) for node in nodes if target(node).kind == "mapping")
    return kinds.Workload(**head, targets=entries, config_schemas=_strings(spec, "configSchemas"))


def _entry(manifest: Manifest, node: Node) -> TargetEntry:
    raw = value_of(node)
    names = _text(raw, "name"), _text(raw, "environment")
    maps = _texts(raw, "manifests"), _texts(raw, "labels")
    return TargetEntry(*names, *maps, _strings(raw, "configSchemas"), manifest.place(node))


def _config_map(manifest: Manifest, _: dict[str, Any], head: Head) -> Resource:
    data = child(manifest.node, "data")
    pairs = target(data).pairs() if data is not None and target(data).kind == "mapping" else ()
    places = {str(value_of(key)): manifest.place(key) for key, _ in pairs}
    return kinds.ConfigMap(**head, data=_texts({"data": manifest.value("data")}, "data"), places=places)


def _policy(manifest: Manifest, spec: dict[str, Any], head: Head) -> Resource:
    targets = _record(spec, "deploymentTargetSelector")
    return kinds.SchedulingPolicy(
        **head,
        target_selector=_selector(manifest, spec, "deploymentTargetSelector"),
        cluster_type_selector=_selector(manifest, spec, "clusterTypeSelector"),
        workspace=_text(targets, "workspace"),
    )


def _selector(manifest: Manifest, spec: dict[str, Any], name: str) -> Selector:
    raw = _record(_record(spec, name), "labelSelector")
    expressions = tuple(
        Requirement(_text(item, "key"), _text(item, "operator"), _strings(item, "values"))
        for item in _list(raw, "matchExpressions")
        if isinstance(item, dict)
    )
    place = manifest.place(child(manifest.node, "spec", name))
    return Selector(_texts(raw, "matchLabels"), expressions, place)


_MAKERS: Mapping[str, Maker] = {
    "Environment": lambda _, spec, head: kinds.Environment(
        **head, control_plane=_repository(_record(spec, "controlPlane"))
    ),
    "BaseRepo": lambda _, spec, head: kinds.BaseRepo(**head, repository=_repository(spec)),
    "GitOpsRepo": lambda _, spec, head: kinds.GitOpsRepo(**head, repository=_repository(spec)),
    "ClusterType": lambda _, spec, head: kinds.ClusterType(
        **head,
        reconciler=_text(spec, "reconciler"),
        namespace_service=_text(spec, "namespaceService"),
        config_type=_text(spec, "configType"),
    ),
    "Template": _template,
    "ConfigSchema": lambda _, spec, head: kinds.ConfigSchema(**head, schema=_text(spec, "schema")),
    "WorkloadRegistration": lambda _, spec, head: kinds.WorkloadRegistration(
        **head, repository=_repository(_record(spec, "workload")), workspace=_text(spec, "workspace")
    ),
    "Workload": _workload,
    "DeploymentTarget": lambda _, spec, head: kinds.DeploymentTarget(
        **head,
        environment=_text(spec, "environment"),
        manifests=_texts(spec, "manifests"),
        config_schemas=_strings(spec, "configSchemas"),
    ),
    "SchedulingPolicy": _policy,
    "ConfigMap": _config_map,
}
