"""Which files a fleet consists of, and how they become one document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from orchestration.fleet.model import Origin, Problem
from orchestration.fleet.paths import confine
from orchestration.fleet.reader import read_file
from orchestration.fleet.tree import Node

SUFFIXES = (".yaml", ".yml")
FIRST = ("fleet.yaml", "fleet.yml")


class Source(NamedTuple):
    """A fleet's files, read: its folder, the files' names as shown, their merged tree and the problems."""

    folder: Path
    files: tuple[str, ...]
    root: Node | None
    problems: list[Problem]


def read_source(path: Path) -> Source:
    """Return the fleet at *path*: a file, or a folder whose top-level YAML files are merged."""
    try:
        merges = path.is_dir()
        found = fleet_files(path) if merges else [path] if path.exists() else []
    except OSError as error:
        reason = f"the fleet cannot be read: {error.strerror or error}"
        return Source(path, (), None, [Problem("unreadable", Origin(str(path)), reason)])
    folder = path if merges else path.parent
    if not found:
        problem = Problem("no-fleet", Origin(str(path)), "there is no fleet file here", "`ewo init DIR` writes one")
        return Source(folder, (), None, [problem])
    problems: list[Problem] = []
    roots = _read_all(found, problems, merges=merges)
    if not roots and not problems:
        problems.append(Problem("no-fleet", Origin(str(found[0])), "the fleet is empty", "`ewo init DIR` writes one"))
    return Source(folder, tuple(roots), _merge_all(list(roots.values()), problems), problems)


def _read_all(found: Sequence[Path], problems: list[Problem], *, merges: bool) -> dict[str, Node]:
    roots: dict[str, Node] = {}
    private: set[Path] = set()
    for file in found:
        if file in private:
            continue
        _, reason = confine(file.parent, file.name) if merges else (file, "")
        if reason:
            problems.append(Problem("path", Origin(str(file)), f"the file {reason}", "replace it by the file itself"))
            continue
        root, of_file = read_file(file, str(file))
        problems += of_file
        if root is not None and not (merges and _is_kubernetes_object(root)):
            roots[str(file)] = root
            private |= {file.parent / name for name in _private_files(root)}
    return roots


def _private_files(root: Node) -> Iterator[str]:
    """Yield the kubeconfigs and secrets that a file names: they are never part of the fleet."""
    for cluster in root.find("clusters").items:
        yield cluster.find("connection", "kubeconfig", "path").text
    for key in ("credentials", "clusterCredentials"):
        yield root.find("repositories", key, "file").text


def fleet_files(folder: Path) -> list[Path]:
    """Return the files of a fleet folder, `fleet.yaml` first; hidden files and kubeconfigs are none."""
    found = [path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file()]
    wanted = [path for path in found if not path.name.startswith(".") and "kubeconfig" not in path.name.lower()]
    return sorted(wanted, key=lambda path: (path.name not in FIRST, path.name))


def _is_kubernetes_object(root: Node) -> bool:
    return {"apiVersion", "kind"} <= set(root.mapping)


def _merge_all(roots: Sequence[Node], problems: list[Problem]) -> Node | None:
    merged: Node | None = None
    for root in roots:
        if not isinstance(root.value, dict):
            problems.append(
                Problem("wrong-type", root.origin, "a fleet file must be a mapping", "begin with version: 1")
            )
        else:
            merged = merge(merged, _without_same_version(merged, root), problems) if merged else root
    return merged


def _without_same_version(one: Node, two: Node) -> Node:
    """Return *two* without the format's version if *one* gives the same: every file may begin with it."""
    ours, theirs = one.child("version"), two.child("version")
    if ours is None or theirs is None or ours.value != theirs.value:
        return two
    return two._replace(value={key: node for key, node in two.mapping.items() if key != "version"})


def merge(one: Node, two: Node, problems: list[Problem]) -> Node:
    """Return two mappings as one: mappings in them merged, lists joined; what both give is a problem."""
    merged = dict(one.mapping)
    for key, node in two.mapping.items():
        merged[key] = _join(merged[key], node, (one.key(key), two.key(key)), problems) if key in merged else node
    return one._replace(value=merged, keys={**two.keys, **one.keys})


def _join(one: Node, two: Node, keys: tuple[Node, Node], problems: list[Problem]) -> Node:
    if isinstance(one.value, dict) and isinstance(two.value, dict):
        return merge(one, two, problems)
    if isinstance(one.value, list) and isinstance(two.value, list):
        return one._replace(value=[*one.value, *two.value])
    message = f"{keys[1].text} is also given at {keys[0].origin}"
    problems.append(Problem("given-twice", keys[1].origin, message, "keep one of them"))
    return one
