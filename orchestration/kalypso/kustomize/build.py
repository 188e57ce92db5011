"""A folder with a kustomization file to the objects it stands for."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestration.kalypso.goyaml import Node, UnreadableYaml, objects
from orchestration.kalypso.kustomize.generate import generate
from orchestration.kalypso.kustomize.patch import LABEL_COST, Files, Unsupported, add_labels, apply_patches, rename
from orchestration.kalypso.objects import Manifest, read_manifests
from orchestration.kalypso.problems import Place, Problem
from orchestration.kalypso.shapes import child, target, value_of

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_UNDERSTOOD = frozenset((
    "apiVersion", "kind", "metadata", "resources", "namespace", "commonLabels", "labels", "commonAnnotations",
    "namePrefix", "nameSuffix", "configMapGenerator", "generatorOptions", "patches", "patchesStrategicMerge",
    "patchesJson6902",
))  # fmt: skip
_UNSUPPORTED = "unsupported-kustomization"
_DEPTH_LIMIT = 20


@dataclass
class Built:
    """The objects of a kustomization, or why it cannot be built."""

    manifests: list[Manifest] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def folders(files: Iterable[str], path: str) -> list[str]:
    """Return the topmost folders, at *path* or below it, that hold a kustomization file."""
    found = {posixpath.dirname(name) for name in files if is_kustomization(name)}
    if path in found:
        return [path]
    return sorted(folder for folder in found if not inside(folder, found - {folder}))


def is_kustomization(file: str) -> bool:
    """Whether a file is one that kustomize builds its folder by."""
    return posixpath.basename(file) in NAMES


def inside(name: str, found: Iterable[str]) -> bool:
    """Whether a file lies in one of the folders."""
    return any(not folder or name.startswith(f"{folder}/") for folder in found)


def build(source: str, folder: str, files: Mapping[str, bytes]) -> Built:
    """Return the objects of the kustomization in *folder* of a repository's *files*."""
    built = Built()
    kustomization = _Kustomization(source, files, built)
    try:
        kustomization.folder(folder, ())
    except Unsupported as error:
        kustomization.problem(folder, str(error), code="too-large")
    return built


class _Kustomization:
    def __init__(self, source: str, files: Mapping[str, bytes], built: Built) -> None:
        self.source, self.files, self.built = source, Files(files), built

    def problem(self, file: str, message: str, node: Node | None = None, *, code: str = "kustomization") -> None:
        place = Place(f"{self.source}:{file}", node.line if node else 0, node.column if node else 0)
        self.built.problems.append(Problem(code, place, message))

    def folder(self, folder: str, inside_of: tuple[str, ...]) -> list[Manifest]:
        """Return the objects of one folder; those of the outermost are the result."""
        names = [posixpath.join(folder, name) for name in NAMES if posixpath.join(folder, name) in self.files]
        if folder in inside_of or len(inside_of) > _DEPTH_LIMIT or len(names) != 1:
            why = "includes itself" if folder in inside_of else f"holds {len(names)} kustomization files"
            self.problem(inside_of[-1] if inside_of else folder, f"{folder or '.'} {why}")
            return []
        root = self.document(names[0])
        if root is None:
            return []
        manifests = self.resources(root, names[0], folder, (*inside_of, folder))
        try:
            self.transform(root, names[0], folder, manifests)
        except Unsupported as error:
            self.problem(names[0], str(error), error.node, code=_UNSUPPORTED)
        if not inside_of:
            self.built.manifests = manifests
        return manifests

    def document(self, file: str) -> Node | None:
        try:
            roots = [root for root in objects(self.files[file]) if root is not None]
        except UnreadableYaml as error:
            self.problem(file, f"not YAML: {error}", code="invalid-yaml")
            return None
        if len(roots) != 1 or roots[0].kind != "mapping":
            self.problem(file, "a kustomization file holds one object")
            return None
        for key, value in roots[0].pairs():
            if key.value not in _UNDERSTOOD or (key.value == "kind" and value_of(value) != "Kustomization"):
                shown = f"kind {value_of(value)}" if key.value == "kind" else key.value
                self.problem(file, f"{shown} in a kustomization file is not supported", key, code=_UNSUPPORTED)
        return roots[0]

    def resources(self, root: Node, file: str, folder: str, inside_of: tuple[str, ...]) -> list[Manifest]:
        manifests: list[Manifest] = []
        for node in items(root, "resources"):
            entry = str(value_of(node))
            path = posixpath.normpath(posixpath.join(folder, entry))
            path = "" if path == "." else path
            if path in self.files:
                found, problems = read_manifests(f"{self.source}:{path}", self.files[path])
                manifests += found
                self.built.problems += problems
            elif path in self.files.folders:
                manifests += self.folder(path, inside_of)
            elif "://" in entry or entry.startswith(("git@", "github.com/")):
                self.problem(file, f"the remote resource {entry} is not supported", node, code=_UNSUPPORTED)
            else:
                self.problem(file, f"there is no {entry}", node)
        return manifests

    def transform(self, root: Node, file: str, folder: str, manifests: list[Manifest]) -> None:
        """Change *manifests* as the file asks, in kustomize's order: generators, patches, names, labels."""
        shown = f"{self.source}:{file}"
        manifests += generate(root, shown, folder, self.files)
        apply_patches(root, folder, self.files, manifests)
        prefix, suffix = _text(root, "namePrefix"), _text(root, "nameSuffix")
        for index, manifest in enumerate(manifests):
            manifests[index] = rename(manifest, f"{prefix}{manifest.name}{suffix}")
        for pairs in label_sets(root):
            for manifest in manifests:
                self.files.take(LABEL_COST + len(pairs) * len(pairs))
                add_labels(manifest, pairs)


def _text(root: Node, name: str) -> str:
    node = child(root, name)
    return str(value_of(node)) if node is not None else ""


def items(root: Node, *names: str) -> list[Node]:
    """Return the items of a list in a kustomization file."""
    listed = child(root, *names)
    return [target(item) for item in target(listed).children] if listed is not None else []


def label_sets(root: Node) -> list[dict[str, Any]]:
    """Return the labels that are put on every object; raises Unsupported."""
    common = child(root, "commonLabels")
    found = [value_of(common)] if common is not None else []
    for item in items(root, "labels"):
        for key, _ in item.pairs():
            if key.value not in ("pairs", "includeSelectors", "includeTemplates"):
                raise Unsupported(f"labels: {key.value} is not supported", key)
        pairs = child(item, "pairs")
        found.append(value_of(pairs) if pairs is not None else {})
    return found
