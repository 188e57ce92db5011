"""Whole environments against what Kalypso's own engine made of them: our samples, and any folder laid out like them.

pytest tests/unit/kalypso/test_corpus.py --corpus=DIR
"""

from __future__ import annotations

import json
from collections.abc import Collection
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest

from orchestration.kalypso import Inputs, Rendering, Source, render_environment
from tests.unit.kalypso.samples import DATA, read_folder

Case = dict[str, Any]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test the cases that it is for, those of `--corpus` beside our own."""
    named = metafunc.config.getoption("corpus")
    roots = [DATA / "corpus", *([Path(named)] if named else [])]
    folders = {path.parent.name: path.parent for root in roots for path in sorted(root.glob("*/case.json"))}
    if named and len(folders) <= len(list((DATA / "corpus").glob("*/case.json"))):
        raise pytest.UsageError(f"--corpus {named} has no case that is not in the project")
    metafunc.parametrize("folder", list(folders.values()), ids=list(folders))


def read(folder: Path) -> Case:
    """Return what a case says of itself."""
    case: Case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    return case


def render(folder: Path, case: Case, previous: Collection[str] = (), *, partial: bool = False) -> Rendering:
    """Return what becomes of a case's sources."""

    def source(place: Path, named: Case) -> Source:
        return Source(named["name"], read_folder(place), named.get("path", "."), named.get("commit", ""))

    environment = case["environment"]
    bases = {one["name"]: source(base_folder(folder, one["name"]), one) for one in case["bases"]}
    places = {one["name"]: folder / "workloads" / one["name"] for one in case["workloads"]}
    workloads = {
        one["name"]: source(place, one) if (place := places[one["name"]]).is_dir() else None
        for one in case["workloads"]
    }
    own = Source(environment, read_folder(folder / "env" / environment))
    return render_environment(Inputs(environment, own, bases, workloads), previous=previous, partial=partial)


def base_folder(folder: Path, name: str) -> Path:
    """Return where a base's files lie: the base called main has a folder of its own."""
    further = folder / "base" / name
    return further if further.is_dir() else folder / "main"


def test_environment_renders_as_kalypso_does(folder: Path) -> None:
    """The generated files are the same byte for byte, and so are the issues of a blocked environment.

    Cases of kind core are from before config templates: every assignment of theirs fails, the rest is the same.
    """
    case = read(folder)
    expected = read_folder(folder / "expected")
    core = case["expected_kind"] == "core"

    rendering = render(folder, case)

    assert rendering.blocked == (core or case.get("blocked", False))
    assert dict(rendering.files) == ({} if core else expected)
    if core:
        partly = render(folder, case, partial=True)
        assert {path: partly.files.get(path) for path in expected} == expected
        assert {issue.assignment for issue in rendering.issues} == {one.name for one in rendering.assignments}
    else:
        check_issues(rendering, case.get("issues", []))
        if "gitops_tree_before" in case:
            check_branch(folder, case)


def check_issues(rendering: Rendering, wanted: list[Case]) -> None:
    """Check that exactly the issues wanted are there: by message, or by the words a problem begins with."""
    found = [(issue.assignment, set(issue.message.splitlines())) for issue in rendering.issues]
    for issue in wanted:
        if "message" in issue:
            assert (issue["assignment"], set(issue["message"].splitlines())) in found
        else:
            assert any(issue_.message.startswith(issue["problem"]) for issue_ in rendering.issues)
    assert len(found) == len(wanted)


def check_branch(folder: Path, case: Case) -> None:
    """Check that the branch is written as Kalypso did, on top of what it held before: files kept, written, deleted."""
    before: dict[str, str] = case["gitops_tree_before"]
    rendering = render(folder, case, before)
    kept = {path: before[path] for path in rendering.kept}
    assert {**kept, **{path: blob(data) for path, data in rendering.files.items()}} == case["gitops_tree_after"]


def blob(data: bytes) -> str:
    """Return the Git id of a file."""
    return sha1(b"blob %d\0" % len(data) + data).hexdigest()
