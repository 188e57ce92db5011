"""Solutions held against the Helm chart that they run."""

from __future__ import annotations

import json
from pathlib import Path

from orchestration.solutions import lint_folders
from orchestration.solutions.chart_files import read_chart
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
    assert [code for code, _ in found(folder, solution)] == ["chart-version", "missing-config", "chart-value"]


def test_a_chart_that_nothing_runs(tmp_path: Path) -> None:
    """A warning: it was given for nothing."""
    folder = chart(tmp_path, Chart_yaml="name: other\nversion: 1.0.0\n")
    assert found(folder) == [("chart", "no component of what was given runs a chart called other")]


def test_values_are_read_as_helm_reads_them(tmp_path: Path) -> None:
    """YAML 1.1: an octal number, a switch and a number for a key are no texts."""
    schema = {"properties": {"mode": {"type": "integer"}, "on": {"type": "boolean"}, "ports": {"required": ["80"]}}}
    values = f"{VALUES}mode: 0440\n'on': y\nports: {{80: web}}\n"
    assert found(chart(tmp_path, values_yaml=values, values_schema_json=json.dumps(schema))) == []


def test_every_problem_of_a_chart_is_told_at_once(tmp_path: Path) -> None:
    """With file and line; a folder without a chart, and a chart that is packed, say what to do."""
    folder = chart(
        tmp_path / "chart", Chart_yaml="name: a\n", values_yaml="a: 1\na: 2\n", values_schema_json='{"a":\n nope}'
    )
    _, problems = read_chart(folder)
    assert [(Path(p.origin.file).name, p.origin.line, p.code) for p in problems] == [
        ("values.yaml", 2, "duplicate-key"),
        ("values.schema.json", 2, "chart-schema"),
        ("Chart.yaml", 1, "chart-file"),
    ]
    assert [code for code, _ in found(folder)] == ["chart-file", "chart-schema", "duplicate-key"]
    assert found(tmp_path) == [("chart-file", "there is no Chart.yaml")]
    (tmp_path / "a-1.0.0.tgz").write_bytes(b"")
    assert read_chart(tmp_path / "a-1.0.0.tgz")[1][0].hint == "unpack it: tar -xzf a-1.0.0.tgz, and give the folder"
