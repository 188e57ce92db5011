"""The `ewo` program, and folders to run it on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.fleet.init import write_starter

Ewo = Callable[..., subprocess.CompletedProcess[str]]
PROGRAM = (sys.executable, "-c", "from orchestration.cli import main; main()")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which nobody is logged in and no secret is set."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "TMPDIR", "PYTHONPATH", "TF_CLI_CONFIG_FILE")
        if name in os.environ
    }
    return {**kept, "AZURE_CONFIG_DIR": str(tmp_path / "azure"), "LC_ALL": "C.UTF-8"}


@pytest.fixture
def ewo(tmp_path: Path, environment: dict[str, str]) -> Ewo:
    """Runs the program in the test's folder."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (*PROGRAM, *arguments),
            cwd=tmp_path,
            env={**environment, **more},
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run


@pytest.fixture
def start(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the program in the test's folder, leading a process group as a shell has it; at the end it is killed."""
    running: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        running.append(
            subprocess.Popen(
                (*PROGRAM, *arguments), cwd=tmp_path, env=environment, text=True, process_group=0,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
        )  # fmt: skip
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def starter_folder(tmp_path: Path) -> Path:
    """The starter's folder, never run."""
    write_starter(tmp_path / "starter", "starter")
    return tmp_path / "starter"


def stderr_until(process: subprocess.Popen[str], pattern: str) -> str:
    """Return the first line of a program's stderr that matches."""
    assert process.stderr is not None
    for line in process.stderr:
        if re.search(pattern, line):
            return line
    raise AssertionError(f"{pattern} was not printed")


def gone(pid: int) -> bool:
    """Return whether a process has ended, within a few seconds."""
    for _ in range(100):
        path = Path(f"/proc/{pid}/stat")
        if not path.exists() or path.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.1)
    return False
