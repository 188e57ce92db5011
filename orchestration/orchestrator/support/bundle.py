"""Packs one run's record into one file: what somebody needs who was not there, and no secret."""

from __future__ import annotations

import io
import os
import secrets
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from orchestration.errors import InvalidFleet, OrchestrationError, SandboxError
from orchestration.fleet import load_fleet
from orchestration.fleet.model import Fleet
from orchestration.orchestrator.doctor import examine
from orchestration.orchestrator.runs import RUNS, WORK_FOLDER
from orchestration.orchestrator.secrets import read_if_set, references, secret_values
from orchestration.orchestrator.support.contents import dumped, record_files, versions
from orchestration.orchestrator.support.records import RunRecord, find_record
from orchestration.orchestrator.support.redaction import Redaction
from orchestration.sandbox.keys import read_keys

SHORTEST = 4
"""Of shorter secrets nothing is taken out: every text would be full of holes."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A packed record: where it lies, how many places were taken out, and what to know of it."""

    path: Path
    run: str
    taken_out: int
    notes: tuple[str, ...]


def make_bundle(wanted: str, *, fleet: Path, sandbox_dir: Path | None = None, to: Path | None = None) -> Bundle:
    """Pack the run *wanted* (an id, the beginning of one, or `latest`) of the fleet at *fleet*; return where it lies.

    Raises `UsageError` if there is no such run.
    """
    folder = fleet if fleet.is_dir() else fleet.parent
    work_dir = _work_dir(folder)
    record = find_record(work_dir, wanted)
    sandbox = _sandbox(work_dir, record, sandbox_dir)
    loaded, notes = _load(fleet)
    known, unknown = _secrets(loaded, [path for path in (sandbox, work_dir / "sandbox") if path is not None])
    redaction = Redaction(known)
    files, told = record_files(record, redaction)
    doctor = examine(None if loaded is None and not _has_files(folder) else fleet, sandbox_dir=sandbox)
    notes = [*notes, *unknown, *told]
    documents = {
        "doctor.json": doctor.to_json(),
        "versions.json": versions(doctor, work_dir, sandbox),
        "bundle.json": {"run": record.id, "summary": str(record), "notes": notes},
    }
    files |= {name: dumped(redaction.document(document)) for name, document in documents.items()}
    name = f"ewo-support-{record.id}"
    path = to / f"{name}.tar.gz" if to is not None and to.is_dir() else to or Path(f"{name}.tar.gz")
    _pack(path, name, files)
    return Bundle(path, record.id, redaction.count, tuple(notes))


def _work_dir(folder: Path) -> Path:
    """Return the folder of runs: `.ewo` in the fleet's folder, or that folder itself if a program chose it so."""
    beside = folder / WORK_FOLDER
    return folder if (folder / RUNS).is_dir() and not (beside / RUNS).is_dir() else beside


def _sandbox(work_dir: Path, record: RunRecord, given: Path | None) -> Path | None:
    """Return the folder of the run's sandbox: as given, as recorded, or where it is if the fleet has moved."""
    if given is not None or record.sandbox is None:
        return given
    return record.sandbox if record.sandbox.is_dir() else work_dir / "sandbox"


def _load(path: Path) -> tuple[Fleet | None, list[str]]:
    try:
        return load_fleet(path), []
    except InvalidFleet:
        return None, [f"there is no valid fleet at {path}: which secrets it refers to is not known"]


def _has_files(folder: Path) -> bool:
    """Whether there is something that may be meant as a fleet."""
    return any(path.suffix in (".yaml", ".yml") for path in folder.iterdir())


def _secrets(fleet: Fleet | None, sandboxes: list[Path]) -> tuple[list[str], list[str]]:
    """Return the secrets that must not be in the bundle, and of which we could not look for."""
    known, notes = list(secret_values(os.environ)), []
    for purpose, reference in (references(fleet) if fleet else {}).items():
        value = read_if_set(reference)
        if value is None:
            notes.append(f"{purpose} ({reference}) is not set now: its value could not be looked for")
        elif len(value) < SHORTEST:
            notes.append(f"{purpose} ({reference}) is too short to be looked for")
        known.append(value or "")
    for folder in dict.fromkeys(path.absolute() for path in sandboxes):
        if not folder.is_dir():
            continue
        try:
            keys = read_keys(folder)
        except SandboxError as error:
            notes.append(f"the sandbox's tokens could not be looked for: {error}")
        else:
            known += [keys.token, keys.identity_header]
    return known, notes


def _pack(path: Path, name: str, files: Mapping[str, bytes]) -> None:
    """Write the files into an archive at *path*, for its owner alone, in one step."""
    with _fresh(path) as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
        for member, content in sorted(files.items()):
            info = tarfile.TarInfo(f"{name}/{member}")
            info.size, info.mode, info.mtime = len(content), 0o600, int(time.time())
            archive.addfile(info, io.BytesIO(content))


@contextmanager
def _fresh(path: Path) -> Iterator[IO[bytes]]:
    """Yield a new file that takes the place of *path* when it is whole; raise if it cannot be written."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
        fresh.replace(path)
    except OSError as error:
        hint = "name another place: --to FILE; see whether the disk is full"
        raise OrchestrationError(f"{path} cannot be written: {error.strerror or error}", hint=hint) from error
    finally:
        fresh.unlink(missing_ok=True)
