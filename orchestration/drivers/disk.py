"""What is written to disks, and what is said where there is no room for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.errors import NotWritten

LITTLE = 1 << 20
"""Bytes below which a disk counts as full: a program that failed on it rarely says so itself."""


@contextmanager
def written(path: Path) -> Iterator[None]:
    """Turn what the system has against writing *path* inside the block into `NotWritten`."""
    try:
        yield
    except OSError as error:
        raise NotWritten(path, error.strerror or str(error), free_kib(path)) from error


def free_kib(path: Path) -> int | None:
    """Return how many KiB are free where *path* is, or is to be; None if that cannot be told."""
    for place in (path, *path.parents):
        try:
            return shutil.disk_usage(place).free >> 10
        except OSError:
            continue
    return None


def shortage(*folders: Path) -> str:
    """Return what to do if one of *folders* has hardly any room left, nothing if all have."""
    for folder in folders:
        free = free_kib(folder)
        if free is not None and free < LITTLE >> 10:
            return f"make room: {free} KiB are free in {folder}; then run the same command again"
    return ""
