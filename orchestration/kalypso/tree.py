"""Generated files on top of the GitOps branch: what is kept, written, deleted, and what lies there stale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

README = b"This folder contains deployment targets scheduled on the cluster type"
PROMOTED_COMMIT = ".github/tracking/Promoted_Commit_Id"


@dataclass(frozen=True)
class Tree:
    """A branch after the schedule is written to it; `stale` files stay though nothing generates them."""

    files: Mapping[str, bytes]
    deleted: tuple[str, ...]
    stale: tuple[str, ...]


def write(
    generated: Mapping[str, bytes],
    previous: Mapping[str, bytes],
    cluster_types: Iterable[str],
    placed: Iterable[tuple[str, str]],
) -> Tree:
    """Return *generated* on top of *previous*; *placed* are cluster types with their targets.

    A target's folder is never emptied: what an earlier template wrote into it stays, and is reported.
    """
    folders, targets = set(cluster_types), set(placed)
    kept = {path: data for path, data in previous.items() if _is_kept(path, folders, targets)}
    deleted = tuple(sorted(path for path in previous if path not in kept and path not in generated))
    stale = tuple(sorted(path for path in kept if _is_in_target(path, targets) and path not in generated))
    return Tree({**kept, **generated}, deleted, stale)


def _is_kept(path: str, folders: set[str], targets: set[tuple[str, str]]) -> bool:
    first, slash, rest = path.partition("/")
    if not slash or first.startswith("."):
        return True
    second = rest.partition("/")[0]
    return first in folders and (second == "README.md" or (first, second) in targets)


def _is_in_target(path: str, targets: set[tuple[str, str]]) -> bool:
    parts = path.split("/")
    return len(parts) > 2 and (parts[0], parts[1]) in targets
