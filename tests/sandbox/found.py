"""What runs left in a sandbox, in a form in which two of them can be compared."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.sandbox.place import Place

MINTED = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|cfg-[0-9a-f]{20}")
OURS = "00000000-0000-0000-0000-00000000000"
LEFT_OVER = ("*.lock", "*.lock.info", "errored.tfstate", "*.terraform-output.*", "pending/*", "holder*")
NOT_LEFT_OVER = ("lock", "server.lock", "start.lock")


@dataclass(frozen=True)
class Found:
    """Resources of Azure and of the states, commits by branch, and files or processes that nobody needs any more."""

    resources: Counter[str]
    states: dict[str, list[str]]
    commits: dict[str, int]
    left_over: list[str]


def found(place: Place) -> Found:
    """Return what is there."""
    return Found(_resources(place), place.state_ids(), _commits(place), [*_files(place), *processes_in(roots(place))])


def _resources(place: Place) -> Counter[str]:
    """Return the ids of everything in the sandbox's Azure; what the service mints counts as MINTED."""
    with sqlite3.connect(place.sandbox.directory / "state.sqlite") as database:
        keys = [key for (key,) in database.execute("SELECT key FROM resources")]
    return Counter(MINTED.sub(lambda match: match[0] if match[0].startswith(OURS) else "MINTED", key) for key in keys)


def _commits(place: Place) -> dict[str, int]:
    names = place.fleet.repositories
    assert names is not None
    repositories = {name: place.checkout(name) for name in (names.control_plane, names.gitops)}
    return {
        f"{name} {branch}": int(checkout.git("rev-list", "--count", branch))
        for name, checkout in repositories.items()
        for branch in checkout.heads()
    }


def _files(place: Place) -> list[str]:
    paths = {path for root in roots(place) for pattern in LEFT_OVER for path in root.rglob(pattern) if path.is_file()}
    mine = (path for path in paths if path.name not in NOT_LEFT_OVER and not path.name.endswith(".git.lock"))
    return sorted(str(path) for path in mine)


def roots(place: Place) -> list[Path]:
    """Return the folders of the fleet's runs and of their sandbox."""
    return [place.folder, place.sandbox.directory]


def processes_in(folders: Iterable[Path]) -> list[str]:
    """Return what still runs in folders, beside the sandbox itself."""
    places = [str(folder) for folder in folders]
    running = [
        (process.pid, process.info["cmdline"] or [], process.info["cwd"] or "")
        for process in psutil.process_iter(["cmdline", "cwd"])
    ]
    return [
        f"{pid} {' '.join(argv)}"
        for pid, argv, cwd in running
        if any(cwd.startswith(place) for place in places) and "orchestration.sandbox" not in argv
    ]
