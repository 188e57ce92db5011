"""Processes: what is started, stopped and reported, with real programs."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestration.drivers.process import Completed, clean_environment, pipe_through, run, spawn, stream
from orchestration.drivers.programs import which
from orchestration.errors import CommandError, Interrupted, ToolMissing

ENV = clean_environment()

# Written by os.write: a handler that prints may meet the print it interrupted.
STUBBORN = """
import os, signal, sys, time
seen = []
def note(number, frame):
    seen.append(number)
    os.write(1, b"interrupt %d\\n" % len(seen))
signal.signal(signal.SIGINT, note)
os.write(1, b"ready\\n")
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    time.sleep(0.02)
os.write(1, b"done %d\\n" % len(seen))
sys.exit(1)
"""


def python(code: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code, *arguments)


def test_a_run_returns_everything_it_printed() -> None:
    """Both streams and the code come back whole, however long the input."""
    code = "import sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(data); sys.exit('bad')"
    given = os.urandom(3 << 20)

    done = run(python(code), env=ENV, input=given)

    assert (done.code, done.output, done.stderr) == (1, given, "bad\n")


def test_a_child_sees_only_its_environment() -> None:
    """Nothing of our own environment is inherited."""
    done = run(("/usr/bin/env",), env={"ONLY": "this"})

    assert done.stdout == "ONLY=this\n"


def test_a_child_has_no_input_unless_given() -> None:
    """Without input a child reads an empty standard input: it cannot prompt."""
    assert run(("cat",), env=ENV, timeout=10).stdout == ""


def test_a_failure_names_command_code_and_errors() -> None:
    """`require` turns a non-zero exit into an error that carries its facts."""
    with pytest.raises(CommandError) as caught:
        run(("sh", "-c", "echo no such luck >&2; exit 7"), env=ENV).require(hint="try luck")

    assert (caught.value.code, caught.value.hint) == (7, "try luck")
    assert "no such luck" in str(caught.value)


def test_what_was_printed_is_not_shown_by_repr() -> None:
    """An output may hold a secret; a result's repr leaves it out."""
    assert "s3cret" not in repr(Completed(("show",), 0, b"s3cret", ""))


def test_a_program_that_takes_too_long_is_ended() -> None:
    """After its time a program is terminated and the error says how long it was given."""
    began = time.monotonic()
    with pytest.raises(CommandError, match=r"no end after 0\.3 seconds"):
        run(("sleep", "30"), env=ENV, timeout=0.3)
    assert time.monotonic() - began < 5


def test_an_absent_program_is_said_plainly() -> None:
    """A program that is not there is `ToolMissing`, an absent folder is not mistaken for it."""
    with pytest.raises(ToolMissing, match="no-such-program"):
        run(("no-such-program",), env=ENV)
    with pytest.raises(CommandError, match="there is no folder"):
        run(("true",), env=ENV, cwd=Path("/no/such/folder"))


def test_lines_arrive_while_the_program_runs(tmp_path: Path) -> None:
    """Each line is handed on when it is printed, in the caller's thread."""
    arrived: list[tuple[float, str, int]] = []
    code = "import time\nfor i in range(3): print(i, flush=True); time.sleep(0.3)"

    stream(
        python(code),
        env=ENV,
        on_line=lambda line: arrived.append((time.monotonic(), line, threading.get_ident())),
        spool=tmp_path / "spool",
    )

    assert [line for _, line, _ in arrived] == ["0", "1", "2"]
    assert arrived[2][0] - arrived[0][0] > 0.4
    assert {thread for _, _, thread in arrived} == {threading.get_ident()}


def test_cancelling_interrupts_once_and_waits(tmp_path: Path) -> None:
    """A cancelled program gets exactly one SIGINT and as long as it needs."""
    cancel, lines = threading.Event(), list[str]()

    def on_line(line: str) -> None:
        lines.append(line)
        if line == "ready":
            cancel.set()

    with pytest.raises(Interrupted):
        stream(python(STUBBORN, "1"), env=ENV, on_line=on_line, spool=tmp_path / "spool", cancel=cancel)

    assert lines == ["ready", "interrupt 1", "done 1"]


def test_a_second_wish_kills_at_once(tmp_path: Path) -> None:
    """Only when told again is the program killed."""
    cancel, kill, lines = threading.Event(), threading.Event(), list[str]()

    def on_line(line: str) -> None:
        lines.append(line)
        (cancel if line == "ready" else kill).set()

    began = time.monotonic()
    with pytest.raises(Interrupted, match="killed"):
        stream(python(STUBBORN, "60"), env=ENV, on_line=on_line, spool=tmp_path / "spool", cancel=cancel, kill=kill)

    assert lines == ["ready", "interrupt 1"]
    assert time.monotonic() - began < 10


def test_a_program_that_finishes_although_cancelled_has_succeeded(tmp_path: Path) -> None:
    """A zero exit counts even if the wish to stop came meanwhile."""
    cancel = threading.Event()
    script = "trap '' INT; echo ready; sleep 0.5"

    done = stream(("sh", "-c", script), env=ENV, on_line=lambda line: cancel.set(), spool=tmp_path / "x", cancel=cancel)

    assert cancel.is_set()
    assert done.code == 0


def test_the_terminals_interrupt_does_not_reach_a_child() -> None:
    """A child has a session of its own, so that Ctrl-C reaches it only through us."""
    done = run(python("import os; print(os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid())"), env=ENV)

    assert done.stdout.split() == ["True", "True"]


def test_a_failing_listener_leaves_no_process_behind(tmp_path: Path) -> None:
    """When the caller's function raises, the program is interrupted and waited for before the error goes on."""
    mark = tmp_path / "ended"
    code = (
        "import sys, time, pathlib\n"
        "print('x', flush=True)\n"
        "try: time.sleep(60)\n"
        "except KeyboardInterrupt: time.sleep(0.3); pathlib.Path(sys.argv[1]).touch()"
    )

    def fail(line: str) -> None:
        time.sleep(0.2)
        raise ValueError(line)

    with pytest.raises(ValueError, match="x"):
        stream(python(code, str(mark)), env=ENV, on_line=fail, spool=tmp_path / "spool")
    assert mark.exists()


def test_a_grandchild_that_keeps_the_pipes_holds_nobody_up(tmp_path: Path) -> None:
    """A program is over when it ended, whatever it left running behind it."""
    began = time.monotonic()
    done = stream(("sh", "-c", "sleep 8 & echo started"), env=ENV, on_line=lambda line: None, spool=tmp_path / "x")

    assert done.code == 0
    assert time.monotonic() - began < 10


def test_a_program_outlives_us_when_we_are_killed(tmp_path: Path) -> None:
    """Killed without warning, we leave a program that goes on printing and comes to its own end."""
    mark = tmp_path / "ended"
    program = "import pathlib, sys, time\nfor i in range(9): print(i, flush=True); time.sleep(0.1)\n"
    program += "pathlib.Path(sys.argv[1]).touch()"
    ours = (
        "import sys\nfrom pathlib import Path\nfrom orchestration.drivers.process import clean_environment, stream\n"
        "argv = (sys.executable, '-c', sys.argv[1], sys.argv[2])\n"
        "stream(argv, env=clean_environment(), on_line=lambda line: print(line, flush=True), spool=Path(sys.argv[3]))"
    )
    child = spawn(python(ours, program, str(mark), str(tmp_path / "spool")), env=ENV)
    assert child.line(20) == "0"
    os.kill(child.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert mark.exists()


def test_what_a_program_prints_leaves_no_file(tmp_path: Path) -> None:
    """The files that its lines went through are private, and gone afterwards."""
    seen: list[int] = []

    def look(line: str) -> None:
        seen.extend(path.stat().st_mode & 0o777 for path in tmp_path.iterdir())

    done = stream(("sh", "-c", "echo one; echo two >&2"), env=ENV, on_line=look, spool=tmp_path / "spool")

    assert (done.stderr, seen, list(tmp_path.iterdir())) == ("two", [0o600, 0o600], [])


def test_a_long_lived_child_ends_when_its_input_does(tmp_path: Path) -> None:
    """Closing a child ends it by its standard input alone; its errors are in the log."""
    code = "import sys; print('up', flush=True); sys.stdin.read(); print('bye', file=sys.stderr)"
    child = spawn(python(code), env=ENV, log=tmp_path / "log")

    assert child.line(10) == "up"
    assert child.code is None
    child.close()

    assert child.code == 0
    assert (tmp_path / "log").read_text() == "bye\n"
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_a_child_that_ignores_its_input_is_killed() -> None:
    """Closing a child never waits for ever."""
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    child = spawn(python(code), env=ENV)
    assert child.line(10) == "up"

    child.close(grace=0.2)

    assert child.code == -signal.SIGKILL


def test_a_body_is_piped_through_a_program() -> None:
    """What goes in in pieces comes out in pieces, whatever the sizes."""

    async def body() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * (1 << 16)

    async def total() -> int:
        return sum([len(chunk) async for chunk in pipe_through(("cat",), env=ENV, body=body())])

    assert asyncio.run(total()) == 64 << 16


def test_a_body_that_breaks_off_ends_its_program() -> None:
    """A program that waits for the rest, with a child that does, is killed and what it printed is given."""

    async def body() -> AsyncIterator[bytes]:
        yield b"half"
        await asyncio.sleep(0.3)
        raise ConnectionError("the sender is gone")

    async def printed() -> bytes:
        argv = ("sh", "-c", "head -c 4; sleep 60 & wait")
        return b"".join([chunk async for chunk in pipe_through(argv, env=ENV, body=body())])

    async def soon() -> bytes:
        return await asyncio.wait_for(printed(), 10)

    assert asyncio.run(soon()) == b"half"


def test_a_tool_that_is_too_old_is_named_with_its_version() -> None:
    """The error says which program, which version it has and what to do."""
    with pytest.raises(ToolMissing, match=r"git is 2\..* 99\.0 or newer") as caught:
        which("git", minimum=(99, 0), advice="get a newer one")

    assert caught.value.hint == "get a newer one"
    assert which("git", minimum=(2, 31), advice="").name == "git"


def test_a_tool_that_is_not_there_is_named() -> None:
    """The error says which version is needed."""
    with pytest.raises(ToolMissing, match=r"terraform is not installed.*1\.11"):
        which("terraform", minimum=(1, 11), advice="get it", env={"PATH": "/nowhere"})
