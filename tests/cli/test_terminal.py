"""What a person sees on a terminal: questions that can be read and answered, and a way out of each."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.cli.output import print_table
from tests.cli.conftest import PROGRAM, Ewo
from tests.support import replace, without_edge

pytestmark = pytest.mark.slow

LAB = "  - {name: lab-1, clusterType: lab, connection: existing}\n"
PATIENCE = 120


class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, arguments: tuple[str, ...], folder: Path, environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            arguments,
            cwd=folder,
            env={**environment, "TERM": "xterm", "NO_COLOR": "1"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.shown = ""

    def until(self, text: str) -> str:
        """Return what was shown, *text* at its end being the last."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            self._read()
        return self.shown

    def type(self, text: str) -> None:
        """Type *text*."""
        os.write(self._master, text.encode())

    def end(self) -> int:
        """Return the exit code once the program has ended."""
        while self._read():
            pass
        os.close(self._master)
        return self.process.wait(PATIENCE)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], 1)
        try:
            data = os.read(self._master, 65536) if ready else b""
        except OSError:  # the other end is closed
            return False
        self.shown += data.decode(errors="replace")
        return bool(data) or self.process.poll() is None


@pytest.fixture
def terminal(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., Terminal]]:
    """Starts the program on a terminal, in the test's folder."""
    opened: list[Terminal] = []

    def open_terminal(*arguments: str) -> Terminal:
        opened.append(
            Terminal((*(() if arguments[0] == sys.executable else PROGRAM), *arguments), tmp_path, environment)
        )
        return opened[-1]

    yield open_terminal
    for each in opened:
        each.process.kill()
        each.process.wait()


def test_destruction_is_asked_about(terminal: Callable[..., Terminal], ewo: Ewo, starter_folder: Path) -> None:
    """The list and the question can be read; no, Ctrl-C and yes each do what they say."""
    without_edge(starter_folder)
    assert ewo("up", "starter", "--sandbox").returncode == 0
    replace(starter_folder / "fleet.yaml", LAB, "")

    asked = terminal("up", "starter", "--sandbox")
    assert 'module.flux["lab-1"]' in asked.until("Go on? [y/N]: ")
    asked.type("n\n")
    assert asked.end() == 1 and "the plan destroys 2 things" in asked.shown

    asked = terminal("up", "starter", "--sandbox")
    asked.until("Go on? [y/N]: ")
    asked.process.send_signal(signal.SIGINT)
    assert asked.end() == 130 and "Traceback" not in asked.shown

    asked = terminal("up", "starter", "--sandbox")
    asked.until("Go on? [y/N]: ")
    asked.type("y\n")
    assert asked.end() == 0, asked.shown


def test_down_asks_and_takes_no_for_an_answer(terminal: Callable[..., Terminal], starter_folder: Path) -> None:
    """No is no interrupt: exit 1, and nothing was opened."""
    asked = terminal("down", "starter", "--sandbox")
    asked.until("Remove everything that starter made? [y/N]: ")
    asked.type("\n")
    assert asked.end() == 1 and "nothing was removed" in asked.shown
    assert not (starter_folder / ".ewo").exists()


BRACKETS = """
import time, click
from orchestration.cli.progress import progress
from orchestration.events import Event
@click.command()
def main():
    with progress("text") as show:
        for kind in ("started", "progress", "finished"):
            show(Event(0.0, kind, "stack", "a", "", f"[/{kind}] [red]"))
            time.sleep(0.3)
main()
"""


def test_what_programs_say_is_no_markup(terminal: Callable[..., Terminal]) -> None:
    """An id in brackets is shown as it is, also on the live lines."""
    shown = terminal(sys.executable, "-c", BRACKETS)
    assert shown.end() == 0, shown.shown
    assert all(f"[/{kind}] [red]" in shown.shown for kind in ("started", "progress", "finished"))


def test_a_table_shows_its_values_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """A list of truth values and an id in brackets are no markup."""
    print_table("Targets [x]", ("target", "values"), [("a", '{"lights": [true, false]}'), ("b", "[/subscriptions]")])
    shown = capsys.readouterr().out
    assert all(text in shown for text in ("Targets [x]", '{"lights": [true, false]}', "[/subscriptions]"))
