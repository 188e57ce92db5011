"""One verb's working set: the fleet, the opened target, the stacks' workshop and the repositories."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from orchestration.drivers.git import Repository
from orchestration.drivers.terraform import Program
from orchestration.errors import Interrupted, RepositoryNotFound
from orchestration.events import Events
from orchestration.fleet.model import Fleet
from orchestration.gitops import Repositories
from orchestration.orchestrator.keys import PublicKeys
from orchestration.orchestrator.stacks import Workshop
from orchestration.orchestrator.targets import Connection
from orchestration.orchestrator.unfinished import Resources, Unfinished
from orchestration.provision import Outputs, StackState
from orchestration.provision.known import CORE
from orchestration.status.listing import api_version

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
    def repositories(self) -> Repositories:
        """All repositories, whichever are asked for."""
        place = self.connection.folder / "repositories"
        return Repositories(place, self.connection.git, cancel=self.cancel, trace=self.connection.trace)

    @cached_property
    def control_plane(self) -> Repository:
        """The control-plane repository."""
        assert self.fleet.repositories is not None
        return self.repositories.at(self.fleet.repositories.control_plane_url)

    @cached_property
    def gitops(self) -> Repository:
        """The platform GitOps repository."""
        assert self.fleet.repositories is not None
        return self.repositories.at(self.fleet.repositories.gitops_url)

    def present(self, repository: Repository) -> Repository | None:
        """Return *repository* as fetched, or None if there is none yet."""
        try:
            self.fetch_all([repository])
        except RepositoryNotFound:
            return None
        return repository

    def fetch_all(self, repositories: Iterable[Repository]) -> None:
        """Fetch what this verb has not fetched yet, several at a time."""
        self.in_parallel(self.repositories.fetched, [item.url for item in repositories])

    def in_parallel(self, run: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Return *run* of each item, in order."""
        return list(self.executor.map(run, items))


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
