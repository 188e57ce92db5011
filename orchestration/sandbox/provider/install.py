"""Putting the stand-in where Terraform finds it: a filesystem mirror and the configuration that names it."""

from __future__ import annotations

import json
import platform
import shlex
import sys
from pathlib import Path

from orchestration.errors import SandboxError

VERSION = "2.12.0"
"""The version of azapi whose behaviour the stand-in has, and by which Terraform selects it."""

_ADDRESS = "registry.terraform.io/azure/azapi"
_MODULE = "orchestration.sandbox.provider"
_INSTALLED = ("dist-packages", "site-packages")
_MACHINES = {"aarch64": "arm64", "arm64": "arm64", "amd64": "amd64", "x86_64": "amd64"}


def install(mirror: Path) -> Path:
    """Write the stand-in into the filesystem mirror *mirror* and return its executable; raises SandboxError."""
    executable = mirror / _ADDRESS / VERSION / terraform_platform() / f"terraform-provider-azapi_v{VERSION}"
    try:
        executable.parent.mkdir(parents=True, exist_ok=True)
        _replace(executable, _script())
    except OSError as error:
        raise SandboxError(
            f"the stand-in for azapi cannot be written to {mirror}: {error.strerror or error}",
            hint="choose another folder for the sandbox, or make room in this one",
        ) from error
    return executable


def cli_config(mirror: Path) -> str:
    """Return a Terraform CLI configuration (for TF_CLI_CONFIG_FILE) that takes azapi from *mirror*, nothing else."""
    # This file is HCL 1, where "${" starts an interpolation that nothing but an escape of the dollar prevents.
    path = json.dumps(str(mirror.absolute()), ensure_ascii=False).replace("$", r"\u0024")
    return (
        "disable_checkpoint = true\n\n"
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        f"    path    = {path}\n"
        f'    include = ["{_ADDRESS}"]\n'
        "  }\n"
        "}\n"
    )


def terraform_platform() -> str:
    """Return this machine's operating system and processor as Terraform writes them, such as `linux_amd64`."""
    machine = platform.machine().lower()
    return f"{sys.platform}_{_MACHINES.get(machine, machine)}"


def _script() -> str:
    """Return a shell script that becomes the provider.

    Interrupts are ignored from the first instant, as a plugin must: Ctrl-C reaches the whole process group, and it
    is for Terraform to say what to stop. `-I` keeps variables and the current folder out of Python's path, to which
    the folder of a checkout is added, so that the provider is of the same copy as its caller.
    """
    root = Path(__file__).absolute().parents[3]
    path = "" if root.name in _INSTALLED else f"import sys; sys.path.insert(0, {str(root)!r}); "
    start = f"{path}from {_MODULE}.__main__ import main; main()"
    return f"#!/bin/sh\ntrap '' INT\nexec {shlex.quote(sys.executable)} -I -c {shlex.quote(start)}\n"


def _replace(executable: Path, script: str) -> None:
    if executable.is_file() and executable.read_text(encoding="utf-8") == script:
        return
    # Written aside and moved: a Terraform that starts the provider meanwhile finds the old one or the new one.
    aside = executable.with_name(f".{executable.name}.new")
    aside.write_text(script, encoding="utf-8")
    aside.chmod(0o755)
    aside.replace(executable)
