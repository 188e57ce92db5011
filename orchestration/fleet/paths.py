"""Paths that a fleet file names: always inside the fleet folder."""

from __future__ import annotations

import os.path
from pathlib import Path, PurePosixPath, PureWindowsPath


def confine(folder: Path, text: str) -> tuple[Path, str]:
    """Return the path that *text* names in *folder*, and why it may not be used ("" if it may)."""
    if not text.strip() or not text.isprintable():
        return folder, "is not a path"
    if PurePosixPath(text).is_absolute() or PureWindowsPath(text).drive or text.startswith(("~", "\\")):
        return folder, "must be relative to the fleet folder"
    if ".." in PurePosixPath(text).parts or ".." in PureWindowsPath(text).parts:
        return folder, "must not hold .."
    path = folder / text
    try:
        leaves = not path.resolve().is_relative_to(folder.resolve())
        path.exists()
    except (OSError, RuntimeError):
        return folder, "cannot be followed: it is too long, not accessible, or a circle of symbolic links"
    return path, "leaves the fleet folder through a symbolic link" if leaves else ""


def confine_file(folder: Path, text: str) -> tuple[Path, str]:
    """Return what `confine` does; a folder may not be used either. The file itself is not looked at."""
    path, reason = confine(folder, text)
    return path, reason or ("is a folder" if os.path.isdir(path) else "")  # noqa: PTH112 - never raises
