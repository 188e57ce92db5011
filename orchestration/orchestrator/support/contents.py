"""What a bundle holds of a run's record and of the machine."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestration.orchestrator.azapi import ADDRESS
from orchestration.orchestrator.doctor import DoctorReport
from orchestration.orchestrator.runs import EVENTS, REPORT
from orchestration.orchestrator.support.records import RunRecord
from orchestration.orchestrator.support.redaction import Redaction
from orchestration.orchestrator.versions import libraries, own_version


def record_files(record: RunRecord, redaction: Redaction) -> tuple[dict[str, bytes], list[str]]:
    """Return events, report and Terraform's logs without secrets, and what to know; nothing else of the folder."""
    events = "".join(json.dumps(redaction.document(event)) + "\n" for event in record.events)
    files, notes = {EVENTS: events.encode()}, list(_told(record))
    for path in sorted(record.folder.iterdir()):
        if path.name == EVENTS:
            continue
        try:
            files[path.name] = _cleaned(path, redaction)
        except (OSError, ValueError) as error:
            notes.append(f"{path.name} is left out: {error}")
    if REPORT not in files:
        notes.append("there is no report: the run ended before it")
    return {f"run/{name}": content for name, content in files.items()}, notes


def _told(record: RunRecord) -> Iterator[str]:
    if record.torn:
        yield f"the last line of {EVENTS} is torn, and left out: the run was killed while it wrote it"
    if record.unreadable:
        yield f"lines {', '.join(map(str, record.unreadable))} of {EVENTS} are no events, and left out"
    if not record.outcome:
        yield "the run did not end by itself: it was killed, or it still runs"


def _cleaned(path: Path, redaction: Redaction) -> bytes:
    """Return a file without secrets; raise `ValueError` for one that is no part of a record, or is torn."""
    if path.is_symlink() or not path.is_file() or (path.suffix != ".log" and path.name != REPORT):
        raise ValueError("it is no part of a record")
    text = path.read_bytes().decode("utf-8", "replace")
    if path.name != REPORT:
        # What a kill has cut off may be the beginning of a secret, which nobody would know again.
        return redaction.text(text[: text.rfind("\n") + 1]).encode()
    try:
        return dumped(redaction.document(json.loads(text)))
    except ValueError:
        raise ValueError("it is torn, as the run was killed while it wrote it") from None


def versions(doctor: DoctorReport, work_dir: Path, sandbox: Path | None) -> dict[str, Any]:
    """Return what ran: programs as the doctor found them, the azapi that Terraform took, and our libraries."""
    found = {row.name: row.detail for row in doctor.checks}
    roots = [work_dir / "azure", *([sandbox / "client"] if sandbox else [])]
    taken = {path.name for root in roots for path in root.glob(f"stacks/*/*/data/providers/{ADDRESS}/*")}
    return {
        "ewo": own_version(),
        "platform": platform.platform(),
        **{name: found[name] for name in ("python", "terraform", "git", "azapi")},
        "azapiTaken": sorted(taken),
        "libraries": libraries(),
    }


def dumped(document: Any) -> bytes:
    """Return a JSON document as a file holds it."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
