"""With `--log-format json` every line of stderr is JSON, errors included; `--watch` and `--wait` need no value."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ewo
from tests.support import problems_with, replace, without_edge

pytestmark = pytest.mark.slow


def events(stderr: str) -> list[dict[str, Any]]:
    """Return the lines of *stderr*, each an event."""
    found = [json.loads(line) for line in stderr.splitlines()]
    assert [problem for event in found for problem in problems_with(event, "event")] == []
    return found


def test_problems_of_a_fleet_are_lines(ewo: Ewo, starter_folder: Path) -> None:
    """One a problem, with its place; exit 2 as ever."""
    replace(starter_folder / "fleet.yaml", "    clusterType: lab\n", "    clusterType: lap\n")
    done = ewo("up", "starter", "--sandbox", "--log-format", "json")
    (event,) = events(done.stderr)
    assert (done.returncode, done.stdout, event["what"], event["outcome"]) == (2, "", "problem", "error")
    assert event["where"].startswith("starter/fleet.yaml:") and "(known: lab, plant)" in event["message"]


def test_an_error_is_a_line(ewo: Ewo, starter_folder: Path) -> None:
    """With its hint, and with the exit code that it has as text."""
    with (starter_folder / "fleet.yaml").open("a", encoding="utf-8") as file:
        file.write("\nscheduler: cluster\n")
    done = ewo("plan", "starter", "--sandbox", "--log-format", "json")
    (event,) = events(done.stderr)
    assert (done.returncode, event["what"], event["outcome"]) == (2, "error", "failed")
    assert event["message"].startswith("not yet: scheduler: cluster\nhint: ")


def test_warnings_failures_and_an_interrupt_are_lines(
    ewo: Ewo, start: Callable[..., subprocess.Popen[str]], starter_folder: Path
) -> None:
    """Whatever a run has to tell; the table on stdout stays a table."""
    replace(without_edge(starter_folder) / "fleet.yaml", "{workspace: shop-floor}", "{workspace: shop-flor}")
    done = ewo("up", "starter", "--sandbox", "--log-format", "json")
    assert "warning" in {event["outcome"] for event in events(done.stderr)}
    assert done.stdout.startswith("Stacks")

    replace(starter_folder / "fleet.yaml", "hello from the lab", "good morning")
    process = start("up", "starter", "--sandbox", "--log-format", "json")
    assert process.stderr is not None
    first = process.stderr.readline()
    while '"started"' not in first:
        first += process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=120)
    assert process.returncode == 130
    assert [event["what"] for event in events(first + rest)][-1] == "error"
    assert "interrupt" in {event["what"] for event in events(first + rest)}


@pytest.mark.parametrize("arguments", [("up", "--wait"), ("status", "--watch"), ("up", "--wait", "90s")])
def test_an_option_without_a_value_does_not_take_the_fleet(ewo: Ewo, arguments: tuple[str, ...]) -> None:
    """What follows is the fleet, unless it is a number or a duration."""
    done = ewo(*arguments, "nowhere", "--sandbox")
    assert done.returncode == 2
    assert "nowhere:1:1: error: there is no fleet file here" in done.stderr


def test_a_wait_that_is_no_duration_is_a_usage_error(ewo: Ewo) -> None:
    """Before anything is read."""
    done = ewo("up", "nowhere", "--wait=soon")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'soon' is no duration: write it like 90s, 15m or 1h30m" in done.stderr


def test_a_watch_shows_each_look_once_and_ends_with_an_interrupt(
    ewo: Ewo, start: Callable[..., subprocess.Popen[str]], starter_folder: Path
) -> None:
    """Ctrl-C is how a watch ends: the exit code is that of the last look."""
    without_edge(starter_folder)
    assert ewo("up", "starter", "--sandbox").returncode == 0
    process = start("status", "starter", "--sandbox", "--watch", "600", "--output", "json")
    assert process.stdout is not None
    shown = process.stdout.readline()
    while not shown.endswith("\n}\n"):
        shown += process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, ""), errors
    assert json.loads(shown)["healthy"] is True
