"""Run records: each verb that changes something leaves events, logs and its report in `.ewo/runs/ID/`."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import time
import traceback
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from orchestration.drivers.disk import written
from orchestration.drivers.terraform_ui import Redactor
from orchestration.errors import Interrupted, NotWritten, OrchestrationError
from orchestration.events import Event, Kind
from orchestration.orchestrator.versions import own_version

KEPT = 20
WORK_FOLDER, RUNS = ".ewo", "runs"
EVENTS, REPORT = "events.jsonl", "report.json"


class Run:
    """The record of one run; its id is the correlation id of its requests to Azure.

    *fleet* is the name of what it is about; *sandbox* the folder of the sandbox, None for Azure.
    """

    def __init__(self, work_dir: Path, verb: str, *, fleet: str, sandbox: Path | None) -> None:
        self.id = str(uuid.uuid4())
        self.verb, self.fleet, self.sandbox = verb, fleet, sandbox
        self.work_dir = work_dir
        self.folder = work_dir / RUNS / self.id
        self._events: TextIO | None = None
        self._outcome = "done"
        self._redact = Redactor()

    @contextmanager
    def opened(self) -> Iterator[Run]:
        """Keep the record while the block runs; an error that leaves the block names the run and is in its events."""
        self._open()
        try:
            yield self
        except BaseException as error:
            self._blame(error)
            raise
        else:
            self._end(self._outcome)
        finally:
            self.close()

    def hide(self, secrets: Collection[str]) -> None:
        """Take *secrets* out of what is recorded from now on."""
        self._redact = Redactor(secrets)

    def record(self, event: Event) -> None:
        """Append *event*, one JSON line."""
        if self._events is not None:
            with written(self.folder / EVENTS):
                self._events.write(self._redact(json.dumps(event.to_json())) + "\n")
                self._events.flush()

    def keep(self, report: dict[str, Any]) -> None:
        """Write the report."""
        self._outcome = "failed" if report.get("failed") else "done"
        fresh, path = self.folder / f".{REPORT}", self.folder / REPORT
        with written(path):
            with self._create(fresh.name) as file:
                file.write(self._redact(json.dumps(report, indent=2)))
            fresh.replace(path)

    def close(self) -> None:
        """End the record; no event may follow."""
        if self._events is not None:
            with contextlib.suppress(OSError):  # what could not be written was told before
                self._events.close()
            self._events = None

    def _open(self) -> None:
        """Make the record's folder, drop the oldest beyond twenty, and say what begins."""
        with written(self.folder):
            private(self.folder)
            _drop_oldest(self.folder.parent, KEPT, self.folder)
            self._events = self._create(EVENTS)
        self._say("started", "run", self.verb, "", f"ewo {own_version()}, fleet {self.fleet}")
        target = ("azure", "") if self.sandbox is None else ("sandbox", str(self.sandbox.absolute()))
        self._say("started", "target", target[0], "", target[1])

    def _say(self, kind: Kind, what: str, where: str, outcome: str, message: str = "") -> None:
        self.record(Event(time.time(), kind, what, where, outcome, message))

    def _blame(self, error: BaseException) -> None:
        """Note in the record that *error* ended the run, and in the error which run it was."""
        wanted = isinstance(error, Interrupted) or not isinstance(error, Exception)
        with contextlib.suppress(OSError):  # the current folder may be gone
            if not wanted:
                error.add_note(run_line(self.id, _fleet_folder(self.work_dir)))
        if isinstance(error, OrchestrationError):
            error.run = self.id
        ours = isinstance(error, OrchestrationError | OSError)
        self._end("interrupted" if wanted else "failed", str(error) if ours else _traced(error))

    def _end(self, outcome: str, message: str = "") -> None:
        with contextlib.suppress(NotWritten):  # it is told by what came before, or does not matter any more
            self._say("finished", "run", self.verb, outcome, message)

    def _create(self, name: str) -> TextIO:
        path = self.folder / name
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8")


def run_line(run: str, fleet: Path) -> str:
    """Return the line that says where to read on about a run of the fleet whose file or folder is *fleet*."""
    folder = fleet if fleet.is_dir() else fleet.parent
    option = "" if folder.resolve() == Path.cwd() else f" --fleet {shlex.quote(str(fleet))}"
    return f"run {run}: ewo support-bundle {run}{option}"


def _traced(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _fleet_folder(work_dir: Path) -> Path:
    return work_dir.parent if work_dir.name == WORK_FOLDER else work_dir


def private(folder: Path) -> Path:
    """Return *folder*, made with mode 0700 if it was not there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def work_folder(folder: Path) -> Path:
    """Return the folder of state, records and caches, which Git is told to leave alone; raise if it is no use."""
    try:
        private(folder).chmod(0o700)  # a sandbox of its own may have made it
        ignored = folder / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise OrchestrationError(
            f"the working folder {folder} cannot be used: {error.strerror or error}",
            hint="make it writable, and see whether the disk is full",
        ) from error
    return folder


def _drop_oldest(folder: Path, keep: int, present: Path) -> None:
    """Drop all records but the last, *present* among them; those from the future had a clock that was wrong."""
    now = time.time()
    times = {path: path.stat().st_mtime for path in folder.iterdir() if path.is_dir() and path != present}
    for path in sorted(times, key=lambda path: (times[path] <= now, times[path]))[: 1 - keep]:
        shutil.rmtree(path, ignore_errors=True)
