"""`ewo control-plane … --repo`: an environment of a control plane in a Git host, with no fleet file."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from orchestration import DestroyRefused, Sandbox
from orchestration.drivers.git_objects import Room
from orchestration.errors import RepositoryError
from orchestration.gitops import Repositories
from orchestration.orchestrator import open_plane
from orchestration.orchestrator.open_sandbox import sandbox_access
from tests.cli.conftest import PROGRAM
from tests.sandbox.hosted import HOST, PLANE, Hosted
from tests.support import problems_with
from tests.unit.kalypso.samples import cluster_type, config_map

pytestmark = pytest.mark.slow

GENERATED = {
    ".github/tracking/Promoted_Commit_Id",
    "edge/README.md",
    *(f"edge/shop-web/{name}.yaml" for name in ("namespace", "platform-config", "reconciler")),
}


def test_schedule_delivers_once_and_again_only_what_changed(hosted: Hosted) -> None:
    """A commit on the GitOps branch with the files that render makes; none without a change; one for what changed."""
    first = hosted.ewo("schedule", "dev", "--output", "json")
    report = json.loads(first.stdout)
    assert (first.returncode, problems_with(report, "schedule")) == (0, [])
    assert set(hosted.gitops.files("dev")) == GENERATED
    head = hosted.gitops.heads()["dev"]
    (commit,) = report["commits"]
    assert (commit["commit"], commit["outcome"], set(commit["files"])) == (head, "done", GENERATED)
    assert [(row["deploymentTarget"], row["change"]) for row in report["assignments"]] == [("shop-web", "create")]

    again = hosted.ewo("schedule", "dev")
    assert (again.returncode, hosted.gitops.heads()["dev"]) == (0, head)
    assert "gitops dev: unchanged" in again.stdout

    hosted.plane.write("dev", "configs/c.yaml", config_map("c", {"GREETING": "good morning"}))
    changed = hosted.ewo("schedule", "dev")
    assert changed.returncode == 0, changed.stderr
    assert hosted.gitops.changed(head, "dev") == ["edge/shop-web/platform-config.yaml"]
    assert "GREETING: good morning" in hosted.gitops.text("dev", "edge/shop-web/platform-config.yaml")


def test_the_same_sources_are_rendered_validated_and_explained(hosted: Hosted, tmp_path: Path) -> None:
    """Branches and references are followed from the URL alone; nothing is pushed."""
    rendered = hosted.ewo("render", "dev", "--to", str(tmp_path / "out"))
    assert rendered.returncode == 0, rendered.stderr
    out = tmp_path / "out"
    assert {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} == GENERATED
    assert hosted.gitops.heads().keys() == {"main"}
    assert hosted.ewo("validate", "dev").returncode == 0
    explained = hosted.ewo("explain", "dev", "edge/shop-web", "GREETING")
    assert (explained.returncode, "from ConfigMap c" in explained.stdout) == (0, True), explained


def test_a_blocked_environment_stays_as_it_is(hosted: Hosted) -> None:
    """What cannot be read or rendered is listed with what to do, exit 1, and its branch is not touched."""
    assert hosted.ewo("schedule", "dev").returncode == 0
    head = hosted.gitops.heads()["dev"]
    hosted.plane.write("dev", "cluster-types/other.yaml", cluster_type("other", config="none"))
    blocked = hosted.ewo("schedule", "dev")
    assert (blocked.returncode, hosted.gitops.heads()["dev"]) == (1, head)
    assert 'config template "none" not found' in blocked.stderr
    assert "gitops dev: skipped" in blocked.stdout

    absent = hosted.ewo("schedule", "nowhere")
    assert absent.returncode == 1
    assert f"{PLANE} has no branch nowhere" in absent.stderr and "its branches: dev, main" in absent.stderr
    hosted.plane.remove("dev", "cluster-types/other.yaml")
    hosted.plane.remove("dev", "gitops-repo.yaml")
    assert "dev has no GitOpsRepo" in hosted.ewo("schedule", "dev").stderr


def test_what_is_taken_away_needs_permission(hosted: Hosted) -> None:
    """An assignment that goes is listed; with its number allowed it goes."""
    assert hosted.ewo("schedule", "dev").returncode == 0
    head = hosted.gitops.heads()["dev"]
    hosted.plane.remove("dev", "policies/all.yaml")
    refused = hosted.ewo("schedule", "dev")
    assert (refused.returncode, hosted.gitops.heads()["dev"]) == (1, head)
    assert "dev: assignment of shop-web to edge" in refused.stderr and "--allow-destroy 1" in refused.stderr

    with open_plane(PLANE, sandbox=Sandbox(hosted.running.directory)) as plane, pytest.raises(DestroyRefused):
        plane.schedule("dev")
    allowed = hosted.ewo("schedule", "dev", "--allow-destroy", "1")
    assert allowed.returncode == 0, allowed.stderr
    assert "edge/shop-web/reconciler.yaml" not in hosted.gitops.files("dev")


def test_what_is_no_repository_is_said(hosted: Hosted) -> None:
    """Options that contradict each other are usage errors; a URL that we do not use is refused before anything."""
    both = hosted.ewo("render", "dev", "--source", str(hosted.running.directory))
    assert (both.returncode, "--source goes with checkouts" in both.stderr) == (2, True), both.stderr
    other = subprocess.run(
        (*PROGRAM, "control-plane", "schedule", "dev", "--repo", "ftp://x/y"),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert other.returncode == 1 and "is no repository URL we use" in other.stderr


def test_a_repository_of_too_many_bytes_is_not_read(hosted: Hosted) -> None:
    """The limits are those of checkouts: 64 MiB of each."""
    for number in range(8):
        hosted.workload.write("main", f"workload/{number}.txt", "x" * (9 << 20))
    done = hosted.ewo("render", "dev")
    assert done.returncode == 1
    assert "app at" in done.stderr and "its files have 72 MiB together, 64 are read at most" in done.stderr


def test_repositories_share_what_is_read_at_most(hosted: Hosted, tmp_path: Path) -> None:
    """What one of them has taken is not there for the next, until it is fetched again."""
    room = Room(together=2500)
    repositories = Repositories(tmp_path / "caches", sandbox_access(hosted.running), room=room)
    first, second = repositories.fetched(PLANE), repositories.fetched(f"{HOST}/app")
    first.tree(first.head("main"))
    hosted.workload.write("main", "more.txt", "x" * 2000)
    second.fetch()
    with pytest.raises(RepositoryError, match="all that is read together is more than 0 MiB"):
        second.tree(second.head("main"))
    first.fetch()
    assert second.tree(second.head("main"))


def test_a_gitops_branch_may_hold_more_files_than_are_read_of_a_source(hosted: Hosted) -> None:
    """What a large fleet is scheduled to has some files for each assignment, of which only the names are looked at."""
    blob = hosted.gitops.git("hash-object", "-w", "--stdin", given=b"x").decode().strip()
    tree = listed(hosted, "100644", blob, 260)
    tree = listed(hosted, "040000", listed(hosted, "040000", tree, 200), 1)
    head = hosted.gitops.git("commit-tree", tree, "-m", "many").decode().strip()
    hosted.gitops.git("update-ref", "refs/heads/dev", head)

    first, second = hosted.ewo("schedule", "dev", "--output", "json"), hosted.ewo("schedule", "dev", "--output", "json")

    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    outcomes = [json.loads(done.stdout)["commits"][0]["outcome"] for done in (first, second)]
    assert outcomes == ["done", "unchanged"]
    files = hosted.gitops.files("dev")
    assert len(files) > 52_000 and "edge/shop-web/reconciler.yaml" in files


def listed(hosted: Hosted, mode: str, held: str, times: int) -> str:
    """Write a tree that holds one object so many times; return its id."""
    kind = "tree" if mode == "040000" else "blob"
    entries = "".join(f"{mode} {kind} {held}\t.{number:03}\n" for number in range(times))
    return hosted.gitops.git("mktree", given=entries.encode()).decode().strip()
