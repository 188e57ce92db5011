"""Two runs at once: who was first goes on, the other says who holds what it wants, and nothing is made twice."""

from __future__ import annotations

import json
import platform
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.fleet import naming
from orchestration.fleet.init import write_starter
from orchestration.sandbox import RunningSandbox
from orchestration.sandbox import start as start_sandbox
from tests.cli.conftest import Ewo, stderr_until
from tests.cli.test_verbs import Start
from tests.sandbox.found import Found, found
from tests.sandbox.place import Place
from tests.sandbox.small import write_small
from tests.sandbox.test_schedule import GITOPS, WORKLOAD, second_fleet
from tests.support import without_edge

pytestmark = pytest.mark.long

STATE = "state: {http: {address: 'https://state.contoso.example/fleet'}}"
HELD = "states/state.contoso.example/fleet"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox of its own, which all runs of a test join."""
    with start_sandbox(tmp_path / "sandbox") as running:
        yield running


def up(folder: Path, sandbox: str = "sandbox") -> tuple[str, ...]:
    """Return the arguments of a run of *folder* in the test's sandbox."""
    return ("up", folder.name, "--sandbox-dir", sandbox, "-v")


def elsewhere(sandbox: RunningSandbox, folder: Path) -> str:
    """Return the name of a folder by which a runner that shares no other file joins the sandbox."""
    folder.mkdir()
    for path in sandbox.directory.iterdir():
        if path.is_file():
            (folder / path.name).hardlink_to(path)
    (folder / "git").symlink_to(sandbox.git_root)
    return folder.name


def of_another_machine(note: Path) -> None:
    """Let a run's note, once it is there, be that of a runner elsewhere, whose processes nobody here can see."""
    deadline = time.monotonic() + 60
    while not note.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    holder = json.loads(note.read_text(encoding="utf-8"))
    note.write_text(json.dumps({**holder, "host": "build-7"}), encoding="utf-8")


def unbroken(folder: Path) -> Found:
    """Return what one run alone leaves."""
    with start_sandbox(folder / "sandbox") as running:
        place = Place(write_small(folder / "fleet", STATE), running)
        assert place.up().failed == ()
        return found(place)


def test_the_second_of_one_machine_is_told_who_was_first(
    start: Start, ewo: Ewo, tmp_path: Path, sandbox: RunningSandbox
) -> None:
    """It ends at once with the process, the machine and the time; the first goes through."""
    first, second = write_small(tmp_path / "first", STATE), write_small(tmp_path / "second", STATE)
    running = start(*up(first))
    stderr_until(running, r"stack +core .*Creating")
    refused = ewo(*up(second))
    told = (
        rf"another run holds this fleet: `ewo up`, process {running.pid} on {re.escape(platform.node())}, since 20\d\d-"
    )
    assert refused.returncode == 1 and re.search(told, refused.stderr), refused.stderr
    _, errors = running.communicate(timeout=200)
    assert running.returncode == 0, errors


def test_runners_of_two_machines_make_nothing_twice(
    start: Start, ewo: Ewo, tmp_path: Path, sandbox: RunningSandbox
) -> None:
    """Terraform's locks decide stack by stack; what one could not have is reported, and a run after both completes."""
    whole = unbroken(tmp_path / "alone")
    first, second = write_small(tmp_path / "first", STATE), write_small(tmp_path / "second", STATE)
    running = [start(*up(first))]
    of_another_machine(sandbox.directory / HELD / naming.holder_key("small"))
    running.append(start(*up(second, elsewhere(sandbox, tmp_path / "elsewhere"))))
    ended = [(process.communicate(timeout=300)[1], process.returncode) for process in running]
    assert {code for _, code in ended} <= {0, 1, 4} and 0 in {code for _, code in ended}, ended
    for errors, code in ended:
        assert "Traceback" not in errors
        assert code == 0 or re.search(r"another run holds the state of \S+: \S+@\S+ since 20|stale", errors), errors
    done = ewo(*up(second))
    assert done.returncode == 0, done.stderr
    assert found(Place(second, sandbox)) == whole


def test_two_fleets_begin_one_control_plane_at_once(
    start: Start, ewo: Ewo, tmp_path: Path, sandbox: RunningSandbox
) -> None:
    """Both make the repositories, both add their own, and neither takes anything of the other's away."""
    write_starter(tmp_path / "starter", "starter")
    folders = [without_edge(tmp_path / "starter"), second_fleet(tmp_path / "second")]
    place = Place(folders[0], sandbox)
    place.repository("https://github.com/example/second", {"workload/second.yaml": WORKLOAD})
    running = [start(*up(folder)) for folder in folders]
    ended = [(process.communicate(timeout=300)[1], process.returncode) for process in running]
    assert [code for _, code in ended] == [0, 0], ended
    for folder in folders:  # who was first lists the pin that the other moved
        assert ewo(*up(folder)).returncode == 0
    names = {path.rpartition("/")[0] for path in place.checkout(GITOPS).files("dev") if "reconciler" in path}
    assert names == {"lab/hello-lab", "bench/second-lab"}
    for folder in folders:
        assert ewo("plan", folder.name, "--sandbox-dir", "sandbox", "--exit-code").returncode == 0
