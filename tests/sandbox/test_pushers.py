"""Many who push to one branch at once: all get through, nothing is lost, and nothing is ever forced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.drivers.git import GitAccess, Identity, Repository, StandIn
from orchestration.fleet import load_fleet
from orchestration.fleet.model import Fleet
from orchestration.gitops import deliver_schedule, prepare_repositories, present_files, wire
from orchestration.kalypso import Repository as Reference
from orchestration.sandbox import RunningSandbox, start
from orchestration.sandbox.githost import create, repository_path
from tests.sandbox.git_client import Checkout
from tests.sandbox.small import write_small

pytestmark = pytest.mark.slow

MANY = pytest.mark.parametrize("pushers", [6, pytest.param(20, marks=pytest.mark.long)])
HOST = "https://github.com/example"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox with the two repositories of the small fleet, empty."""
    with start(tmp_path / "sandbox") as running:
        for name in ("small-control-plane", "small-gitops"):
            create(repository_path(running.git_root, f"{HOST}/{name}"))
        yield running


@pytest.fixture
def small(tmp_path: Path, canaries: dict[str, str]) -> Fleet:
    """The small fleet."""
    return load_fleet(write_small(tmp_path / "fleet"))


Opened = Callable[[str, str], Repository]


@pytest.fixture
def opened(sandbox: RunningSandbox, tmp_path: Path) -> Opened:
    """Returns one of the repositories as a pusher of that name sees it, fetched."""
    access = GitAccess(stand_in=StandIn(f"{sandbox.url}/git", sandbox.token, sandbox.ca_file))

    def opened(repository: str, pusher: str) -> Repository:
        url, cache = f"{HOST}/{repository}", tmp_path / "caches" / pusher / repository
        found = Repository(url, cache, access, identity=Identity(pusher, f"{pusher}@example.com"))
        found.fetch()
        return found

    return opened


def named(fleet: Fleet, name: str) -> Fleet:
    """Return the fleet under another name: its own listing of files, in the same repositories."""
    return replace(fleet, name=name)


@MANY
def test_fleets_wire_one_branch_at_once(small: Fleet, sandbox: RunningSandbox, opened: Opened, pushers: int) -> None:
    """Each has its listing on main and on the environment's branch, and every commit stands on the one before."""
    prepare_repositories(small, opened("small-control-plane", "first"), opened("small-gitops", "first"))
    place = Checkout(repository_path(sandbox.git_root, f"{HOST}/small-control-plane"))
    before = place.heads()

    def push(number: int) -> dict[str, str]:
        return wire(named(small, f"fleet-{number}"), opened("small-control-plane", f"pusher-{number}")).commits

    with ThreadPoolExecutor(pushers) as executor:
        commits = list(executor.map(push, range(pushers)))

    for branch in ("main", "dev"):
        listed = {path for path in place.files(branch) if path.startswith(".ewo/owned/")}
        assert listed == {f".ewo/owned/fleet-{number}.json" for number in range(pushers)}
        history = place.git("rev-list", "--first-parent", branch).decode().split()
        assert {made[branch] for made in commits} <= set(history) and before[branch] in history


@MANY
def test_runs_schedule_one_branch_at_once(small: Fleet, sandbox: RunningSandbox, opened: Opened, pushers: int) -> None:
    """Somebody's commit holds the schedule, the others meet it there; what is pushed meanwhile stays."""
    control_plane, gitops = opened("small-control-plane", "first"), opened("small-gitops", "first")
    prepare_repositories(small, control_plane, gitops)
    wire(small, control_plane)
    place = Checkout(repository_path(sandbox.git_root, gitops.url))
    workload = {p.relative_to(root).as_posix(): p.read_bytes() for root, p in _workload(small)}

    def fetch(reference: Reference) -> tuple[str, dict[str, bytes]]:
        return "0" * 40, workload

    def push(number: int) -> str | None:
        mine = opened("small-gitops", f"pusher-{number}")
        theirs = place_note(mine, number)
        (scheduled,) = deliver_schedule(
            {"dev": "dev"}, present_files(control_plane), mine, fetch, lambda destroys: True
        )
        return theirs if scheduled.commit is None else scheduled.commit

    with ThreadPoolExecutor(pushers) as executor:
        commits = list(executor.map(push, range(pushers)))

    history = place.git("rev-list", "dev").decode().split()
    assert set(commits) <= set(history) and len(commits) == pushers
    assert [path for path in place.files("dev") if path.endswith("reconciler.yaml")] == [
        "lab/hello-lab/reconciler.yaml"
    ]


def place_note(repository: Repository, number: int) -> str:
    """Push a file of our own to the branch, as an application team's tool would: once, or not at all."""
    commit = repository.commit(repository.head("dev"), {f"notes/{number}": b"x"}, "A note")
    assert commit is not None
    if repository.push({"dev": commit}):
        return commit
    repository.fetch()
    return repository.head("dev")


def _workload(fleet: Fleet) -> Iterator[tuple[Path, Path]]:
    root = fleet.folder / "repositories" / "hello" / "main"
    return ((root, path) for path in sorted(root.rglob("*")) if path.is_file())
