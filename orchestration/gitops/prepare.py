"""Both repositories exist, with main, the environments' branches and the cluster types' folders.

Flux on a cluster fails until its folder is there, so this comes before the first shard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from orchestration.drivers.git import Pushed, Repository
from orchestration.fleet.model import Fleet
from orchestration.gitops.meeting import met, moved
from orchestration.gitops.scheduling import PREPARED
from orchestration.gitops.wiring import MAIN, README

GITOPS_README = b"""# Platform GitOps repository

A branch an environment, a folder a cluster type: what the schedule put there, pulled by the clusters.
Change it in the control-plane repository; what is written here by hand is written over.
"""


def prepare_repositories(
    fleet: Fleet, control_plane: Repository, gitops: Repository
) -> Mapping[str, Mapping[str, str]]:
    """Make what is missing of the two repositories' branches; return the commits made, by URL and branch."""
    return {
        control_plane.url: _made(control_plane, lambda: _control_plane(fleet, control_plane)),
        gitops.url: _made(gitops, lambda: _gitops(fleet, gitops)),
    }


def _made(repository: Repository, missing: Callable[[], dict[str, str]]) -> dict[str, str]:
    """Push the commits that are missing and return them; a refusal is told by what needs the branch, main's now."""
    made: dict[str, str] = {}

    def attempt() -> dict[str, str]:
        commits = missing()
        pushed = repository.push(commits) if commits else Pushed(())
        made.update({branch: commits[branch] for branch in pushed.taken})
        if MAIN in pushed.refused:
            raise pushed.refusal(repository.url)
        if pushed.moved:
            raise moved(repository, pushed.moved)
        return made

    return met(repository, attempt)


def _control_plane(fleet: Fleet, repository: Repository) -> dict[str, str]:
    missing = [name for name in (MAIN, *fleet.environments) if name not in repository.heads()]
    return {name: _first(repository, {"README.md": README.encode()}) for name in missing}


def _gitops(fleet: Fleet, repository: Repository) -> dict[str, str]:
    heads = repository.heads()
    made = {} if MAIN in heads else {MAIN: _first(repository, {"README.md": GITOPS_README})}
    for environment in fleet.environments:
        types = [item.name for item in fleet.cluster_types.values() if item.environment == environment]
        wanted = {f"{name}/README.md": PREPARED for name in types}
        head = heads.get(environment)
        present = repository.tree(head) if head else {}
        missing = {path: content for path, content in wanted.items() if path not in present}
        if head is None:
            made[environment] = _first(repository, missing or {"README.md": GITOPS_README})
        elif missing:
            commit = repository.commit(head, missing, "Add folders of new cluster types")
            made |= {environment: commit} if commit else {}
    return made


def _first(repository: Repository, files: Mapping[str, bytes]) -> str:
    commit = repository.commit(None, files, "Begin")
    assert commit is not None, "a first commit always changes something"
    return commit
