"""Removes what a fleet made, in reverse, and lists what it leaves and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from orchestration.errors import Interrupted, OrchestrationError
from orchestration.fleet import naming
from orchestration.fleet.model import Cluster, Existing
from orchestration.orchestrator.leaving import targets_of
from orchestration.orchestrator.provisioning import GROUP_API, TAG, scopes
from orchestration.orchestrator.refused import forget_refused
from orchestration.orchestrator.session import Session
from orchestration.provision import StackResult, StackState
from orchestration.provision.known import teardown_order
from orchestration.reports import DownReport, Failure, Left, StackRow
from orchestration.solutions import clear_target, uninstall_all
from orchestration.status.clusters import AKS_API, CLUSTER_API

CLUSTER_TYPE = "microsoft.kubernetes/connectedclusters"
NOT_OURS = "this fleet did not make it"


def tear_down(session: Session, run: str) -> DownReport:
    """Uninstall solutions, destroy stacks in reverse, delete what scripts connected and the groups we made."""
    states = session.states()
    failed: list[Failure] = []
    if any(state.ids for state in states.values()) and session.fleet.uses_orchestration:
        failed += _uninstall(session)
    failed += _clear_forgotten(session, states.values())
    rows = list(_destroy(session, states, failed))
    deleted = [] if failed else [*_delete_clusters(session), *_delete_groups(session)]
    if not failed:
        forget_refused(session)
    return DownReport(tuple(rows), tuple(deleted), tuple(_left(session)), tuple(failed), run)


def _uninstall(session: Session) -> list[Failure]:
    outcomes = uninstall_all(
        session.fleet,
        session.connection.arm,
        executor=session.executor,
        cancel=session.cancel,
        progress=session.progress,
    )
    return [
        Failure("uninstall", f"{row.solution} on {row.target}", row.error, row.hint)
        for row in outcomes
        if row.outcome == "failed"
    ]


def _clear_forgotten(session: Session, states: Iterable[StackState]) -> list[Failure]:
    """Uninstall what is on targets that are in state and no longer in the fleet file."""
    known = {naming.fleet_target_id(session.fleet, target).lower() for target in session.fleet.targets.values()}
    forgotten = [item for state in states for item in targets_of(state) if item.lower() not in known]

    def clear(target: str) -> Failure | None:
        try:
            clear_target(session.connection.arm, target)
        except Interrupted:
            raise
        except OrchestrationError as error:
            return Failure("uninstall", target.rsplit("/", 1)[1], str(error), error.hint)
        return None

    return [item for item in session.in_parallel(clear, forgotten) if item is not None]


def _destroy(session: Session, states: dict[str, StackState], failed: list[Failure]) -> Iterator[StackRow]:
    """Destroy the stacks, one kind after the other; a kind that failed keeps those it needs."""
    groups: dict[int, list[str]] = {}
    for name in states:
        groups.setdefault(teardown_order(name)[0], []).append(name)
    for order in sorted(groups):
        session.check()
        if failed:
            return
        for result in session.in_parallel(session.workshop.destroy, sorted(groups[order])):
            if result.outcome == "failed":
                failed.append(Failure("stack", result.stack, result.error, result.hint))
            yield _row(result)


def _row(result: StackResult) -> StackRow:
    place, counts = naming.stack_place(result.stack), (result.add, result.change, result.destroy)
    return StackRow(result.stack, *place, False, *counts, False, result.outcome, round(result.seconds, 2))


def _delete_clusters(session: Session) -> Iterator[str]:
    """Delete the connected clusters that a script of this fleet made; they carry its tag, in the fleet file or not."""
    arm = session.connection.arm
    kept = {item.id.lower() for item in session.fleet.clusters.values() if isinstance(item.connection, Existing)}
    for group in _groups(session):
        for item in arm.list(f"{group}/resources", GROUP_API):
            ours = item["type"].lower() == CLUSTER_TYPE and _tagged(session, arm.get(item["id"], CLUSTER_API))
            if ours and item["id"].lower() not in kept:
                arm.delete(item["id"], CLUSTER_API)
                session.progress("finished", "cluster", item["name"], "done", "deleted")
                yield item["id"]


def _delete_groups(session: Session) -> Iterator[str]:
    """Delete the resource groups that we made and that are empty."""
    arm = session.connection.arm
    for group in _groups(session):
        ours = _tagged(session, arm.get(group, GROUP_API))
        if ours and not arm.list(f"{group}/resources", GROUP_API):
            arm.delete(group, GROUP_API)
            session.progress("finished", "group", group, "done", "deleted")
            yield group


def _groups(session: Session) -> list[str]:
    """Return the ids of the resource groups in which this fleet makes something."""
    return list(dict.fromkeys(naming.resource_group_id(scope) for scope in scopes(session)))


def _tagged(session: Session, resource: Mapping[str, Any] | None) -> bool:
    """Whether a resource carries this fleet's tag."""
    return resource is not None and (resource.get("tags") or {}).get(TAG) == session.fleet.name


def _left(session: Session) -> Iterator[Left]:
    """Yield what is there still: clusters with what others put on them, groups with what is in them, repositories."""
    fleet, made = session.fleet, session.made()
    for cluster in fleet.clusters.values():
        yield from _left_of_cluster(session, cluster, made)
    if fleet.azure.context.existing is not None:
        yield Left(fleet.azure.context.existing, "it was there before; the capabilities that it was given stay")
    clusters = {cluster.id.lower() for cluster in fleet.clusters.values()}
    made_in = _groups(session)
    for group in dict.fromkeys([*made_in, *("/".join(item.id.split("/")[:5]) for item in fleet.clusters.values())]):
        yield from _left_of_group(session, group, clusters, made, listed=group in made_in)
    if fleet.repositories is not None and fleet.uses_kalypso:
        for url in (fleet.repositories.control_plane_url, fleet.repositories.gitops_url):
            yield Left(url, "repositories are never deleted")


def _left_of_cluster(session: Session, cluster: Cluster, made: Collection[str]) -> Iterator[Left]:
    found = session.connection.arm.get(cluster.id, AKS_API if cluster.is_aks else CLUSTER_API)
    if found is None:
        return
    existing = isinstance(cluster.connection, Existing)
    yield Left(
        cluster.id, "it was there before" if existing else _why(session, found, made, "it does not carry our tag")
    )
    for extension in session.connection.configuration(cluster.id.split("/")[2]).extensions(cluster.id):
        yield Left(extension.id, _why(session, {"id": extension.id}, made))


def _left_of_group(
    session: Session, group: str, clusters: Collection[str], made: Collection[str], *, listed: bool
) -> Iterator[Left]:
    """Yield what is left of a group that is there: the resources in it only if this fleet makes some there."""
    arm = session.connection.arm
    found = arm.get(group, GROUP_API)
    if found is None:
        return
    for item in arm.list(f"{group}/resources", GROUP_API) if listed else ():
        if item["id"].lower() not in clusters:
            yield Left(item["id"], _why(session, item, made))
    yield Left(group, "it is not empty" if _tagged(session, found) else NOT_OURS)


def _why(session: Session, resource: Mapping[str, Any], made: Collection[str], otherwise: str = NOT_OURS) -> str:
    """Return why a resource is left: one of ours is there only because its removal, or another's, has failed."""
    ours = resource["id"].lower() in made or _tagged(session, resource)
    return "it could not be removed" if ours else otherwise
