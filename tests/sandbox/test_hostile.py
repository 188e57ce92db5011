"""Hostile repositories in `up`: each is refused soon and named, nothing is written outside, and the rest goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sandbox.git_client import Checkout
from tests.sandbox.place import Place, copied, opened

pytestmark = pytest.mark.slow

BOMB = """\
apiVersion: scheduler.kalypso.io/v1alpha1
kind: Workload
metadata: {name: hello}
spec:
""" + "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)).replace("*a0", "x")
TEMPLATE = """\
apiVersion: scheduler.kalypso.io/v1alpha1
kind: Template
metadata: {name: namespace}
spec:
  type: namespace
  manifests:
    - '{{define "a"}}{{template "a" .}}{{template "a" .}}{{end}}{{template "a" .}}'
"""
BASE = """\
apiVersion: scheduler.kalypso.io/v1alpha1
kind: BaseRepo
metadata: {name: other}
spec: {repo: "URL", branch: main, path: .}
"""
HEAD = "commit refs/heads/{}\ncommitter E <e@x> 1700000000 +0000\ndata 0\nfrom {}\n"

Attack = Callable[[Checkout], None]


def commit(branch: str, line: str, content: bytes) -> Attack:
    """Return an attack by a commit with one entry, of any mode and name that fast-import takes."""

    def attack(place: Checkout) -> None:
        head = HEAD.format(branch, place.heads()[branch]).encode()
        body = b"" if line.startswith("M 160000") else b"data %d\n" % len(content) + content + b"\n"
        place.git("fast-import", "--quiet", "--force", given=head + line.encode() + b"\n" + body)

    return attack


def tree(name: str) -> Attack:
    """Return an attack by a tree with a name that Git itself would never write, in the workload's folder."""

    def attack(place: Checkout) -> None:
        blob = place.git("hash-object", "-w", "--stdin", given=b"x").decode().strip()
        inner = literal(place, "100644", name, blob)
        outer = literal(place, "40000", "workload", inner)
        made = place.git("commit-tree", outer, "-p", place.heads()["main"], "-m", "x").decode().strip()
        place.git("update-ref", "refs/heads/main", made)

    return attack


def literal(place: Checkout, mode: str, name: str, id_: str) -> str:
    """Write a tree of one entry as it is; return its id."""
    content = f"{mode} {name}\0".encode() + bytes.fromhex(id_)
    return place.git("hash-object", "-t", "tree", "--literally", "-w", "--stdin", given=content).decode().strip()


WORKLOADS: dict[str, tuple[Attack, str]] = {
    "a link": (commit("main", "M 120000 inline workload/link", b"/etc/passwd"), "symbolic link"),
    "a link in place of the folder": (commit("main", "M 120000 inline workload", b"/etc"), "workload"),
    "a submodule": (commit("main", f"M 160000 {'1' * 40} workload/sub", b""), "submodule"),
    "two dots": (tree(".."), "leads out"),
    "Git's own folder": (tree(".git"), "Git's own"),
    "a bomb": (commit("main", "M 100644 inline workload/hello.yaml", BOMB.encode()), "aliasing"),
    "a huge file": (commit("main", "M 100644 inline workload/big.yaml", b"#" * (11 << 20)), "11 MiB"),
}
CONTROL_PLANES: dict[str, tuple[Attack, str]] = {
    "template recursion": (commit("main", "M 100644 inline templates/namespace.yaml", TEMPLATE.encode()), "namespace"),
    "a transport that runs programs": (
        commit("dev", "M 100644 inline other.yaml", BASE.replace("URL", "ext::sh -c touch% PWNED").encode()),
        "no repository URL",
    ),
    "an option for a URL": (
        commit("dev", "M 100644 inline other.yaml", BASE.replace("URL", "--upload-pack=touch PWNED").encode()),
        "no repository URL",
    ),
    "a folder of this machine": (
        commit("dev", "M 100644 inline other.yaml", BASE.replace("URL", "file:///etc").encode()),
        "no repository URL",
    ),
    "an option for a branch": (
        commit(
            "dev",
            "M 100644 inline other.yaml",
            BASE.replace("URL", "https://github.com/example/hello").replace("branch: main", "branch: --all").encode(),
        ),
        "has no branch --all",
    ),
}
OFTEN = {"a link", "two dots", "a bomb", "template recursion", "a transport that runs programs"}
ROWS = [
    pytest.param(repository, *row, id=name, marks=() if name in OFTEN else pytest.mark.long)
    for repository, rows in (("hello", WORKLOADS), ("starter-control-plane", CONTROL_PLANES))
    for name, row in rows.items()
]


@pytest.fixture(scope="module")
def victim(gitops_is_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A fleet that is up, and that each attack finds as it was."""
    folder = copied(gitops_is_up, tmp_path_factory.mktemp("hostile") / "fleet")
    with opened(folder) as place:
        assert place.up().exit_code == 0
        yield place


def outside(folder: Path) -> set[Path]:
    """Return what lies around the fleet's folder, and in it beside the runs' own."""
    return {*folder.parent.glob("*"), *folder.glob("*"), *Path.cwd().glob("*")}


@pytest.mark.parametrize(("repository", "attack", "why"), ROWS)
def test_it_is_refused_soon_and_named(victim: Place, repository: str, attack: Attack, why: str) -> None:
    """The GitOps branches stay as they are, the reason is told, and without the attack all is well again."""
    place, before, around = victim.checkout(repository), victim.heads(), outside(victim.folder)
    good = place.heads()
    attack(place)
    began = time.monotonic()

    try:
        report = victim.up()
    finally:
        for branch, head in good.items():
            place.git("update-ref", f"refs/heads/{branch}", head)

    assert report.exit_code == 4
    assert any(why in item.error for item in report.failed), report.failed
    assert {item.what for item in report.failed} == {"schedule"}
    assert {name: head for name, head in victim.heads().items() if "gitops" in name} == {
        name: head for name, head in before.items() if "gitops" in name
    }
    assert outside(victim.folder) == around
    assert report.steps["schedule"] < 5 and time.monotonic() - began < 60
    assert victim.up().exit_code == 0
