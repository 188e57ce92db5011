"""Made-up JSON Schemas of every draft, right and wrong, with documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.fidelity import words

_DRAFTS = (
    "http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema#",
    "http://json-schema.org/draft-07/schema#", "http://json-schema.org/draft-07/schema",
    "http://json-schema.org/schema#", "https://json-schema.org/draft/2020-12/schema", 7,
)  # fmt: skip
_TYPES = ("string", "number", "integer", "object", "array", "boolean", "null")
_NAMES = ("a", "b", "c", "name", "x y", "a.b", "1", "")
_NUMBERS = (0, 1, 2, 3, 5, -1, 1.0, 1.5, 0.1, 0.01, 10, 1e3, 1e20, 2**63, -0.0)
_FORMATS = (
    "date", "time", "date-time", "hostname", "email", "idn-email", "ipv4", "ipv6", "uri", "uri-reference", "iri",
    "iri-reference", "uri-template", "uuid", "regex", "json-pointer", "relative-json-pointer", "nonsense",
    "idn-hostname",
)  # fmt: skip
_FORMATTED = (
    "2020-02-03", "2020-13-03", "12:30:45", "12:30:45Z", "25:00:00", "2020-02-03T04:05:06Z",
    "2020-02-03T04:05:06.7+02:00", "example.com", "-bad-.com", "a_b.c", "a@b.c", "a@", "A B <a@b.c>", "1.2.3.4",
    "1.2.3.256", "01.2.3.4", "::1", "fe80::1%eth0", "http://a.b/c?d", "/a/b", "a b", "http://a b", "%zz", "{a}", "{a",
    "http://x/{y}", "123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000", "(", "[a-z]+",
    "/a/~0b/~1", "a/b", "/~2", "0/a", "1#", "-1/a", "", "é@é.é", "é.com", "2020-02-30", "23:59:60Z",
    "a" * 64 + ".com", "#", "//a", "mailto:x@y", "http://[::1", ":a", "12:30:45.123", "2020-02-03 04:05:06Z",
)  # fmt: skip
_PATTERNS = ("^a", "b$", "^[a-z]+$", "\\d", "(", "", ".", "^$", "é", "(?i)A")
_WRONG: tuple[Any, ...] = (None, True, "x", -1, 1.5, [], {}, [1], ["a", "a"], "", 0)


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.makers: dict[str, Callable[[int], Any]] = {
            "type": lambda _: self.types(),
            "enum": lambda _: [self.document(1) for _ in range(random.randrange(4))],
            "const": lambda _: self.document(1),
            "properties": lambda depth: self.named(depth),
            "patternProperties": lambda depth: {
                random.choice(_PATTERNS): self.schema(depth) for _ in range(random.randrange(3))
            },
            "additionalProperties": self.schema,
            "propertyNames": self.schema,
            "required": lambda _: random.sample(_NAMES, random.randrange(3)),
            "dependencies": lambda depth: {
                random.choice(_NAMES): self.schema(depth) if random.random() < 0.5 else random.sample(_NAMES, 1)
                for _ in range(2)
            },
            "items": lambda depth: self.schema(depth) if random.random() < 0.6 else self.schemas(depth),
            "additionalItems": self.schema,
            "contains": self.schema,
            "uniqueItems": lambda _: random.choice((True, False)),
            "pattern": lambda _: random.choice(_PATTERNS),
            "format": lambda _: random.choice(_FORMATS),
            "not": self.schema,
            "if": self.schema,
            "then": self.schema,
            "else": self.schema,
            "allOf": self.schemas,
            "anyOf": self.schemas,
            "oneOf": self.schemas,
            "definitions": self.named,
            "$ref": lambda _: random.choice(
                ("#", "#/definitions/a", "#/definitions/b", "#/properties/a", "#/nowhere", "#a", "")
            ),
            "$id": lambda _: random.choice(("a", "http://x.y/z.json", "#a", 1)),
            "id": lambda _: random.choice(("a", "http://x.y/z.json", "#a", 1)),
            "title": lambda _: random.choice(("t", 1)),
            "description": lambda _: random.choice(("t", 1)),
            "default": lambda _: self.document(1),
            **dict.fromkeys(("minimum", "maximum", "multipleOf"), lambda _: random.choice(_NUMBERS)),
            **dict.fromkeys(
                ("exclusiveMinimum", "exclusiveMaximum"), lambda _: random.choice((*_NUMBERS, True, False, True))
            ),
            **dict.fromkeys(
                ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
                lambda _: random.choice((0, 1, 2, 3, 1.0, 10)),
            ),
        }
        self.rare = ("$ref", "$id", "id", "definitions", "title", "description", "default")

    def types(self) -> Any:
        if self.random.random() < 0.7:
            return self.random.choice((*_TYPES, *_TYPES, "any"))
        return [self.random.choice(_TYPES) for _ in range(self.random.randrange(3))]

    def named(self, depth: int) -> dict[str, Any]:
        return {self.random.choice(_NAMES): self.schema(depth) for _ in range(self.random.randrange(4))}

    def schemas(self, depth: int) -> list[Any]:
        return [self.schema(depth) for _ in range(self.random.choice((0, 1, 2, 2, 3)))]

    def schema(self, depth: int) -> Any:
        """Return a schema; *depth* levels may be inside it."""
        if self.random.random() < 0.08:
            return self.random.choice((True, False))
        made: dict[str, Any] = {}
        for _ in range(self.random.choice((0, 1, 1, 1, 2, 2, 3))):
            word = self.random.choice(tuple(self.makers))
            if word in self.rare and self.random.random() < 0.5:
                continue
            if depth or word in ("type", "pattern", "format", "minimum", "maximum", "minLength", "required", "const"):
                made[word] = self.random.choice(_WRONG) if self.random.random() < 0.03 else self.makers[word](depth - 1)
        return made

    def document(self, depth: int = 3) -> Any:
        """Return a document that schemas may be about."""
        choice = self.random.random()
        if depth == 0 or choice < 0.25:
            return self.leaf()
        if choice < 0.45:
            return [self.document(depth - 1) for _ in range(self.random.randrange(5))]
        return {self.random.choice(_NAMES): self.document(depth - 1) for _ in range(self.random.randrange(5))}

    def leaf(self) -> Any:
        choice = self.random.random()
        if choice < 0.3:
            return self.random.choice(_NUMBERS)
        if choice < 0.6:
            return self.random.choice(_FORMATTED)
        return self.random.choice(words.TEXTS) if choice < 0.85 else self.random.choice((None, True, False))

    def case(self) -> dict[str, Any]:
        schema = self.schema(3)
        while not schema or (isinstance(schema, bool) and self.random.random() < 0.9):
            schema = self.schema(3)
        if isinstance(schema, dict) and self.random.random() < 0.5:
            schema = {"$schema": self.random.choice(_DRAFTS), **schema}
        text = json.dumps(schema, ensure_ascii=self.random.random() < 0.5)
        if self.random.random() < 0.05:
            text = words.broken(
                self.random, text, ('"', "{", "}", ",", ":", "x", "\\u12", "\\ud800", "1e", "-", "\t", "nul", "é")
            )
        return {"kind": "schema", "schema": text, "document": json.dumps(self.document())}


def cases(random: Random, count: int) -> list[dict[str, Any]]:
    """Return *count* cases."""
    maker = _Maker(random)
    return [maker.case() for _ in range(count)]
