"""ConfigSchemas: composed configs against JSON Schemas."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orchestration.errors import OrchestrationError
from orchestration.kalypso.allowance import Allowance
from orchestration.kalypso.goschema import BadSchema, JsonNumber, build, steps_taken
from orchestration.kalypso.goschema import validate as violations
from orchestration.kalypso.numbers import format_float, parse_float, parse_int
from orchestration.kalypso.values import AnyMap


class SchemaError(OrchestrationError):
    """A config does not meet its schemas, or a schema is none; `failing` says which of them, counted from 0."""

    def __init__(self, message: str, failing: Sequence[int]) -> None:
        super().__init__(message)
        self.failing = failing


def check_allowance(assignments: int) -> Allowance:
    """Return what the checks of so many assignments may take together."""
    return Allowance("the schemas", "steps", 150_000, 5_000, assignments)


def validate(config: Mapping[str, Any], schemas: Iterable[str], allowance: Allowance) -> None:
    """Check *config* against each of *schemas*; raises SchemaError with the blocks of all that fail."""
    blocks = {number: block for number, schema in enumerate(schemas) if (block := _block(config, schema, allowance))}
    if blocks:
        text = "\n".join(blocks.values()).replace(" (root):", "")
        raise SchemaError(f"Config data validation failed: \n {text}", tuple(blocks))


def _block(config: Mapping[str, Any], schema: str, allowance: Allowance) -> str:
    """Return the lines that tell how *config* fails *schema*, "" if it does not."""
    if allowance.spent:
        return str(allowance)
    try:
        document = {key: _top(value) for key, value in config.items()}
        built = build(schema)
        try:
            return "".join(f"- {violation}\n" for violation in violations(built, document))
        finally:
            allowance.left -= steps_taken()
    except (BadSchema, RecursionError) as error:
        return str(error)


def _top(value: Any) -> Any:
    """Return a value of the config for its check: text that reads as a number is one."""
    if not isinstance(value, str):
        return _inner(value)
    integer = parse_int(value)
    number = parse_float(value) if integer is None else None
    if integer is not None:
        return JsonNumber(str(integer))
    return value if number is None else _inner(number)


def _inner(value: Any) -> Any:
    if isinstance(value, list):
        return [_inner(item) for item in value]
    if isinstance(value, AnyMap):
        return {_key(key): _inner(item) for key, item in value.items()}
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadSchema(f"unsupported value: {format_float(value)}")
        return JsonNumber(format_float(value, large=21))
    if isinstance(value, int) and not isinstance(value, bool):
        return JsonNumber(str(int(value)))
    return value


def _key(key: Any) -> str:
    """Return a map's key as JSON has it."""
    if isinstance(key, str):
        return key
    if isinstance(key, bool) or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    return format_float(key, large=21) if isinstance(key, float) else str(int(key))
