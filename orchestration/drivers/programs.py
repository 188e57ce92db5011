"""Finds the programs we run, and refuses those that are too old."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestration.drivers.process import clean_environment, run
from orchestration.errors import ToolMissing


def which(
    tool: str,
    *,
    minimum: tuple[int, ...],
    advice: str,
    env: Mapping[str, str] | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Return the program's path; raise `ToolMissing` if it is absent or older than *minimum*."""
    return locate(tool, minimum=minimum, advice=advice, env=env, cancel=cancel)[0]


def locate(
    tool: str,
    *,
    minimum: tuple[int, ...],
    advice: str,
    env: Mapping[str, str] | None = None,
    cancel: threading.Event | None = None,
) -> tuple[Path, str]:
    """Return the program's path and version; raise `ToolMissing` if it is absent or older than *minimum*."""
    env = clean_environment() if env is None else env
    needed = ".".join(map(str, minimum))
    path = shutil.which(tool, path=env.get("PATH", os.defpath))
    if path is None:
        raise ToolMissing(f"{tool} is not installed, or not on PATH; {needed} or newer is needed", hint=advice)
    number, _ = version((path,), env=env, cancel=cancel)
    if tuple(int(part) for part in number.split(".") if part) < minimum:
        raise ToolMissing(f"{path} is {number or 'of unknown version'}; {needed} or newer is needed", hint=advice)
    return Path(path), number


def version(
    program: Sequence[str], *, env: Mapping[str, str] | None = None, cancel: threading.Event | None = None
) -> tuple[str, str]:
    """Return the version that a program states, empty if it states none, and what it printed to stderr.

    When *cancel* is set the program is killed at once: it has nothing to bring to an end.
    """
    env = clean_environment() if env is None else env
    done = run((*program, "--version"), env=env, timeout=30, cancel=cancel, kill=cancel)
    match = re.search(r"\d+(?:\.\d+)+", done.stdout)
    return match.group() if match else "", done.stderr
