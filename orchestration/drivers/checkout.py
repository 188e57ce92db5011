"""A checkout as files by path: a folder on this machine, or `GIT_DIR@REVISION`, which needs no work tree.

Both are refused for the same reasons as a tree that was fetched: links, submodules, devices, more than we want to read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from orchestration.drivers import process
from orchestration.drivers.git_access import git_environment
from orchestration.drivers.git_objects import (
    MAX_FILE,
    MAX_FILES,
    MAX_LISTED,
    Entry,
    Room,
    checked,
    path_problem,
    read_blobs,
    read_ids,
    refused,
    too_many,
)
from orchestration.errors import RepositoryNotFound

GIT = ".git"
MAX_CHECKOUT = 64 << 20
"""Bytes of a checkout, which are all held in memory."""
MODES = {stat.S_IFLNK: "a symbolic link", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


@dataclass(frozen=True, slots=True)
class Checkout:
    """The files of a checkout by path from its root, executable or not alike; their contents are not held."""

    paths: Collection[str]
    read: Callable[[Iterable[str]], dict[str, bytes]] = field(repr=False)
    """Returns the contents of files by path; raises `RepositoryError` if they are more than we want to read."""


def read_checkout(where: str) -> Mapping[str, bytes]:
    """Return the files of a checkout by path, as `list_checkout` finds them; raises what that does."""
    found = list_checkout(where, MAX_FILES)
    return found.read(found.paths)


def list_checkout(where: str, most: int = MAX_LISTED) -> Checkout:
    """Return what a checkout holds, *most* files or less.

    *where* is a folder or, if there is no such folder, `GIT_DIR@REVISION`. Raises `RepositoryNotFound` if it is
    neither, and `RepositoryError` for what is not read.
    """
    folder = Path(where)
    if folder.is_dir():
        return _folder(folder, most)
    git_dir, at, revision = where.rpartition("@")
    if at and Path(git_dir).is_dir():
        return _revision(Path(git_dir), revision, most)
    hint = "give a checkout's root folder, or GIT_DIR@REVISION" if at else "give a folder that exists"
    raise RepositoryNotFound(f"there is no folder {where}", hint=hint)


def _folder(folder: Path, most: int) -> Checkout:
    sizes = dict(islice(_sizes(folder, ""), most + 1))
    if len(sizes) > most:
        raise too_many(str(folder), most)

    def read(paths: Iterable[str]) -> dict[str, bytes]:
        entries = checked(tuple(Entry(path, "", sizes[path]) for path in paths), str(folder), MAX_CHECKOUT)
        return {entry.path: _content(folder / entry.path, folder) for entry in entries}

    return Checkout(sorted(sizes), read)


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


def _revision(git_dir: Path, revision: str, most: int) -> Checkout:
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

    def ask(arguments: tuple[str, ...], given: bytes, most: int) -> bytes:
        return process.run(("git", *arguments), env=environment, input=given, most=most).require().output

    ids = read_ids(ask, found.stdout.strip(), where, most=most)

    def read(paths: Iterable[str]) -> dict[str, bytes]:
        return read_blobs(ask, {path: ids[path] for path in paths}, where, Room(MAX_CHECKOUT))

    return Checkout(ids.keys(), read)
