"""The schedule: Kalypso's rules over the control plane and the workloads, delivered to the GitOps branches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from orchestration.drivers.git import Pushed, Repository
from orchestration.errors import RepositoryError
from orchestration.gitops.following import ControlPlane, Fetch, Follower
from orchestration.gitops.meeting import met, moved
from orchestration.gitops.ownership import blob_id
from orchestration.kalypso import Inputs, Issue, Rendering, Source, blocked, render_environment

Pairs = frozenset[tuple[str, str]]

PREPARED = b"This folder will contain deployment targets scheduled on the cluster type"
"""README of a folder whose cluster type is to be registered: the schedule writes Kalypso's own words over it."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One environment's schedule: its rendering and what it changes on its branch of the GitOps repository.

    `head` is the commit of that branch that it was rendered on, None for a branch that is not there; `sources` are the
    workloads' commits; `edits` the commits of others that last touched what is changed; `refused` is what would be
    taken away without permission, for which the branch was left as it was; `declined` are the words of a host that does
    not let us push.
    """

    environment: str
    branch: str
    head: str | None
    rendering: Rendering
    changes: Mapping[str, bytes | None]
    before: Pairs
    commit: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    edits: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    declined: str = ""

    @property
    def after(self) -> Pairs:
        """Cluster type and deployment target of each assignment; a blocked environment keeps those it has."""
        if self.rendering.blocked:
            return self.before
        return frozenset((item.cluster_type, item.deployment_target) for item in self.rendering.assignments)

    @property
    def destroys(self) -> tuple[str, ...]:
        """What is taken away from the branch: assignments and cluster types."""
        gone = sorted(self.before - self.after)
        types = sorted(path.partition("/")[0] for path, content in self.changes.items() if _removes_type(path, content))
        return (
            *(f"{self.environment}: assignment of {target} to {kind}" for kind, target in gone),
            *(f"{self.environment}: cluster type {name}" for name in types),
        )


def _removes_type(path: str, content: bytes | None) -> bool:
    """Whether a change takes away the README of a cluster type's folder."""
    return content is None and path.count("/") == 1 and path.endswith("/README.md")


def plan_schedule(
    branches: Mapping[str, str], control_plane: ControlPlane, gitops: Repository | None, fetch: Fetch
) -> tuple[Scheduled, ...]:
    """Return the schedules of environments, given with their GitOps branches; *fetch* reads what they refer to."""
    follower = Follower(control_plane, fetch)
    return tuple(_plan(environment, branch, follower, gitops) for environment, branch in branches.items())


def _plan(environment: str, branch: str, follower: Follower, gitops: Repository | None) -> Scheduled:
    head = gitops.heads().get(branch) if gitops else None
    previous = gitops.blob_ids(head) if gitops and head else {}
    rendering, sources = _render(environment, follower, previous)
    changes = {} if rendering.blocked else _differences(previous, rendering)
    edits = gitops.edits(head) if gitops and head and changes else {}
    touched = {path: commit for path, commit in edits.items() if path in changes}
    return Scheduled(environment, branch, head, rendering, changes, _assigned(previous), sources=sources, edits=touched)


def _render(environment: str, follower: Follower, previous: Collection[str]) -> tuple[Rendering, Mapping[str, str]]:
    """Return the rendering and the workloads' commits; a source that cannot be read blocks the environment."""
    try:
        source = Source(environment, follower.control_plane.branch(environment))
    except RepositoryError as error:
        return blocked([Issue("", str(error))], previous), {}
    found = follower.follow(environment, source)
    commits = {name: item.commit for name, item in found.workloads.items()}
    if not found.complete:
        # Without a base everything else would be missing, too: what is known is enough.
        return blocked(found.unread, previous), commits
    rendering = render_environment(Inputs(environment, source, found.bases, found.workloads), previous=previous)
    if found.unread:
        rendering = replace(rendering, blocked=True, issues=(*found.unread, *rendering.issues))
    return rendering, commits


def _differences(before: Mapping[str, str], rendering: Rendering) -> dict[str, bytes | None]:
    """Return what changes, *before* being blob ids by path.

    A folder that another fleet has prepared, and not registered yet, is left to it.
    """
    written: dict[str, bytes | None] = {
        path: content for path, content in rendering.files.items() if before.get(path) != blob_id(content)
    }
    prepared = blob_id(PREPARED)
    return written | dict.fromkeys(path for path in rendering.deleted if before[path] != prepared)


def _assigned(paths: Iterable[str]) -> Pairs:
    """Return the assignments that a GitOps branch holds: folders two deep with a reconciler."""
    parts = [path.split("/") for path in paths]
    return frozenset((part[0], part[1]) for part in parts if len(part) == 3 and part[2] == "reconciler.yaml")


def deliver_schedule(
    branches: Mapping[str, str],
    control_plane: ControlPlane,
    gitops: Repository,
    fetch: Fetch,
    permitted: Callable[[tuple[str, ...]], bool],
    planned: Iterable[Scheduled] = (),
) -> tuple[Scheduled, ...]:
    """Render environments, given with their GitOps branches, on the branches' heads and push what changed.

    One that is blocked, or that takes away what is not *permitted*, stays as it is; one that was *planned* on the head
    that its branch still has is not rendered again.
    """
    known = {(item.environment, item.branch, item.head): item for item in planned}
    done: dict[str, Scheduled] = {}

    def attempt() -> tuple[Scheduled, ...]:
        follower = Follower(control_plane, fetch)
        left = [item for item in branches.items() if item[0] not in done]
        heads = gitops.heads()
        wanted = [known.get((*item, heads.get(item[1]))) or _plan(*item, follower, gitops) for item in left]
        scheduled = {item.branch: _committed(gitops, item, permitted) for item in wanted}
        commits = {branch: item.commit for branch, item in scheduled.items() if item.commit}
        pushed = gitops.push(commits) if commits else Pushed(())
        for branch, item in scheduled.items():
            if branch in pushed.refused:
                done[item.environment] = replace(item, commit=None, declined=pushed.refused[branch])
            elif branch not in pushed.moved:
                done[item.environment] = item
        if pushed.moved:
            raise moved(gitops, pushed.moved)
        return tuple(done[environment] for environment in branches)

    return met(gitops, attempt)


def _committed(gitops: Repository, item: Scheduled, permitted: Callable[[tuple[str, ...]], bool]) -> Scheduled:
    if not item.changes:
        return item
    if not permitted(item.destroys):
        return replace(item, refused=item.destroys)
    base = item.rendering.promoted_commit or ""
    message = f"Schedule {item.environment} from base {base[:12]}"
    return replace(item, commit=gitops.commit(gitops.heads().get(item.branch), item.changes, message))
