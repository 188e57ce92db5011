"""Checks a tree against the fleet document's shape, and keeps the part that has it.

What has the wrong shape is reported and taken out, so that the rules still judge the rest and
everything is reported in one run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from orchestration.fleet.document import FleetDocument
from orchestration.fleet.document.part import Part, grammar_of
from orchestration.fleet.grammar import Grammar
from orchestration.fleet.hints import Advice
from orchestration.fleet.model import Problem
from orchestration.fleet.tree import Node, Step, located

NOBODY = "00000000-0000-0000-0000-000000000000"
STAND_INS: dict[str, Any] = {
    "version": 1,
    "name": "fleet",
    "azure": {"tenantId": NOBODY, "subscriptionId": NOBODY, "resourceGroup": "fleet", "location": "eastus2"},
    "environments": [{"name": "dev"}],
    "clusterTypes": [{"name": "fleet", "environment": "dev"}],
}
_SECRETIVE = {"credentials", "clusterCredentials"}
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "model_type": "a mapping",
    "dict_type": "a mapping",
    "tuple_type": "a list",
}


def check_shape(root: Node) -> tuple[FleetDocument, list[Problem]]:
    """Return the document, without what has the wrong shape, and a problem for each such thing."""
    data = located(root)
    problems: list[Problem] = []
    advice = Advice()
    while True:
        try:
            return FleetDocument.model_validate(data), problems
        except ValidationError as error:
            errors = error.errors(include_url=False, include_input=False)
        problems = problems or [_problem(root, item, advice) for item in errors if not _only_follows(root, item)]
        _prune(data, [item["loc"] for item in errors], [item["type"] for item in errors])


def _only_follows(root: Node, error: Any) -> bool:
    """Whether a list is called too short only because what it holds is wrong itself."""
    return error["type"] == "too_short" and bool(root.find(*error["loc"]).items)


def _problem(root: Node, error: Any, advice: Advice) -> Problem:
    loc: tuple[Step, ...] = error["loc"]
    parent, node = root.find(*loc[:-1]), root.find(*loc)
    name = str(loc[-1]) if loc else ""
    match error["type"]:
        case "extra_forbidden":
            key = parent.key(name)
            return Problem("unknown-key", key.origin, f"there is no key {name}{_inside(loc)}", _known_key(loc, advice))
        case "missing":
            part = _part_at(loc)
            hint = f"add {name}: {part.wanted if part and part.wanted else '…'}"
            return Problem("missing-key", parent.origin, f"{name} is missing{_inside(loc)}", hint)
        case "literal_error":
            expected = error["ctx"]["expected"].replace("'", "")
            return Problem("not-allowed", node.origin, f"{_named(loc)} must be {expected}, not {_shown(loc, node)}")
        case "empty":
            return Problem("empty", node.origin, f"{_named(loc)}: there is nothing here", _filling(loc))
        case "too_short":
            return Problem("too-short", node.origin, f"{_named(loc)} must hold at least one item", "add one")
    if wanted := _WANTED.get(error["type"]):
        return _wrong_type(loc, node, wanted)
    return Problem(error["type"].replace("_", "-"), node.origin, f"{_named(loc)}: {_lower(error['msg'])}", _advice(loc))


def _wrong_type(loc: tuple[Step, ...], node: Node, wanted: str) -> Problem:
    message = f"{_named(loc)} must be {wanted}, not {_shown(loc, node)}"
    if wanted == "text" and not isinstance(node.value, str | dict | list) and not _is_secret(loc):
        return Problem("wrong-type", node.origin, message, _quoted(loc, node.text))
    return Problem("wrong-type", node.origin, message, _advice(loc))


def _quoted(loc: Sequence[Step], text: str) -> str:
    """Return the text to write where YAML took *text* for something else, or what it must look like."""
    field = _field_at(loc)
    rule = grammar_of(field) if field else None
    if isinstance(rule, Grammar) and not rule.fits(text):
        return f"write {rule.words}"
    return f"write {json.dumps(text, ensure_ascii=False)}" if text or field is None else _filling(loc)


def _filling(loc: Sequence[Step]) -> str:
    """Return what may stand where nothing does."""
    part = _part_at(loc)
    if part is not None and not any(field.is_required() for field in part.model_fields.values()):
        return _advice(loc) or "write {} for what holds by default, or delete the key"
    return _advice(loc) or "write a value, or delete the key"


def _shown(loc: Sequence[Step], node: Node) -> str:
    if isinstance(node.value, dict | list):
        return "a mapping" if isinstance(node.value, dict) else "a list"
    if node.value is None:
        return "empty"
    if _is_secret(loc):
        return "what is written here"
    kind = {bool: "a truth value", int: "a number", float: "a number"}.get(type(node.value), "text")
    text = node.text if len(node.text) <= 60 else f"{node.text[:60]}…"
    return f"{text} ({kind})"


def _is_secret(loc: Sequence[Step]) -> bool:
    return bool(_SECRETIVE.intersection(loc))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _named(loc: Sequence[Step]) -> str:
    keys = [step for step in loc if isinstance(step, str)]
    if not keys:
        return "the file"
    return f"each of {keys[-1]}" if isinstance(loc[-1], int) else keys[-1]


def _inside(loc: Sequence[Step]) -> str:
    above = [step for step in loc[:-1] if isinstance(step, str)]
    return f" in {above[-1]}" if above else ""


def _advice(loc: Sequence[Step]) -> str:
    part = _part_at(loc)
    return f"write {part.wanted}" if part is not None and part.wanted else ""


def _known_key(loc: Sequence[Step], advice: Advice) -> str:
    part = _part_at(loc[:-1])
    if part is None:
        return ""
    return advice.did_you_mean(str(loc[-1]), [str(field.alias) for field in part.model_fields.values()])


def _part_at(loc: Iterable[Step]) -> type[Part] | None:
    """Return what kind of mapping is wanted at *loc*, None if it is none of the document's own."""
    part: type[Part] | None = FleetDocument
    for step in (step for step in loc if isinstance(step, str)):
        field = _fields(part).get(step)
        part = next(_parts(field.annotation), None) if field else None
    return part


def _field_at(loc: Sequence[Step]) -> FieldInfo | None:
    """Return the document's key at *loc*, None if it is an entry of a mapping that is free in its keys."""
    *above, last = [step for step in loc if isinstance(step, str)] or [""]
    return _fields(_part_at(above)).get(last)


def _fields(part: type[Part] | None) -> dict[str, FieldInfo]:
    return {str(field.alias): field for field in part.model_fields.values()} if part else {}


def _parts(annotation: Any) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


def _prune(data: Any, places: Sequence[tuple[Step, ...]], kinds: Sequence[str]) -> None:
    """Take the parts that pydantic refused out of *data*; a part that lacks a key goes as a whole."""
    pairs = zip(places, kinds, strict=True)
    doomed = {place[:-1] if kind == "missing" and len(place) > 1 else place for place, kind in pairs}
    for place in sorted(doomed, key=_backwards, reverse=True):
        _remove(data, place)


def _backwards(place: tuple[Step, ...]) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, step, "") if isinstance(step, int) else (1, 0, step) for step in place)


def _remove(data: Any, place: tuple[Step, ...]) -> None:
    depth = 0
    while depth < len(place) - 1 and isinstance(data[place[depth]], dict | list):
        data = data[place[depth]]
        depth += 1
    if depth == 0 and place[0] in STAND_INS:
        data[place[0]] = STAND_INS[str(place[0])]
    else:
        del data[place[depth]]
