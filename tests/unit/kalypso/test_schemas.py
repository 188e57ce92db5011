"""Config schemas and the messages of those that are not met."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from orchestration.kalypso.goschema import BadSchema, build, validate
from orchestration.kalypso.goschema.document import load
from orchestration.kalypso.schemas import SchemaError, check_allowance
from orchestration.kalypso.schemas import validate as check_all
from orchestration.kalypso.values import AnyMap
from tests.unit.kalypso.samples import recorded


@pytest.mark.parametrize("row", recorded("schemas.json"), ids=lambda row: row["schema"][:40])
def test_violations_are_those_of_gojsonschema(row: dict[str, Any]) -> None:
    """A document's violations, or the fault of the schema, are told in gojsonschema's words."""
    document = load(json.dumps(row["document"]))
    if "error" in row:
        with pytest.raises(BadSchema) as raised:
            validate(build(row["schema"]), document)
        assert str(raised.value) == row["error"]
    else:
        assert sorted(map(str, validate(build(row["schema"]), document))) == row["violations"]


def check(config: dict[str, Any], schemas: Iterable[str]) -> None:
    """Check a config of one assignment."""
    check_all(config, schemas, check_allowance(1))


def message(config: dict[str, Any], *schemas: str) -> str:
    """Return what is told of a config that does not meet its schemas."""
    with pytest.raises(SchemaError) as raised:
        check(config, schemas)
    return str(raised.value)


@pytest.mark.parametrize("text", ["7", "+5", "007", "1e3", ".5", "5.", "1_0", "0x1p-2", "-1.5"])
def test_text_that_reads_as_a_number_is_one(text: str) -> None:
    """A top-level string in Go's number syntax meets a number's schema."""
    check({"N": text}, ['{"properties":{"N":{"type":"number"}}}'])


@pytest.mark.parametrize("text", ["0x10", "0b1", " 5", "1,5", "1__0", "1e999", "", "true"])
def test_other_text_is_no_number(text: str) -> None:
    """Anything else stays a string."""
    check({"N": text}, ['{"properties":{"N":{"type":"string"}}}'])


def test_values_inside_objects_are_not_converted() -> None:
    """Only the values at the top are read as numbers."""
    schema = '{"properties":{"o":{"properties":{"p":{"type":"string"}}}}}'

    check({"o": AnyMap([("p", "80")])}, [schema])


@pytest.mark.parametrize(("text", "shown"), [("Infinity", "+Inf"), ("-inf", "-Inf"), ("NaN", "NaN")])
def test_infinity_fails_every_schema(text: str, shown: str) -> None:
    """A config string that reads as infinite or NaN cannot be checked at all."""
    told = message({"a": text, "b": "x"}, "{}", "{}")

    assert told == f"Config data validation failed: \n unsupported value: {shown}\nunsupported value: {shown}"


def test_blocks_of_all_schemas_are_joined() -> None:
    """The message holds one line a violation, and the blocks of every schema that fails."""
    told = message({"A": "x"}, '{"required":["B"]}', "{}", '{"properties":{"A":{"type":"integer"}}}')

    assert (
        told
        == "Config data validation failed: \n - B is required\n\n- A: Invalid type. Expected: integer, given: string\n"
    )


def test_references_to_other_documents_are_refused() -> None:
    """Nothing is fetched from the network."""
    told = message({}, '{"$ref":"https://example.com/schema.json"}')

    assert "refused: $ref https://example.com/schema.json would be fetched" in told


def test_a_schema_that_refers_to_itself_is_refused() -> None:
    """A circle of references ends in an error."""
    assert "refers to itself" in message(
        {}, '{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/a"}}}'
    )


def test_a_schema_may_be_recursive() -> None:
    """A reference to the whole schema checks nested values."""
    schema = '{"properties":{"o":{"$ref":"#"},"n":{"type":"integer"}}}'

    assert "- o.n: Invalid type" in message({"o": AnyMap([("n", "x")])}, schema)


def test_checks_that_stay_just_below_their_limit_have_one_together() -> None:
    """However many schemas there are, and whatever each of them takes."""
    schema = {"allOf": [{"properties": {"L": {"items": {"type": "string"}}}}] * 40}
    schemas = [json.dumps({**schema, "title": str(number)}) for number in range(40)]
    config = {"L": ["x"] * 1000}

    assert "refused: the schemas of this environment take more than 155000 steps together" in message(config, *schemas)
