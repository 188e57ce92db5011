"""The judgement: is every cluster connected at its expected commit, and every placed solution healthy?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from orchestration.fleet.model import Fleet, Script
from orchestration.provision.inputs.shard import CERT_MANAGER_TYPES, FLUX_TYPE, ORCHESTRATION_TYPE
from orchestration.status.clusters import ClusterState

OURS = frozenset({FLUX_TYPE, ORCHESTRATION_TYPE, *CERT_MANAGER_TYPES.values()})
"""Types of extensions that a fleet stands on; what others have put on a cluster is theirs to look after."""


@dataclass(frozen=True, slots=True)
class EnvironmentRow:
    """Heads of an environment's branches, and the commit of main that it runs."""

    name: str
    controlPlaneCommit: str | None  # noqa: N815 - the JSON output's key
    gitopsCommit: str | None  # noqa: N815
    promotedCommit: str | None  # noqa: N815


@dataclass(frozen=True, slots=True)
class InstalledRow:
    """A solution on a target, with the values its installed version was resolved to."""

    name: str
    version: str
    revision: str
    state: str
    values: Mapping[str, Any]
    healthy: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target and what runs on it, or the error for which that is not known."""

    name: str
    cluster: str
    solutions: tuple[InstalledRow, ...]
    error: str = ""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Where everything stands; `problems` and what is `pending` are sentences, each with what to do.

    `unsettled` are the problems of clusters, which time alone may settle.
    """

    environments: tuple[EnvironmentRow, ...]
    clusters: tuple[Mapping[str, Any], ...]
    targets: tuple[TargetRow, ...]
    problems: tuple[str, ...]
    summary: Mapping[str, str]
    pending: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether there is no problem; what is pending is none."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """Return `ewo.status/1`."""
        return {
            "schema": "ewo.status/1",
            "healthy": self.healthy,
            "environments": [asdict(row) for row in self.environments],
            "clusters": [dict(row) for row in self.clusters],
            "targets": [_target(row) for row in self.targets],
            "pending": list(self.pending),
            "problems": list(self.problems),
        }


def _target(row: TargetRow) -> dict[str, Any]:
    keys = ("name", "version", "revision", "state", "values")
    solutions = [{key: getattr(item, key) for key in keys} for item in row.solutions]
    return {"name": row.name, "cluster": row.cluster, "solutions": solutions}


def judge(
    fleet: Fleet,
    environments: tuple[EnvironmentRow, ...],
    clusters: Mapping[str, ClusterState],
    targets: tuple[TargetRow, ...],
    placed: Mapping[str, tuple[str, ...]],
    unread: tuple[str, ...] = (),
) -> StatusReport:
    """Return the report; *placed* names the solutions that each target is to have.

    *unread* are problems of the repositories: where the GitOps repository is among them, no commit is expected.
    """
    known = any(row.gitopsCommit for row in environments) or not unread
    expected = {row.name: row.gitopsCommit for row in environments} if known else {}
    rows = tuple(_cluster_row(fleet, state, expected) for state in clusters.values())
    unsettled = tuple(_cluster_problems(fleet, clusters, expected))
    problems = (*unread, *unsettled, *_target_problems(fleet, clusters, targets, placed))
    summary = _summary(fleet, clusters, expected, targets, placed)
    return StatusReport(environments, rows, targets, problems, summary, tuple(_pending(fleet, clusters)), unsettled)


def _cluster_row(fleet: Fleet, state: ClusterState, expected: Mapping[str, str | None]) -> Mapping[str, Any]:
    cluster = fleet.clusters[state.name]
    wanted = expected.get(cluster.environment)
    flux = {
        "state": state.flux.state if state.flux else None,
        "commit": commit_of(state.flux.commit) if state.flux else None,
        "expectedCommit": wanted,
    }
    return {
        "name": state.name,
        "environment": cluster.environment,
        "clusterType": cluster.cluster_type,
        "id": cluster.id,
        "connectivity": state.connectivity,
        "flux": flux,
        "extensions": [
            {"name": item.name, "type": item.type, "version": item.version, "state": item.state}
            for item in state.extensions
        ],
    }


def commit_of(revision: str) -> str:
    """Return the commit of a Flux revision such as `main@sha1:<hex>`."""
    return revision.rsplit(":", 1)[-1]


def is_pending(state: ClusterState) -> bool:
    """Whether the cluster is waited for rather than broken: it has not connected, or is offline."""
    return not state.connected and not state.error


def _pending(fleet: Fleet, clusters: Mapping[str, ClusterState]) -> Iterator[str]:
    for state in filter(is_pending, clusters.values()):
        scripted = state.connectivity == "Absent" and isinstance(fleet.clusters[state.name].connection, Script)
        advice = f"; run its script: ewo cluster script FLEET {state.name}" if scripted else ""
        yield f"cluster {state.name} is {state.connectivity}{advice}"


def _cluster_problems(
    fleet: Fleet, clusters: Mapping[str, ClusterState], expected: Mapping[str, str | None]
) -> Iterator[str]:
    for state in clusters.values():
        cluster = fleet.clusters[state.name]
        if is_pending(state):
            continue
        if state.error:
            yield f"cluster {state.name} cannot be read: {state.error}"
            continue
        for item in state.extensions:
            if item.type in OURS and item.state not in ("Succeeded", ""):
                yield f"extension {item.name} of cluster {state.name} is {item.state}"
        if fleet.uses_kalypso:
            yield from _flux_problems(state, expected, cluster.environment)


def _flux_problems(state: ClusterState, expected: Mapping[str, str | None], environment: str) -> Iterator[str]:
    wanted = expected.get(environment)
    if state.flux is None:
        yield f"cluster {state.name} has no Flux configuration; run ewo up"
    elif state.flux.state != "Compliant":
        reason = f": {state.flux.message}" if state.flux.message else ""
        yield f"Flux on cluster {state.name} is {state.flux.state}{reason}"
    elif environment in expected and commit_of(state.flux.commit) != wanted:
        present = commit_of(state.flux.commit)[:12]
        yield f"cluster {state.name} is at {present}, its branch at {(wanted or 'nothing')[:12]}"


def _target_problems(
    fleet: Fleet,
    clusters: Mapping[str, ClusterState],
    targets: tuple[TargetRow, ...],
    placed: Mapping[str, tuple[str, ...]],
) -> Iterator[str]:
    for row in targets:
        if is_pending(clusters[row.cluster]):
            continue
        if row.error:
            yield f"target {row.name} cannot be read: {row.error}"
            continue
        there = {item.name: item for item in row.solutions}
        for name in placed.get(row.name, ()):
            if name not in there:
                yield f"solution {name} is not on target {row.name}; run ewo up"
            elif not there[name].healthy:
                item = there[name]
                reason = f": {item.message}" if item.message else ""
                yield f"solution {name} on target {row.name} is {item.state}{reason}"


def _summary(
    fleet: Fleet,
    clusters: Mapping[str, ClusterState],
    expected: Mapping[str, str | None],
    targets: tuple[TargetRow, ...],
    placed: Mapping[str, tuple[str, ...]],
) -> dict[str, str]:
    """Return one line for each environment."""
    found: dict[str, str] = {}
    for name in fleet.environments:
        mine = [state for state in clusters.values() if fleet.clusters[state.name].environment == name]
        synced = [state for state in mine if state.flux and commit_of(state.flux.commit) == expected.get(name)]
        rows = [row for row in targets if fleet.clusters[row.cluster].environment == name]
        wanted = sum(len(placed.get(row.name, ())) for row in rows)
        healthy = sum(item.healthy and item.name in placed.get(row.name, ()) for row in rows for item in row.solutions)
        connected = sum(state.connected for state in mine)
        unknown = ["unknown: all pending"] if mine and not connected else []
        parts = [*unknown, f"{connected}/{len(mine)} connected"]
        if fleet.uses_kalypso:
            parts.append(f"{len(synced)}/{len(mine)} at the expected commit")
        if wanted:
            parts.append(f"{healthy}/{wanted} solutions healthy")
        found[name] = ", ".join(parts)
    return found
