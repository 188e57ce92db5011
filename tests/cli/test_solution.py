"""`ewo solution`: the configuration language on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from orchestration import load_fleet
from orchestration.cli.output import json_pieces
from orchestration.solutions import resolve_solution
from tests.cli.conftest import Ewo
from tests.support import CONTOSO, ROOT, copy_contoso, problems_with, replace


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


def test_new_makes_a_solution_of_a_chart(ewo: Ewo, tmp_path: Path) -> None:
    """What it wrote and what stays as it is; what it made is linted clean; it overwrites nothing."""
    chart = str(ROOT / "tests" / "data" / "charts" / "vision-gateway")
    done = ewo("solution", "new", chart, "--to", "made", "--chart-repo", "contoso.azurecr.io/helm")
    assert done.returncode == 0
    assert done.stdout.splitlines()[:4] == [
        "made/schema.yaml", "made/template.yaml", "made/specification.yaml",
        "20 values are configurable, by IT (editableBy)",
    ]  # fmt: skip
    assert "nodeSelector" in done.stdout and "an empty mapping has no keys that could be set" in done.stdout
    assert done.stderr == f"next: ewo solution lint made --chart {chart}\n"
    assert ewo("solution", "lint", "made", "--chart", chart).stdout == "no problems\n"

    again = ewo("solution", "new", chart, "--to", "made")
    assert again.returncode == 2 and "not overwritten: made/schema.yaml" in again.stderr
    found = ewo("solution", "new", chart, "--to", "made", "--force", "--output", "json")
    assert problems_with(json.loads(found.stdout), "new") == []
    assert "example.azurecr.io/helm/vision-gateway is no real place" in found.stderr


def test_new_of_no_chart_is_exit_2(ewo: Ewo, tmp_path: Path) -> None:
    """Nothing is written."""
    done = ewo("solution", "new", ".")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Chart.yaml:1:1: error: there is no Chart.yaml (give a chart's folder) [chart-file]" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_resolve_shows_every_value_and_where_it_is_from(ewo: Ewo) -> None:
    """One row for each value of a key, with its targets; what is assumed is marked and said in words."""
    done = ewo("solution", "resolve", str(CONTOSO), "line-vision")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()]
    exposure = {row[1]: row for row in rows if row[:1] == ["camera.exposureMs"]}
    assert set(exposure) == {"8", "12", "20"}
    assert exposure["8"][2:4] == ["node", "lyon-1-line-a"] and exposure["8"][-1] == "lyon-1-line-a"
    assert exposure["20"][2] == "default" and exposure["20"][-1] == "bilbao-1-line"
    assert "* typed-values: resolved values keep their YAML type; no public page says so" in done.stdout


def test_resolve_of_named_targets_as_json_keeps_to_its_schema(ewo: Ewo) -> None:
    """Values, provenance and assumptions of what was asked for."""
    done = ewo("solution", "resolve", str(CONTOSO), "line-vision", "bilbao-1-line", "--output", "json")
    found = json.loads(done.stdout)
    assert problems_with(found, "resolve") == []
    (target,) = found["targets"]
    assert target["values"]["broker"] == "mqtt.es.contoso.example"
    broker = next(entry for entry in target["provenance"] if entry["key"] == "broker")
    assert (broker["from"], broker["node"], broker["line"]) == ("node", "spain", 114)


ITEMS = st.lists(
    st.dictionaries(st.text(max_size=3), st.none() | st.text() | st.lists(st.integers()), max_size=2), max_size=3
)


@given(items=ITEMS)
def test_pieces_of_a_document_are_the_document(items: list[dict[str, Any]]) -> None:
    """To the letter, whatever stands in the texts; each piece has one item at most."""
    head, tail = {"schema": "x"}, {"notes": {"a": [1]}}
    pieces = list(json_pieces(head, "items", items, tail))
    assert "".join(pieces) == json.dumps({**head, "items": items, **tail}, indent=2, ensure_ascii=False)
    assert len(pieces) == (len(items) + 1 if items else 1)


def test_resolve_prints_the_report_of_the_library(ewo: Ewo) -> None:
    """The same document, as JSON and as YAML."""
    report = resolve_solution(load_fleet(CONTOSO), "line-vision").to_json()
    for output, read in (("json", json.loads), ("yaml", yaml.safe_load)):
        found = read(ewo("solution", "resolve", str(CONTOSO), "line-vision", "--output", output).stdout)
        assert found == json.loads(json.dumps(report))


def test_resolve_without_diff_asks_nothing(ewo: Ewo) -> None:
    """What says whom to ask has no meaning, and is told so."""
    for option in ("--sandbox", "--exit-code"):
        done = ewo("solution", "resolve", str(CONTOSO), "line-vision", option)
        assert done.returncode == 2 and "go with --diff" in done.stderr


def test_resolve_of_wrong_values_is_exit_2(ewo: Ewo, tmp_path: Path) -> None:
    """The place where the value is set is told, with the target."""
    replace(copy_contoso(tmp_path / "contoso") / "fleet.yaml", "{ExposureMs: 8}", "{ExposureMs: 80}")
    done = ewo("solution", "resolve", "contoso", "line-vision")
    assert done.returncode == 2
    assert "lyon-1-line-a: contoso/fleet.yaml:130:1: error: Camera.ExposureMs: 80 is above maxValue 40" in done.stderr


def test_resolve_of_what_there_is_not_is_exit_2(ewo: Ewo) -> None:
    """A solution and a target, each with what there is."""
    done = ewo("solution", "resolve", str(CONTOSO), "line-visio")
    assert done.returncode == 2 and "it has line-vision" in done.stderr
    done = ewo("solution", "resolve", str(CONTOSO), "line-vision", "nowhere")
    assert done.returncode == 2 and "no target 'nowhere'" in done.stderr


def test_placement_says_where_and_why_not(ewo: Ewo) -> None:
    """A row for every target, and how many there are; offline, so no account is needed."""
    done = ewo("solution", "placement", str(CONTOSO))
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["prod", "lille-1-line", "1.0.0", "2"] in rows
    assert ["prod", "vigo-1-line", "lacks", "capability", "vision"] in rows
    assert done.stdout.splitlines()[-1] == "5 of 7 targets get line-vision"


def test_placement_as_json_keeps_to_its_schema(ewo: Ewo) -> None:
    """The solution that is named, in the order of promotion."""
    found = json.loads(ewo("solution", "placement", str(CONTOSO), "line-vision", "--output", "json").stdout)
    assert problems_with(found, "placement") == []
    assert [row["target"] for row in found["targets"] if row["chosen"]] == [
        "lab-1-line",
        "pilot-1-line",
        "lyon-1-line-a",
        "lille-1-line",
        "bilbao-1-line",
    ]


def test_placement_of_what_there_is_not_is_exit_2(ewo: Ewo) -> None:
    """With the solutions that there are."""
    done = ewo("solution", "placement", str(CONTOSO), "line-visoin")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the fleet has no solution 'line-visoin'" in done.stderr and "it has line-vision" in done.stderr


def test_a_verdict_is_one_of_two(ewo: Ewo) -> None:
    """Neither and both are exit 2, before anything is asked."""
    for options in ((), ("--valid", "--invalid", "broken")):
        done = ewo("solution", "validation", str(CONTOSO), "line-vision", "lab-1-line", *options, "--sandbox")
        assert done.returncode == 2 and "a verdict is --valid or --invalid REASON" in done.stderr


def test_a_place_in_a_rollout_is_an_environment_and_a_ring(ewo: Ewo) -> None:
    """Anything else is exit 2."""
    for wrong in ("prod/0", "prod/x", "/2", "prod/"):
        done = ewo("solution", "install", str(CONTOSO), "--sandbox", "--until", wrong)
        assert done.returncode == 2 and "write prod, or prod/2" in done.stderr
