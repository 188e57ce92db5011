"""The repositories that a verb reads and writes, each fetched once, and what references in them lead to."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from pathlib import Path

from orchestration.drivers.git import GitAccess, Identity, Repository
from orchestration.drivers.git_objects import Room
from orchestration.drivers.trace import Trace, untraced
from orchestration.errors import RepositoryError
from orchestration.kalypso import Repository as Reference
from orchestration.kalypso import is_kustomization, normalized

IDENTITY = Identity("ewo", "ewo@users.noreply.github.com")
IGNORED = ".sourceignore"

Files = Mapping[str, bytes]


class Repositories:
    """Repositories by their URL, with their caches in a folder; what is fetched once is not fetched again.

    The files of all of them share a *room*.
    """

    def __init__(
        self,
        folder: Path,
        access: GitAccess,
        *,
        cancel: threading.Event | None = None,
        trace: Trace = untraced,
        room: Room | None = None,
    ) -> None:
        self._folder, self._access, self._cancel, self._trace = folder, access, cancel, trace
        self._room = room or Room()
        self._known: dict[str, Repository] = {}
        self._fetched: set[str] = set()

    def at(self, url: str) -> Repository:
        """Return the repository at *url*, fetched or not; raise `RepositoryError` for what is no URL of one."""
        if url not in self._known:
            cache = self._folder / f"{hashlib.sha256(url.encode()).hexdigest()[:20]}.git"
            self._known[url] = Repository(
                url,
                cache,
                self._access,
                identity=IDENTITY,
                cancel=self._cancel,
                trace=self._trace,
                room=self._room,
            )
        return self._known[url]

    def fetched(self, url: str) -> Repository:
        """Return the repository at *url*, fetched unless it was before; raise `RepositoryError`."""
        repository = self.at(url)
        if url not in self._fetched:
            repository.fetch()
            self._fetched.add(url)
        return repository

    def follow(self, reference: Reference) -> tuple[str, Files]:
        """Return the commit that a reference leads to and its files, with the root's ignore list.

        What lies outside its folder is the owner's own and is not looked at, unless a kustomization may refer to it.
        """
        repository = self.fetched(reference.repo)
        head = reference.commit or repository.head(reference.branch)
        if reference.commit and not repository.has(head):
            raise RepositoryError(f"{reference.repo} has no commit {head}")
        folder = normalized(reference.path or ".")
        if folder is None:
            raise RepositoryError(f"the path {reference.path} leads out of {reference.repo}")
        files = repository.tree(head, under=folder)
        if any(map(is_kustomization, files)):
            return head, repository.tree(head)
        ignored = repository.file(head, IGNORED)
        return head, {**files, **({IGNORED: ignored} if ignored is not None else {})}
