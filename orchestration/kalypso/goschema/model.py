"""A compiled schema."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestration.kalypso.goregexp import Pattern
from orchestration.kalypso.goschema.document import JsonNumber

DRAFT_4, DRAFT_6, DRAFT_7, HYBRID = 4, 6, 7, 99
TYPES = ("array", "boolean", "integer", "number", "null", "object", "string")


@dataclass(eq=False)
class Schema:
    """What a schema demands; None where it demands nothing."""

    draft: int
    passes: bool | None = None
    reference: Schema | None = None
    types: list[str] = field(default_factory=list)
    properties: dict[str, Schema] = field(default_factory=dict)
    pattern_properties: list[tuple[Pattern, Schema]] = field(default_factory=list)
    additional_properties: Schema | bool | None = None
    property_names: Schema | None = None
    dependencies: dict[str, Schema | list[str]] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    items: Schema | list[Schema] | None = None
    additional_items: Schema | bool | None = None
    contains: Schema | None = None
    unique_items: bool = False
    numbers: dict[str, JsonNumber] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    pattern: tuple[str, Pattern] | None = None
    format: str = ""
    constant: str | None = None
    choices: list[str] = field(default_factory=list)
    any_of: list[Schema] = field(default_factory=list)
    one_of: list[Schema] = field(default_factory=list)
    all_of: list[Schema] = field(default_factory=list)
    unwanted: Schema | None = None
    condition: Schema | None = None
    consequence: Schema | None = None
    alternative: Schema | None = None
