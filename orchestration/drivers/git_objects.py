"""A commit's files as Git lists them, and new commits as `git fast-import` takes them; no process, no working tree.

What a hostile tree could hold is refused here: links that lead out, names that lead out, more than we want to read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from orchestration.errors import RepositoryError

MAX_FILE = 10 << 20
MAX_TOTAL = 256 << 20
MAX_FILES = 50_000

REGULAR = ("100644", "100755")
KINDS = {"120000": "a symbolic link", "160000": "a submodule"}

ROOT = b'""'
"""fast-import's spelling of the tree itself."""


Ask = Callable[[tuple[str, ...], bytes], bytes]
"""Runs Git with arguments and an input, and returns what it prints."""


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


def parse_tree(listing: bytes, where: str, most: int = MAX_TOTAL) -> tuple[Entry, ...]:
    """Return the files that `ls-tree -r -z --long` lists; raise `RepositoryError` for what is unsafe or too much."""
    return checked(tuple(_entry(line, where) for line in listing.split(b"\0") if line), where, most)


def checked(entries: tuple[Entry, ...], where: str, most: int = MAX_TOTAL) -> tuple[Entry, ...]:
    """Return *entries*; raise `RepositoryError` if one is, or all together are, more than we want to read."""
    for entry in entries:
        if entry.size > MAX_FILE:
            raise refused(where, f"{entry.path} has {entry.size >> 20} MiB, {MAX_FILE >> 20} are read at most")
    if len(entries) > MAX_FILES:
        raise refused(where, f"it has more than {MAX_FILES} files, which are read at most")
    total = sum(entry.size for entry in entries)
    if total > most:
        raise refused(where, f"its files have {total >> 20} MiB together, {most >> 20} are read at most")
    return entries


def _entry(line: bytes, where: str) -> Entry:
    facts, _, name = line.partition(b"\t")
    mode, _, blob, size = facts.decode("ascii").split()
    try:
        path = name.decode("utf-8")
    except UnicodeDecodeError:
        raise refused(where, f"the name {name!r} is not UTF-8") from None
    if mode not in REGULAR:
        raise refused(where, f"{path} is {KINDS.get(mode, 'no regular file')}")
    if problem := path_problem(path):
        raise refused(where, f"{path!r} {problem}")
    return Entry(path, blob, int(size))


def path_problem(path: str) -> str:
    """Return why a path may not be in a tree, or nothing."""
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "leads out of the repository"
    if any(part.lower() == ".git" for part in parts):
        return "is Git's own"
    if any(ord(c) < 32 or c in "\x7f\\" for c in path):
        return "holds a character that other systems take for something else"
    return ""


def refused(where: str, why: str) -> RepositoryError:
    """Return the error that says why a whole tree is not read."""
    return RepositoryError(
        f"{where} is not read: {why}", hint="remove it from the repository, or point to a folder without"
    )


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
    scope = ("--", f":(top,literal){under}/") if under else ()
    room = room or Room()
    entries = parse_tree(ask(("ls-tree", "-r", "-z", "--long", "--full-tree", commit, *scope), b""), where, room.each)
    room.take(sum(entry.size for entry in entries), where)
    if not entries:
        return {}
    blobs = "".join(f"{entry.blob}\n" for entry in entries).encode()
    return parse_blobs(ask(("cat-file", "--batch"), blobs), entries)


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
) -> bytes:
    """Return the stream that makes one commit and prints its id, its tree and its parent's tree.

    The reference is dropped again at the end: the commit stays, and is found by its id.
    """
    text = message.rstrip("\n").encode() + b"\n"
    head = [
        b"feature done\ncommit %b\nmark :1\ncommitter %b %d +0000\n" % (ref.encode(), str(identity).encode(), seconds),
        _data(text),
        b"from %b\n" % parent.encode() if parent else b"",
    ]
    asked = b"get-mark :1\nls :1 %b\n" % ROOT + (b"ls %b %b\n" % (parent.encode(), ROOT) if parent else b"")
    return b"".join([*head, *_files(changes), asked, b"reset %b\nfrom %b\n\ndone\n" % (ref.encode(), b"0" * 40)])


def _files(changes: Mapping[str, bytes | None]) -> Iterator[bytes]:
    # Deletions first: a file may take the place of a folder.
    for path, content in sorted(changes.items(), key=lambda item: (item[1] is not None, item[0])):
        if problem := path_problem(path):
            raise RepositoryError(f"{path!r} is not written: it {problem}")
        quoted = b'"' + path.encode().replace(b'"', b'\\"') + b'"'
        if content is None:
            yield b"D %b\n" % quoted
        else:
            yield b"M 100644 inline %b\n" % quoted + _data(content)


def _data(content: bytes) -> bytes:
    return b"data %d\n" % len(content) + content + b"\n"


def parse_import(output: str) -> tuple[str, bool]:
    """Return the new commit and whether its tree differs from its parent's."""
    commit, *trees = output.split("\n")
    found = [line for line in trees if line.strip()]
    return commit, len(set(found)) == len(found)
