"""Runners that keep nothing: state is shared, and whatever lay in `.ewo` is gone before the next run begins."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from orchestration.errors import Locked
from tests.sandbox.found import Found
from tests.sandbox.kill_points import killed_during, recovers, settled, small, up
from tests.sandbox.place import Place

pytestmark = pytest.mark.long

STATE = "state: {http: {address: 'https://state.contoso.example/fleet'}}"
POINTS = 9
STATES = "states/state.contoso.example/fleet/small"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, canaries: dict[str, str]) -> tuple[Found, int]:
    """What an unbroken run leaves, and how many traces it has."""
    with small(tmp_path_factory.mktemp("whole"), STATE) as place:
        killed, traces = up(place, 0)
        assert not killed
        return settled(place), len(traces)


def lose(place: Place) -> None:
    """Remove everything that a runner keeps: its folder, and the client's side of the sandbox."""
    shutil.rmtree(place.folder / ".ewo", ignore_errors=True)
    shutil.rmtree(place.sandbox.directory / "client", ignore_errors=True)


def of_another_machine(place: Place) -> None:
    """Let the note and the locks that a run left be those of a runner elsewhere."""
    note = next(place.sandbox.directory.glob("states/**/holder*"))
    note.write_text(json.dumps({**json.loads(note.read_text(encoding="utf-8")), "host": "build-7"}), encoding="utf-8")
    for lock in place.sandbox.directory.glob("states/**/*.lock"):
        held = json.loads(lock.read_text(encoding="utf-8"))
        lock.write_text(json.dumps({**held, "Who": "runner@build-7"}), encoding="utf-8")


@pytest.mark.parametrize("tenth", range(1, POINTS))
def test_a_killed_runner_that_is_lost(
    whole: tuple[Found, int], tenth: int, tmp_path: Path, canaries: dict[str, str]
) -> None:
    """Wherever it was killed, the next runner finds all that it needs beside the states."""
    there, total = whole
    with small(tmp_path, STATE) as place:
        assert up(place, tenth * total // POINTS)[0]
        lose(place)
        recovers(place, there)


def test_a_terraform_that_outlives_its_lost_runner_is_waited_for(
    whole: tuple[Found, int], tmp_path: Path, canaries: dict[str, str]
) -> None:
    """It ends what it was doing, stores its state and lets go of its lock, though its folder is gone."""
    with small(tmp_path, STATE, lro_ms=500) as place:
        killed_during(place, "/extensions/flux$", alone=True)
        lose(place)
        recovers(place, whole[0])


def test_the_lock_of_a_dead_terraform_of_this_machine_is_broken(
    whole: tuple[Found, int], tmp_path: Path, canaries: dict[str, str]
) -> None:
    """The note beside the states says that its run is dead; nothing else is left of that."""
    with small(tmp_path, STATE, lro_ms=500) as place:
        killed_during(place, "/extensions/flux$", alone=False)
        assert (place.sandbox.directory / STATES / "shard-dev-01.tfstate.lock").exists()
        lose(place)
        recovers(place, whole[0])
        assert any("broke lock" in event.message for event in place.events)


def test_the_lock_of_a_runner_elsewhere_is_shown_and_can_be_broken(
    whole: tuple[Found, int], tmp_path: Path, canaries: dict[str, str]
) -> None:
    """Nobody here can know that it is dead: who holds it, since when and the command that breaks it are told."""
    with small(tmp_path, STATE, lro_ms=500) as place:
        killed_during(place, "/extensions/flux$", alone=False)
        of_another_machine(place)
        lose(place)
        report = told(place)
        assert re.search(
            r"holds the state of shard-dev-01: runner@build-7 since 20[-0-9]+ [:0-9]+ UTC, lock ", report[0]
        )
        command = re.search(r"if it is dead: (.*)", report[1])
        assert command
        login = {"TF_HTTP_USERNAME": "ewo", "TF_HTTP_PASSWORD": place.sandbox.token}
        unlocked = subprocess.run(
            command[1].replace("force-unlock", "force-unlock -force"),
            shell=True, env={**os.environ, **place.sandbox.environment(), **login}, capture_output=True, text=True,
        )  # fmt: skip
        assert unlocked.returncode == 0, unlocked.stderr
        recovers(place, whole[0])


def told(place: Place) -> tuple[str, str]:
    """Run `up`; return what it says of the lock that it met, and what to do about it."""
    try:
        report = place.up()
    except Locked as error:
        return str(error), error.hint
    (failure,) = (item for item in report.failed if item.what == "stack")
    return failure.error, failure.hint
