"""The fleet file's JSON Schema (draft 7), for editors: made from the document, kept in the package."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from orchestration.fleet.document import FleetDocument

DRAFT = "http://json-schema.org/draft-07/schema#"
FILE = "schemas/fleet.schema.json"


class _Draft7(GenerateJsonSchema):
    """Leaves out null, which no key takes, and defaults that only say that a key may be absent."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        default = schema.get("default")
        return {**inner, "default": default} if isinstance(default, str | bool | int) else inner


def fleet_schema() -> dict[str, Any]:
    """Return the JSON Schema of a fleet file."""
    made = FleetDocument.model_json_schema(ref_template="#/definitions/{model}", schema_generator=_Draft7)
    definitions = {name: _tidy(part) for name, part in sorted(made.pop("$defs").items())}
    return {"$schema": DRAFT, **_tidy(made), "title": "Fleet", "definitions": definitions}


def stored_schema() -> str:
    """Return the schema's text as the package keeps it."""
    return resources.files("orchestration.fleet").joinpath(FILE).read_text("utf-8")


def as_text(schema: dict[str, Any]) -> str:
    """Return *schema* as the text that is kept."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _tidy(value: Any) -> Any:
    """Return *value* as draft 7 has it: a reference stands alone, words beside a mapping are a choice."""
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if not isinstance(value, dict):
        return value
    tidy = {key: _tidy_entries(key, item) for key, item in value.items()}
    words = tidy.pop("orText", None)
    if words:
        reference = {"$ref": tidy.pop("$ref")}
        return {"anyOf": [{"type": "string", "enum": words}, reference], **tidy}
    if "$ref" in tidy and len(tidy) > 1:
        return {"allOf": [{"$ref": tidy.pop("$ref")}], **tidy}
    return tidy


def _tidy_entries(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: _without_title(_tidy(part)) for name, part in value.items()}
    return value if key in ("examples", "default", "enum") else _tidy(value)


def _without_title(part: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key != "title"}
