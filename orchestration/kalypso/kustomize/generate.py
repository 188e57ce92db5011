"""ConfigMaps that a kustomization file generates, with the hash that kustomize puts behind their names."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from orchestration.kalypso.gotemplate.functions.jsontext import to_json
from orchestration.kalypso.goyaml import Node
from orchestration.kalypso.kustomize.patch import Files, Unsupported, add_labels, put, submapping, text_node
from orchestration.kalypso.objects import Manifest
from orchestration.kalypso.shapes import child, target, value_of

_KEYS = frozenset(("name", "namespace", "literals", "files", "envs", "env", "options", "behavior"))
_OPTIONS = frozenset(("labels", "annotations", "disableNameSuffixHash", "immutable"))
_LETTERS = str.maketrans("013ae", "ghkmt")


def generate(root: Node, file: str, folder: str, files: Files) -> list[Manifest]:
    """Return the ConfigMaps of `configMapGenerator`; raises Unsupported."""
    listed = child(root, "configMapGenerator")
    shared = _options(child(root, "generatorOptions"), root)
    items = target(listed).children if listed is not None else []
    return [_config_map(target(item), shared, file, folder, files) for item in items]


def _options(node: Node | None, near: Node) -> dict[str, Any]:
    options = value_of(node) if node is not None else {}
    if not isinstance(options, dict) or set(options) - _OPTIONS:
        raise Unsupported(f"generator options may be {', '.join(sorted(_OPTIONS))}", node or near)
    return options


def _config_map(item: Node, shared: dict[str, Any], file: str, folder: str, files: Files) -> Manifest:
    asked = value_of(item) if item.kind == "mapping" else {}
    if set(asked) - _KEYS or asked.get("behavior", "create") != "create" or not isinstance(asked.get("name"), str):
        what = ", ".join(sorted(set(asked) - _KEYS)) or "anything but a new ConfigMap with a name"
        raise Unsupported(f"configMapGenerator: {what} is not supported", item)
    own = _options(child(item, "options"), item)
    data = dict(sorted(_entries(asked, folder, files, item)))
    hashed = not (own.get("disableNameSuffixHash") or shared.get("disableNameSuffixHash"))
    name = f"{asked['name']}-{_suffix(asked['name'], data)}" if hashed else asked["name"]
    node = Node("mapping", item.line, item.column)
    put(node, "apiVersion", text_node("v1", item))
    put(node, "kind", text_node("ConfigMap", item))
    put(submapping(node, "metadata"), "name", text_node(name, item))
    if data:
        put(node, "data", Node("mapping", item.line, item.column))
        submapping(node, "data").children = [text_node(text, item) for pair in data.items() for text in pair]
    manifest = Manifest("v1", "ConfigMap", name, node, file)
    add_labels(manifest, {**(shared.get("labels") or {}), **(own.get("labels") or {})})
    return manifest


def _entries(asked: dict[str, Any], folder: str, files: Files, near: Node) -> Iterator[tuple[str, str]]:
    for literal in asked.get("literals") or []:
        key, equals, value = str(literal).partition("=")
        if not equals:
            raise Unsupported(f"configMapGenerator: {literal} is no KEY=VALUE", near)
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        yield key, value[1:-1] if quoted else value
    for entry in asked.get("files") or []:
        key, equals, path = str(entry).rpartition("=")
        yield key if equals else posixpath.basename(path), _text(path, folder, files, near)
    environments = [*(asked.get("envs") or []), *([asked["env"]] if asked.get("env") else [])]
    for path in environments:
        for line in _text(str(path), folder, files, near).splitlines():
            key, equals, value = line.lstrip().partition("=")
            if equals and not key.startswith("#"):
                yield key, value


def _text(path: str, folder: str, files: Files, near: Node) -> str:
    full = posixpath.normpath(posixpath.join(folder, path))
    if full not in files:
        raise Unsupported(f"configMapGenerator: there is no {path}", near)
    try:
        return files[full].decode()
    except UnicodeDecodeError as error:
        raise Unsupported(f"configMapGenerator: {path} is not text", near) from error


def _suffix(name: str, data: Mapping[str, str]) -> str:
    document = to_json({"kind": "ConfigMap", "name": name, "data": dict(data) or ""})
    return hashlib.sha256(document.encode()).hexdigest()[:10].translate(_LETTERS)
