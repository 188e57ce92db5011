"""Completion, as the shells ask for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Ewo

ASK = """
source <(ewo completion bash)
complete -p ewo >/dev/null || exit 1
COMP_WORDS=(ewo "$@") COMP_CWORD=$#
_ewo_completion ewo
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("up", "--sand"), ["--sandbox", "--sandbox-dir"]),
        (("sta",), ["status"]),
        (("sandbox", ""), ["fault", "run"]),
        (("completion", "f"), ["fish"]),
    ],
)
def test_bash_completes(environment: dict[str, str], words: tuple[str, ...], offered: list[str]) -> None:
    """A bash that has read the script offers what can follow."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    argv = ["bash", "--norc", "-c", ASK, "bash", *words]
    done = subprocess.run(argv, env={**environment, "PATH": path}, capture_output=True, text=True, check=False)

    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert done.stdout.split() == offered


@pytest.mark.parametrize(
    ("shell", "line"),
    [("zsh", "compdef _ewo_completion ewo"), ("fish", "complete --no-files --command ewo --arguments")],
)
def test_the_other_shells_get_a_script(ewo: Ewo, shell: str, line: str) -> None:
    """It registers the command and asks it in the way of that shell."""
    done = ewo("completion", shell)

    assert done.returncode == 0 and done.stderr == ""
    assert line in done.stdout and f"_EWO_COMPLETE={shell}_complete" in done.stdout


def test_a_shell_that_is_not_known_is_a_usage_error(ewo: Ewo) -> None:
    """It says which are."""
    done = ewo("completion", "ksh")

    assert done.returncode == 2 and "'bash', 'zsh', 'fish'" in done.stderr
