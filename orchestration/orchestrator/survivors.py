"""A Terraform of an earlier run that was killed and left it behind: it is waited for, never killed.

It still makes resources and writes its state; to plan beside it would be to plan on sand.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from pathlib import Path

from orchestration.drivers.terraform import running_in
from orchestration.errors import Interrupted
from orchestration.events import Events

POLL_SECONDS = 0.5


def outlive(places: Collection[Path], cancel: threading.Event, progress: Events) -> None:
    """Return when no Terraform runs in a folder below *places*; raise `Interrupted` if *cancel* is set."""
    told: set[int] = set()
    while found := {pid: name for place in places for pid, name in _stacks(place).items()}:
        for pid, name in found.items():
            if pid not in told:
                message = f"waiting for the Terraform that an earlier run left behind, process {pid}"
                progress("progress" if told else "started", "stack", name, "", message)
                told.add(pid)
        if cancel.wait(POLL_SECONDS):
            raise Interrupted("interrupted while waiting for an earlier run's Terraform", hint="run it again later")


def _stacks(place: Path) -> dict[int, str]:
    """Return the stacks whose Terraform runs below *place*, by process id."""
    return {pid: folder.relative_to(place.resolve()).parts[0] for pid, folder in running_in(place).items()}
