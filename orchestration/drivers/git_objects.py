"""A commit's files as Git lists them, and new commits as `git fast-import` takes them; no process, no working tree.

What a hostile tree could hold is refused here: links that lead out, names that lead out, more than we want to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from orchestration.errors import RepositoryError, TooMuchOutput

MAX_FILE = 10 << 20
MAX_TOTAL = 256 << 20
MAX_FILES = 50_000
"""Files of a tree whose contents are held."""
MAX_LISTED = 500_000
"""Files of a tree of which only the names are held, or the contents of a few: one that we wrote has three or four for
each assignment."""
MAX_LISTING = 64 << 20
"""Bytes of Git's listing: a small tree can hold itself so often that its listing has no end."""

_PATH_PROBLEMS = (
    (re.compile(r"(?:^|/)\.{0,2}(?:/|\Z)"), "leads out of the repository"),
    (re.compile(r"(?:^|/)\.git(?:/|\Z)", re.ASCII | re.IGNORECASE), "is Git's own"),
    (re.compile(r"[\x00-\x1f\x7f\\]"), "holds a character that other systems take for something else"),
)

REGULAR = ("100644", "100755")
KINDS = {"120000": "a symbolic link", "160000": "a submodule"}

ROOT = b'""'
"""fast-import's spelling of the tree itself."""
_HEAD = 100
"""Bytes that `cat-file --batch` prints beside a blob's content, at most: its id, type and size."""


Ask = Callable[[tuple[str, ...], bytes, int], bytes]
"""Runs Git with arguments and an input, and returns what it prints, so many bytes at most."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a commit: its path, its blob and its size in bytes."""

    path: str
    blob: str
    size: int


@dataclass(frozen=True, slots=True)
class Identity:
    """Who makes commits."""

    name: str
    email: str

    def __str__(self) -> str:
        name, email = (
            "".join(c for c in part if c.isprintable() and c not in "<>") for part in (self.name, self.email)
        )
        return f"{name} <{email}>"


def parse_tree(listing: bytes, where: str, most: int = MAX_FILES) -> dict[str, str]:
    """Return the blob ids of the files that `ls-tree -r -z` lists, by path.

    Raises `RepositoryError` for what is unsafe or too many.
    """
    if listing.count(b"\0") > most:
        raise too_many(where, most)
    return dict(_file(line, where) for line in listing.split(b"\0") if line)


def parse_sizes(output: bytes, ids: Mapping[str, str], where: str) -> tuple[Entry, ...]:
    """Return the files of *ids* with the sizes that `cat-file --batch-check=%(objectsize)` prints in their order."""
    sizes = output.splitlines()
    absent = next((path for path, size in zip(ids, sizes, strict=True) if not size.isdigit()), None)
    if absent is not None:
        raise refused(where, f"the content of {absent} is not there")
    return tuple(Entry(path, blob, int(size)) for (path, blob), size in zip(ids.items(), sizes, strict=True))


def checked(entries: tuple[Entry, ...], where: str, most: int = MAX_TOTAL) -> tuple[Entry, ...]:
    """Return *entries*; raise `RepositoryError` if one is, or all together are, more than we want to read."""
    for entry in entries:
        if entry.size > MAX_FILE:
            raise refused(where, f"{entry.path} has {entry.size >> 20} MiB, {MAX_FILE >> 20} are read at most")
    total = sum(entry.size for entry in entries)
    if total > most:
        raise refused(where, f"its files have {total >> 20} MiB together, {most >> 20} are read at most")
    return entries


def _file(line: bytes, where: str) -> tuple[str, str]:
    facts, _, name = line.partition(b"\t")
    mode, _, blob = facts.decode("ascii").split()
    try:
        path = name.decode("utf-8")
    except UnicodeDecodeError:
        raise refused(where, f"the name {name!r} is not UTF-8") from None
    if mode not in REGULAR:
        raise refused(where, f"{path} is {KINDS.get(mode, 'no regular file')}")
    if problem := path_problem(path):
        raise refused(where, f"{path!r} {problem}")
    return path, blob


def path_problem(path: str) -> str:
    """Return why a path may not be in a tree, or nothing."""
    return next((problem for pattern, problem in _PATH_PROBLEMS if pattern.search(path)), "")


def refused(where: str, why: str) -> RepositoryError:
    """Return the error that says why a whole tree is not read."""
    return RepositoryError(
        f"{where} is not read: {why}", hint="remove it from the repository, or point to a folder without"
    )


def too_many(where: str, most: int) -> RepositoryError:
    """Return the error for a tree of too many files."""
    return refused(where, f"it has more than {most} files, which are read at most")


@dataclass
class Room:
    """How many bytes of files are held in memory at most: of each tree, and together, if that has a limit."""

    each: int = MAX_TOTAL
    together: int | None = None
    taken: int = 0

    def take(self, size: int, where: str) -> None:
        """Count a tree that is to be held; raise `RepositoryError` if there is no room for it."""
        if self.together is not None and self.taken + size > self.together:
            raise refused(where, f"all that is read together is more than {self.together >> 20} MiB")
        self.taken += size


def read_tree(ask: Ask, commit: str, where: str, under: str = "", room: Room | None = None) -> dict[str, bytes]:
    """Return the files of a commit by path, all or those in the folder *under*, as Git answers what it is asked for.

    Raises `RepositoryError` for what is unsafe, or too much for the *room*, before any content is read.
    """
    room = room or Room()
    return read_blobs(ask, read_ids(ask, commit, where, under), where, room)


def read_ids(ask: Ask, commit: str, where: str, under: str = "", most: int = MAX_FILES) -> dict[str, str]:
    """Return the blob ids of a commit's files by path, of all or of those in the folder *under*.

    Git looks at no blob for that, so that a listing without end is refused soon. Raises `RepositoryError` for what is
    unsafe, and for more than *most*.
    """
    scope = ("--", f":(top,literal){under}/") if under else ()
    return parse_tree(listed(ask, ("ls-tree", "-r", "-z", "--full-tree", commit, *scope), where), where, most)


def read_blobs(ask: Ask, ids: Mapping[str, str], where: str, room: Room) -> dict[str, bytes]:
    """Return the contents of files, given by their ids; raise `RepositoryError` if they are too much for the *room*."""
    if not ids:
        return {}
    blobs = "".join(f"{blob}\n" for blob in ids.values()).encode()
    sizes = ask(("cat-file", "--batch-check=%(objectsize)"), blobs, _HEAD * len(ids))
    entries = checked(parse_sizes(sizes, ids, where), where, room.each)
    total = sum(entry.size for entry in entries)
    room.take(total, where)
    return parse_blobs(ask(("cat-file", "--batch"), blobs, total + _HEAD * len(ids)), entries)


def listed(ask: Ask, arguments: tuple[str, ...], where: str, given: bytes = b"") -> bytes:
    """Return the paths that Git lists; raise `RepositoryError` where they are more than a listing may hold."""
    try:
        return ask(arguments, given, MAX_LISTING)
    except TooMuchOutput as error:
        raise refused(where, f"the listing of its files has more than {MAX_LISTING >> 20} MiB") from error


def parse_blobs(output: bytes, entries: tuple[Entry, ...]) -> dict[str, bytes]:
    """Return contents by path from what `cat-file --batch` prints for *entries*, in their order."""
    found: dict[str, bytes] = {}
    position = 0
    for entry in entries:
        start = output.index(b"\n", position) + 1
        found[entry.path] = output[start : start + entry.size]
        position = start + entry.size + 1
    return found


def parse_edits(listing: bytes, commits: Collection[str]) -> dict[str, str]:
    """Return the latest commit by path from what `diff-tree --stdin -z --name-only` prints for *commits*, in order."""
    found: dict[str, str] = {}
    names = {commit.encode() for commit in commits}
    commit = ""
    for part in listing.split(b"\0"):
        if part in names:
            commit = part.decode()
        elif part:
            found.setdefault(part.decode(errors="replace"), commit)
    return found


def import_stream(
    ref: str, parent: str | None, changes: Mapping[str, bytes | None], message: str, identity: Identity, seconds: int
) -> list[bytes]:
    """Return, in pieces, the stream that makes one commit and prints its id, its tree and its parent's tree.

    The reference is dropped again at the end: the commit stays, and is found by its id.
    """
    text = message.rstrip("\n").encode() + b"\n"
    head = [
        b"feature done\ncommit %b\nmark :1\ncommitter %b %d +0000\n" % (ref.encode(), str(identity).encode(), seconds),
        *_data(text),
        b"from %b\n" % parent.encode() if parent else b"",
    ]
    asked = b"get-mark :1\nls :1 %b\n" % ROOT + (b"ls %b %b\n" % (parent.encode(), ROOT) if parent else b"")
    return [*head, *_files(changes), asked, b"reset %b\nfrom %b\n\ndone\n" % (ref.encode(), b"0" * 40)]


def _files(changes: Mapping[str, bytes | None]) -> Iterator[bytes]:
    # Deletions first: a file may take the place of a folder.
    for path, content in sorted(changes.items(), key=lambda item: (item[1] is not None, item[0])):
        if problem := path_problem(path):
            raise RepositoryError(f"{path!r} is not written: it {problem}")
        quoted = b'"' + path.encode().replace(b'"', b'\\"') + b'"'
        if content is None:
            yield b"D %b\n" % quoted
        else:
            yield b"M 100644 inline %b\n" % quoted
            yield from _data(content)


def _data(content: bytes) -> tuple[bytes, bytes, bytes]:
    return b"data %d\n" % len(content), content, b"\n"


def parse_import(output: str) -> tuple[str, bool]:
    """Return the new commit and whether its tree differs from its parent's."""
    commit, *trees = output.split("\n")
    found = [line for line in trees if line.strip()]
    return commit, len(set(found)) == len(found)
