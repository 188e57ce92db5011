"""The fleet folder's own control-plane files can be committed as they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from orchestration.fleet import naming
from orchestration.fleet.draft import Draft
from orchestration.fleet.files import SUFFIXES
from orchestration.fleet.model import Origin, Problem
from orchestration.fleet.paths import confine
from orchestration.fleet.reader import LARGEST_FILE, read_file
from orchestration.fleet.tree import Node

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml")
PRIVATE = (".git", ".ewo")


def control_plane_folder_is_usable(draft: Draft) -> Iterator[Problem]:
    """The folder of control-plane files exists, and holds main and environments only."""
    wanted = draft.document.control_plane
    if wanted is None:
        return
    folder, reason = confine(draft.folder, wanted)
    place = draft.document.at("controlPlane")
    if reason or not folder.is_dir():
        yield Problem("path", place, f"{wanted} {reason or 'is no folder'}", "name a folder beside this file")
        return
    known = {naming.MAIN, *draft.declared("environments")}
    try:
        branches = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    except OSError as error:
        yield _unreadable(place, wanted, error)
        return
    for name in branches:
        if name not in known:
            message = f"{wanted}/{name} is neither main nor an environment"
            yield Problem("unknown-environment", place, message, draft.advice.did_you_mean(name, known))


def control_plane_files_can_be_committed(draft: Draft) -> Iterator[Problem]:
    """Control-plane files are regular, not too large, and none that ewo or Git keeps for itself."""
    place = draft.document.at("controlPlane")
    for branch, root in _branches(draft):
        written = set(_written(draft, branch))
        failed: list[OSError] = []
        for path in _files(root, failed):
            shown, inside = _shown(draft, path), path.relative_to(root).as_posix()
            if reason := _refused(path):
                yield Problem("path", place, f"{shown} {reason}", "replace it by the file, or move it away")
            elif inside in written:
                message = f"{shown} is a file that ewo writes itself from the fleet file"
                yield Problem("control-plane-file", Origin(shown), message, "give it another name")
            elif inside.split("/")[0] in PRIVATE:
                yield Problem("path", place, f"{shown} is not committed", f"move {inside.split('/')[0]} away")
        yield from (_unreadable(place, str(error.filename), error) for error in failed)


def control_plane_files_hold_objects(draft: Draft) -> Iterator[Problem]:
    """YAML among the control-plane files consists of Kubernetes objects."""
    for _, root in _branches(draft):
        for path in _files(root, []):
            if path.suffix in SUFFIXES and not _refused(path):
                shown = _shown(draft, path)
                documents, problems = read_file(path, shown, strict=False, many=True)
                # A tag means something to whoever reads the file, so it is no business of ours.
                yield from (problem for problem in problems if problem.code != "yaml-tag")
                if documents is not None and path.name not in KUSTOMIZATIONS:
                    yield from (problem for document in documents.items for problem in _object(document))


def _object(document: Node) -> Iterator[Problem]:
    if document.value is None:
        return
    if not isinstance(document.value, dict):
        yield Problem("wrong-type", document.origin, "a Kubernetes object is a mapping", "begin with apiVersion: …")
        return
    for key in ("apiVersion", "kind", "metadata"):
        if key not in document.mapping:
            yield Problem("missing-key", document.origin, f"the object has no {key}", f"add {key}: …")
    if "metadata" in document.mapping and not {"name", "generateName"} & set(document.find("metadata").mapping):
        yield Problem("missing-key", document.find("metadata").origin, "the object has no name", "add name: …")


def _branches(draft: Draft) -> Iterator[tuple[str, Path]]:
    """Yield each branch that the folder has files for, with their root."""
    if draft.document.control_plane is None:
        return
    folder, reason = confine(draft.folder, draft.document.control_plane)
    for branch in () if reason else (naming.MAIN, *(item.name for item in draft.document.environments)):
        if os.path.isdir(folder / branch):  # noqa: PTH112 - unlike Path.is_dir it answers without permission, too
            yield branch, folder / branch


def _written(draft: Draft, branch: str) -> Iterator[str]:
    """Yield the files that ewo itself writes on *branch*; its README gives way to one of the fleet's own."""
    document = draft.document
    if branch == naming.MAIN:
        yield from (naming.IGNORE_FILE, *naming.TEMPLATE_FILES)
        yield from (naming.environment_file(item.name) for item in document.environments)
        yield from (naming.workload_file(item.name) for item in document.workloads)
        return
    yield from (naming.PIN_FILE, naming.GITOPS_FILE)
    for cluster_type in document.cluster_types:
        if cluster_type.environment == branch:
            yield from (naming.cluster_type_file(cluster_type.name), naming.config_file(cluster_type.name))
    yield from (naming.policy_file(item.name) for item in document.policies if item.environment == branch)


def _files(root: Path, failed: list[OSError]) -> Iterator[Path]:
    """Yield what is in a folder and below, folders left out unless they are links; *failed* takes what cannot be."""
    for above, folders, files in os.walk(root, onerror=failed.append):
        links = [name for name in folders if Path(above, name).is_symlink()]
        yield from (Path(above, name) for name in sorted([*links, *files]))


def _refused(path: Path) -> str:
    """Return why a file cannot be committed as it is, "" if it can."""
    if path.is_symlink():
        return "is a symbolic link, which is not committed"
    if not path.is_file():
        return "is not a regular file"
    return f"is larger than {LARGEST_FILE // 1024**2} MB" if path.stat().st_size > LARGEST_FILE else ""


def _shown(draft: Draft, path: Path) -> str:
    return os.path.normpath(f"{draft.folder}/{path.relative_to(draft.folder)}")


def _unreadable(place: Origin, shown: str, error: OSError) -> Problem:
    return Problem("unreadable", place, f"{shown} cannot be read: {error.strerror or error}")
