"""Who is at a fleet: dead or alive, here or elsewhere, and what is said of it afterwards."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from orchestration.drivers.states import LocalStates
from orchestration.errors import Interrupted, Locked, NoAnswer
from orchestration.fleet import naming
from orchestration.orchestrator.lock import Holder, fleet_lock, shared_note, this_process

KEY = naming.holder_key("small")
STACKS = Path("/runner/.ewo/stacks/small")
NO_PID = 2**22 + 1
"""More than the largest that Linux gives out."""


class SharedFolder(LocalStates):
    """States in a folder that several machines see, unless it cannot be reached."""

    shared = answers = True

    def read(self, key: str) -> bytes | None:
        """Return a document, if there is an answer."""
        if not self.answers:
            raise NoAnswer(f"GET of {key} got no answer")
        return super().read(key)


@pytest.fixture
def states(tmp_path: Path) -> SharedFolder:
    """Shared states, still empty."""
    return SharedFolder(tmp_path / "states")


def write(states: SharedFolder, holder: Holder) -> Holder:
    """Let somebody be at the states."""
    states.write(KEY, json.dumps(asdict(holder)).encode())
    return holder


def said(states: SharedFolder) -> Holder | None:
    """Return who says to be at the states."""
    content = states.read(KEY)
    found = json.loads(content or b"null")
    return Holder(**{**found, "folders": tuple(found["folders"])}) if found else None


def gone() -> Holder:
    """Return a process of this machine that has ended."""
    return replace(this_process("up"), pid=NO_PID)


@pytest.mark.parametrize(
    ("changes", "dead"),
    [
        ({"pid": os.getppid(), "started": psutil.Process(os.getppid()).create_time()}, False),
        ({}, True),
        ({"pid": NO_PID}, True),
        ({"started": 1.0}, True),
        ({"host": "elsewhere", "pid": NO_PID}, False),
    ],
    ids=["lives", "ours, and its run is over", "ended", "its number was given out again", "elsewhere"],
)
def test_a_process_is_known_by_its_number_and_its_start(changes: dict[str, object], dead: bool) -> None:
    """Only of this machine's processes can be said that they have ended."""
    assert replace(this_process("up"), **changes).dead is dead


def test_a_run_beside_shared_states_names_itself_and_takes_it_back(states: SharedFolder) -> None:
    """While it lives it is named, afterwards nobody is."""
    with shared_note(states, "small", "up", STACKS) as beside:
        assert beside.before is None
        there = said(states)
        assert there is not None and there.pid == os.getpid()
        with pytest.raises(Locked, match=rf"`ewo up`, process {os.getpid()} on .*, since 20"):
            shared_note(states, "small", "down", STACKS).__enter__()
    assert said(states) is None


@pytest.mark.parametrize("changes", [{"pid": NO_PID}, {"started": 1.0}, {"host": "elsewhere"}])
def test_who_is_dead_or_elsewhere_is_taken_over_from(states: SharedFolder, changes: dict[str, object]) -> None:
    """Terraform's locks decide, not a note that nobody took back."""
    there = write(states, replace(this_process("down"), **changes))
    with shared_note(states, "small", "up", STACKS) as beside:
        assert beside.before == there
    assert said(states) is None


def test_who_is_dead_is_named_again_by_a_run_that_does_not_end_well(states: SharedFolder) -> None:
    """Its locks may still be there: the run after that has to know whose they are."""
    there = write(states, gone())
    with pytest.raises(Interrupted), shared_note(states, "small", "up", STACKS):
        raise Interrupted("stopped")
    assert said(states) == there


def test_a_run_that_leaves_locks_is_named_as_over(states: SharedFolder) -> None:
    """What it said stays, and the next run, of this very process too, knows that nobody is at the states."""
    with shared_note(states, "small", "up", STACKS) as beside:
        beside.keep()
    with shared_note(states, "small", "up", STACKS) as after:
        assert after.before is not None and after.before.dead
    assert said(states) is None


def test_a_server_of_states_that_is_gone_at_the_end_ends_no_run(states: SharedFolder) -> None:
    """What a run has done is told, although it cannot take its word back."""
    with shared_note(states, "small", "up", STACKS):
        states.answers = False
    states.answers = True
    with shared_note(states, "small", "up", STACKS) as after:
        assert after.before is not None and after.before.dead


def test_where_a_dead_run_s_terraforms_may_still_be_is_handed_on(states: SharedFolder) -> None:
    """A run that dies while it waits for them does not let the next one forget them."""
    write(states, replace(gone(), folders=("/first", str(STACKS))))
    with shared_note(states, "small", "up", STACKS):
        there = said(states)
        assert there is not None and list(there.folders) == ["/first", str(STACKS)]


def test_a_note_that_somebody_else_has_written_since_is_left_alone(states: SharedFolder) -> None:
    """Two machines may be at the states at once: each takes back its own word only."""
    write(states, gone())
    with pytest.raises(Interrupted), shared_note(states, "small", "up", STACKS):
        other = write(states, replace(gone(), host="elsewhere"))
        raise Interrupted("stopped")
    assert said(states) == other


def test_a_lock_file_of_a_dead_run_is_taken_over(tmp_path: Path) -> None:
    """The operating system let go of the lock; the note beside it is somebody's who is no more."""
    (tmp_path / "lock").touch()
    (tmp_path / "holder.json").write_text(json.dumps(asdict(gone())), encoding="utf-8")
    with fleet_lock(tmp_path, "up"):
        assert json.loads((tmp_path / "holder.json").read_text(encoding="utf-8"))["pid"] == os.getpid()
        with pytest.raises(Locked, match=rf"`ewo up`, process {os.getpid()}"):
            fleet_lock(tmp_path, "down").__enter__()
    assert not (tmp_path / "holder.json").exists()
