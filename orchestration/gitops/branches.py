"""The control plane's branches: what they are to become, and the commits that make them so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from orchestration.drivers.git import Repository, refusal
from orchestration.errors import RepositoryError
from orchestration.fleet.model import Fleet
from orchestration.gitops.following import ControlPlane
from orchestration.gitops.meeting import met, moved
from orchestration.gitops.ownership import merge, owned_files
from orchestration.gitops.wiring import MAIN, PIN, base_spec, environment_files, main_files, pinned_commit

Files = Mapping[str, bytes]
NEXT = "the commit of main that this run makes"


@dataclass(frozen=True, slots=True)
class BranchChange:
    """What changes on one branch: contents by path, None for a deletion.

    `kept` paths are somebody else's now; `wanted` is what the fleet wants there, `tree` all that will be there.
    """

    branch: str
    changes: Mapping[str, bytes | None]
    kept: tuple[str, ...]
    wanted: Files
    tree: Files


@dataclass(frozen=True, slots=True)
class ControlPlaneChange:
    """What changes on the control plane's branches; `pins` are the commits each environment is to run."""

    main: BranchChange
    environments: Mapping[str, BranchChange]
    pins: Mapping[str, str]

    def branches(self) -> tuple[BranchChange, ...]:
        """Return main's change, then the environments' in the order of promotion."""
        return (self.main, *self.environments.values())

    def files(self, url: str, repository: Repository | None) -> ControlPlane:
        """Return the control plane's files as they will be once this is done."""
        there = {branch.branch: branch.tree for branch in self.branches()}

        def branch(name: str) -> Files:
            return there[name] if name in there or repository is None else repository.tree(repository.head(name))

        def at(commit: str) -> Files:
            return self.main.tree if commit == NEXT or repository is None else _at(repository, commit)

        return ControlPlane(url, branch, at)


def present_files(repository: Repository) -> ControlPlane:
    """Return the control plane's files as they are."""
    return ControlPlane(
        repository.url, lambda name: repository.tree(repository.head(name)), lambda commit: _at(repository, commit)
    )


def _at(repository: Repository, commit: str) -> Files:
    """Return the files of a commit that an environment is pinned to."""
    if not repository.has(commit):
        raise RepositoryError(
            f"{repository.url} has no commit {commit}; pin the environment to a commit of {MAIN} in {PIN}"
        )
    return repository.tree(commit)


@dataclass(frozen=True, slots=True)
class Wired:
    """What `wire` committed: new commits by branch, and the paths it left to others, as `branch:path`.

    `refused` has the host's words by branch, where it does not let us push.
    """

    commits: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)


def plan_control_plane(fleet: Fleet, repository: Repository | None, *, take_over: bool = False) -> ControlPlaneChange:
    """Return what the fleet wants changed; with no repository everything is new."""
    main = _branch(fleet, MAIN, repository, main_files(fleet), take_over=take_over)
    head = repository.heads().get(MAIN) if repository else None
    current = NEXT if main.changes or head is None else head
    pins = {name: _pin(fleet, name, repository, current) for name in fleet.environments}
    environments = {
        name: _branch(fleet, name, repository, environment_files(fleet, name, pin), take_over=take_over)
        for name, pin in pins.items()
    }
    return ControlPlaneChange(main, environments, pins)


def _pin(fleet: Fleet, environment: str, repository: Repository | None, current: str) -> str:
    """Only the first environment moves with main; the others stay at their pin until they are promoted.

    A pin that somebody deleted or broke is what we last wrote there: to lose a file is not to be promoted.
    """
    if repository is None or environment == next(iter(fleet.environments)):
        return current
    present = _tree(repository, environment)
    if base_spec(present) is None:
        known = owned_files(fleet.name, present).get(PIN)
        present = {PIN: repository.blob(known) or b""} if known else {}
    return pinned_commit(present) or current


def _branch(
    fleet: Fleet, branch: str, repository: Repository | None, wanted: Files, *, take_over: bool
) -> BranchChange:
    present = _tree(repository, branch)
    merged = merge(fleet.name, present, wanted, exempt=(PIN,), take_over=take_over)
    after = {**present, **{path: content for path, content in merged.changes.items() if content is not None}}
    tree = {path: content for path, content in after.items() if merged.changes.get(path, b"") is not None}
    return BranchChange(branch, merged.changes, merged.kept, wanted, tree)


def _tree(repository: Repository | None, branch: str) -> Files:
    if repository is None:
        return {}
    head = repository.heads().get(branch)
    return repository.tree(head) if head else {}


def wire(fleet: Fleet, repository: Repository, *, take_over: bool = False, environment: str | None = None) -> Wired:
    """Commit what the fleet wants to the control plane and push it; a branch that moved is met again.

    With *environment* that environment's branch and main alone are written. A branch that the host protects is left as
    it is, and the others are written.
    """
    wired = Wired()

    def attempt() -> Wired:
        change = plan_control_plane(fleet, repository, take_over=take_over)
        if environment is not None:
            change = replace(change, pins={environment: change.pins[environment]})
        _deliver(fleet, repository, change, wired, take_over=take_over)
        return replace(wired, kept=tuple(f"{item.branch}:{path}" for item in change.branches() for path in item.kept))

    return met(repository, attempt)


def _deliver(
    fleet: Fleet, repository: Repository, change: ControlPlaneChange, wired: Wired, *, take_over: bool
) -> None:
    """Push main, and then the environments, which are pinned to a commit of main that is there."""
    _push(fleet, repository, [change.main], wired)
    if MAIN not in repository.heads():
        raise refusal(repository.url, wired.refused)
    head = repository.head(MAIN)
    wanted = {name: environment_files(fleet, name, head if pin == NEXT else pin) for name, pin in change.pins.items()}
    branches = [_branch(fleet, name, repository, files, take_over=take_over) for name, files in wanted.items()]
    _push(fleet, repository, branches, wired)


def _push(fleet: Fleet, repository: Repository, branches: Sequence[BranchChange], wired: Wired) -> None:
    """Commit what changes and push it, in one push; raise `RepositoryMoved` if a branch has moved meanwhile."""
    commits = {item.branch: _write(fleet, repository, item) for item in branches if item.branch not in wired.refused}
    new = {branch: commit for branch, commit in commits.items() if commit}
    if not new:
        return
    pushed = repository.push(new)
    wired.commits.update({branch: new[branch] for branch in pushed.taken})
    wired.files.update({item.branch: tuple(sorted(item.changes)) for item in branches if item.branch in pushed.taken})
    wired.refused.update(pushed.refused)
    if pushed.moved:
        raise moved(repository, pushed.moved)


def _write(fleet: Fleet, repository: Repository, branch: BranchChange) -> str | None:
    if not branch.changes:
        return None
    message = f"Wire fleet {fleet.name}: {len(branch.changes)} files"
    return repository.commit(repository.heads().get(branch.branch), branch.changes, message)
