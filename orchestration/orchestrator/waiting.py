"""Waits for Flux with no fleet file: until every cluster that follows a GitOps branch has come to a commit.

As Kalypso's own workflows wait, but a later commit of the branch counts, too, URLs may be spelled otherwise, a cluster
on which Flux tries again is waited for, one that is not connected is not, and no cluster at all is no success.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from orchestration.drivers.git import Repository
from orchestration.errors import Interrupted
from orchestration.orchestrator.clients import Clients
from orchestration.reports import Outcome
from orchestration.status import Synced, following, read_synced

POLL_SECONDS = 5.0
READS, READS_A_SECOND = 2, 25
"""Requests for each cluster that lags, and what Azure Resource Manager grants a caller of each subscription for good.

https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
"""

COMPLIANT, CONNECTED = "Compliant", "Connected"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FollowerRow:
    """A cluster type's folder on a cluster: what its Flux last reported, and what became of the wait for it."""

    cluster: str
    clusterType: str  # noqa: N815 - the JSON output's key
    configuration: str
    connectivity: str
    state: str
    commit: str | None
    outcome: Outcome
    message: str


@dataclass(frozen=True, slots=True)
class WaitReport:
    """How far the clusters came that follow an environment's GitOps branch; `problems` say who lags, and where."""

    environment: str
    repository: str
    branch: str
    commit: str
    clusters: tuple[FollowerRow, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether every cluster that is not pending is compliant at the commit or a later one."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """Return `ewo.wait/1`."""
        return {
            "schema": "ewo.wait/1",
            "environment": self.environment,
            "repository": self.repository,
            "branch": self.branch,
            "commit": self.commit,
            "done": self.done,
            "clusters": [asdict(row) for row in self.clusters],
            "problems": list(self.problems),
            "notes": list(self.notes),
        }


@dataclass
class Watch:
    """Looks at the clusters that follow a branch again and again; one that has come to the commit is left alone."""

    environment: str
    gitops: Repository
    branch: str
    commit: str
    clients: Clients
    _rows: dict[str, tuple[FollowerRow, ...]] = field(default_factory=dict)
    _connected: set[str] = field(default_factory=set)
    _notes: dict[str, None] = field(default_factory=dict)

    def wait(self, seconds: float, cancel: threading.Event, say: Say) -> WaitReport:
        """Return the report once nobody lags, or after *seconds*; raises `Interrupted` and `ServiceError`."""
        deadline, said = time.monotonic() + seconds, ""
        with ThreadPoolExecutor(8) as executor:
            while True:
                report = self._look(executor)
                left = deadline - time.monotonic()
                if report.done or left <= 0:
                    return report
                if said != (said := f"waiting for {len(report.problems)}: {report.problems[0]}"):
                    say(said)
                cancel.wait(min(left, max(POLL_SECONDS, READS * len(report.problems) / READS_A_SECOND)))
                if cancel.is_set():
                    raise Interrupted("interrupted", hint="nothing was changed: wait again at any time")

    def _look(self, executor: ThreadPoolExecutor) -> WaitReport:
        clusters = following(self.gitops.url, self.branch, self.clients.query)
        asked = [cluster for cluster in clusters if not _settled(self._rows.get(cluster, ()))]
        for cluster, found in zip(asked, executor.map(self._read, asked), strict=True):
            self._rows[cluster] = tuple(self._judged(found))
        rows = tuple(row for cluster in clusters for row in self._rows[cluster])
        followed = {row.clusterType for row in rows}
        alone = (f"no cluster follows cluster type {name}" for name in self._scheduled if name not in followed)
        problems, notes = tuple(self._problems(rows)), (*self._notes, *alone)
        return WaitReport(self.environment, self.gitops.url, self.branch, self.commit, rows, problems, notes)

    def _read(self, cluster: str) -> tuple[Synced, ...]:
        return read_synced(cluster, self.gitops.url, self.branch, self.clients.arm, self.clients.configuration)

    def _judged(self, found: Iterable[Synced]) -> Iterator[FollowerRow]:
        """Yield a row for each cluster type's folder; whatever else of the branch is applied is not waited for."""
        for item in found:
            kind = item.path.removeprefix("./").partition("/")[0]
            if kind not in self._cluster_types:
                what = f"{item.path or '.'}, which is no cluster type of {self.commit[:12]}"
                self._notes[f"{_name(item.cluster)} follows {what}: it is not waited for"] = None
                continue
            yield FollowerRow(
                item.cluster, kind, item.configuration, item.connectivity, item.state,
                item.commit or None, self._outcome(item), item.message,
            )  # fmt: skip

    def _outcome(self, item: Synced) -> Outcome:
        """A cluster that was not connected before is pending; one that drops out while we wait has failed."""
        if item.connected:
            self._connected.add(item.cluster)
        elif item.cluster not in self._connected:
            return "pending"
        return "done" if item.state == COMPLIANT and self._reached(item.commit) else "failed"

    def _reached(self, commit: str) -> bool:
        """Whether a commit is the one that is waited for, or a later one."""
        if commit == self.commit or not commit:
            return commit == self.commit
        if not self.gitops.has(commit):
            self.gitops.fetch()
        return self.gitops.has(commit) and self.gitops.follows(commit, self.commit)

    def _problems(self, rows: Sequence[FollowerRow]) -> Iterator[str]:
        lagging = [row for row in rows if row.outcome == "failed"]
        yield from map(self._lag, lagging)
        where = f"{self.branch} of {self.gitops.url}"
        if not rows:
            advice = "do its clusters lie in a subscription that this login sees, and follow this URL?"
            yield f"no Flux configuration follows a cluster type of {where}: {advice}"
        elif all(row.outcome == "pending" for row in rows):
            names = ", ".join(dict.fromkeys(f"{_name(row.cluster)} ({row.connectivity})" for row in rows))
            yield f"no cluster that follows {where} is connected: {names}"

    def _lag(self, row: FollowerRow) -> str:
        at = row.commit[:12] if row.commit else "no commit"
        wanted = "" if row.commit == self.commit else f", not at {self.commit[:12]}"
        offline = "" if row.connectivity == CONNECTED else f" and {row.connectivity}"
        reason = f": {row.message}" if row.message else ""
        return f"{_name(row.cluster)} ({row.clusterType}) is {row.state}{offline} at {at}{wanted}{reason}"

    @cached_property
    def _folders(self) -> list[list[str]]:
        return [path.split("/") for path in self.gitops.folders(self.commit) if not path.startswith(".")]

    @cached_property
    def _cluster_types(self) -> frozenset[str]:
        return frozenset(parts[0] for parts in self._folders)

    @cached_property
    def _scheduled(self) -> tuple[str, ...]:
        """Cluster types that something is scheduled on."""
        return tuple(dict.fromkeys(parts[0] for parts in self._folders if len(parts) > 1))


def _settled(rows: Sequence[FollowerRow]) -> bool:
    return bool(rows) and all(row.outcome == "done" for row in rows)


def _name(cluster: str) -> str:
    return cluster.rpartition("/")[2]
