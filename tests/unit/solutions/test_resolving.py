"""The values of a fleet's targets, and where each comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.errors import UsageError
from orchestration.fleet import load_fleet
from orchestration.solutions import resolve_solution
from orchestration.solutions.language.values import find
from orchestration.solutions.values import solution_values
from tests.support import CONTOSO, copy_contoso, replace


def test_the_example_gives_what_its_page_says() -> None:
    """Nearest node first for values of the solution, and of the config template."""
    report = resolve_solution(load_fleet(CONTOSO), "line-vision")
    rows = [(each.target, each.resolution.values["camera"]["exposureMs"], each.resolution.values["broker"][:7])
            for each in report.targets]  # fmt: skip
    assert rows == [
        ("lab-1-line", 12, "mqtt.fr"),
        ("pilot-1-line", 12, "mqtt.fr"),
        ("lyon-1-line-a", 8, "mqtt.fr"),
        ("lille-1-line", 12, "mqtt.fr"),
        ("bilbao-1-line", 20, "mqtt.es"),
    ]
    assert not report.failed


def test_each_value_says_where_it_is_from() -> None:
    """A node's, a default, an expression; with the file and line that decide."""
    (target,) = resolve_solution(load_fleet(CONTOSO), "line-vision", ["bilbao-1-line"]).targets
    found = {
        each.key: (each.origin, each.node, Path(each.file).name, each.line) for each in target.resolution.provenance
    }
    assert found == {
        "camera.exposureMs": ("default", None, "schema.yaml", 4),
        "camera.resolution": ("default", None, "schema.yaml", 5),
        "broker": ("node", "spain", "fleet.yaml", 114),
        "line": ("expression", None, "template.yaml", 7),
        "alerts.threshold": ("default", None, "schema.yaml", 6),
    }


def test_what_is_resolved_is_what_is_sent(tmp_path: Path) -> None:
    """Nulls, lists and empty mappings are merged over nodes as the document is that a rollout writes."""
    folder = copy_contoso(tmp_path / "contoso")
    replace(
        folder / "fleet.yaml",
        "      france: {Camera: {ExposureMs: 12}}\n      lyon-1-line-a: {Camera: {ExposureMs: 8}}",
        "      france: {Camera: {ExposureMs: 12, Resolution: hd}}\n"
        "      lyon: {Camera: {ExposureMs: null}}\n"
        "      lyon-1-line-a: {Camera: {}}",
    )
    fleet = load_fleet(folder)
    solution = fleet.solutions["line-vision"]
    for each in resolve_solution(fleet, "line-vision").targets:
        sent = solution_values(fleet, solution, fleet.targets[each.target])
        exposure, resolution = find(sent, "Camera.ExposureMs"), find(sent, "Camera.Resolution")
        camera = each.resolution.values["camera"]
        assert camera["exposureMs"] == (exposure if isinstance(exposure, int) else 20)
        assert camera["resolution"] == (resolution if isinstance(resolution, str) else "fhd")


def test_a_config_template_that_is_linked_nowhere_above_is_told(tmp_path: Path) -> None:
    """No node of the target's chain sets a value."""
    folder = copy_contoso(tmp_path / "contoso")
    replace(folder / "fleet.yaml", "      spain: {Broker: {Host: mqtt.es.contoso.example}}\n", "")
    (target,) = resolve_solution(load_fleet(folder), "line-vision", ["bilbao-1-line"]).targets
    (problem,) = target.resolution.problems
    assert "plant-config/1.0.0 is linked to no node above bilbao-1-line" in problem.message
    assert (Path(problem.origin.file).name, problem.origin.line) == ("template.yaml", 6)


def test_a_version_without_content_is_refused(tmp_path: Path) -> None:
    """It was uploaded before, and its folder is gone."""
    folder = copy_contoso(tmp_path / "contoso")
    replace(folder / "fleet.yaml", "      - {environment: qa}", "      - {environment: qa, version: 0.9.0}")
    with pytest.raises(UsageError, match=r"no content of line-vision 0\.9\.0"):
        resolve_solution(load_fleet(folder), "line-vision")
