"""One verb's working set: the fleet, the opened target, the stacks' workshop and the repositories."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from orchestration.drivers.git import Identity, Repository
from orchestration.drivers.terraform import Program
from orchestration.errors import Interrupted, RepositoryError, RepositoryNotFound
from orchestration.events import Events
from orchestration.fleet.model import Fleet
from orchestration.kalypso import Repository as Reference
from orchestration.kalypso import is_kustomization, normalized
from orchestration.orchestrator.keys import PublicKeys
from orchestration.orchestrator.stacks import Workshop
from orchestration.orchestrator.targets import Connection
from orchestration.orchestrator.unfinished import Resources, Unfinished
from orchestration.provision import Outputs, StackState
from orchestration.provision.known import CORE
from orchestration.status.listing import api_version

IDENTITY = Identity("ewo", "ewo@users.noreply.github.com")

IGNORED = ".sourceignore"

Files = Mapping[str, bytes]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs that a verb runs."""

    terraform: Program
    git: Path


@dataclass
class Session:
    """What the steps of one verb share."""

    fleet: Fleet
    connection: Connection
    workshop: Workshop
    executor: Executor
    progress: Events
    cancel: threading.Event
    _fetched: dict[str, Repository] = field(default_factory=dict)

    def check(self) -> None:
        """Raise `Interrupted` if the caller asked to stop."""
        if self.cancel.is_set():
            raise Interrupted("interrupted", hint="it is safe to run the same command again")

    def states(self) -> dict[str, StackState]:
        """Return the states of the stacks that have one, by name."""
        return self.workshop.read_states(self.executor)

    def outputs(self) -> Outputs:
        """Return the outputs of every stack that has a state."""
        return Outputs({name: state.outputs for name, state in self.states().items()})

    def made(self) -> frozenset[str]:
        """Return the ids, in lower case, of all that is in state."""
        return frozenset(item.lower() for state in self.states().values() for item in state.ids.values())

    @cached_property
    def control_plane(self) -> Repository:
        """The control-plane repository."""
        assert self.fleet.repositories is not None
        return self._repository(self.fleet.repositories.control_plane_url)

    @cached_property
    def gitops(self) -> Repository:
        """The platform GitOps repository."""
        assert self.fleet.repositories is not None
        return self._repository(self.fleet.repositories.gitops_url)

    def _repository(self, url: str) -> Repository:
        cache = self.connection.folder / "repositories" / f"{hashlib.sha256(url.encode()).hexdigest()[:20]}.git"
        return Repository(
            url, cache, self.connection.git, identity=IDENTITY, cancel=self.cancel, trace=self.connection.trace
        )

    def present(self, repository: Repository) -> Repository | None:
        """Return *repository* as fetched, or None if there is none yet."""
        try:
            self.fetch_all([repository])
        except RepositoryNotFound:
            return None
        return repository

    def fetch_all(self, repositories: Iterable[Repository]) -> None:
        """Fetch what this verb has not fetched yet, several at a time."""
        missing = [item for item in repositories if item.url not in self._fetched]
        for item in self.executor.map(_fetch, missing):
            self._fetched[item.url] = item

    def follow(self, reference: Reference) -> tuple[str, Files]:
        """Return the commit that a reference leads to and its files, with the root's ignore list.

        What lies outside its folder is the owner's own and is not looked at, unless a kustomization may refer to it.
        """
        if reference.repo not in self._fetched:
            self._fetched[reference.repo] = _fetch(self._repository(reference.repo))
        repository = self._fetched[reference.repo]
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

    def in_parallel(self, run: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Return *run* of each item, in order."""
        return list(self.executor.map(run, items))


def _fetch(repository: Repository) -> Repository:
    repository.fetch()
    return repository


def open_session(
    fleet: Fleet,
    connection: Connection,
    executor: Executor,
    progress: Events,
    cancel: threading.Event,
    kill: threading.Event,
    tools: Tools,
    stacks: Path,
    log_dir: Path | None,
) -> Session:
    """Return the working set of one verb; *stacks* is where stacks run, *log_dir* None if it only looks."""
    keys = PublicKeys()
    workshop = Workshop(
        fleet=fleet.name,
        folder=stacks,
        states=connection.states,
        unfinished=_unfinished(fleet, connection, progress, cancel),
        environment=connection.terraform,
        secrets=connection.secrets,
        keys=keys,
        variables=connection.variables,
        progress=progress,
        program=tools.terraform,
        cancel=cancel,
        kill=kill,
        log_dir=log_dir,
        hidden=connection.hidden,
        alone=log_dir is None,
        trace=connection.trace,
        lock_file=connection.lock_file,
    )
    keys.remember(workshop.read_states(executor).values())
    core = workshop.state(CORE)
    workshop.digest_key = (core.outputs.get("digest_key") if core else None) or secrets.token_hex(32)
    return Session(fleet, connection, workshop, executor, progress, cancel)


def _unfinished(fleet: Fleet, connection: Connection, progress: Events, cancel: threading.Event) -> Unfinished:
    def read(resource_id: str) -> Mapping[str, Any] | None:
        return connection.arm_of(resource_id).get(resource_id, api_version(resource_id))

    def delete(resource_id: str) -> None:
        connection.arm_of(resource_id).delete(resource_id, api_version(resource_id))

    return Unfinished(fleet.name, connection.states, Resources(read, delete), progress, cancel)
