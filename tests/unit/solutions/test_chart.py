"""Solutions held against the Helm chart that they run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestration.errors import UsageError
from orchestration.solutions import lint_folders
from tests.support import CONTOSO, write_tree

VALUES = """
camera: {exposureMs: 1, resolution: hd, fps: 30}
broker: ""
line: ""
alerts: {threshold: 0.5}
"""
SCHEMA = {
    "type": "object",
    "properties": {"camera": {"properties": {"exposureMs": {"type": "integer", "maximum": 15}}}},
}


def chart(folder: Path, **files: str) -> Path:
    """Write a chart that fits the example, but for *files*."""
    written = {"Chart.yaml": "name: line-vision\nversion: 1.4.2\n", "values.yaml": VALUES}
    return write_tree(folder, written | {name.replace("_", "."): text for name, text in files.items()})


def found(folder: Path, solution: Path = CONTOSO) -> list[tuple[str, str]]:
    return [(problem.code, problem.message) for problem in lint_folders([solution], charts=[folder]).problems]


def test_a_chart_that_fits_has_no_problems(tmp_path: Path) -> None:
    """Its defaults are laid under the values of each target, as Helm does."""
    required = {**SCHEMA, "required": ["camera"], "properties": {"camera": {"required": ["fps"]}}}
    assert found(chart(tmp_path, values_schema_json=json.dumps(required))) == []


def test_the_values_of_each_target_are_held_against_the_schema(tmp_path: Path) -> None:
    """The target is named; those that keep to the schema are not."""
    folder = chart(tmp_path, values_schema_json=json.dumps(SCHEMA))
    assert found(folder) == [
        (
            "chart-schema",
            "bilbao-1-line: camera.exposureMs: Must be less than or equal to 15, of line-vision 1.0.0",
        )
    ]


def test_another_version_and_keys_that_the_chart_does_not_have(tmp_path: Path) -> None:
    """The chart would ignore them."""
    folder = chart(
        tmp_path, Chart_yaml="name: line-vision\nversion: 2.0.0\n", values_yaml=VALUES.replace("line:", "Line:")
    )
    assert found(folder) == [
        ("chart-version", "the component runs line-vision 1.4.2, the folder has 2.0.0"),
        ("chart-value", "the chart's values.yaml has no line"),
    ]
    solution = CONTOSO / "solutions" / "line-vision"
    assert [code for code, _ in found(folder, solution)] == ["missing-config", "chart-version", "chart-value"]


def test_a_chart_that_nothing_runs(tmp_path: Path) -> None:
    """A warning: it was given for nothing."""
    folder = chart(tmp_path, Chart_yaml="name: other\nversion: 1.0.0\n")
    assert found(folder) == [("chart", "no component of what was given runs a chart called other")]


def test_what_is_no_chart_is_refused(tmp_path: Path) -> None:
    """A schema that is none is told, a folder without a chart is not taken."""
    folder = chart(tmp_path / "chart", values_schema_json="{")
    assert [code for code, _ in found(folder)] == ["chart-schema"]
    with pytest.raises(UsageError):
        lint_folders([CONTOSO], charts=[tmp_path])
