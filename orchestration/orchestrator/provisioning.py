"""Applies the stacks of a plan: removals first, then scripts and keys, then wave by wave."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from orchestration.drivers import git, terraform
from orchestration.errors import DestroyRefused, UsageError
from orchestration.fleet import naming
from orchestration.fleet.model import Scope
from orchestration.gitops import prepare_repositories
from orchestration.orchestrator.leaving import clear_leaving
from orchestration.orchestrator.planning import Work
from orchestration.orchestrator.recording import Record
from orchestration.orchestrator.session import Session, Tools
from orchestration.orchestrator.shared_context import add_capabilities
from orchestration.provision import Outputs, Stack, StackResult, walk
from orchestration.provision.connect import connect_script
from orchestration.provision.known import CORE, REVERSED
from orchestration.provision.plan import settled
from orchestration.reports import CommitRow
from orchestration.solutions import RolloutReport

GROUP_API = "2021-04-01"
TAG = "ewo-fleet"


def check_tools() -> Tools:
    """Return Terraform and Git; raise `ToolMissing` if one is absent or too old."""
    return Tools(terraform.find(), git.find())


def prepare(session: Session) -> list[CommitRow]:
    """Make both repositories with their branches, if the fleet uses them; return the commits made."""
    session.connection.require_secrets()
    fleet = session.fleet
    if not fleet.uses_kalypso or fleet.repositories is None:
        return []
    for repository in (session.control_plane, session.gitops):
        if session.present(repository) is None and session.connection.ensure_repository(repository.url):
            session.progress("finished", "repository", repository.url, "done", "made")
    session.fetch_all([session.control_plane, session.gitops])
    made = prepare_repositories(fleet, session.control_plane, session.gitops)
    names = {session.control_plane.url: fleet.repositories.control_plane, session.gitops.url: fleet.repositories.gitops}
    return [
        CommitRow(names[url], branch, (), "done", commit=commit)
        for url, commits in made.items()
        for branch, commit in commits.items()
    ]


def provision(session: Session, work: Work, record: Record, stacks: Iterable[Stack] | None = None) -> Outputs:
    """Apply what changed and return the outputs of all stacks; what fails is in the record.

    With *stacks* only these are applied, and none is destroyed that is no longer planned.
    """
    chosen = list(work.plan.stacks() if stacks is None else stacks)
    names = {stack.name for stack in chosen}
    applied = Applied(session, work, record)
    add_capabilities(session.fleet, session.connection.arm, session.progress, session.check)
    retired = work.plan.retired if stacks is None else ()
    clear_leaving(session, work, names, retired, record)
    if names - work.unchanged:
        _make_groups(session)
    losing = [stack for wave in work.plan.removals for stack in wave if stack.name in names]
    for kind in (*REVERSED, CORE):
        applied.retire(name for name in retired if name.split("-")[0] == kind)
        applied.walk([stack for stack in losing if stack.blueprint == kind], applied.remove)
    _connect_clusters(session, work, chosen, record)
    through = {stack.name for wave in work.plan.removals for stack in wave if stack in chosen}
    done = {name for name in through if record.stacks[name].outcome == "done"} | work.unchanged
    applied.walk((stack for stack in chosen if stack.name not in done), applied.make)
    session.check()
    return session.outputs()


@dataclass
class Applied:
    """Applies stacks under the permission that the plan was given."""

    session: Session
    work: Work
    record: Record

    @cached_property
    def _permitted(self) -> frozenset[str]:
        return frozenset(self.work.report.destroys)

    def retire(self, names: Iterable[str]) -> None:
        """Destroy the stacks that are no longer planned, in the order given, and record what failed."""
        for name in names:
            self.session.check()
            self._keep(self.session.workshop.destroy(name))

    def walk(self, stacks: Iterable[Stack], run: Callable[[Stack], StackResult]) -> None:
        """Apply the stacks, each when what it needs is done, and record what failed."""
        for result in walk(list(stacks), run, self.session.executor, self.session.cancel).values():
            self._keep(result)
        self.session.check()

    def _keep(self, result: StackResult) -> None:
        self.record.add(result)
        if result.outcome == "failed":
            self.record.fail("stack", result.stack, result.error, result.hint)

    def remove(self, stack: Stack) -> StackResult:
        """Apply a stack without what it loses."""
        return self.session.workshop.apply(stack, None, self._within)

    def make(self, stack: Stack) -> StackResult:
        """Apply a stack, by the plan that was shown unless that is out of date.

        One that could not be planned is planned again: what it needs may be there by now.
        """
        preview = None if stack.name in self.work.removing else self.work.previews.get(stack.name)
        if preview is not None and preview.outcome == "failed":
            preview = None
        return self.session.workshop.apply(stack, preview, self._within)

    def _within(self, destroys: tuple[str, ...]) -> None:
        beyond = [item for item in destroys if item not in self._permitted]
        if beyond:
            raise DestroyRefused(beyond, 0)


def choose(session: Session, work: Work, only: str | None, environment: str | None) -> list[Stack] | None:
    """Return the stacks asked for, None for all; raise `UsageError` for what the fleet does not have."""
    if only is None and environment is None:
        return None
    stacks = list(work.plan.stacks())
    if environment is not None:
        if environment not in session.fleet.environments:
            known = ", ".join(session.fleet.environments)
            raise UsageError(f"the fleet has no environment {environment!r}", hint=f"it has: {known}")
        stacks = [stack for stack in stacks if stack.environment in (None, environment)]
    if only is not None:
        kind, _, name = only.partition("=")
        if kind != "cluster" or name not in session.fleet.clusters:
            raise UsageError(f"--only {only} names no cluster of the fleet", hint="write --only cluster=NAME")
        home = session.fleet.clusters[name].environment
        if environment not in (None, home):
            raise UsageError(f"cluster {name} is in {home}, not in {environment}", hint="leave one of the two out")
        stacks = [stack for stack in stacks if name in stack.inputs.get("clusters", ())]
        late = {row.stack for wave in work.report.waves for row in wave if row.deferred}
        if late.intersection(stack.name for stack in stacks):
            raise UsageError(
                f"the stack of cluster {name} stands on stacks that were never applied",
                hint="run `ewo up` without --only first",
            )
    return stacks


def _make_groups(session: Session) -> None:
    """Make the resource groups that are not there, with the tag that lets `down` remove them again."""
    fleet, arm = session.fleet, session.connection.arm
    wanted = {naming.resource_group_id(scope): scope for scope in scopes(session)}
    for group, scope in wanted.items():
        if arm.get(group, GROUP_API) is None:
            arm.put(group, GROUP_API, {"location": scope.location, "tags": {TAG: fleet.name}})
            session.progress("finished", "group", scope.resource_group, "done", "made")


def scopes(session: Session) -> list[Scope]:
    """Return the scopes in which this fleet makes something."""
    return [session.fleet.azure.scope, *(cluster.scope for cluster in session.fleet.clusters.values())]


def _connect_clusters(session: Session, work: Work, chosen: list[Stack], record: Record) -> None:
    """Run, in the sandbox, the connect scripts of clusters that somebody on site would connect."""
    members = {name for stack in chosen for name in stack.inputs.get("clusters", ())}
    names = [name for name in work.survey.to_connect if name in members]

    def connect(name: str) -> None:
        with record.part("script", name):
            cluster = session.fleet.clusters[name]
            session.connection.run_script(connect_script(session.fleet, cluster), cluster)
            session.progress("finished", "script", name, "done", "the connect script ran on a stand-in machine")

    session.in_parallel(connect, names)


def settle_core(
    session: Session, work: Work, outputs: Outputs, rolled_out: RolloutReport | None, record: Record
) -> None:
    """Let go of what is no longer ours: keys that were taken back, places of clusters whose resources are gone.

    *rolled_out* is None if what the rollout did is not known. After a failure nothing is let go of.
    """
    core = next(stack for stack in work.plan.stacks() if stack.name == CORE)
    applied = Applied(session, work, record)
    if record.failed or CORE not in outputs.stacks or (CORE in record.stacks and record.stacks[CORE].outcome != "done"):
        return
    owned = outputs.owned_values if rolled_out is None else rolled_out.owned
    held = {name: stack.get("clusters") or {} for name, stack in outputs.stacks.items()}
    after = settled(session.fleet, core, owned, held)
    if after.inputs != core.inputs:
        applied.walk([after], applied.remove)
