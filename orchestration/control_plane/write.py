"""A rendered tree into a folder, and nothing anywhere else."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from orchestration.drivers.git_objects import path_problem
from orchestration.errors import UsageError


def write_tree(files: Mapping[str, bytes], to: Path) -> None:
    """Make the folder *to* hold exactly *files*; raise `UsageError`, and write nothing, if it holds anything else.

    The tree is written beside it and moved in its place, so that a run that breaks off leaves no half of it.
    """
    unsafe = sorted(f"{path!r} {problem}" for path in files if (problem := path_problem(path)))
    if unsafe:
        raise UsageError(f"{unsafe[0]}: nothing is written")
    to = to.absolute()
    _refuse_others(files, to)
    to.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=to.parent))
    try:
        new = aside / "new"
        new.mkdir()
        for path, content in files.items():
            place = new / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        if to.exists():
            to.rename(aside / "old")
        new.rename(to)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _refuse_others(files: Mapping[str, bytes], to: Path) -> None:
    hint = "choose a folder that is empty or does not exist"
    if to.is_symlink() or (to.exists() and not to.is_dir()):
        raise UsageError(f"{to} is no folder", hint=hint)
    for folder, folders, names in os.walk(to):
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        for name in [*links, *names]:
            path = (here / name).relative_to(to).as_posix()
            if path not in files or (here / name).is_symlink():
                raise UsageError(f"{to} holds {path}, which is not of the tree: nothing is written", hint=hint)
