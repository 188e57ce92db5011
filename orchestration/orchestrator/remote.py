"""A control plane in a Git host, with no fleet file: its environments read, and their schedules delivered.

::

    with open_plane("https://github.com/contoso/control-plane", token=os.environ["GITHUB_TOKEN"]) as plane:
        print(render(plane.sources("dev")).issues)
        report = plane.schedule("dev")
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from orchestration.control_plane import Sources, read_configs
from orchestration.control_plane.checkouts import MAX_CHECKOUTS
from orchestration.drivers.checkout import MAX_CHECKOUT
from orchestration.drivers.git import GitAccess, find, refusal
from orchestration.drivers.git_objects import Room
from orchestration.errors import DestroyRefused, RepositoryError
from orchestration.gitops import (
    ControlPlane,
    Follower,
    Repositories,
    Scheduled,
    deliver_schedule,
    plan_schedule,
    present_files,
)
from orchestration.kalypso import Issue, Source
from orchestration.kalypso import Repository as Reference
from orchestration.orchestrator.runs import private
from orchestration.orchestrator.scheduled import assignment_rows, schedule_notes
from orchestration.orchestrator.targets import Sandbox
from orchestration.reports import AssignmentRow, CommitRow, Outcome, lists
from orchestration.sandbox.extra import require_extra

if TYPE_CHECKING:
    from orchestration.orchestrator.clients import Clients
    from orchestration.orchestrator.waiting import WaitReport
    from orchestration.sandbox.process import RunningSandbox

Permit = Callable[[Sequence[str]], bool]


@contextmanager
def open_plane(
    url: str, *, token: str = "", sandbox: Sandbox | None = None, cancel: threading.Event | None = None
) -> Iterator[RemotePlane]:
    """Yield the control plane at *url*; *token* is for its host, the *sandbox*'s host has its own.

    Azure, which `wait` alone asks, is reached with the Azure CLI's login. What is fetched lies in a folder that goes
    with the block. Raises `ToolMissing` or `RepositoryError`.
    """
    find(cancel=cancel)
    asked = cancel or threading.Event()
    with TemporaryDirectory(prefix="ewo-") as folder, _reached(url, token, sandbox, asked) as (access, clients):
        repositories = Repositories(Path(folder), access, cancel=asked, room=Room(MAX_CHECKOUT, MAX_CHECKOUTS))
        repositories.at(url)
        yield RemotePlane(url, repositories, clients, asked)


@contextmanager
def _reached(
    url: str, token: str, sandbox: Sandbox | None, cancel: threading.Event
) -> Iterator[tuple[GitAccess, Callable[[], Clients]]]:
    """Yield what Git needs, and what opens the clients of Azure: most verbs do without."""
    if sandbox is None:
        yield GitAccess(tokens={urlsplit(url).netloc: token} if token else {}), partial(_azure, cancel)
        return
    require_extra()
    from orchestration.orchestrator.open_sandbox import sandbox_access
    from orchestration.sandbox.process import start

    with start(private(sandbox.directory.absolute()), port=sandbox.port) as running:
        yield sandbox_access(running), partial(_stand_in, running, cancel)


def _azure(cancel: threading.Event) -> Clients:
    from orchestration.drivers.azure.token import present_login
    from orchestration.orchestrator.clients import login_clients

    return login_clients(present_login(), None, cancel)


def _stand_in(running: RunningSandbox, cancel: threading.Event) -> Clients:
    from orchestration.orchestrator.clients import sandbox_clients

    return sandbox_clients(running, None, cancel)


@dataclass(frozen=True, slots=True)
class ScheduleReport:
    """What became of an environment's schedule: a commit per GitOps repository; `issues` say what blocks it."""

    environment: str
    issues: tuple[Issue, ...]
    commits: tuple[CommitRow, ...] = ()
    assignments: tuple[AssignmentRow, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether nothing was pushed because the environment cannot be rendered whole."""
        return bool(self.issues)

    def to_json(self) -> dict[str, Any]:
        """Return `ewo.schedule/1`."""
        rows = lists((), self.commits, self.assignments, (), (), outcomes=True)
        return {
            "schema": "ewo.schedule/1",
            "environment": self.environment,
            "blocked": self.blocked,
            "issues": [issue.to_json() for issue in self.issues],
            "commits": rows["commits"],
            "assignments": rows["assignments"],
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class RemotePlane:
    """A control plane and whatever its references lead to; an environment is a branch of its name."""

    url: str
    repositories: Repositories
    clients: Callable[[], Clients]
    cancel: threading.Event

    def sources(self, environment: str, path: str = ".", configs: Sequence[Path] = ()) -> Sources:
        """Return what an environment is made of; `unread` says what cannot be read. Raises `RepositoryError`.

        *configs* are files of ConfigMaps that are made in the cluster.
        """
        files = self._files()
        try:
            source = Source(environment, files.branch(environment), path)
        except RepositoryError as error:
            return Sources(environment, None, {}, {}, (Issue("", str(error), None, error.hint),))
        found = Follower(files, self.repositories.follow).follow(environment, source)
        return Sources(environment, source, found.bases, found.workloads, found.unread, configs=read_configs(configs))

    def schedule(self, environment: str, permitted: Permit | None = None) -> ScheduleReport:
        """Render an environment and push it to each GitOps repository that it names, unless it is blocked.

        What takes an assignment or a cluster type away must be *permitted*, or nothing is pushed: raises
        `DestroyRefused`. Raises `RepositoryError` for a repository that cannot be read or that refuses our push.
        """
        files = self._files()
        try:
            places = self._gitops(environment, files)
        except RepositoryError as error:
            return ScheduleReport(environment, (Issue("", str(error), None, error.hint),))
        planned = [self._planned(environment, to, files) for to in places]
        destroys = tuple(dict.fromkeys(what for item in planned for what in item.destroys))
        if destroys and not (permitted and permitted(destroys)):
            raise DestroyRefused(destroys, 0)
        done = [self._deliver(environment, to, files, item, destroys) for to, item in zip(places, planned, strict=True)]
        return ScheduleReport(
            environment,
            done[0].rendering.issues,
            tuple(map(_commit_row, places, done)),
            tuple(_assignment_rows(done[0])),
            tuple(dict.fromkeys(note for item in planned for note in schedule_notes(item))),
        )

    def wait(
        self, environment: str, commit: str, *, seconds: float = 900.0, say: Callable[[str], None] = lambda text: None
    ) -> WaitReport:
        """Wait until every cluster that follows the environment's GitOps branch is compliant at *commit*, or later.

        At most *seconds*; *say* is told what is waited for. Raises `RepositoryError` where no GitOps branch has the
        commit, `Interrupted`, and `ServiceError` for what Azure does not answer.
        """
        from orchestration.orchestrator.waiting import Watch

        places = self._gitops(environment, self._files())
        for to in places:
            gitops = self.repositories.fetched(to.repo)
            if gitops.has(commit) and gitops.follows(gitops.head(to.branch), commit):
                return Watch(environment, gitops, to.branch, commit, self.clients()).wait(seconds, self.cancel, say)
        where = ", ".join(f"{to.branch} of {to.repo}" for to in places)
        raise RepositoryError(
            f"{commit!r} is no commit of {where}",
            hint="name the commit, all 40 digits, that the schedule made there: `ewo control-plane schedule` says it",
        )

    def _gitops(self, environment: str, files: ControlPlane) -> tuple[Reference, ...]:
        """Return the GitOps branches that the environment names; raise `RepositoryError` if there are none."""
        source = Source(environment, files.branch(environment))
        return Follower(files, self.repositories.follow).gitops(environment, source)

    def _planned(self, environment: str, to: Reference, files: ControlPlane) -> Scheduled:
        gitops = self.repositories.fetched(to.repo)
        (item,) = plan_schedule({environment: to.branch}, files, gitops, self.repositories.follow)
        return item

    def _deliver(
        self, environment: str, to: Reference, files: ControlPlane, planned: Scheduled, permitted: Sequence[str]
    ) -> Scheduled:
        def allowed(destroys: Sequence[str]) -> bool:
            return set(destroys) <= set(permitted)

        gitops = self.repositories.fetched(to.repo)
        (item,) = deliver_schedule(
            {environment: to.branch}, files, gitops, self.repositories.follow, allowed, [planned]
        )
        if item.declined:
            raise refusal(to.repo, {to.branch: item.declined})
        if item.refused:  # the branch has moved since it was asked for
            raise DestroyRefused(item.refused, len(permitted))
        return item

    def _files(self) -> ControlPlane:
        return present_files(self.repositories.fetched(self.url))


def _commit_row(to: Reference, item: Scheduled) -> CommitRow:
    outcome: Outcome = "skipped" if item.rendering.blocked else "done" if item.commit else "unchanged"
    return CommitRow(to.repo, to.branch, tuple(sorted(item.changes)), outcome, None, item.commit)


def _assignment_rows(item: Scheduled) -> Iterator[AssignmentRow]:
    for row in assignment_rows(item):
        outcome: Outcome = "skipped" if item.rendering.blocked else "unchanged" if row.change == "none" else "done"
        yield replace(row, outcome=outcome)
