"""What is said of a whole fleet: its own problems, those of its templates, and of the values that it sets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestration.fleet import load_fleet
from orchestration.solutions import check_fleet, resolve_solution
from tests.support import CONTOSO, ROOT, copy_contoso, replace

SITES = "      france: {Camera: {ExposureMs: 12}}"


@pytest.fixture
def contoso(tmp_path: Path) -> Path:
    return copy_contoso(tmp_path / "contoso")


def found(folder: Path) -> list[tuple[str, str, int, int]]:
    """Return code, file, line and column of every problem."""
    return [(p.code, Path(p.origin.file).name, p.origin.line, p.origin.column) for p in check_fleet(folder)]


def test_the_example_has_no_problems() -> None:
    """Nor do its templates and values."""
    assert check_fleet(CONTOSO) == ()


def test_fleet_templates_and_values_are_told_at_once(contoso: Path) -> None:
    """In the order of files and lines, each place once."""
    solution = contoso / "solutions" / "line-vision"
    replace(contoso / "fleet.yaml", "\ncapabilities: [vision, telemetry]\n", "\ncapabilities: [telemetry]\n")
    replace(contoso / "fleet.yaml", SITES, "      france: {Camera: {ExposureMs: 80, Exposures: 1}}")
    replace(solution / "template.yaml", "$target(name)", "$traget(name)")
    replace(solution / "schema.yaml", "minValue: 1,", "min_value: 1,")
    replace(solution / "specification.yaml", "timeout: 5m", "timeout: 5")
    codes = found(contoso)
    assert [code for code in codes if code[0] != "unknown-capability"] == [
        ("value", "fleet.yaml", 129, 37),
        ("unread-value", "fleet.yaml", 129, 52),
        ("old-spelling", "schema.yaml", 4, 52),
        ("specification", "specification.yaml", 5, 95),
        ("function", "template.yaml", 7, 12),
    ]
    assert "unknown-capability" in [code[0] for code in codes]


def test_values_are_held_against_the_rules_that_they_touch(contoso: Path) -> None:
    """Of a key inside one that has no keys, and of a whole object, too."""
    replace(contoso / "fleet.yaml", SITES, "      france: {Camera: {ExposureMs: {Day: 1}}, Alerts: 5}")
    assert [code for code, *_ in found(contoso)] == ["value"]
    replace(contoso / "fleet.yaml", "{Camera: {ExposureMs: {Day: 1}}, Alerts: 5}", "{Camera.ExposureMs: null}")
    assert found(contoso) == []


def test_an_expression_in_a_specification_is_told_where_it_stands(contoso: Path) -> None:
    """The column is that of the call's argument, as in a template."""
    replace(
        contoso / "solutions" / "line-vision" / "specification.yaml", "name: line-vision", "name: 'a-${{$nope(1)}}'"
    )
    assert found(contoso) == [("function", "specification.yaml", 2, 17)]


def test_values_of_config_templates_are_checked(contoso: Path) -> None:
    """By the schema of the template that they are for."""
    replace(contoso / "fleet.yaml", "{Broker: {Host: mqtt.es.contoso.example}}", "{Broker: {Hots: 1}}")
    (problem,) = check_fleet(contoso)
    assert (problem.code, problem.hint) == ("unread-value", "did you mean Broker.Host?")


def test_what_is_in_another_resource_group_is_not_taken_for_ours(contoso: Path) -> None:
    """A config template and a schema of the same name: neither is read, and that is said."""
    file = contoso / "solutions" / "line-vision" / "template.yaml"
    sub = re.search(r"subscriptionId: (\S+?)[,}\s]", (contoso / "fleet.yaml").read_text(encoding="utf-8"))
    group = re.search(r"resourceGroup: (\S+?)[,}\s]", (contoso / "fleet.yaml").read_text(encoding="utf-8"))
    assert sub and group
    replace(file, "plant-config/1.0.0", f"{sub[1]}/{group[1]}/plant-config/1.0.0")
    assert found(contoso) == []
    assert not resolve_solution(load_fleet(contoso), "line-vision").failed

    replace(file, f"{group[1]}/plant-config", "rg-others/plant-config")
    assert [code for code, *_ in found(contoso)] == ["missing-config"]
    (problem, *_) = resolve_solution(load_fleet(contoso), "line-vision").targets[0].resolution.problems
    assert "is in another resource group, which is not read" in problem.message

    replace(file, f"{sub[1]}/rg-others/plant-config", "plant-config")
    replace(file, "version: 1.0.0}", "version: 1.0.0, resourceGroupName: rg-others}")
    assert [code for code, *_ in found(contoso) if code != "schema-reference"] == ["elsewhere"]
    report = resolve_solution(load_fleet(contoso), "line-vision")
    assert not report.failed
    assert {problem.code for each in report.targets for problem in each.resolution.problems} == {"elsewhere"}


def test_a_key_that_nobody_sets_stands_where_it_is_asked_for(contoso: Path) -> None:
    """There is no better place to set it right from."""
    solution = contoso / "solutions" / "line-vision"
    replace(solution / "template.yaml", "$target(name)", "$val(Line)")
    (target,) = resolve_solution(load_fleet(contoso), "line-vision", ["bilbao-1-line"]).targets
    (entry,) = (each for each in target.resolution.provenance if each.key == "line")
    assert (entry.origin, entry.value, Path(entry.file).name, entry.line) == ("unset", None, "template.yaml", 7)


def test_every_code_is_in_the_documentation() -> None:
    """Whatever lint and a chart's check can say is explained, and nothing else is."""
    text = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    table = text[text.index("## What lint reports") :]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    documented = {code for row in rows for code in re.findall(r"`([-a-z]+)`", row)}
    folder = ROOT / "orchestration" / "solutions"
    places = [*(folder / "language").rglob("*.py"), *folder.glob("chart*.py")]
    texts = [path.read_text(encoding="utf-8") for path in places]
    written = {code for text in texts for code in re.findall(r"Problem\(\s*\"([-a-z]+)\"", text)}
    assert written - documented == {"required", "yaml-syntax"}  # needs values; is yaml-…
