"""What an apply is about to create, written down before it begins: a run that breaks off may leave it in no state.

The next run takes those that exist into the state. What exists, is in no state and is not written down is somebody
else's.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestration.drivers.states import States
from orchestration.errors import Interrupted, OrchestrationError
from orchestration.events import Events
from orchestration.fleet import naming
from orchestration.provision import StackState

Json = Mapping[str, Any]

BAD = ("Failed", "Canceled")
SETTLED = ("", "Succeeded", *BAD)
POLL_SECONDS, LONGEST_SECONDS = 1.0, 1800.0


@dataclass(frozen=True, slots=True)
class Resources:
    """How a resource is read and deleted, by its id."""

    read: Callable[[str], Json | None]
    delete: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Note:
    """What a stack's apply was to create, ids by address, with the public keys that it made for clusters."""

    resources: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)


class Unfinished:
    """The notes of one fleet's stacks, beside their states."""

    def __init__(
        self, fleet: str, states: States, azure: Resources, progress: Events, cancel: threading.Event | None
    ) -> None:
        self._fleet, self._states, self._azure = fleet, states, azure
        self._progress, self._cancel = progress, cancel or threading.Event()

    def note(self, stack: str) -> Note:
        """Return what the stack's last apply was to create, if it did not end."""
        content = self._read(stack)
        try:
            found = json.loads(content or b"{}")
            return Note(dict(found.get("resources", {})), dict(found.get("keys", {})))
        except (ValueError, TypeError, AttributeError):
            return Note()  # a note that cannot be read says nothing

    def begin(self, stack: str, note: Note) -> None:
        """Write down what is about to be created."""
        content = {"resources": dict(note.resources), "keys": dict(note.keys)}
        self._states.write(naming.pending_key(self._fleet, stack), json.dumps(content, indent=1).encode())

    def end(self, stack: str) -> None:
        """Forget it: it is in the state now."""
        self._states.delete(naming.pending_key(self._fleet, stack))

    def forget_ended(self, stack: str, state: StackState) -> None:
        """Forget what an apply was to create that has ended: all of it is in *state*."""
        held = {item.lower() for item in state.ids.values()}
        if self._read(stack) is not None and all(item.lower() in held for item in self.note(stack).resources.values()):
            self.end(stack)

    def left(self, stack: str, note: Note, state: StackState | None) -> dict[str, str]:
        """Return what of *note* exists and is not in *state*, ids by address; what failed to come about is deleted."""
        held = {item.lower() for item in state.ids.values()} if state else set()
        found = {address: item for address, item in note.resources.items() if item.lower() not in held}
        return {address: item for address, item in found.items() if self._came_about(stack, item)}

    def _read(self, stack: str) -> bytes | None:
        return self._states.read(naming.pending_key(self._fleet, stack))

    def _came_about(self, stack: str, resource_id: str) -> bool:
        """Wait until Azure is through with a resource, and return whether it is there."""
        waited = 0.0
        while (found := self._azure.read(resource_id)) is not None:
            outcome = str((found.get("properties") or {}).get("provisioningState") or "")
            if outcome in BAD:
                self._azure.delete(resource_id)
                return False
            if outcome in SETTLED:
                return True
            self._wait(stack, resource_id, outcome, waited)
            waited += POLL_SECONDS
        return False

    def _wait(self, stack: str, resource_id: str, outcome: str, waited: float) -> None:
        if waited >= LONGEST_SECONDS:
            raise OrchestrationError(
                f"{resource_id} is {outcome} since an earlier run began it",
                hint="see in Azure what holds it up, then run the same command again",
            )
        self._progress("progress", "stack", stack, "", f"waiting for {resource_id}: {outcome}")
        if self._cancel.wait(POLL_SECONDS):
            raise Interrupted("interrupted while waiting for Azure", hint="run the same command again to go on")
