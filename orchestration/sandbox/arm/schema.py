"""Checks names and bodies against `schemas/PROVIDER.json`, what the published types say in our own words.

A file maps each type to `{"name": {pattern, minLength, maxLength}, "body": SCHEMA, "actions": {NAME: SCHEMA}}`,
all but `body` optional. SCHEMA is JSON Schema (2020-12) with three additions: an object that lists `properties`
is closed unless it says `additionalProperties`; `readOnly` values may be sent back as they were read, and
only so (`"moves": true` besides: as they were read at any time); `writeOnly` values are checked, not kept.
`id`, `name`, `type`, `etag` and `systemData` are not listed. A null counts as absent, as in Azure.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from orchestration.sandbox.arm.errors import ArmError, bad_request

Json = dict[str, Any]
ENVELOPE = frozenset({"id", "name", "type"})
IGNORED = frozenset({"etag", "eTag", "systemData", "apiVersion"})
CODE = "InvalidRequestContent"
END = r"\Z"


@dataclass(frozen=True)
class TypeSchema:
    """What the published types say about one type."""

    type: str
    name: Json
    body: Json
    validator: Draft202012Validator
    actions: Mapping[str, Draft202012Validator]

    def shows(self, *path: str) -> bool:
        """Return whether the type has the property at *path*, such as `properties`, `provisioningState`."""
        found: Any = self.body
        for step in path:
            found = found.get("properties", {}).get(step)
            if found is None:
                return False
        return True


@cache
def load(stem: str) -> Mapping[str, TypeSchema]:
    """Return the types of `schemas/STEM.json` by their name in lower case."""
    text = files(__package__).joinpath("schemas", f"{stem}.json").read_text(encoding="utf-8")
    return {name.lower(): _compile(name, parts) for name, parts in json.loads(text).items()}


def check_name(schema: TypeSchema, name: str) -> None:
    """Raise 400 InvalidResourceName unless the type may have a resource called *name*."""
    rule = schema.name
    low, high, pattern = rule.get("minLength", 1), rule.get("maxLength", 260), rule.get("pattern", "")
    if low <= len(name) <= high and re.search(_to_end(pattern), name):
        return
    message = f"The resource name '{name}' of type '{schema.type}' is invalid: it must have {low} to {high} characters"
    raise bad_request("InvalidResourceName", message + (f" and match '{pattern}'." if pattern else "."), target=name)


def check_body(schema: TypeSchema, body: Any, present: Json | None, identity: Mapping[str, str]) -> Json:
    """Return *body* as it is to be kept, without what is read-only, write-only or null; raise 400 with every violation.

    *present* is the resource as it is read now, if there is one; *identity* its id, name and type.
    """
    if not isinstance(body, dict):
        raise bad_request(CODE, "The request content must be a JSON object.")
    sent = {key: value for key, value in _without_nulls(body).items() if key not in IGNORED}
    problems = [*_envelope(sent, identity)]
    sent = {key: value for key, value in sent.items() if key not in ENVELOPE}
    sent = _read_only(schema.body, sent, present, (), problems)
    problems += _details(schema.validator, sent)
    _raise(problems)
    kept: Json = _without_secrets(schema.body, sent)
    return kept


def check_action(schema: TypeSchema, action: str, body: Any) -> None:
    """Raise 400 with every violation of what *action* takes."""
    validator = schema.actions.get(action.lower())
    if validator is not None:
        _raise(list(_details(validator, _without_nulls(body))))


def _to_end(pattern: str) -> str:
    """Return *pattern* as Python must have it, to which `$` is also before a last line feed."""
    return pattern.removesuffix("$") + END if pattern.endswith("$") else pattern


def _compile(name: str, parts: Json) -> TypeSchema:
    actions = {key.lower(): Draft202012Validator(_closed(schema)) for key, schema in parts.get("actions", {}).items()}
    body = _closed(parts["body"])
    return TypeSchema(name, parts.get("name", {}), body, Draft202012Validator(body), actions)


def _closed(schema: Any) -> Any:
    """Return *schema* with every object that lists its properties closed."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _closed(value) for key, value in schema.items()}
    if isinstance(found.get("pattern"), str):
        found["pattern"] = _to_end(found["pattern"])
    if isinstance(found.get("properties"), dict) and found.get("type") == "object":
        found.setdefault("additionalProperties", False)
    return found


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _envelope(sent: Json, identity: Mapping[str, str]) -> Iterator[Json]:
    for key in ENVELOPE & sent.keys():
        if str(sent[key]).lower() != identity[key].lower():
            yield _problem((key,), f"'{key}' is '{sent[key]}', the address says '{identity[key]}'")


def _read_only(schema: Json, value: Any, present: Any, path: tuple[str, ...], problems: list[Json]) -> Any:
    """Return *value* without what is read-only; what differs from *present* becomes a problem."""
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        before = present if isinstance(present, list) and len(present) == len(value) else [None] * len(value)
        pairs = enumerate(zip(value, before, strict=True))
        return [_read_only(schema["items"], a, b, (*path, str(index)), problems) for index, (a, b) in pairs]
    if not isinstance(value, dict):
        return value
    shown = present if isinstance(present, dict) else {}
    kept = {}
    for key, item in value.items():
        inner = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
        if not isinstance(inner, dict):
            kept[key] = item
        elif not inner.get("readOnly"):
            kept[key] = _read_only(inner, item, shown.get(key), (*path, key), problems)
        elif item != shown.get(key) and not (key in shown and (inner.get("moves") or key == "provisioningState")):
            problems.append(_problem((*path, key), "the property is read-only"))
    return kept


def _without_secrets(schema: Json, value: Any) -> Any:
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [_without_secrets(schema["items"], item) for item in value]
    if not isinstance(value, dict):
        return value
    known = schema.get("properties", {})
    other = schema.get("additionalProperties")
    other = other if isinstance(other, dict) else {}
    inner = {key: known.get(key, other) for key in value}
    return {key: _without_secrets(inner[key], item) for key, item in value.items() if not inner[key].get("writeOnly")}


def _details(validator: Draft202012Validator, sent: Any) -> Iterator[Json]:
    """Yield what is wrong with *sent* in our words: never with the value, which may be a secret."""
    for error in validator.iter_errors(sent):
        path = tuple(str(step) for step in error.absolute_path)
        if error.validator == "additionalProperties":
            known = list(error.schema.get("properties", {})) if isinstance(error.schema, dict) else []
            yield from (_unknown((*path, key), known) for key in sorted(error.instance.keys() - set(known)))
        elif error.validator == "required":
            missing = next(key for key in error.validator_value if f"{key!r} is" in error.message)
            code = "LocationRequired" if (*path, missing) == ("location",) else CODE
            yield _problem((*path, missing), "the property is required", code)
        else:
            yield _problem(path, _rule(error))


def _unknown(path: tuple[str, ...], known: list[str]) -> Json:
    near = difflib.get_close_matches(path[-1], known, 1)
    hint = f"; '{near[0]}' is one" if near else f"; known are {', '.join(known)}"
    return _problem(path, f"there is no such property{hint}")


def _rule(error: ValidationError) -> str:
    rule, wanted = str(error.validator), error.validator_value
    texts = {
        "type": f"must be of type {wanted}",
        "enum": f"must be one of {wanted}",
        "const": f"must be {wanted!r}",
        "pattern": f"must match '{str(wanted).replace(END, '$')}'",
        "minLength": f"must have at least {wanted} characters",
        "maxLength": f"must have at most {wanted} characters",
        "minItems": f"must have at least {wanted} items",
        "maxItems": f"must have at most {wanted} items",
        "minimum": f"must be at least {wanted}",
        "maximum": f"must be at most {wanted}",
    }
    return texts.get(rule, f"breaks the rule '{rule}'")


def _problem(path: tuple[str, ...], message: str, code: str = CODE) -> Json:
    target = ".".join(path)
    return {"code": code, "target": target, "message": f"{target or 'body'}: {message}"}


def _raise(problems: list[Json]) -> None:
    if not problems:
        return
    codes = {problem["code"] for problem in problems}
    listing = "; ".join(problem["message"] for problem in problems)
    code = codes.pop() if len(codes) == 1 else CODE
    raise ArmError(400, code, f"The request content is invalid: {listing}.", details=problems)
