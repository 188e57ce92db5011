"""Collects where everything stands: clusters from Azure, heads from Git, solutions from their targets."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from orchestration.drivers.git import Repository
from orchestration.errors import RepositoryError, ServiceError, UsageError
from orchestration.fleet.model import Cluster, Fleet, Target
from orchestration.gitops.wiring import pinned_commit
from orchestration.orchestrator.recording import Record
from orchestration.orchestrator.session import Session
from orchestration.solutions import InstalledSolution, place, solution_status
from orchestration.solutions.named import require_environment
from orchestration.status import EnvironmentRow, StatusReport, TargetRow, judge, read_clusters
from orchestration.status.report import InstalledRow

POLL_SECONDS = 5.0


def collect_status(session: Session, environment: str | None = None, selector: str = "") -> StatusReport:
    """Return the status of the fleet, or of one environment or of clusters with certain labels (`a=b,c=d`)."""
    fleet = _narrowed(session.fleet, environment, selector)
    connection = session.connection
    clusters = read_clusters(fleet, connection.arm, connection.configuration, session.executor, tolerant=True)
    installed = solution_status(fleet, connection.arm, executor=session.executor) if fleet.targets else {}
    targets = tuple(_target(target, installed[target.name]) for target in fleet.targets.values())
    unread: list[str] = []
    control_plane = _readable(session, session.control_plane, unread) if fleet.uses_kalypso else None
    gitops = _readable(session, session.gitops, unread) if fleet.uses_kalypso else None
    environments = tuple(_environments(fleet, control_plane, gitops))
    return judge(fleet, environments, clusters, targets, _placed(fleet), tuple(unread))


def wait_for_clusters(session: Session, record: Record, seconds: float, environment: str | None = None) -> None:
    """Wait until every cluster that is not pending is at its commit, at most *seconds*; what is not then has failed.

    Solutions are not waited for: the rollout has done that, and has said what became of each.
    """
    deadline = time.monotonic() + seconds
    while unsettled := collect_status(session, environment).unsettled:
        session.progress("progress", "wait", session.fleet.name, "", unsettled[0])
        if time.monotonic() > deadline:
            for problem in unsettled:
                record.fail("wait", session.fleet.name, f"after {seconds:.0f} s: {problem}", "see `ewo status`")
            return
        session.cancel.wait(min(POLL_SECONDS, max(0.1, deadline - time.monotonic())))
        session.check()


def _narrowed(fleet: Fleet, environment: str | None, selector: str) -> Fleet:
    require_environment(fleet, environment)
    wanted = _labels(selector)
    environments = {name: item for name, item in fleet.environments.items() if environment in (None, name)}
    clusters = {
        cluster.name: cluster
        for cluster in fleet.clusters.values()
        if cluster.environment in environments and wanted.items() <= _labels_of(fleet, cluster).items()
    }
    if wanted and not clusters:
        raise UsageError(f"no cluster has the labels {selector}", hint="they are those of cluster type and cluster")
    return replace(fleet, environments=environments, clusters=clusters)


def _labels(selector: str) -> dict[str, str]:
    pairs = [pair.strip().partition("=") for pair in selector.split(",") if pair.strip()]
    if not all(key and equals for key, equals, _ in pairs):
        raise UsageError(f"{selector!r} selects nothing", hint="write labels as KEY=VALUE, several with commas")
    return {key: value for key, _, value in pairs}


def _labels_of(fleet: Fleet, cluster: Cluster) -> dict[str, str]:
    return {**fleet.cluster_types[cluster.cluster_type].labels, **cluster.labels}


def _target(target: Target, installed: Sequence[InstalledSolution] | ServiceError) -> TargetRow:
    if isinstance(installed, ServiceError):
        return TargetRow(target.name, target.cluster, (), str(installed))
    return TargetRow(target.name, target.cluster, tuple(map(_row, installed)))


def _row(item: InstalledSolution) -> InstalledRow:
    return InstalledRow(
        item.name, item.version, str(item.revision), item.state, item.values, item.healthy, item.message
    )


def _placed(fleet: Fleet) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for solution in fleet.solutions.values():
        for placed in place(fleet, solution):
            found[placed.target.name] = (*found.get(placed.target.name, ()), solution.name)
    return found


def _readable(session: Session, repository: Repository, unread: list[str]) -> Repository | None:
    """Return a repository as fetched, None if there is none or it cannot be read, which is added to *unread*."""
    try:
        return session.present(repository)
    except RepositoryError as error:
        unread.append(str(error))
        return None


def _environments(
    fleet: Fleet, control_plane: Repository | None, gitops: Repository | None
) -> Iterator[EnvironmentRow]:
    wired = control_plane.heads() if control_plane else {}
    scheduled = gitops.heads() if gitops else {}
    for name in fleet.environments:
        head = wired.get(name)
        pin = pinned_commit(control_plane.tree(head)) if control_plane and head else None
        yield EnvironmentRow(name, head, scheduled.get(name), pin)
