"""What an environment is made of: its objects followed to base repositories and workloads, as Kalypso follows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from orchestration.errors import RepositoryError
from orchestration.kalypso import Issue, References, Source, is_there, references
from orchestration.kalypso import Repository as Reference

Files = Mapping[str, bytes]
Fetch = Callable[[Reference], "tuple[str, Files]"]
"""Returns the commit that a reference leads to, and its files; raises `RepositoryError`."""

NOWHERE = "add a GitOpsRepo to the branch {environment}: it says where the schedule goes"


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """The control plane's files, as they are or will be, by branch or commit; both raise `RepositoryError`."""

    url: str
    branch: Callable[[str], Files]
    at: Callable[[str], Files]


@dataclass(frozen=True, slots=True)
class Followed:
    """An environment's sources, by the names of the objects that refer to them.

    What cannot be read is left out: `unread` says why, and `complete` whether all bases are there.
    """

    bases: Mapping[str, Source]
    workloads: Mapping[str, Source]
    unread: tuple[Issue, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Follower:
    """Follows environments; what several of them refer to is read once."""

    control_plane: ControlPlane
    fetch: Fetch
    _seen: dict[Reference, tuple[str, Files] | str] = field(default_factory=dict)

    def follow(self, environment: str, source: Source) -> Followed:
        """Return the sources that *source*, the environment's branch, leads to, base by base."""
        bases, unread, found = self._bases(environment, source)
        workloads = {name: self._workload(name, item) for name, item in found.workloads.items()}
        issues = (Issue("", f"workload {name}: {why}") for name, why in workloads.items() if isinstance(why, str))
        there = {name: read for name, read in workloads.items() if isinstance(read, Source)}
        return Followed(bases, there, (*unread, *issues), complete=not unread)

    def gitops(self, environment: str, source: Source) -> tuple[Reference, ...]:
        """Return where the environment's schedule goes; raise `RepositoryError` if nowhere that is known."""
        _, unread, found = self._bases(environment, source)
        if not found.gitops:
            why = [f"{environment} has no GitOpsRepo", *(issue.message for issue in unread)]
            raise RepositoryError("; ".join(why), hint=NOWHERE.format(environment=environment))
        return tuple(found.gitops.values())

    def _bases(self, environment: str, source: Source) -> tuple[dict[str, Source], tuple[Issue, ...], References]:
        """Return the bases, why others are not read, and what all of them refer to."""
        bases: dict[str, Source] = {}
        unread: dict[str, Issue] = {}
        found = references(environment, source, bases)
        while new := {name: item for name, item in found.bases.items() if name not in {*bases, *unread}}:
            for name, reference in new.items():
                read = self._source(name, reference)
                if isinstance(read, Source):
                    bases[name] = read
                else:
                    unread[name] = Issue("", f"BaseRepo {name}: {read}")
            found = references(environment, source, bases)
        return bases, tuple(unread.values()), found

    def _workload(self, name: str, reference: Reference) -> Source | str:
        """Return a workload's source, or why there is none: a folder that is absent is no empty one."""
        read = self._source(name, reference)
        if isinstance(read, Source) and not is_there(read):
            return f"{reference.repo} at {reference.branch} ({read.commit[:12]}) has no folder {reference.path}"
        return read

    def _source(self, name: str, reference: Reference) -> Source | str:
        if reference not in self._seen:
            try:
                self._seen[reference] = self._read(reference)
            except RepositoryError as error:
                self._seen[reference] = str(error)
        found = self._seen[reference]
        return found if isinstance(found, str) else Source(name, found[1], reference.path or ".", found[0])

    def _read(self, reference: Reference) -> tuple[str, Files]:
        if reference.repo != self.control_plane.url:
            return self.fetch(reference)
        if reference.commit:
            return reference.commit, self.control_plane.at(reference.commit)
        return "", self.control_plane.branch(reference.branch)
