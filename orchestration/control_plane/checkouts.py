"""An environment's sources as checkouts: its branch, bases and workloads, each a folder or `GIT_DIR@REVISION`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.drivers.checkout import MAX_CHECKOUT, read_checkout
from orchestration.drivers.git_objects import Room
from orchestration.errors import RepositoryError, RepositoryNotFound
from orchestration.kalypso import Inputs, Issue, Source

Files = Mapping[str, bytes]
MAX_CHECKOUTS = 2 * MAX_CHECKOUT


@dataclass(frozen=True)
class Sources:
    """What one environment is made of; `source` is None, and `unread` says why, where there is nothing to read.

    A workload that is None contributes nothing; `configs` holds ConfigMaps that are made in the cluster, and
    `workload_bases` lets workloads bring base repos of their own.
    """

    environment: str
    source: Source | None
    bases: Mapping[str, Source]
    workloads: Mapping[str, Source | None]
    unread: tuple[Issue, ...] = ()
    configs: Source | None = None
    workload_bases: bool = False

    @property
    def inputs(self) -> Inputs:
        """What was read, where there is a `source`."""
        assert self.source is not None, "unread says why"
        return Inputs(
            self.environment, self.source, self.bases, self.workloads, self.configs, workload_bases=self.workload_bases
        )


@dataclass
class Reader:
    """Reads checkouts, each once: several sources may lie in one."""

    _read: dict[str, Files] = field(default_factory=dict)
    _room: Room = field(default_factory=lambda: Room(MAX_CHECKOUT, MAX_CHECKOUTS))

    def files(self, where: str) -> Files:
        """Return a checkout's files; raises `RepositoryError`, also for what is too much beside those read before."""
        if where not in self._read:
            found = read_checkout(where)
            self._room.take(sum(map(len, found.values())), where)
            self._read[where] = found
        return self._read[where]


def read_sources(
    environment: str,
    source: str,
    *,
    path: str = ".",
    bases: Mapping[str, str] | None = None,
    workloads: Mapping[str, str] | None = None,
    configs: Sequence[Path] = (),
    workload_bases: bool = False,
    reader: Reader | None = None,
) -> Sources:
    """Read an environment's sources: the checkout of its branch, and others by their BaseRepo or WorkloadRegistration.

    *configs* are files of ConfigMaps that are made in the cluster.

    What is absent or refused is told in the result: a branch or base blocks, a workload that is absent does not.
    """
    read = reader or Reader()
    unread: list[Issue] = []
    found: dict[str, Source] = {}
    for name, where in {"": source, **(bases or {})}.items():
        try:
            found[name] = Source(name or environment, read.files(where), path if not name else ".")
        except RepositoryError as error:
            what = f"BaseRepo {name}" if name else f"environment {environment}"
            unread.append(Issue("", f"{what}: {error}", None, error.hint))
    there: dict[str, Source | None] = {}
    for name, where in (workloads or {}).items():
        try:
            there[name] = Source(name, read.files(where))
        except RepositoryNotFound:
            there[name] = None
        except RepositoryError as error:
            there[name] = None
            unread.append(Issue("", f"WorkloadRegistration {name}: {error}", None, error.hint))
    own = found.pop("", None)
    return Sources(environment, own, found, there, tuple(unread), read_configs(configs), workload_bases)


def read_configs(files: Sequence[Path]) -> Source | None:
    """Return the source of ConfigMaps that are made in the cluster, None without any."""
    return Source("--config", {path.name: path.read_bytes() for path in files}) if files else None
