"""Generated files on top of the GitOps branch: what is kept, deleted, and what lies there stale."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from orchestration.kalypso.values import to_bytes

README = "This folder contains deployment targets scheduled on the cluster type"
PROMOTED_COMMIT = ".github/tracking/Promoted_Commit_Id"


class Files(Mapping[str, bytes]):
    """Generated files by path: their `texts`, each of which becomes bytes when it is asked for.

    All of them as bytes take as much memory again.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def __getitem__(self, path: str) -> bytes:
        return to_bytes(self.texts[path])

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    def __contains__(self, path: object) -> bool:
        return path in self.texts


@dataclass(frozen=True)
class Tree:
    """What becomes of a branch's other files when the schedule is written to it, by their paths, in order.

    Of the `kept` ones those in targets' folders are `stale`: they stay though nothing generates them.
    """

    kept: tuple[str, ...]
    deleted: tuple[str, ...]
    stale: tuple[str, ...]


def write(
    generated: Container[str],
    previous: Iterable[str],
    cluster_types: Iterable[str],
    placed: Iterable[tuple[str, str]],
) -> Tree:
    """Return what becomes of *previous* files below *generated* ones; *placed* are cluster types with their targets.

    A target's folder is never emptied: what an earlier template wrote into it stays, and is reported.
    """
    folders, targets = set(cluster_types), set(placed)
    others = sorted(path for path in previous if path not in generated)
    kept = tuple(path for path in others if _is_kept(path, folders, targets))
    stale = tuple(path for path in kept if _is_in_target(path, targets))
    return Tree(kept, tuple(sorted(set(others).difference(kept))), stale)


def _is_kept(path: str, folders: set[str], targets: set[tuple[str, str]]) -> bool:
    first, slash, rest = path.partition("/")
    if not slash or first.startswith("."):
        return True
    second = rest.partition("/")[0]
    return first in folders and (second == "README.md" or (first, second) in targets)


def _is_in_target(path: str, targets: set[tuple[str, str]]) -> bool:
    parts = path.split("/")
    return len(parts) > 2 and (parts[0], parts[1]) in targets
