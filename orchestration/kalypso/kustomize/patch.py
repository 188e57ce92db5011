"""Changes to objects: labels, names, and patches (strategic merge and JSON 6902)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from orchestration.errors import OrchestrationError
from orchestration.kalypso.goregexp import BadPattern, compile_pattern
from orchestration.kalypso.goyaml import Node, UnreadableYaml, objects
from orchestration.kalypso.objects import Manifest
from orchestration.kalypso.shapes import child, is_null, target, value_of

Selector = Mapping[str, Any]
_WORK_LIMIT = 4_000_000
_FILE_COST = 8_000
_COMPARISON_COST = 30
_PATTERN_COST = 10
LABEL_COST = 30
_PATCH_KEYS = frozenset(("path", "patch", "target"))
_TARGET_KEYS = frozenset(("group", "version", "kind", "name", "namespace"))


class Unsupported(OrchestrationError):
    """A kustomization asks for what is not supported here, or is wrong."""

    def __init__(self, message: str, node: Node | None = None) -> None:
        super().__init__(message)
        self.node = node


class Files(Mapping[str, bytes]):
    """A repository's files as a kustomization reads them; raises Unsupported when that is more than any honest one."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files, self._left = files, _WORK_LIMIT
        self._read: set[str] = set()
        self.folders = {"", *(parent for name in files for parent in _parents(name))}

    def __getitem__(self, path: str) -> bytes:
        data = self._files[path]
        if path in self._read:  # the first time it costs no more than without a kustomization
            self.take(len(data) + _FILE_COST)
        self._read.add(path)
        return data

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, path: object) -> bool:
        return path in self._files

    def take(self, work: int) -> None:
        """Count *work*, in the time that reading a byte takes."""
        self._left -= work
        if self._left < 0:
            raise Unsupported("refused: more to read and to compare than any kustomization needs")


def _parents(name: str) -> Iterator[str]:
    while name := posixpath.dirname(name):
        yield name


def text_node(text: str, near: Node) -> Node:
    """Return a string as a node that stands where *near* does."""
    return Node("scalar", near.line, near.column, value=text)


def put(mapping: Node, key: str, value: Node) -> None:
    """Give a mapping's *key* a value."""
    for index in range(0, len(mapping.children), 2):
        if target(mapping.children[index]).value == key:
            mapping.children[index + 1] = value
            return
    mapping.children += [text_node(key, value), value]


def remove(mapping: Node, key: str) -> None:
    """Take a mapping's *key* away."""
    kept = [pair for pair in mapping.pairs() if target(pair[0]).value != key]
    mapping.children = [node for pair in kept for node in pair]


def submapping(node: Node, *names: str) -> Node:
    """Return the mapping below *node* by keys; what is missing is made."""
    for name in names:
        found = child(node, name)
        if found is None or target(found).kind != "mapping":
            found = Node("mapping", node.line, node.column)
            put(node, name, found)
        node = target(found)
    return node


def add_labels(manifest: Manifest, labels: Mapping[str, Any]) -> None:
    """Put *labels* on an object."""
    mapping = submapping(manifest.node, "metadata", "labels")
    for key, value in labels.items():
        put(mapping, key, text_node(value, mapping) if isinstance(value, str) else plain_node(value, mapping))


def plain_node(value: Any, near: Node) -> Node:
    """Return a value that is no string as a node."""
    texts = {True: "true", False: "false", None: "null"}
    text = texts[value] if value is None or isinstance(value, bool) else str(value)
    return Node("scalar", near.line, near.column, value=text, plain=True)


def rename(manifest: Manifest, name: str) -> Manifest:
    """Return the object under another name."""
    if name != manifest.name:
        put(submapping(manifest.node, "metadata"), "name", text_node(name, manifest.node))
    return replace(manifest, name=name)


def apply_patches(root: Node, folder: str, files: Files, manifests: list[Manifest]) -> None:
    """Apply the patches of a kustomization file to *manifests*; raises Unsupported."""
    for node, body, selector in _patches(root, folder, files):
        for patch in _documents(body, node):
            files.take(_COMPARISON_COST * len(manifests) + len(body))
            _apply(patch, selector, manifests, node, files)


def _patches(root: Node, folder: str, files: Files) -> Iterator[tuple[Node, bytes, Selector | None]]:
    """Yield each patch: the node that asks for it, its text, and what it is for if that is said."""
    for name in ("patches", "patchesJson6902"):
        for item in _list(root, name):
            parts = {key.value: value for key, value in item.pairs()}
            _only(parts, _PATCH_KEYS, name, item)
            selector = value_of(parts["target"]) if "target" in parts else None
            _only(selector or {}, _TARGET_KEYS, f"{name}: target", item)
            body = parts.get("patch")
            text = target(body).value.encode() if body else _file(parts.get("path"), folder, files, item)
            yield item, text, selector
    for item in _list(root, "patchesStrategicMerge"):
        inline = "\n" in item.value
        yield item, item.value.encode() if inline else _file(item, folder, files, item), None


def _only(given: Mapping[str, Any], known: frozenset[str], where: str, near: Node) -> None:
    if strange := sorted(set(given) - known):
        raise Unsupported(f"{where}: {', '.join(strange)} is not supported", near)


def _list(root: Node, name: str) -> list[Node]:
    listed = child(root, name)
    return [target(item) for item in target(listed).children] if listed is not None else []


def _file(node: Node | None, folder: str, files: Files, near: Node) -> bytes:
    path = posixpath.normpath(posixpath.join(folder, target(node).value)) if node is not None else ""
    if path not in files:
        raise Unsupported(f"there is no patch file {path}" if path else "a patch needs path or patch", near)
    return files[path]


def _documents(body: bytes, near: Node) -> list[Node]:
    try:
        return [root for root in objects(body) if root is not None]
    except UnreadableYaml as error:
        raise Unsupported(f"the patch is not YAML: {error}", near) from error


def _apply(patch: Node, selector: Selector | None, manifests: list[Manifest], near: Node, files: Files) -> None:
    if patch.kind == "sequence":
        if selector is None:
            raise Unsupported("a JSON patch needs a target", near)
        for manifest in _chosen(manifests, selector, files):
            files.take(_COMPARISON_COST * len(patch.children))
            _json_patch(manifest.node, patch)
        return
    if selector is None:
        named = {"kind": child(patch, "kind"), "name": child(patch, "metadata", "name")}
        selector = {key: re.escape(target(node).value) for key, node in named.items() if node is not None}
    chosen = _chosen(manifests, selector, files)
    if not chosen:
        raise Unsupported("no object matches the patch", near)
    for manifest in chosen:
        if value_of(child(patch, "$patch") or text_node("", patch)) == "delete":
            manifests.remove(manifest)
        else:
            merge(manifest.node, patch, files, top=True)


def _chosen(manifests: list[Manifest], selector: Mapping[str, Any], files: Files) -> list[Manifest]:
    def matches(manifest: Manifest) -> bool:
        group, _, version = manifest.api_version.rpartition("/")
        facts = {"group": group, "version": version, "kind": manifest.kind, "name": manifest.name}
        return all(_fits(str(wanted), facts[key], files) for key, wanted in selector.items() if key in facts)

    return [manifest for manifest in manifests if matches(manifest)]


def _fits(wanted: str, fact: str, files: Files) -> bool:
    if re.fullmatch(r"[\w-]+", wanted):
        return wanted == fact
    try:
        pattern = compile_pattern(f"^(?:{wanted})$")
        files.take(_PATTERN_COST * pattern.work(fact))
        return bool(pattern.search(fact))
    except BadPattern as error:
        raise Unsupported(f"a patch's target: {error}") from error


def merge(node: Node, patch: Node, files: Files, *, top: bool = False) -> None:
    """Merge *patch* into a mapping: maps key by key, null takes away, anything else replaces."""
    files.take(len(node.children) * len(patch.children))
    for key, value in patch.pairs():
        name = target(key).value
        if name == "$patch":
            raise Unsupported(f"$patch: {value_of(value)} is not supported here", key)
        if top and name in ("apiVersion", "kind"):
            continue
        old = child(node, name)
        if is_null(value):
            remove(node, name)
        elif old is not None and target(old).kind == "mapping" and target(value).kind == "mapping":
            if not (top and name == "metadata"):
                merge(target(old), target(value), files)
            else:
                _merge_metadata(target(old), target(value), files)
        else:
            put(node, name, target(value))


def _merge_metadata(node: Node, patch: Node, files: Files) -> None:
    without_name = Node("mapping", patch.line, patch.column)
    without_name.children = [part for pair in patch.pairs() if pair[0].value != "name" for part in pair]
    merge(node, without_name, files)


def _json_patch(root: Node, patch: Node) -> None:
    for item in map(target, patch.children):
        parts = {key.value: value for key, value in item.pairs()}
        operation = target(parts["op"]).value if "op" in parts else ""
        path = target(parts["path"]).value.split("/")[1:] if "path" in parts else []
        complete = bool(path) and (operation == "remove" or "value" in parts)
        if operation not in ("add", "replace", "remove") or not complete:
            raise Unsupported(f"the JSON patch operation {operation or 'without op'} is not supported", item)
        names = [part.replace("~1", "/").replace("~0", "~") for part in path]
        parent = _walk(root, names[:-1], item)
        _change(parent, names[-1], operation, parts.get("value"), item)


def _walk(node: Node, names: list[str], near: Node) -> Node:
    for name in names:
        node = target(node)
        found = child(node, name) if node.kind == "mapping" else _item(node, name)
        if found is None:
            raise Unsupported(f"the JSON patch leads to {name}, which is not there", near)
        node = found
    return target(node)


def _item(node: Node, name: str) -> Node | None:
    return node.children[int(name)] if name.isdecimal() and int(name) < len(node.children) else None


def _change(parent: Node, name: str, operation: str, value: Node | None, near: Node) -> None:
    if parent.kind == "mapping":
        if operation != "add" and child(parent, name) is None:
            raise Unsupported(f"the JSON patch leads to {name}, which is not there", near)
        if value is None:
            remove(parent, name)
        else:
            put(parent, name, target(value))
        return
    end = name == "-" and operation == "add"
    if not end and not (name.isdecimal() and int(name) < len(parent.children) + (operation == "add")):
        raise Unsupported(f"the JSON patch leads to item {name}, which is not there", near)
    index = len(parent.children) if end else int(name)
    width = 0 if operation == "add" else 1
    parent.children[index : index + width] = [target(value)] if value is not None else []
