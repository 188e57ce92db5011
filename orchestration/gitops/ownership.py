"""Which control-plane files are ours, and what to do about those that somebody else touched.

`.ewo/owned/FLEET.json` of a branch lists the files we wrote there with their Git blob ids, one sorted
line each. A file of ours that was edited by hand is reported and kept; files of others are never touched.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Merge:
    """What a branch is to become: *changes* by path (None deletes), and the paths left as they are."""

    changes: Mapping[str, bytes | None]
    kept: tuple[str, ...]


def owned_path(fleet: str) -> str:
    """Return the path of the list of files that the fleet owns on a branch."""
    return f".ewo/owned/{fleet}.json"


def blob_id(content: bytes) -> str:
    """Return the Git blob id (SHA-1) of *content*."""
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def merge(fleet: str, present: Files, wanted: Files, *, exempt: Collection[str] = (), take_over: bool = False) -> Merge:
    """Return the changes that put *wanted* onto a branch that holds *present*.

    Paths in *exempt* are written whoever touched them last; with *take_over* all wanted paths are.
    """
    owned = owned_files(fleet, present)
    free = set(wanted) if take_over else set(exempt)
    kept = [path for path in sorted({*wanted, *owned}) if path not in free and _touched(path, present, wanted, owned)]
    written = {path: content for path, content in wanted.items() if path not in kept}
    gone = [path for path in owned if path not in wanted and path not in kept and path in present]
    listing = {path: blob_id(content) for path, content in written.items()}
    listing |= {path: owned[path] for path in kept if path in owned and path in wanted}
    target: dict[str, bytes | None] = {**written, **dict.fromkeys(gone), owned_path(fleet): _write(listing)}
    changes = {path: content for path, content in target.items() if present.get(path) != content}
    return Merge(changes, tuple(kept))


def _touched(path: str, present: Files, wanted: Files, owned: Mapping[str, str]) -> bool:
    """Whether somebody else wrote what now stands at *path*."""
    content = present.get(path)
    if content is None or content == wanted.get(path):
        return False
    return owned.get(path) != blob_id(content)


def owned_files(fleet: str, present: Files) -> dict[str, str]:
    """Return the blob ids of the files that the fleet owns on a branch, as it last wrote them, by path."""
    try:
        listing = json.loads(present.get(owned_path(fleet)) or b"{}")
    except ValueError:
        return {}
    return {str(path): str(blob) for path, blob in listing.items()} if isinstance(listing, dict) else {}


def _write(listing: Mapping[str, str]) -> bytes:
    lines = [f"  {json.dumps(path)}: {json.dumps(blob)}" for path, blob in sorted(listing.items())]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode() if lines else b"{}\n"
