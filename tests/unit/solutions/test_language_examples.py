"""The worked examples of the configuration language: our resolver and the sandbox's give the same answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from orchestration.fleet.reader import read_bytes
from orchestration.fleet.tree import Node
from orchestration.sandbox.arm import resolve as stand_in
from orchestration.sandbox.arm.resolve_values import Layer as StandInLayer
from orchestration.solutions.language import (
    Configured,
    Documents,
    Layer,
    Situation,
    Template,
    resolve,
    resolve_specification,
    settings_tree,
)
from tests.support import ROOT

DATA = ROOT / "tests" / "data" / "language"
TARGET = {
    "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Edge/targets/line01",
    "name": "line01",
    "properties": {"displayName": "Line 1"},
}
LEVELS = ("line", "factory", "country")
Case = dict[str, Any]


def runs(name: str) -> Iterator[Any]:
    for case in yaml.safe_load((DATA / name).read_text(encoding="utf-8")):
        title = case.get("title") or f"{case['number']} {case['kind']}"
        for index, run in enumerate(case.get("runs", [{}])):
            yield pytest.param({**case, **run}, id=f"{title} {index}" if "runs" in case else title)


ALL = [*runs("examples.yaml"), *runs("cases.yaml")]


def text_of(case: Case) -> str:
    """Return the case's template with its inline schema."""
    rules: dict[str, Any] = {"configs": parsed(case.get("rules", "{}"))}
    if "oldrules" in case:
        rules = parsed(case["oldrules"])
    schema: dict[str, Any] = {"rules": rules}
    if "validations" in case:
        schema["validations"] = parsed(case["validations"])
    return yaml.safe_dump({"schema": schema, "configs": parsed(case["configs"])}, sort_keys=False)


def parsed(text: str) -> Any:
    return yaml.safe_load(text)


def tree(text: str) -> Node:
    """Read a document that has nothing wrong with it."""
    root, problems = read_bytes(text.encode(), "case.yaml", strict=False)
    assert root is not None and problems == []
    return root


def ours(case: Case) -> tuple[dict[str, Any], set[str], Any]:
    """Resolve with the product: values, the keys that are wrong, and the specification."""
    templates = {name: tree(each["text"]) for name, each in case.get("templates", {}).items()}
    schemas = {name: tree(text) for name, text in case.get("schemas", {}).items()}
    documents = Documents(schemas.get, templates.get)

    def layers(values: Case) -> tuple[Layer, ...]:
        return tuple(Layer(level, settings_tree(tree(json.dumps(values.get(level, {}))), level)) for level in LEVELS)

    def config(reference: str) -> Configured | None:
        if reference not in templates:
            return None
        return Configured(
            Template(reference, templates[reference], documents), layers(case.get("set", {}).get(reference, {}))
        )

    template = Template("app/1.0.0", tree(text_of(case)), documents)
    found = resolve(template, Situation(TARGET, layers(case.get("values", {})), config))
    specified = resolve_specification(case.get("specification"), found.values, TARGET)
    return found.values, {problem.message.split(":")[0].split(" ")[0] for problem in found.problems}, specified


def theirs(case: Case) -> tuple[dict[str, Any], set[str], Any]:
    """Resolve with the sandbox: values, the keys that are wrong, and the specification."""
    templates = {name: each["text"] for name, each in case.get("templates", {}).items()}

    def layers(values: Case) -> tuple[StandInLayer, ...]:
        return tuple(StandInLayer(level, values.get(level, {})) for level in LEVELS)

    def config(reference: str) -> stand_in.Template | None:
        if reference not in templates:
            return None
        values = case.get("set", {}).get(reference, {})
        return stand_in.Template(reference, templates[reference], layers(values))

    library = stand_in.Library(case.get("schemas", {}).get, templates.get, config)
    template = stand_in.Template("app/1.0.0", text_of(case), layers(case.get("values", {})))
    found = stand_in.resolve(template, library, TARGET)
    specified = stand_in.resolve_specification(case.get("specification"), found.values, TARGET)
    return found.values, {problem.key for problem in found.problems}, specified


@pytest.mark.parametrize("resolver", [ours, theirs], ids=["ours", "sandbox"])
@pytest.mark.parametrize("case", ALL)
def test_both_resolvers_give_what_the_example_says(case: Case, resolver: Any) -> None:
    """Values and types as they are written there, or a problem of each key that is named."""
    values, wrong, specified = resolver(case)

    assert wrong == set(case.get("wrong", ()))
    assert specified == case.get("specified")
    if "gives" in case:
        assert yaml.safe_dump(values) == yaml.safe_dump(case["gives"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5e3", 1500.0), ("-1.5E3", -1500.0), ("1e3", 1000.0), ("1e-3", 0.001), ("1.5e+3", 1500.0),
        ("010", 10), ("0o10", 8), ("0x1F", 31),
        ("0b1", "0b1"), ("1_000", "1_000"), ("12:30", "12:30"), ("2024-01-01", "2024-01-01"), ("NO", "NO"),
    ],
)  # fmt: skip
def test_both_resolvers_read_plain_scalars_as_yaml_1_2_does(text: str, value: Any) -> None:
    """The service takes JSON for values, whose numbers have exponents without a sign."""
    written = f"configs:\n  X: {text}\n"
    root, _ = read_bytes(written.encode(), "case.yaml", strict=False)
    assert root is not None
    nothing: Any = {}.get
    mine = resolve(Template("app/1.0.0", root), Situation(TARGET, ())).values
    theirs = stand_in.resolve(
        stand_in.Template("app/1.0.0", written, ()), stand_in.Library(nothing, nothing, nothing), TARGET
    ).values
    assert repr(mine) == repr(theirs) == repr({"X": value})


def test_every_worked_example_is_there_and_says_how_sure_it_is() -> None:
    """All 28, in their order."""
    examples = yaml.safe_load((DATA / "examples.yaml").read_text(encoding="utf-8"))

    assert [example["number"] for example in examples] == list(range(1, 29))
    assert {example["kind"] for example in examples} == {"documented", "derived", "assumed"}
