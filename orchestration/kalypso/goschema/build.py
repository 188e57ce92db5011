"""A schema document to a compiled schema, with gojsonschema's checks in its order."""

from __future__ import annotations

from typing import Any

from orchestration.kalypso.goregexp import BadPattern, Pattern, compile_pattern
from orchestration.kalypso.goschema.document import BadSchema, JsonNumber, load
from orchestration.kalypso.goschema.model import DRAFT_4, DRAFT_6, DRAFT_7, HYBRID, TYPES, Schema
from orchestration.kalypso.goschema.references import References, parsed
from orchestration.kalypso.goschema.text import canonical
from orchestration.kalypso.numbers import INT64_MAX, parse_int

_DRAFTS = {f"http://json-schema.org/draft-0{draft}/schema": draft for draft in (DRAFT_4, DRAFT_6, DRAFT_7)}
_DEPTH_LIMIT = 100
_SCHEMAS = "array of schemas"


def build(text: str) -> Schema:
    """Return the schema that *text* holds; raises BadSchema."""
    document = load(text)
    if not isinstance(document, dict | bool):
        raise BadSchema("schema is invalid")
    return _Builder(document).root()


def _invalid_type(expected: str, given: str) -> BadSchema:
    return BadSchema(f"Invalid type. Expected: {expected}, given: {given}")


def _draft_of(document: Any) -> int:
    named = document.get("$schema") if isinstance(document, dict) else None
    if isinstance(document, dict) and "$schema" in document and not isinstance(named, str):
        raise BadSchema("$schema must be of type string")
    return _DRAFTS.get(str(parsed(named)) if named else "", HYBRID)


class _Builder:
    def __init__(self, document: Any) -> None:
        self.document = document
        self.draft = _draft_of(document)
        self.references = References(document)
        self.referred: dict[str, Schema] = {}
        self.depth = 0

    def root(self) -> Schema:
        return self.schema(self.document)

    def schema(self, node: Any) -> Schema:
        self.depth += 1
        if self.depth > _DEPTH_LIMIT:
            raise BadSchema(f"refused: more than {_DEPTH_LIMIT} schemas inside each other")
        schema = Schema(self.draft)
        self.fill(schema, node)
        self.depth -= 1
        return schema

    def fill(self, schema: Schema, node: Any) -> None:
        if isinstance(node, bool) and self.draft >= DRAFT_6:
            schema.passes = node
            return
        if not isinstance(node, dict):
            raise BadSchema("Expected: valid schema, given: Invalid JSON")
        self.header(node)
        if "$ref" in node:
            name = self.references.name(node)
            if name not in self.referred:
                schema.reference = self.reference(name)
                return
            schema.reference = self.referred[name]  # what stands beside it is then read, though it says nothing
        self.types(schema, node)
        self.objects(schema, node)
        self.arrays(schema, node)
        self.bounds(schema, node)
        self.strings(schema, node)
        self.sizes(schema, node, "minProperties", "maxProperties")
        self.required(schema, node)
        self.sizes(schema, node, "minItems", "maxItems", compare=False)
        self.rest_of_arrays(schema, node)
        self.values(schema, node)
        self.combinations(schema, node)

    def header(self, node: dict[str, Any]) -> None:
        key = "id" if self.draft == DRAFT_4 or (self.draft == HYBRID and "id" in node) else "$id"
        if key in node and not isinstance(node[key], str):
            raise _invalid_type("string", key)
        if key in node:
            parsed(node[key])
        if "definitions" in node:
            definitions = node["definitions"]
            if not isinstance(definitions, dict):
                raise _invalid_type(_SCHEMAS, "definitions")
            for name in sorted(definitions):
                if not isinstance(definitions[name], dict | bool):
                    raise _invalid_type(_SCHEMAS, "definitions")
                self.schema(definitions[name])
        for name in ("title", "description", "$ref"):
            if name in node and not isinstance(node[name], str):
                raise _invalid_type("string", name)

    def reference(self, name: str) -> Schema:
        schema = self.referred[name] = Schema(self.draft)
        found = self.references.resolve(name)
        if not isinstance(found, dict | bool):
            raise BadSchema("valid schema must be of type object")
        self.fill(schema, found)
        return schema

    def types(self, schema: Schema, node: dict[str, Any]) -> None:
        if "type" not in node:
            return
        named = [node["type"]] if isinstance(node["type"], str) else node["type"]
        if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
            raise _invalid_type("string/array of strings", "type")
        for name in named:
            if name not in TYPES:
                expected = f"[{' '.join(TYPES)}]"
                raise BadSchema(
                    f"has a primitive type that is NOT VALID -- given: /{name}/ Expected valid values are:{expected}"
                )
            if name in schema.types:
                raise BadSchema(f"{name} type is duplicated")
            schema.types.append(name)

    def objects(self, schema: Schema, node: dict[str, Any]) -> None:
        if "properties" in node:
            if not isinstance(node["properties"], dict):
                raise BadSchema("properties must be of type object")
            schema.properties = {name: self.schema(item) for name, item in sorted(node["properties"].items())}
        if "additionalProperties" in node:
            schema.additional_properties = self.additional(node, "additionalProperties")
        if "patternProperties" in node:
            if not isinstance(node["patternProperties"], dict):
                raise _invalid_type("valid schema", "patternProperties")
            for pattern, item in sorted(node["patternProperties"].items()):
                compiled = _pattern(pattern, f"Invalid regex pattern '{pattern}'")
                schema.pattern_properties.append((compiled, self.schema(item)))
        if "propertyNames" in node and self.draft >= DRAFT_6:
            if not isinstance(node["propertyNames"], dict | bool):
                raise _invalid_type("valid schema", "patternProperties")
            schema.property_names = self.schema(node["propertyNames"])
        if "dependencies" in node:
            self.dependencies(schema, node["dependencies"])

    def additional(self, node: dict[str, Any], name: str) -> Schema | bool:
        value = node[name]
        if isinstance(value, bool):
            return value
        if isinstance(value, dict):
            return self.schema(value)
        raise _invalid_type("boolean/valid schema", name)

    def dependencies(self, schema: Schema, node: Any) -> None:
        if not isinstance(node, dict):
            raise BadSchema("dependencies must be of type object")
        for name, value in sorted(node.items()):
            if isinstance(value, dict | bool):
                schema.dependencies[name] = self.schema(value)
            elif isinstance(value, list) and all(isinstance(item, str) for item in value):
                schema.dependencies[name] = value
            else:
                raise BadSchema("dependency must be of type schema or array of strings")

    def arrays(self, schema: Schema, node: dict[str, Any]) -> None:
        if "items" in node:
            items = node["items"]
            wrong = _invalid_type("valid schema/array of schemas", "items")
            if isinstance(items, list):
                if not all(isinstance(item, dict | bool) for item in items):
                    raise wrong
                schema.items = [self.schema(item) for item in items]
            elif isinstance(items, dict | bool):
                schema.items = self.schema(items)
            else:
                raise wrong
        if "additionalItems" in node:
            schema.additional_items = self.additional(node, "additionalItems")

    def bounds(self, schema: Schema, node: dict[str, Any]) -> None:
        if "multipleOf" in node:
            factor = node["multipleOf"]
            if not isinstance(factor, JsonNumber):
                raise _invalid_type("number", "multipleOf")
            if factor.value <= 0:
                raise BadSchema("multipleOf must be strictly greater than 0")
            schema.numbers["multipleOf"] = factor
        for name, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if name in node:
                if not isinstance(node[name], JsonNumber):
                    raise BadSchema(f"{name} must be of a number")
                schema.numbers[name] = node[name]
            if exclusive in node:
                self.exclusive(schema, node[exclusive], name, exclusive)

    def exclusive(self, schema: Schema, value: Any, name: str, exclusive: str) -> None:
        expected = {DRAFT_4: "boolean", HYBRID: "boolean/number"}.get(self.draft, "number")
        if isinstance(value, bool) and "boolean" in expected:
            if name not in schema.numbers:
                raise BadSchema(f"{exclusive} cannot be used without {name}")
            if value:
                schema.numbers[exclusive] = schema.numbers.pop(name)
        elif isinstance(value, JsonNumber) and "number" in expected:
            schema.numbers[exclusive] = value
        else:
            raise _invalid_type(expected, exclusive)

    def strings(self, schema: Schema, node: dict[str, Any]) -> None:
        self.sizes(schema, node, "minLength", "maxLength")
        if "pattern" in node:
            if not isinstance(node["pattern"], str):
                raise BadSchema("pattern must be of a string")
            schema.pattern = node["pattern"], _pattern(node["pattern"], "pattern must be a valid regex")
        if "format" in node:
            if not isinstance(node["format"], str):
                raise BadSchema("format must be of type string")
            schema.format = node["format"]

    def sizes(self, schema: Schema, node: dict[str, Any], low: str, high: str, *, compare: bool = True) -> None:
        for name in (low, high):
            if name not in node:
                continue
            value = node[name]
            size = parse_int(value.text) if isinstance(value, JsonNumber) else None
            if size is None:
                raise BadSchema(f"{name} must be of an integer")
            if size < 0:
                raise BadSchema(f"{name} must be greater than or equal to 0")
            schema.sizes[name] = size
        if compare and schema.sizes.get(low, 0) > schema.sizes.get(high, INT64_MAX):
            raise BadSchema(f"{low} cannot be greater than {high}")

    def required(self, schema: Schema, node: dict[str, Any]) -> None:
        if "required" not in node:
            return
        if not isinstance(node["required"], list):
            raise BadSchema("required must be of an array")
        for name in node["required"]:
            if not isinstance(name, str):
                raise BadSchema("required items must be string")
            if name in schema.required:
                raise BadSchema("required items must be unique")
            schema.required.append(name)

    def rest_of_arrays(self, schema: Schema, node: dict[str, Any]) -> None:
        if "uniqueItems" in node:
            if not isinstance(node["uniqueItems"], bool):
                raise BadSchema("uniqueItems must be of a boolean")
            schema.unique_items = node["uniqueItems"]
        if "contains" in node and self.draft >= DRAFT_6:
            schema.contains = self.schema(node["contains"])

    def values(self, schema: Schema, node: dict[str, Any]) -> None:
        if "const" in node and self.draft >= DRAFT_6:
            schema.constant = canonical(node["const"])
        if "enum" in node:
            if not isinstance(node["enum"], list):
                raise BadSchema("enum must be of an array")
            for value in map(canonical, node["enum"]):
                if value in schema.choices:
                    raise BadSchema("enum items must be unique")
                schema.choices.append(value)

    def combinations(self, schema: Schema, node: dict[str, Any]) -> None:
        for name, target, told in (
            ("oneOf", schema.one_of, "oneOf"),
            ("anyOf", schema.any_of, "anyOf"),
            ("allOf", schema.all_of, "anyOf"),
        ):
            if name in node:
                if not isinstance(node[name], list):
                    raise BadSchema(f"{told} must be of an array")
                target.extend(self.schema(item) for item in node[name])
        schema.unwanted = self.optional(node, "not")
        if self.draft >= DRAFT_7:
            schema.condition = self.optional(node, "if")
            schema.consequence = self.optional(node, "then")
            schema.alternative = self.optional(node, "else")

    def optional(self, node: dict[str, Any], name: str) -> Schema | None:
        if name not in node:
            return None
        if not isinstance(node[name], dict | bool):
            raise BadSchema(f"{name} must be of an object")
        return self.schema(node[name])


def _pattern(text: str, message: str) -> Pattern:
    try:
        return compile_pattern(text)
    except BadPattern as error:
        raise BadSchema(message) from error
