"""The two repositories: made if absent, met where they stand, never forced."""

from __future__ import annotations

from pathlib import Path

from orchestration.sandbox.githost import create, repository_path
from tests.sandbox.place import Place, copied, opened

CONTROL_PLANE, GITOPS = "starter-control-plane", "starter-gitops"


def test_branches_and_folders_are_there_before_the_first_shard(gitops_only: Place) -> None:
    """With every shard failing, Flux would still find its branch and its cluster type's folder."""
    gitops_only.plan()
    gitops_only.sandbox.fault(status=400, path="/extensions/flux$", times=50, method="PUT")
    gitops_only.up()
    assert set(gitops_only.checkout(CONTROL_PLANE).heads()) == {"main", "dev", "prod"}
    assert "lab/README.md" in gitops_only.checkout(GITOPS).files("dev")
    assert "plant/README.md" in gitops_only.checkout(GITOPS).files("prod")


def test_a_repository_that_exists_is_kept_with_its_history(gitops_only: Place) -> None:
    """What stands in a repository that the fleet names stays there, under our first commit."""
    gitops_only.plan()
    path = repository_path(gitops_only.sandbox.git_root, f"https://github.com/example/{CONTROL_PLANE}")
    create(path)
    found = gitops_only.checkout(CONTROL_PLANE)
    found.git("fast-import", "--quiet", given=THEIRS)
    theirs = found.heads()["main"]
    with gitops_only.orchestrator() as orchestrator:
        orchestrator.wire()
    assert found.text("main", "theirs.md") == "not ours\n"
    assert found.git("merge-base", theirs, "main").decode().strip() == theirs


def test_a_link_in_the_seed_is_not_followed(gitops_only: Place, tmp_path: Path) -> None:
    """What is linked to lies outside the fleet's folder, and stays out of the repositories."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "private").write_text("canary")
    seeds = gitops_only.folder / "repositories" / "hello"
    (seeds / "linked").symlink_to(outside)
    (seeds / "main" / "linked").symlink_to(outside)
    gitops_only.plan()
    found = gitops_only.checkout("hello")

    assert found.heads().keys() == {"main"}
    assert not any("linked" in path for path in found.files("main"))


THEIRS = b"""commit refs/heads/main
committer somebody <somebody@example.com> 1700000000 +0000
data 4
mine
M 100644 inline theirs.md
data 9
not ours

"""


def test_a_branch_that_moved_meanwhile_is_met_where_it_stands(starter_up: Place) -> None:
    """A commit of somebody else stays in the history when ours follows."""
    found = starter_up.checkout(CONTROL_PLANE)
    theirs = found.write("dev", "notes.md", "a note\n")
    starter_up.edit("hello from the lab", "hello again")
    assert starter_up.up().exit_code == 0
    assert found.git("merge-base", theirs, "dev").decode().strip() == theirs
    assert found.heads()["dev"] != theirs


def test_a_new_cluster_type_gets_its_folder(starter_up: Place) -> None:
    """The folder is on the branch before a cluster of that type could ask for it."""
    addition = "  - name: bench\n    environment: dev\n    labels: {purpose: bench}\n\nhierarchy:"
    starter_up.edit("\nhierarchy:", addition)
    report = starter_up.up()
    assert report.exit_code == 0
    assert "bench/README.md" in starter_up.checkout(GITOPS).files("dev")
    assert not starter_up.plan().changes


def test_a_new_commit_of_a_workload_is_followed(starter_up: Place) -> None:
    """Workload repositories are followed at their branch; what their teams push is scheduled."""
    workload = starter_up.checkout("hello")
    text = workload.text("main", "workload/hello.yaml")
    workload.write("main", "workload/hello.yaml", text.replace("name: lab\n", "name: bench\n"))
    assert [
        (row.deploymentTarget, row.change) for row in starter_up.plan().assignments if row.environment == "dev"
    ] == [
        ("hello-bench", "create"),
        ("hello-lab", "delete"),
    ]


def test_the_caches_may_be_deleted_at_any_time(starter_is_up: Path, tmp_path: Path) -> None:
    """Copies of repositories and the stacks' folders are made again; nothing is changed by that."""
    import shutil

    folder = copied(starter_is_up, tmp_path / "copy")
    for name in ("repositories", "stacks"):
        shutil.rmtree(folder / ".ewo" / "sandbox" / "client" / name)
    with opened(folder) as place:
        assert set(place.up().outcomes) == {"unchanged"} and place.writes(0) == []


def test_protected_branches_are_named_and_the_others_finish(gitops_up: Place) -> None:
    """Of each repository one branch is protected: both are told with what to do, and the next run does only these."""
    url = "https://github.com/example"
    gitops_up.edit("hello from the lab", "hello again")
    gitops_up.edit("hello from the plant", "hello again")
    gitops_up.sandbox.protect(f"{url}/{CONTROL_PLANE}", "prod")
    gitops_up.sandbox.protect(f"{url}/{GITOPS}", "dev")
    before = gitops_up.heads()

    report = gitops_up.up()

    after = gitops_up.heads()
    assert report.exit_code == 4
    assert [(item.what, item.where) for item in report.failed] == [
        ("commit", f"{CONTROL_PLANE} prod"),
        ("schedule", "dev"),
    ]
    for failure, branch in zip(
        report.failed, (f"prod of {url}/{CONTROL_PLANE}", f"dev of {url}/{GITOPS}"), strict=True
    ):
        assert branch in failure.error and "protected branch hook declined" in failure.error
        assert "GH006" in failure.error and "pull request" in failure.hint
    assert [name for name in after if after[name] != before[name]] == [f"{CONTROL_PLANE} dev"]

    gitops_up.sandbox.protect(f"{url}/{CONTROL_PLANE}")
    gitops_up.sandbox.protect(f"{url}/{GITOPS}")
    assert gitops_up.up().exit_code == 0
    last = gitops_up.heads()
    changed = [name for name in last if last[name] != after[name]]
    assert changed == [f"{CONTROL_PLANE} prod", f"{GITOPS} dev", f"{GITOPS} prod"]


def test_main_may_be_protected(gitops_up: Place) -> None:
    """The environments are pinned to main as it stands: never to a commit that is not there."""
    before = gitops_up.heads()
    gitops_up.edit("path: ./workload", "path: ./other")
    gitops_up.edit("hello from the lab", "hello again")
    gitops_up.sandbox.protect(f"https://github.com/example/{CONTROL_PLANE}", "main")

    report = gitops_up.up()

    assert report.exit_code == 4
    assert report.failed[0].where == f"{CONTROL_PLANE} main"
    found = gitops_up.checkout(CONTROL_PLANE)
    pin = str(found.document("dev", "base-repo.yaml")["spec"]["commit"])
    assert pin == found.heads()["main"] == before[f"{CONTROL_PLANE} main"]
    assert found.heads()["dev"] != before[f"{CONTROL_PLANE} dev"]
