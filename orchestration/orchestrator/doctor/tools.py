"""What every verb needs of this machine."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from orchestration.drivers import git as git_driver
from orchestration.drivers import programs
from orchestration.drivers import terraform as terraform_driver
from orchestration.errors import SandboxError
from orchestration.orchestrator.azapi import find_azapi, sandbox_mirror
from orchestration.orchestrator.doctor.place import Place
from orchestration.orchestrator.doctor.report import Finding, fail, ok, warn
from orchestration.sandbox.extra import require_extra

PYTHON = (3, 11)
MEGABYTE = 1024 * 1024
LEAST, ENOUGH = 200 * MEGABYTE, 1024 * MEGABYTE
"""A run that cannot write stops in the middle; azapi alone takes a quarter of a gigabyte."""


def python(place: Place) -> Finding:
    """Python is new enough."""
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info < PYTHON:
        return fail(f"{found}; 3.11 or newer is needed", "install a newer one: https://www.python.org/downloads/")
    return ok(found)


def git(place: Place) -> Finding:
    """Git is there and new enough."""
    path = git_driver.find(cancel=place.stop)
    version, _ = programs.version((str(path),), cancel=place.stop)
    return ok(f"{version} at {path}")


def terraform(place: Place) -> Finding:
    """Terraform is there and new enough."""
    program = terraform_driver.find(cancel=place.stop)
    return ok(f"{program.version} at {program.origin}")


def disk(place: Place) -> Finding:
    """There is room where states, records and temporary files go."""
    folders = dict.fromkeys((_existing(place.work_dir), Path(tempfile.gettempdir())))
    free, folder = min((shutil.disk_usage(folder).free, folder) for folder in folders)
    found = f"{free / MEGABYTE:,.0f} MB free in {folder}"
    if free < ENOUGH:
        return (fail if free < LEAST else warn)(found, f"make room: a run wants {ENOUGH // MEGABYTE:,} MB")
    return ok(found)


def folder(place: Place) -> Finding:
    """States, records and caches can be written."""
    where = _existing(place.work_dir)
    if not where.is_dir():
        return fail(f"{where} is not a folder", "move it away: states and records go into a folder of that name")
    try:
        with tempfile.TemporaryFile(dir=where):
            return ok(f"{where.resolve()} can be written")
    except OSError as error:
        return fail(f"{where.resolve()} cannot be written: {error.strerror}", "make it writable for your user")


def sandbox_packages(place: Place) -> Finding:
    """The packages of the sandbox are installed; only verbs with `--sandbox` need them."""
    try:
        require_extra()
    except SandboxError as error:
        return (warn if place.sandbox is None else fail)(str(error), error.hint)
    return ok("installed")


def azapi(place: Place) -> Finding:
    """Terraform's provider for Azure is here, or it is known where it comes from."""
    found = sandbox_mirror() if place.sandbox else find_azapi()
    if found is not None:
        return ok(f"the real one, from {found}")
    if place.sandbox and os.environ.get("EWO_AZAPI") != "real":
        return ok("the sandbox uses a stand-in for it")
    return ok("none in a mirror or cache here: Terraform gets it from where its configuration says, or its registry")


def _existing(path: Path) -> Path:
    """Return *path*, or the nearest folder above it that is there."""
    return path if path.exists() else _existing(path.absolute().parent)
