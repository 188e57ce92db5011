"""A JSON value against a compiled schema: the violations, in gojsonschema's words and order.

Each result has a score, by which the alternative that is told about is chosen where none is met.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from orchestration.kalypso.goregexp import Pattern
from orchestration.kalypso.goschema.document import BadSchema, JsonNumber
from orchestration.kalypso.goschema.formats import has_format, is_known
from orchestration.kalypso.goschema.model import Schema
from orchestration.kalypso.goschema.text import canonical

_DEPTH_LIMIT = 120
_STEP_LIMIT = 100_000
_steps: ContextVar[int] = ContextVar("steps")  # that are left of one validation
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Violation:
    """What of a value does not meet its schema: the field, dotted, and how."""

    path: Path
    description: str

    def __str__(self) -> str:
        return f"{_field(self.path)}: {self.description}"


def _field(path: Path) -> str:
    return ".".join(path) if path else "(root)"


@dataclass
class _Result:
    violations: list[Violation] = field(default_factory=list)
    score: int = 0

    def add(self, path: Path, description: str) -> None:
        self.violations.append(Violation(path, description))
        self.score -= 2

    def merge(self, other: _Result) -> None:
        self.violations += other.violations
        self.score += other.score


def validate(schema: Schema, value: Any) -> list[Violation]:
    """Return how *value* fails to meet *schema*; raises BadSchema where that cannot be told."""
    result = _Result()
    _steps.set(_STEP_LIMIT)
    _check(schema, value, (), result)
    return result.violations


def steps_taken() -> int:
    """Return the steps that the last validation took."""
    return _STEP_LIMIT - _steps.get(_STEP_LIMIT)


def _take(steps: int) -> None:
    left = _steps.get() - steps
    if left < 0:
        raise BadSchema(f"refused: the schema takes more than {_STEP_LIMIT} steps")
    _steps.set(left)


def _found(pattern: Pattern, text: str) -> bool:
    _take(pattern.work(text) // 5)  # a step of ours takes as long as five of a template
    return pattern.search(text) is not None


def _sub(schema: Schema, value: Any, path: Path) -> _Result:
    result = _Result()
    _check(schema, value, path, result)
    return result


def _check(schema: Schema, value: Any, path: Path, result: _Result, followed: int = 0) -> None:
    if len(path) + followed > _DEPTH_LIMIT:
        raise BadSchema("refused: the schema refers to itself without end")
    _take(1)
    if schema.passes is not None:
        if not schema.passes:
            result.add(path, "False always fails validation")
        return
    if schema.reference is not None:
        _check(schema.reference, value, path, result, followed + 1)
        return
    given = _type_of(value)
    if schema.types and given not in schema.types and not (given == "integer" and "number" in schema.types):
        expected = f"[{','.join(schema.types)}]" if len(schema.types) > 1 else schema.types[0]
        result.add(path, f"Invalid type. Expected: {expected}, given: {given}")
        return
    _combinations(schema, value, path, result)
    if isinstance(value, JsonNumber):
        _number(schema, value, path, result)
        _values(schema, value, path, result)
    elif isinstance(value, list):
        _array(schema, value, path, result)
        _values(schema, value, path, result)
    elif isinstance(value, dict):
        _object(schema, value, path, result)
        _values(schema, value, path, result)
        for name, inner in schema.properties.items():
            if name in value:
                _check(inner, value[name], (*path, name), result)
    else:
        _values(schema, value, path, result)
        if isinstance(value, str):
            _string(schema, value, path, result)
    result.score += 1


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, JsonNumber):
        return "integer" if value.is_integer else "number"
    names = {bool: "boolean", str: "string", list: "array", dict: "object"}
    return names[type(value)]


def _best(results: Sequence[_Result]) -> _Result | None:
    """Return the result that comes nearest; of equal ones the first."""
    return max(results, key=lambda result: result.score, default=None)


def _combinations(schema: Schema, value: Any, path: Path, result: _Result) -> None:
    _any_of(schema, value, path, result)
    _one_of(schema, value, path, result)
    if schema.all_of:
        results = [_sub(one, value, path) for one in schema.all_of]
        for one in results:
            result.merge(one)
        if any(one.violations for one in results):
            result.add(path, "Must validate all the schemas (allOf)")
    if schema.unwanted is not None and not _sub(schema.unwanted, value, path).violations:
        result.add(path, "Must not validate the schema (not)")
    if isinstance(value, dict):
        _dependencies(schema, value, path, result)
    if schema.condition is not None:
        _condition(schema, schema.condition, value, path, result)
    result.score += 1


def _any_of(schema: Schema, value: Any, path: Path, result: _Result) -> None:
    failed: list[_Result] = []
    for one in schema.any_of:
        failed.append(_sub(one, value, path))
        if not failed[-1].violations:
            return
    if failed:
        result.add(path, "Must validate at least one schema (anyOf)")
        result.merge(_best(failed) or _Result())


def _one_of(schema: Schema, value: Any, path: Path, result: _Result) -> None:
    results = [_sub(one, value, path) for one in schema.one_of]
    met = sum(not one.violations for one in results)
    if results and met != 1:
        result.add(path, "Must validate one and only one schema (oneOf)")
        if met == 0:
            result.merge(_best(results) or _Result())


def _dependencies(schema: Schema, value: dict[str, Any], path: Path, result: _Result) -> None:
    for name in sorted(value):
        dependency = schema.dependencies.get(name)
        if isinstance(dependency, Schema):
            _check(dependency, value, path, result)
        for needed in dependency if isinstance(dependency, list) else ():
            if needed not in value:
                result.add(path, f"Has a dependency on {needed}")


def _condition(schema: Schema, condition: Schema, value: Any, path: Path, result: _Result) -> None:
    met = not _sub(condition, value, path).violations
    chosen = schema.consequence if met else schema.alternative
    inner = _sub(chosen, value, path) if chosen is not None else None
    if inner is not None and inner.violations:
        told = '"then" as "if" was valid' if met else '"else" as "if" was not valid'
        result.add(path, f"Must validate {told}")
        result.merge(inner)


def _values(schema: Schema, value: Any, path: Path, result: _Result) -> None:
    if schema.constant is not None and canonical(value) != schema.constant:
        result.add(path, f"{_field(path)} does not match: {schema.constant}")
    if schema.choices and canonical(value) not in schema.choices:
        result.add(path, f"{_field(path)} must be one of the following: {', '.join(schema.choices)}")
    result.score += 1


def _array(schema: Schema, value: list[Any], path: Path, result: _Result) -> None:
    if isinstance(schema.items, Schema):
        for index, item in enumerate(value):
            result.merge(_sub(schema.items, item, (*path, str(index))))
    elif schema.items:
        _positions(schema, schema.items, value, path, result)
    sizes = schema.sizes
    if len(value) < sizes.get("minItems", 0):
        result.add(path, f"Array must have at least {sizes['minItems']} items")
    if len(value) > sizes.get("maxItems", len(value)):
        result.add(path, f"Array must have at most {sizes['maxItems']} items")
    if schema.unique_items:
        _unique(value, path, result)
    if schema.contains is not None:
        _contains(schema.contains, value, path, result)
    result.score += 1


def _positions(schema: Schema, items: list[Schema], value: list[Any], path: Path, result: _Result) -> None:
    for index, (inner, item) in enumerate(zip(items, value, strict=False)):
        result.merge(_sub(inner, item, (*path, str(index))))
    if len(items) >= len(value):
        return
    if schema.additional_items is False:
        result.add(path, "No additional items allowed on array")
    elif isinstance(schema.additional_items, Schema):
        for index in range(len(items), len(value)):
            result.merge(_sub(schema.additional_items, value[index], (*path, str(index))))


def _unique(value: list[Any], path: Path, result: _Result) -> None:
    seen: dict[str, int] = {}
    for index, item in enumerate(value):
        text = canonical(item)
        if text in seen:
            result.add(path, f"array items[{seen[text]},{index}] must be unique")
        seen[text] = index


def _contains(schema: Schema, value: list[Any], path: Path, result: _Result) -> None:
    failed: list[_Result] = []
    for index, item in enumerate(value):
        failed.append(_sub(schema, item, (*path, str(index))))
        if not failed[-1].violations:
            return
    result.add(path, "At least one of the items must match")
    result.merge(_best(failed) or _Result())


def _object(schema: Schema, value: dict[str, Any], path: Path, result: _Result) -> None:
    sizes = schema.sizes
    if len(value) < sizes.get("minProperties", 0):
        result.add(path, f"Must have at least {sizes['minProperties']} properties")
    if len(value) > sizes.get("maxProperties", len(value)):
        result.add(path, f"Must have at most {sizes['maxProperties']} properties")
    for name in schema.required:
        if name in value:
            result.score += 1
        else:
            result.add(path, f"{name} is required")
    for name in sorted(value):
        _property(schema, name, value[name], path, result)
    for name in sorted(value) if schema.property_names is not None else ():
        inner = _sub(schema.property_names, name, path) if schema.property_names else _Result()
        if inner.violations:
            result.add(path, f'Property name of "{name}" does not match')
            result.merge(inner)
    result.score += 1


def _property(schema: Schema, name: str, value: Any, path: Path, result: _Result) -> None:
    matched = False
    for pattern, inner in schema.pattern_properties:
        if _found(pattern, name):
            matched = True
            result.merge(_sub(inner, value, (*path, name)))
    result.score += matched
    if matched or name in schema.properties:
        return
    if schema.additional_properties is False:
        result.add(path, f"Additional property {name} is not allowed")
    elif isinstance(schema.additional_properties, Schema):
        result.merge(_sub(schema.additional_properties, value, (*path, name)))


def _string(schema: Schema, value: str, path: Path, result: _Result) -> None:
    sizes = schema.sizes
    if len(value) < sizes.get("minLength", 0):
        result.add(path, f"String length must be greater than or equal to {sizes['minLength']}")
    if len(value) > sizes.get("maxLength", len(value)):
        result.add(path, f"String length must be less than or equal to {sizes['maxLength']}")
    if schema.pattern is not None and not _found(schema.pattern[1], value):
        result.add(path, f"Does not match pattern '{schema.pattern[0]}'")
    if schema.format and not has_format(schema.format, value):
        result.add(path, f"Does not match format '{schema.format}'")
    result.score += 1


def _number(schema: Schema, value: JsonNumber, path: Path, result: _Result) -> None:
    numbers = schema.numbers
    if (bound := numbers.get("multipleOf")) and (value.value / bound.value).denominator != 1:
        result.add(path, f"Must be a multiple of {bound.shown()}")
    if (bound := numbers.get("maximum")) and value.value > bound.value:
        result.add(path, f"Must be less than or equal to {bound.shown()}")
    if (bound := numbers.get("exclusiveMaximum")) and value.value >= bound.value:
        result.add(path, f"Must be less than {bound.shown()}")
    if (bound := numbers.get("minimum")) and value.value < bound.value:
        result.add(path, f"Must be greater than or equal to {bound.shown()}")
    if (bound := numbers.get("exclusiveMinimum")) and value.value <= bound.value:
        result.add(path, f"Must be greater than {bound.shown()}")
    if schema.format and is_known(schema.format):
        result.add(path, f"Does not match format '{schema.format}'")
    result.score += 1
