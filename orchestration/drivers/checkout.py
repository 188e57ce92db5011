"""A checkout as files by path: a folder on this machine, or `GIT_DIR@REVISION`, which needs no work tree.

Both are refused for the same reasons as a tree that was fetched: links, submodules, devices, more than we want to read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from orchestration.drivers import process
from orchestration.drivers.git_access import git_environment
from orchestration.drivers.git_objects import (
    MAX_FILE,
    MAX_FILES,
    Entry,
    Room,
    checked,
    path_problem,
    read_tree,
    refused,
)
from orchestration.errors import RepositoryNotFound

GIT = ".git"
MAX_CHECKOUT = 64 << 20
"""Bytes of a checkout, which are all held in memory."""
MODES = {stat.S_IFLNK: "a symbolic link", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


def read_checkout(where: str) -> Mapping[str, bytes]:
    """Return the files of a checkout by path from its root, executable or not alike.

    *where* is a folder or, if there is no such folder, `GIT_DIR@REVISION`. Raises `RepositoryNotFound` if it is
    neither, and `RepositoryError` for what is not read.
    """
    folder = Path(where)
    if folder.is_dir():
        return _folder(folder)
    git_dir, at, revision = where.rpartition("@")
    if at and Path(git_dir).is_dir():
        return _revision(Path(git_dir), revision)
    hint = "give a checkout's root folder, or GIT_DIR@REVISION" if at else "give a folder that exists"
    raise RepositoryNotFound(f"there is no folder {where}", hint=hint)


def _folder(folder: Path) -> dict[str, bytes]:
    sizes = dict(islice(_sizes(folder, ""), MAX_FILES + 1))
    checked(tuple(Entry(path, "", size) for path, size in sizes.items()), str(folder), MAX_CHECKOUT)
    return {path: _content(folder / path, folder) for path in sorted(sizes)}


def _sizes(root: Path, prefix: str) -> Iterator[tuple[str, int]]:
    """Yield the regular files whose path from *root* begins with *prefix*, a folder, with their sizes.

    Git's own folder is no part of a checkout.
    """
    folder = root / prefix
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise refused(str(root), f"{folder} cannot be read: {error.strerror}") from error
    for entry in entries:
        if entry.name == GIT:
            continue
        path = prefix + entry.name
        if problem := path_problem(path):
            raise refused(str(root), f"{path!r} {problem}")
        found = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            yield from _sizes(root, f"{path}/")
        elif stat.S_ISREG(found.st_mode):
            yield path, found.st_size
        else:
            raise refused(str(root), f"{path} is {MODES.get(stat.S_IFMT(found.st_mode), 'no regular file')}")


def _content(file: Path, root: Path) -> bytes:
    try:
        # Between the look at it and now it may have become another: it is opened as a file, and not to its end.
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise refused(str(root), f"{file} cannot be read: {error.strerror}") from error
    with os.fdopen(handle, "rb") as opened:
        return opened.read(MAX_FILE)


def _revision(git_dir: Path, revision: str) -> dict[str, bytes]:
    where = f"{git_dir}@{revision}"
    if revision.startswith("-"):
        raise RepositoryNotFound(f"{where} is no revision", hint="a revision does not begin with a hyphen")
    inner = git_dir / GIT
    own = {"GIT_DIR": str(inner if inner.is_dir() else git_dir), "GIT_NO_LAZY_FETCH": "1"}
    environment = git_environment() | own
    found = process.run(
        ("git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"), env=environment
    )
    if found.code:
        why = found.stderr.strip() or "no such commit"
        raise RepositoryNotFound(f"{where} cannot be read: {why}", hint="name a branch, tag or commit that is there")

    def ask(arguments: tuple[str, ...], given: bytes) -> bytes:
        return process.run(("git", *arguments), env=environment, input=given).require().output

    return read_tree(ask, found.stdout.strip(), where, room=Room(MAX_CHECKOUT))
