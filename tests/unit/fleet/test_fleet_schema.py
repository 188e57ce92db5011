"""The fleet file's JSON Schema is current, valid, explained, and takes what the loader takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from fleet_cases import MINIMAL

from orchestration.fleet.document import FleetDocument
from orchestration.fleet.schema import as_text, fleet_schema, stored_schema

CONTOSO = Path(__file__).parents[3] / "examples" / "contoso"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The fleet file's schema."""
    return fleet_schema()


def errors(schema: dict[str, Any], document: Any) -> list[str]:
    """What a draft 7 validator has against the document."""
    return [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(document)]


def test_the_stored_schema_is_current(schema: dict[str, Any]) -> None:
    """The schema in the package is the one the model makes: `ewo schema fleet` prints it anew."""
    assert stored_schema() == as_text(schema)


def test_it_is_a_draft_7_schema(schema: dict[str, Any]) -> None:
    """Draft 7's own schema accepts it, and no reference has neighbours, which draft 7 ignores."""
    jsonschema.Draft7Validator.check_schema(schema)

    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert not [part for part in parts(schema) if "$ref" in part and len(part) > 1]


def test_every_key_is_explained(schema: dict[str, Any]) -> None:
    """Every key has a description and examples that the schema itself accepts."""
    keys = [(name, key) for part in parts(schema) for name, key in part.get("properties", {}).items()]

    assert len(keys) > 100
    assert [name for name, key in keys if not key.get("description") or not key.get("examples")] == []
    for _, key in keys:
        for example in key["examples"]:
            assert errors({**key, "definitions": schema["definitions"]}, example) == []


def test_it_accepts_contoso(schema: dict[str, Any]) -> None:
    """The example fleet is valid."""
    assert errors(schema, yaml.safe_load((CONTOSO / "fleet.yaml").read_text())) == []


WRONG = {
    "unknown key": {"colour": "red"},
    "null": {"clusters": None},
    "environment with a hyphen": {"environments": [{"name": "pre-prod"}]},
    "number as config": {"clusterTypes": [{"name": "lab", "environment": "dev", "config": {"REPLICAS": 1}}]},
    "connection by two ways": {
        "clusters": [{"name": "a", "clusterType": "lab", "connection": {"script": {}, "aks": {}}}],
    },
    "connection by an unknown word": {"clusters": [{"name": "a", "clusterType": "lab", "connection": "somehow"}]},
    "cluster without a type": {"clusters": [{"name": "a", "connection": "existing"}]},
    "label key": {"clusterTypes": [{"name": "lab", "environment": "dev", "labels": {"a b": "c"}}]},
    "ring": {
        "solutions": [
            {
                "name": "line",
                "version": "1.0.0",
                "path": "s",
                "capabilities": [],
                "placement": [{"environment": "dev", "rings": ["0%"]}],
            }
        ]
    },
}


@pytest.mark.parametrize("name", WRONG)
def test_it_refuses(name: str, schema: dict[str, Any]) -> None:
    """What the loader refuses by form, an editor marks too."""
    document = yaml.safe_load(MINIMAL)

    assert errors(schema, document) == []
    assert errors(schema, {**document, **WRONG[name]}) != []


def test_the_model_has_no_key_that_the_schema_lacks(schema: dict[str, Any]) -> None:
    """Top-level keys are those of the model, in its order."""
    assert list(schema["properties"]) == [field.alias for field in FleetDocument.model_fields.values()]


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a schema, examples left out."""
    if isinstance(value, dict):
        yield value
        for key, item in value.items():
            if key != "examples":
                yield from parts(item)
    elif isinstance(value, list):
        for item in value:
            yield from parts(item)
