"""Solutions made from charts: what their defaults resolve to, what is told, and what is never written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration.errors import InvalidChart, UsageError
from orchestration.fleet.reader import read_bytes, read_file
from orchestration.fleet.tree import Node
from orchestration.solutions import Started, lint_folders, start_solution
from orchestration.solutions.chart_files import read_chart
from orchestration.solutions.language import Documents, Situation, Template, resolve
from orchestration.solutions.starting.proposal import propose
from orchestration.solutions.starting.texts import schema_text, template_text
from tests.support import ROOT, write_tree

CHARTS = ROOT / "tests" / "data" / "charts"
NAMES = sorted(folder.name for folder in CHARTS.iterdir())
QUICK = settings(max_examples=80, deadline=None)


def defaults_of(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Resolve the template in a folder with nothing set; return the values and the messages of problems."""
    roots = [read_file(folder / name, name)[0] for name in ("template.yaml", "schema.yaml")]
    assert roots[0] is not None
    return resolved(roots[0], roots[1])


def resolved(template: Node, schema: Node | None) -> tuple[dict[str, Any], list[str]]:
    found = resolve(Template("app/1.0.0", template, Documents(lambda reference: schema)), Situation())
    return found.values, [problem.message for problem in found.problems]


def without(values: Mapping[str, Any], keys: set[str], above: str = "") -> dict[str, Any]:
    """Return values without some dotted keys."""
    return {
        name: without(value, keys, f"{above}{name}.") if isinstance(value, dict) else value
        for name, value in values.items()
        if f"{above}{name}" not in keys
    }


def told(started: Started) -> dict[str, str]:
    return {each.key: each.reason for each in started.literal}


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_of_a_chart_come_back_exactly(tmp_path: Path, name: str) -> None:
    """Every value and its type, but what cannot stand in a template, and what the chart's own schema refuses."""
    started = start_solution(CHARTS / name, to=tmp_path)
    chart, _ = read_chart(CHARTS / name)
    assert chart is not None
    values, problems = defaults_of(tmp_path)

    missing = {each.key for each in started.missing}
    left_out = {key for key, reason in told(started).items() if "the chart's own default applies" in reason}
    assert yaml.safe_dump(without(values, missing)) == yaml.safe_dump(without(chart.values, missing | left_out))
    assert [problem.split(" ")[0] for problem in problems] == [each.key for each in started.missing]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_made_lints_clean(tmp_path: Path, name: str) -> None:
    """Without a warning, held against the chart, too."""
    start_solution(CHARTS / name, to=tmp_path, repo="contoso.azurecr.io/helm")
    assert [str(problem) for problem in lint_folders([tmp_path], charts=[CHARTS / name]).problems] == []


def test_rules_have_what_the_chart_s_schema_says(tmp_path: Path) -> None:
    """Types, bounds, enumerations, patterns, what is required, and words for people."""
    start_solution(CHARTS / "mqtt-bridge", to=tmp_path)
    rules = yaml.safe_load((tmp_path / "schema.yaml").read_text(encoding="utf-8"))["rules"]["configs"]
    assert rules["broker.host"] == {
        "type": "string", "required": True, "description": "Where the bridge connects to.", "label": "Broker",
        "defaultValue": "broker.plant.example", "editableBy": ["IT"],
    }  # fmt: skip
    found = {key: {name: rule.get(name) for name in ("type", "minValue", "maxValue")} for key, rule in rules.items()}
    assert found["broker.port"] == {"type": "int", "minValue": 1, "maxValue": 65535}
    assert found["broker.keepAlive"] == {"type": "int", "minValue": 1, "maxValue": None}
    assert found["buffer.fillFactor"] == {"type": "float", "minValue": 0, "maxValue": 1}
    assert found["buffer.sizeMb"]["type"] == "float"
    assert rules["broker.qos"]["allowedValues"] == [0, 1, 2]
    assert rules["broker.clientId"]["pattern"] == "^[a-z0-9-]+$"
    assert rules["logLevel"]["required"] is True and "required" not in rules["broker.qos"]
    assert (rules["ports"]["type"], rules["ports"]["defaultValue"]) == ("array[int]", [])
    assert "defaultValue" not in rules["buffer.onDisk"]


def test_what_stays_as_it_is_says_why(tmp_path: Path) -> None:
    """Each with its line in the chart."""
    reasons = {
        key: reason
        for name in ("historian", "label-printer", "vision-gateway")
        for key, reason in told(start_solution(CHARTS / name, to=tmp_path / name)).items()
    }
    assert {key: reason.split(":")[0].split(",")[0] for key, reason in reasons.items()} == {
        "columns": "the language has no array[list]",
        "mixed": "its items are of several types",
        "switches": "the language has no array[boolean]",
        "tilde": "it is null",
        "workflow": "it holds ${{",
        "steps": "it holds ${{",
        "files.layout.zpl": "the key has a dot",
        "paths./metrics": "the key has characters that the key of a rule cannot have",
        "paths./": "the key has characters that the key of a rule cannot have",
        "ports.9100": "the key has characters that the key of a rule cannot have",
        "label": "the key differs from Label in case only",
        "quoted key": "the key has characters that the key of a rule cannot have",
        "true": "the key is a word that YAML takes for a value",
        "imagePullSecrets": "it is empty",
        "podAnnotations.prometheus.io/scrape": "the key has a dot",
        "podAnnotations.prometheus.io/port": "the key has a dot",
        "podSecurityContext": "an empty mapping has no keys that could be set",
        "ingress.className": "it is null",
        "ingress.annotations.nginx.ingress.kubernetes.io/proxy-body-size": "the key has a dot",
        "ingress.tls": "it is empty",
        "nodeSelector": "an empty mapping has no keys that could be set",
        "tolerations": "it is empty",
        "affinity": "it is null",
    }
    (affinity,) = (each for each in start_solution(CHARTS / "vision-gateway", to=tmp_path / "again").literal
                   if each.key == "affinity")  # fmt: skip
    assert (affinity.file, affinity.line) == (str(CHARTS / "vision-gateway" / "values.yaml"), 39)


def test_a_default_that_the_chart_s_schema_refuses_has_to_be_set(tmp_path: Path) -> None:
    """As the chart means it: it cannot be installed without."""
    started = start_solution(CHARTS / "recipe-server", to=tmp_path)
    assert {each.key: each.reason for each in started.missing} == {
        "database.url": "'' does not match the pattern '^postgres://'",
        "database.poolSize": "0 is below minValue 1",
        "plant": "'' is not one of lyon, lille, bilbao",
        "shift": "'night' is not of type int",
    }
    (narrowed,) = started.narrowed
    assert (narrowed.key, narrowed.reason) == ("maxUnavailable", "the chart takes string, too; the rule takes int")


def test_the_specification_runs_the_chart(tmp_path: Path) -> None:
    """From where it is pushed to, whether its name is given with that or not."""
    for repo in ("oci://contoso.azurecr.io/helm", "oci://contoso.azurecr.io/helm/edge-cache"):
        started = start_solution(
            CHARTS / "edge-cache", to=tmp_path, name="cache", version="1.2.3", repo=repo, force=True
        )
        (component,) = yaml.safe_load((tmp_path / "specification.yaml").read_text(encoding="utf-8"))["components"]
        assert component["name"] == started.name == "cache"
        chart = {
            "repo": "oci://contoso.azurecr.io/helm/edge-cache",
            "version": "10.20.30",
            "wait": True,
            "timeout": "5m",
        }
        assert (component["type"], component["properties"]) == ("helm.v3", {"chart": chart})
    template = yaml.safe_load((tmp_path / "template.yaml").read_text(encoding="utf-8"))
    assert template["metadata"] == {"name": "cache", "version": "1.2.3"}
    assert template["schema"] == {"name": "cache-schema", "version": "1.2.3"}


def test_nothing_is_overwritten_unless_forced(tmp_path: Path) -> None:
    """One file that is there is enough; then none is written."""
    write_tree(tmp_path, {"schema.yaml": "mine\n"})
    with pytest.raises(UsageError, match=r"not overwritten: .*schema\.yaml"):
        start_solution(CHARTS / "edge-cache", to=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["schema.yaml"]

    start_solution(CHARTS / "edge-cache", to=tmp_path, force=True)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["schema.yaml", "specification.yaml", "template.yaml"]


def test_a_bad_chart_has_all_its_problems_told_and_nothing_written(tmp_path: Path) -> None:
    """With file and line, those of what was asked for as well."""
    about = "name: Bad_Name\nversion: 1.0.0-rc.1\ntype: library\n"
    chart = write_tree(tmp_path / "chart", {"Chart.yaml": about, "values.yaml": "a: 1\n"})
    with pytest.raises(InvalidChart) as raised:
        start_solution(chart, to=tmp_path / "made")
    assert [(problem.code, problem.origin.line) for problem in raised.value.problems] == [
        ("chart-file", 3), ("solution-name", 1), ("version", 2),
    ]  # fmt: skip
    with pytest.raises(InvalidChart) as raised:
        start_solution(chart, to=tmp_path / "made", name="v-x", version="1.0")
    assert [str(problem.origin) for problem in raised.value.problems][1:] == ["--name:1:1", "--version:1:1"]
    write_tree(chart, {"values.yaml": "a: [\n", "values.schema.json": "[]"})
    with pytest.raises(InvalidChart) as raised:
        start_solution(chart, to=tmp_path / "made")
    assert [problem.code for problem in raised.value.problems] == ["yaml-syntax", "chart-schema"]
    assert not (tmp_path / "made").exists()


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "no",
        "0440",
        "1e3",
        "12:30",
        "~",
        "${{ x",
        "}}",
        "a\nb\n",
        "a\n\nb\n\n",
        " a\nb\n c\n",
        "a\r\nb\nc\n",
        "x \ny\n\nz\n",
        "\ufeffa\nb\nc\n",
    ]
)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6) | st.sampled_from(
    ["a", "A", "b-c", "d.e", "on", "null", "9", "$f", "g h", "${{i"]
)
VALUES = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@QUICK
@given(st.dictionaries(KEYS, VALUES, max_size=6))
@example({"a": {"b": [{"c": None}]}, "d": [[]], "e": [1, 2.5], "f": ["x", 1]})
@example({"-": {"0": "${{"}, "-a": {"b": "${{"}})
@example({"a": "x\n" * 40, "b": ["y" * 200], "c": {"d": "long " * 40}})
def test_any_values_come_back_exactly(values: dict[str, Any]) -> None:
    """Whatever a chart holds, but for what would begin an expression."""
    proposal = propose(values, Node({}, "values.yaml", 1, 1), None)
    template, schema = (_tree(text("app", "1.0.0", proposal)) for text in (template_text, schema_text))
    found, problems = resolved(template, schema)

    assert problems == [] and proposal.missing == []
    assert json.dumps(found) == json.dumps(_without_expressions(values))


def _tree(text: str) -> Node:
    root, problems = read_bytes(text.encode(), "made.yaml")
    assert root is not None and problems == []
    return root


def _without_expressions(values: Mapping[str, Any]) -> dict[str, Any]:
    kept = {}
    for name, value in values.items():
        if "${{" in name or ("${{" in json.dumps(value, ensure_ascii=False) and not _goes_on(name, value)):
            continue
        kept[name] = _without_expressions(value) if _goes_on(name, value) else value
    return kept


def _goes_on(name: str, value: Any) -> bool:
    """Whether the keys inside are looked at one by one."""
    named = name.isascii() and not name.startswith("-") and name.replace("-", "_").isidentifier()
    return isinstance(value, dict) and bool(value) and named


SCHEMAS = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "integer", "number", "boolean", "array", "object", "null"])
            | st.lists(st.sampled_from(["string", "integer", "null"]), min_size=1, max_size=2, unique=True),
            "minimum": st.integers(-5, 5), "exclusiveMaximum": st.integers(-5, 5) | st.floats(-5, 5),
            "enum": st.lists(st.none() | st.integers(-2, 2) | st.text(max_size=2), min_size=1, max_size=3),
            "pattern": st.sampled_from(["^a", "b$"]), "maxLength": st.integers(0, 2000), "required": st.just(["a"]),
            "$ref": st.sampled_from(["#", "#/properties/a", "#/nowhere", "other.json"]),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from(["a", "b-c", "A"]), inner, max_size=3),
            "items": inner, "additionalProperties": inner | st.booleans(), "allOf": st.lists(inner, max_size=2),
            "anyOf": st.lists(inner, max_size=2),
        },
    ),
    max_leaves=8,
)  # fmt: skip


@QUICK
@given(st.dictionaries(KEYS, VALUES, max_size=4), SCHEMAS)
@example({"a": [1]}, {"properties": {"a": {"$ref": "#/properties/a", "allOf": [{"$ref": "#"}] * 3}}})
def test_any_schema_leaves_the_defaults_as_they_are(values: dict[str, Any], schema: Any) -> None:
    """What it refuses of them is told to be missing, and nothing else is wrong."""
    proposal = propose(values, Node({}, "values.yaml", 1, 1), schema)
    template, rules = (_tree(text("app", "1.0.0", proposal)) for text in (template_text, schema_text))
    found, problems = resolved(template, rules)

    missing = {each.key for each in proposal.missing}
    assert {problem.split(" ")[0] for problem in problems} == missing
    assert json.dumps(without(found, missing)) == json.dumps(without(_without_expressions(values), missing))
