"""Run records as they lie on disk, whatever state their runs left them in."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.errors import UsageError
from orchestration.orchestrator.runs import EVENTS, RUNS

LATEST = "latest"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run; `outcome` is empty if it did not end by itself, `unreadable` numbers the lines that are no events."""

    id: str
    folder: Path
    events: tuple[Json, ...]
    unreadable: tuple[int, ...]
    torn: bool

    @property
    def verb(self) -> str:
        """What was run."""
        return next((str(event.get("where")) for event in self.events if event.get("what") == "run"), "")

    @property
    def began(self) -> float:
        """When it began: by its first event, or else by its folder."""
        found = next((event["time"] for event in self.events if isinstance(event.get("time"), int | float)), None)
        return float(found) if found is not None else self.folder.stat().st_mtime

    @property
    def outcome(self) -> str:
        """How it ended."""
        ended = [event for event in self.events if (event.get("kind"), event.get("what")) == ("finished", "run")]
        return str(ended[-1].get("outcome", "")) if ended else ""

    @property
    def sandbox(self) -> Path | None:
        """The folder of the sandbox in which it ran, None if it ran against Azure."""
        targets = (event for event in self.events if (event.get("what"), event.get("where")) == ("target", "sandbox"))
        return next((Path(str(event.get("message"))) for event in targets), None)

    def __str__(self) -> str:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.began))
        return f"{self.id}  {when}  {self.verb or '?'}  {self.outcome or 'did not end by itself'}"


def find_record(work_dir: Path, wanted: str) -> RunRecord:
    """Return the record with that id, the only one whose id begins so, or the `latest`.

    Raises `UsageError` that lists the runs there are.
    """
    records = read_records(work_dir)
    if not records:
        raise UsageError(
            f"there are no runs in {work_dir / RUNS}", hint="name the folder of the fleet, or its file: --fleet PATH"
        )
    if wanted == LATEST:
        return records[0]
    found = [record for record in records if wanted and record.id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{len(found)} runs begin with {wanted!r}", hint=f"write more of it:\n{_listing(found)}")
    raise UsageError(f"there is no run {wanted!r} in {work_dir / RUNS}", hint=f"there are:\n{_listing(records)}")


def read_records(work_dir: Path) -> list[RunRecord]:
    """Return all records, the newest first."""
    folder = work_dir / RUNS
    if not folder.is_dir():
        return []
    folders = (path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
    return sorted(map(read_record, folders), key=lambda record: record.began, reverse=True)


def read_record(folder: Path) -> RunRecord:
    """Return the record in a folder; lines that are no events, such as one that a kill has torn, are left out."""
    try:
        content = (folder / EVENTS).read_bytes()
    except OSError:
        return RunRecord(folder.name, folder, (), (), torn=False)
    lines = content.splitlines(keepends=True)
    found = [_event(line) for line in lines]
    unreadable = [number for number, event in enumerate(found, 1) if event is None]
    torn = bool(unreadable) and unreadable[-1] == len(lines) and not content.endswith(b"\n")
    events = tuple(event for event in found if event is not None)
    return RunRecord(folder.name, folder, events, tuple(unreadable[:-1] if torn else unreadable), torn)


def _event(line: bytes) -> Json | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _listing(records: Iterable[RunRecord]) -> str:
    return "\n".join(f"  {record}" for record in records)
