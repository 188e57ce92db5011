"""Checkouts: folders and revisions read alike, and refused alike."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from orchestration.control_plane import read_sources
from orchestration.drivers.checkout import list_checkout, read_checkout
from orchestration.drivers.git_objects import MAX_FILE
from orchestration.errors import RepositoryError, RepositoryNotFound

FILES = {"a.yaml": b"a: 1\n", "folder/b.yaml": b"b: 2\n", "folder/deep/c.txt": b"c"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A work tree of one commit."""
    root = tmp_path / "checkout"
    for path, data in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "-A")
    git(root, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "-m", "one")
    return root


def git(folder: Path, *arguments: str, given: str | None = None) -> str:
    done = subprocess.run(("git", *arguments), cwd=folder, check=True, capture_output=True, input=given, text=True)
    return done.stdout.strip()


def test_a_folder_and_a_revision_hold_the_same(folder: Path, tmp_path: Path) -> None:
    """A work tree, its own repository at a branch, and a bare one at a commit."""
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(folder), str(bare))

    assert read_checkout(str(folder)) == read_checkout(f"{folder}@main") == read_checkout(f"{bare}@HEAD") == FILES


@pytest.mark.parametrize(
    "name", ["nowhere", "nowhere@main", "checkout@nowhere", "checkout@--help", "checkout@HEAD:folder"]
)
def test_what_is_not_there_is_told(folder: Path, name: str) -> None:
    """Neither a folder nor a commit: an option is not taken for one."""
    with pytest.raises(RepositoryNotFound, match=r"there is no folder|cannot be read|no revision"):
        read_checkout(str(folder.parent / name))


def linked(folder: Path) -> None:
    (folder / "link.yaml").symlink_to("/etc/passwd")


def linked_folder(folder: Path) -> None:
    (folder / "out").symlink_to("/etc")


def piped(folder: Path) -> None:
    os.mkfifo(folder / "pipe.yaml")


def huge(folder: Path) -> None:
    with (folder / "huge.yaml").open("wb") as file:
        file.truncate(1 << 30)


def large(folder: Path) -> None:
    for number in range(7):
        with (folder / f"{number}.bin").open("wb") as file:
            file.truncate(MAX_FILE)


def escaping(folder: Path) -> None:
    (folder / "\x1b[31mred.yaml").write_text("")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (linked, "link.yaml is a symbolic link"),
        (linked_folder, "out is a symbolic link"),
        (piped, "pipe.yaml is a pipe"),
        (huge, f"huge.yaml has 1024 MiB, {MAX_FILE >> 20} are read at most"),
        (large, "its files have 70 MiB together, 64 are read at most"),
        (escaping, "holds a character"),
    ],
)
def test_what_is_unsafe_is_refused_with_file_and_reason(folder: Path, make: object, reason: str) -> None:
    """Nothing of it is opened."""
    assert callable(make)
    make(folder)
    with pytest.raises(RepositoryError, match="is not read") as caught:
        read_checkout(str(folder))
    assert reason in str(caught.value) and "\x1b" not in str(caught.value)


def test_a_large_commit_is_refused_too(folder: Path) -> None:
    """Before any of its content is read."""
    large(folder)
    git(folder, "add", "-A")
    git(folder, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "-m", "two")
    with pytest.raises(RepositoryError, match="its files have 70 MiB together, 64 are read at most"):
        read_checkout(f"{folder}@main")


def test_a_link_in_a_commit_is_refused_too(folder: Path) -> None:
    """As in a folder."""
    linked(folder)
    git(folder, "add", "-A")
    git(folder, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "-m", "two")
    with pytest.raises(RepositoryError, match=r"link\.yaml is a symbolic link"):
        read_checkout(f"{folder}@main")


def test_an_absent_branch_or_base_is_told_an_absent_workload_contributes_nothing(folder: Path, tmp_path: Path) -> None:
    """All that is absent at once."""
    none = str(tmp_path / "none")
    found = read_sources("dev", none, bases={"main": none}, workloads={"app": none, "other": str(folder)})
    assert [issue.message.split(": ")[0] for issue in found.unread] == ["environment dev", "BaseRepo main"]
    assert found.source is None and found.bases == {}
    assert found.workloads["app"] is None and found.workloads["other"] is not None


def test_a_refused_workload_is_told(folder: Path) -> None:
    """It is there, and cannot be decided upon."""
    linked(folder)
    found = read_sources("dev", str(folder.parent), workloads={"app": str(folder)})
    assert any("WorkloadRegistration app" in issue.message for issue in found.unread)


def test_checkouts_are_too_much_together(tmp_path: Path) -> None:
    """Each may be read, and all of them would not fit: which one is too much is told."""
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        for number in range(5):
            with (tmp_path / name / f"{number}.bin").open("wb") as file:
                file.truncate(MAX_FILE)
    a, b, c = (str(tmp_path / name) for name in ("a", "b", "c"))
    found = read_sources("dev", a, bases={"main": b, "more": a}, workloads={"app": c})
    (issue,) = found.unread
    assert issue.message.startswith("WorkloadRegistration app: ")
    assert issue.message.endswith("c is not read: all that is read together is more than 128 MiB")


def repeated(folder: Path, files: int, *times: int) -> None:
    """Commit, onto a branch called many, a folder of so many files, held so many times by one that is held again."""
    blob = git(folder, "hash-object", "-w", "--stdin", given="x")
    tree = git(folder, "mktree", given="".join(f"100644 blob {blob}\t{number:03}\n" for number in range(files)))
    for count in times:
        tree = git(folder, "mktree", given="".join(f"040000 tree {tree}\t{number:03}\n" for number in range(count)))
    who = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    git(folder, "branch", "many", git(folder, *who, "commit-tree", tree, "-m", "many"))


def test_a_commit_of_files_without_end_is_refused(folder: Path) -> None:
    """Its objects are few and small, and each folder holds the same one a hundred times."""
    repeated(folder, 100, *[100] * 8)
    with pytest.raises(RepositoryError, match="the listing of its files has more than 64 MiB"):
        list_checkout(f"{folder}@many")


def test_more_files_are_listed_than_are_read(folder: Path, tmp_path: Path) -> None:
    """A GitOps branch has many, of which the contents of few are asked for."""
    repeated(folder, 260, 200)
    with pytest.raises(RepositoryError, match="it has more than 50000 files"):
        read_checkout(f"{folder}@many")
    found = list_checkout(f"{folder}@many")
    assert len(found.paths) == 52_000 and found.read(["199/259"]) == {"199/259": b"x"}
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "a").write_text("a")
    assert list_checkout(str(tmp_path / "few")).read(["a"]) == {"a": b"a"}
    with pytest.raises(RepositoryError, match="it has more than 0 files"):
        list_checkout(str(tmp_path / "few"), most=0)
