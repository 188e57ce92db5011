"""`ewo solution`: the configuration language on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Ewo
from tests.support import CONTOSO, copy_contoso, problems_with, replace


def test_lint_of_what_is_right_is_exit_0(ewo: Ewo) -> None:
    """The example has no problems."""
    done = ewo("solution", "lint", str(CONTOSO))
    assert (done.returncode, done.stdout, done.stderr) == (0, "no problems\n", "")


def test_lint_tells_place_and_hint_and_is_exit_2(ewo: Ewo, tmp_path: Path) -> None:
    """For people as a line, for programs as JSON that keeps to its schema."""
    folder = copy_contoso(tmp_path / "contoso") / "solutions" / "line-vision"
    replace(folder / "template.yaml", "$target(name)", "$traget(name)")
    replace(folder / "schema.yaml", "minValue: 1,", "min_value: 1,")

    done = ewo("solution", "lint", "contoso")
    assert (done.returncode, done.stderr) == (2, "")
    assert "template.yaml:7:12: error: $traget is not a function that is documented [function]" in done.stdout

    found = json.loads(ewo("solution", "lint", "contoso", "--output", "json").stdout)
    assert problems_with(found, "problems") == []
    assert [problem["code"] for problem in found["problems"]] == ["old-spelling", "function"]


def test_fix_rewrites_older_spellings(ewo: Ewo, tmp_path: Path) -> None:
    """The file is as it was before they were put in; what was rewritten is said on stderr."""
    file = copy_contoso(tmp_path / "contoso") / "solutions" / "line-vision" / "schema.yaml"
    before = file.read_bytes()
    replace(file, "minValue: 1,", "min_value: 1,")

    done = ewo("solution", "lint", "contoso", "--fix")

    assert (done.returncode, done.stdout) == (0, "no problems\n")
    assert done.stderr == "rewrote contoso/solutions/line-vision/schema.yaml\n"
    assert file.read_bytes() == before


def test_lint_of_nothing_is_exit_2(ewo: Ewo) -> None:
    """A folder that is not there, and none at all."""
    assert "there is no nowhere" in ewo("solution", "lint", "nowhere").stderr
    assert ewo("solution", "lint", "nowhere").returncode == ewo("solution", "lint").returncode == 2
