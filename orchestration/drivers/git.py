"""A Git repository read and written without a working tree: commits in, files by path out.

Objects are kept in a bare cache of our own, which may be deleted at any time; the repository's URL is given to each
command, so that nothing about hosts, credentials or the sandbox is ever stored in it.
"""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from orchestration.drivers import process, programs
from orchestration.drivers.disk import shortage, written
from orchestration.drivers.git_access import GitAccess, StandIn, check_branch, failure, parse_url
from orchestration.drivers.git_objects import (
    MAX_LISTED,
    REGULAR,
    Identity,
    Room,
    import_stream,
    listed,
    parse_edits,
    parse_import,
    read_ids,
    read_tree,
)
from orchestration.drivers.retrying import retried
from orchestration.drivers.trace import Trace, traced, untraced
from orchestration.errors import RepositoryBusy, RepositoryError

MINIMUM = (2, 31)
ADVICE = "install it from https://git-scm.com/downloads and put it on PATH"
COMMIT = re.compile(r"[0-9a-f]{40}")
TRACKED = "refs/remotes/origin/"
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(64 << 20)}
"""Lets glibc keep what zlib takes anew for each object; to return it to the system each time took half of an import.

https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
"""
WHOLE = "--depth=0"
"""Keeps fast-import from trying each file as a difference from the one before, for a third of its time; a push does."""
MOVED = (
    "fetch first",
    "non-fast-forward",
    "stale info",
    "cannot lock ref",
    "failed to update ref",
    "already exists",
    "incorrect old value",
)
"""Reasons of a rejected push that mean: somebody was faster."""


def find(env: Mapping[str, str] | None = None, *, cancel: threading.Event | None = None) -> Path:
    """Return the Git on PATH; raise `ToolMissing` if it is absent or older than 2.31."""
    return programs.which("git", minimum=MINIMUM, advice=ADVICE, env=env, cancel=cancel)


def remote_heads(url: str, access: GitAccess, *, cancel: threading.Event | None = None) -> dict[str, str]:
    """Return the commits of a repository's branches by one question to its host.

    Raises `RepositoryNotFound`, `RepositoryDenied` or another `RepositoryError`.
    """
    parse_url(url)

    def ask() -> process.Completed:
        # In the root folder no repository's own configuration is found.
        argv = ("git", "ls-remote", "--heads", "--", url)
        done = process.run(argv, cwd=Path("/"), env=access.environment(url), cancel=cancel, kill=cancel)
        if done.code:
            raise failure(url, done)
        return done

    done = _patiently(ask, cancel)
    lines = (line.split("\t") for line in done.stdout.splitlines())
    return {name.removeprefix("refs/heads/"): commit for commit, name in lines}


Result = TypeVar("Result")


def _patiently(ask: Callable[[], Result], cancel: threading.Event | None) -> Result:
    """Return what a question to a host returns, asked again while the host is busy."""
    return retried(ask, RepositoryBusy, times=4, seconds=180, longest=5, cancel=cancel)


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a push: branches it changed, branches that had moved meanwhile, and those the host refused.

    It is true if every branch was taken; `refused` has the host's words by branch.
    """

    taken: tuple[str, ...]
    moved: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return not self.moved and not self.refused

    def refusal(self, url: str) -> RepositoryError:
        """Return the error for what was refused."""
        return refusal(url, self.refused)


def refusal(url: str, refused: Mapping[str, str]) -> RepositoryError:
    """Return the error for branches, with the host's words, that may not be pushed to."""
    words = "\n".join(dict.fromkeys(refused.values()))
    hint = "is the branch protected? let this token push to it, or deliver by pull request; then run it again"
    if "No space left" in words:
        hint = "the disk of the host is full: make room there, then run the same command again"
    return RepositoryError(f"the host refuses our push to {', '.join(refused)} of {url}:\n{words}", hint=hint)


class Repository:
    """A repository as of the last `fetch`; its methods raise `RepositoryError`. What is read is held in the *room*."""

    def __init__(
        self,
        url: str,
        cache: Path,
        access: GitAccess,
        *,
        identity: Identity,
        now: Callable[[], float] = time.time,
        cancel: threading.Event | None = None,
        trace: Trace = untraced,
        room: Room | None = None,
    ) -> None:
        parse_url(url)
        self.url = url
        self._cache, self._access, self._identity, self._now, self.cancel = cache, access, identity, now, cancel
        self._trace = trace
        self._environment = {**access.environment(url), "GIT_DIR": str(cache)}
        self._heads: dict[str, str] = {}
        self._trees: dict[tuple[str, str], dict[str, bytes]] = {}
        self._room = room or Room()

    def fetch(self) -> None:
        """Take over every branch of the repository, and forget those it has no more, and the files that were read."""
        from filelock import FileLock  # delayed: only a fetch needs it

        self._room.taken -= sum(len(content) for tree in self._trees.values() for content in tree.values())
        self._trees.clear()
        with written(self._cache):
            self._cache.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._cache.with_name(f"{self._cache.name}.lock")):
            if not (self._cache / "HEAD").exists():
                self._git("init", "--quiet", "--bare", "--template=")
            self._remote(
                "fetch", "--quiet", "--no-tags", "--prune", "--no-write-fetch-head", "--no-recurse-submodules",
                "--", self.url, f"+refs/heads/*:{TRACKED}*",
            )  # fmt: skip
            listed = self._git("for-each-ref", "--format=%(objectname) %(refname)", TRACKED).stdout
        lines = (line.split(" ", 1) for line in listed.splitlines())
        self._heads = {name.removeprefix(TRACKED): commit for commit, name in lines}

    def heads(self) -> Mapping[str, str]:
        """Return the commits of all branches, as of the last fetch or push."""
        return dict(self._heads)

    def head(self, branch: str) -> str:
        """Return a branch's commit; raise `RepositoryError` that names the branches there are."""
        found = self._heads.get(branch)
        if found is None:
            there = ", ".join(sorted(self._heads)) or "none"
            raise RepositoryError(f"{self.url} has no branch {branch}", hint=f"its branches: {there}")
        return found

    def has(self, commit: str) -> bool:
        """Whether a commit is known here."""
        if not COMMIT.fullmatch(commit):
            return False
        done = process.run(("git", "cat-file", "-e", f"{commit}^{{commit}}"), env=self._environment)
        return done.code == 0

    def follows(self, commit: str, earlier: str) -> bool:
        """Whether a commit that is known here is *earlier*, or has it among those before it."""
        argv = ("git", "merge-base", "--is-ancestor", self._commit(earlier), self._commit(commit))
        return process.run(argv, env=self._environment, cancel=self.cancel).code == 0

    def folders(self, commit: str) -> tuple[str, ...]:
        """Return the paths of all folders of a commit."""
        arguments = ("ls-tree", "-r", "-d", "-z", "--name-only", "--full-tree", self._commit(commit))
        listing = listed(self._ask, arguments, self._at(commit))
        return tuple(path.decode(errors="replace") for path in listing.split(b"\0") if path)

    def tree(self, commit: str, under: str = "") -> Mapping[str, bytes]:
        """Return the files of a commit by path, all or those in the folder *under*; refuse links and huge files."""
        key = (self._commit(commit), under.strip("/"))
        if key not in self._trees:
            self._trees[key] = self._read(*key)
        return dict(self._trees[key])

    def blob_ids(self, commit: str) -> Mapping[str, str]:
        """Return the blob ids of a commit's files by path; no content is read, so that there may be many of them."""
        return read_ids(self._ask, self._commit(commit), self._at(commit), most=MAX_LISTED)

    def file(self, commit: str, path: str) -> bytes | None:
        """Return one file of a commit, or None if there is no such regular file."""
        listing = self._git("ls-tree", "-z", "--long", "--full-tree", self._commit(commit), "--", path).output
        regular = any(listing.startswith(mode.encode()) for mode in REGULAR)
        return self._git("cat-file", "blob", f"{commit}:{path}").output if regular else None

    def blob(self, id_: str) -> bytes | None:
        """Return the content of a blob, or None if it is not known here."""
        if not COMMIT.fullmatch(id_):
            return None
        done = process.run(("git", "cat-file", "blob", id_), env=self._environment)
        return done.output if done.code == 0 else None

    def edits(self, head: str) -> Mapping[str, str]:
        """Return the commits after the last of our own, by the paths they touched; the latest counts.

        Nothing if there is none of our own: then all is somebody else's.
        """
        author = f"--author=<{self._identity.email}>"
        last = self._git("log", "-1", "--format=%H", "--fixed-strings", author, self._commit(head)).stdout.strip()
        if not last or last == head:
            return {}
        commits = self._git("rev-list", "--no-merges", f"{last}..{head}").stdout
        arguments = ("diff-tree", "--stdin", "-r", "-z", "--root", "--name-only")
        listing = listed(self._ask, arguments, self._at(head), commits.encode())
        return parse_edits(listing, commits.split())

    def commit(self, parent: str | None, changes: Mapping[str, bytes | None], message: str) -> str | None:
        """Write a commit on top of *parent* (None means content to be removed); return None if nothing would differ."""
        ref = f"refs/ewo/{uuid.uuid4()}"
        base = self._commit(parent) if parent else None
        stream = import_stream(ref, base, changes, message, self._identity, int(self._now()))
        done = self._git("fast-import", "--quiet", "--done", WHOLE, given=stream, more=KEEP_MEMORY)
        commit, differs = parse_import(done.stdout)
        return commit if differs else None

    def push(self, commits: Mapping[str, str]) -> Pushed:
        """Put commits on their branches, all in one push and never forced; return which branches took theirs."""
        return _patiently(lambda: self._push(commits), self.cancel)

    def _push(self, commits: Mapping[str, str]) -> Pushed:
        refs = [f"{self._commit(commit)}:refs/heads/{check_branch(branch)}" for branch, commit in commits.items()]
        argv = ("git", "push", "--quiet", "--porcelain", "--", self.url, *refs)
        with traced(self._trace, f"git push {self.url} {' '.join(commits)}"):
            done = process.run(argv, env=self._environment, cancel=self.cancel)
        results = [line.split("\t") for line in done.stdout.splitlines() if line.count("\t") == 2]
        reasons = {target.rpartition(":refs/heads/")[2]: reason for flag, target, reason in results if flag == "!"}
        if done.code and not reasons:
            raise failure(self.url, done, shortage(self._cache))
        taken = tuple(branch for branch in commits if branch not in reasons)
        self._heads |= {branch: commits[branch] for branch in taken}
        moved = tuple(name for name, reason in reasons.items() if any(sign in reason for sign in MOVED))
        said = "\n".join(line for line in done.stderr.splitlines() if line.startswith("remote:"))
        refused = {name: f"{reason}\n{said}".strip() for name, reason in reasons.items() if name not in moved}
        return Pushed(taken, moved, refused)

    def _read(self, commit: str, under: str) -> dict[str, bytes]:
        return read_tree(self._ask, commit, self._at(commit), under, self._room)

    def _ask(self, arguments: tuple[str, ...], given: bytes, most: int) -> bytes:
        return self._git(*arguments, given=given, most=most).output

    def _at(self, commit: str) -> str:
        return f"{self.url} at {commit[:12]}"

    def _commit(self, commit: str) -> str:
        if not COMMIT.fullmatch(commit):
            raise RepositoryError(f"{commit!r} is no commit", hint="write all 40 digits of its id")
        return commit

    def _remote(self, *arguments: str) -> None:
        def ask() -> None:
            with traced(self._trace, f"git {arguments[0]} {self.url}"):
                done = process.run(("git", *arguments), env=self._environment, cancel=self.cancel)
            if done.code:
                raise failure(self.url, done, shortage(self._cache))

        _patiently(ask, self.cancel)

    def _git(
        self,
        *arguments: str,
        given: process.Input | None = None,
        more: Mapping[str, str] | None = None,
        most: int | None = None,
    ) -> process.Completed:
        environment = {**self._environment, **(more or {})}
        done = process.run(("git", *arguments), env=environment, input=given, cancel=self.cancel, most=most)
        if done.code:
            raise RepositoryError(
                f"git {arguments[0]} failed in our copy of {self.url}:\n{done.stderr.strip()}",
                hint=shortage(self._cache)
                or f"remove {self._cache} and run the same command again: it is fetched anew",
            )
        return done


__all__ = ["GitAccess", "Identity", "Pushed", "Repository", "StandIn", "find", "refusal", "remote_heads"]
