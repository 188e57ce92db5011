"""What is wrong or doubtful in the rules of a schema.

https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.fleet import grammar
from orchestration.fleet.model import Problem
from orchestration.fleet.tree import Node, plain
from orchestration.solutions.language.expression import BadExpression, Call, Literal, has_expression, parse
from orchestration.solutions.language.functions import Unworkable
from orchestration.solutions.language.includes import keys_of
from orchestration.solutions.language.lint.sources import Library, Version, nearest, uses
from orchestration.solutions.language.schema import FIELDS, REMOVED, SPELLINGS, Schema, today, type_of
from orchestration.solutions.language.template import schema_of
from orchestration.solutions.language.types import TYPES, compiled, violations

PERSONS = frozenset({"IT", "OT"})
_TOP = frozenset({"metadata", "rules", "validations"})
_INSTEAD = {"managedBy": "editableBy", "placeholder": "placeHolder", "default": "defaultValue"}
_FLAGS = ("required", "disabled")


def schema_problems(version: Version, root: Node, library: Library, *, inline: bool) -> Iterator[Problem]:
    """Yield what is wrong in a schema document, or in one that a template carries."""
    schema = schema_of(root, library.schema)
    yield from schema.problems
    yield from _top(root, inline=inline)
    keys = keys_of(root, "rules")
    for key, rule in keys.mapping.items():
        if isinstance(rule.value, dict) and not has_expression(key):
            yield from _fields(key, rule)
            yield from _limits(key, today(rule))
    yield from _keys(keys)
    yield from _inside(schema, keys)
    yield from _defaults(schema)
    yield from _checks(version, root, keys, schema)


def _top(root: Node, *, inline: bool) -> Iterator[Problem]:
    for key in root.mapping:
        if key not in _TOP:
            yield Problem("unknown-key", root.key(key).origin, f"a schema has no {key}", "", "warning")
    rules = root.child("rules")
    if rules is None and not inline:
        yield Problem("missing-key", root.origin, "rules is missing", "add rules: {configs: {…}}")
    elif rules is not None and rules.mapping and "configs" not in rules.mapping and set(rules.mapping) - _TOP:
        message = "rules right under `rules` are an older layout"
        yield Problem("old-layout", rules.origin, message, "put them under rules.configs: `--fix` does", "warning")
    metadata = root.find("metadata").mapping if root.child("metadata") else {}
    for key, rule in (("name", grammar.SCHEMA), ("version", grammar.VERSION)):
        if key in metadata and not rule.fits(metadata[key].text):
            message = f"the {rule.what} {metadata[key].text[:80]!r} is not allowed"
            yield Problem(rule.code, metadata[key].origin, message, f"it must be {rule.words}")


def _keys(keys: Node) -> Iterator[Problem]:
    """Yield keys that differ from another in case only."""
    spelled: dict[str, str] = {}
    for key in keys.mapping:
        other = spelled.setdefault(key.lower(), key)
        if other != key:
            message = f"{key} differs from {other} in case only"
            yield Problem("casing", keys.key(key).origin, message, "keep one of them", "warning")


def _inside(schema: Schema, keys: Node) -> Iterator[Problem]:
    """Yield rules of keys inside one whose type has no keys."""
    for key, rule in schema.rules.items():
        inside = schema.inside(key) if rule.type != "object" else ()
        for other in inside:
            if other.key in keys.mapping:
                message = f"{other.key} is inside {key}, which is of type {rule.type}"
                yield Problem("rule-inside", keys.key(other.key).origin, message, f"make {key} an object, or move it")


def _fields(key: str, rule: Node) -> Iterator[Problem]:
    """Yield what is wrong with the names of a rule's fields."""
    for name in rule.mapping:
        place, written = rule.key(name).origin, SPELLINGS.get(name, name)
        if written != name:
            yield Problem("old-spelling", place, f"{name} is an older spelling", f"write {written}", "warning")
        if written == REMOVED:
            message = f"{REMOVED} has no effect since December 2025"
            yield Problem("removed-field", place, message, "take it away", "warning")
        elif written not in FIELDS:
            hint = f"write {_INSTEAD[name]}" if name in _INSTEAD else nearest(name, sorted(FIELDS))
            yield Problem("unknown-field", place, f"a rule has no field {name}", hint, "warning")


def _limits(key: str, fields: dict[str, Node]) -> Iterator[Problem]:
    """Yield what is wrong with the values of a rule's fields."""
    kind = type_of(fields["type"]) if "type" in fields else ""
    for name in _FLAGS:
        if name in fields and not isinstance(fields[name].value, bool):
            yield Problem("rule-field", fields[name].origin, f"{name} of {key} is not true or false", "write true")
    if "editableBy" in fields and not set(_texts(fields["editableBy"])) <= PERSONS:
        hint = "write [IT], [OT] or [IT, OT]"
        yield Problem("rule-field", fields["editableBy"].origin, f"editableBy of {key} is neither IT nor OT", hint)
    for name, kinds in _APPLIES.items():
        if name in fields and kind in TYPES and kind not in kinds:
            message = f"{name} of {key} means nothing for type {kind}"
            yield Problem("rule-field", fields[name].origin, message, f"it is for {', '.join(kinds)}", "warning")
    low, high = (plain(fields[name]) if name in fields else None for name in ("minValue", "maxValue"))
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        message = f"{key} has a minValue, {low}, above its maxValue, {high}"
        yield Problem("rule-bounds", fields["minValue"].origin, message, "swap them: no value passes")
    if "pattern" in fields:
        yield from _pattern(key, fields["pattern"])
    for name in ("allowedValues", "disallowedValues"):
        for item in fields[name].items if name in fields and kind in TYPES and kind in _APPLIES[name] else ():
            if not TYPES[kind](plain(item)):
                message = f"{name} of {key} holds {item.text[:80]!r}, which is not of type {kind}"
                yield Problem("rule-field", item.origin, message, "write values of that type")
    for name in ("description", "label", "placeHolder"):
        if name in fields and not isinstance(fields[name].value, str):
            yield Problem("rule-field", fields[name].origin, f"{name} of {key} is not text", "put it in quotes")


_APPLIES = {
    "pattern": ("string",),
    "allowedValues": ("string", "int", "float"),
    "disallowedValues": ("string", "int", "float"),
    "minValue": ("int", "float"),
    "maxValue": ("int", "float"),
    "defaultValue": tuple(name for name in TYPES if name != "object"),
}


def _texts(node: Node) -> list[str]:
    return [item.text for item in node.items] if isinstance(node.value, list) else [node.text]


def _pattern(key: str, node: Node) -> Iterator[Problem]:
    try:
        compiled(node.text)
    except Unworkable as error:
        yield Problem("pattern", node.origin, f"{key}: {error}", "use RE2 syntax, without lookarounds", "warning")


def _defaults(schema: Schema) -> Iterator[Problem]:
    """Yield what defaults break of their own rules."""
    for rule in schema.rules.values():
        default = rule.default
        if default is None or (isinstance(default, str) and has_expression(default)):
            continue
        try:
            broken = list(violations(rule, default, set()))
        except Unworkable:
            continue  # the pattern's own problem is told
        for message in broken:
            place = rule.fields["defaultValue"].origin
            yield Problem("default", place, f"the default of {rule.key}: {message}", "correct one of the two")


def _checks(version: Version, root: Node, keys: Node, schema: Schema) -> Iterator[Problem]:
    """Yield what is wrong in a schema's expressions, and checks that cannot come out true."""
    problems: list[Problem] = []
    rules = [today(rule).get("expression") for rule in keys.mapping.values() if rule.mapping]
    for check in [*rules, *schema.validations]:
        if check is None:
            continue
        for use in uses(version, check, problems):
            problems += _unruled(version, use.call, use.node, schema)
        if not has_expression(check.text):
            message = f"the check {check.text!r} is no expression"
            problems.append(Problem("check", check.origin, message, "write ${{ … }} around it", "warning"))
        elif _fails_without_flag(check.text):
            message = "this check fails whenever its condition is false"
            hint = "end it with true instead of false, if it is meant to hold then"
            problems.append(Problem("fails-when-false", check.origin, message, hint, "warning"))
    yield from problems


def _unruled(version: Version, call: Call, node: Node, schema: Schema) -> Iterator[Problem]:
    """Yield that a check looks at a key without a rule."""
    if call.name == "val" and call.arguments and isinstance(call.arguments[0], Literal):
        path = call.arguments[0].text
        if not schema.covers(path):
            place = version.origin(node, call.arguments[0].at)
            yield Problem(
                "no-rule", place, f"the schema has no rule for {path}", nearest(path, schema.rules), "warning"
            )


def _fails_without_flag(text: str) -> bool:
    try:
        found = parse(text)
    except BadExpression:
        return False
    last = found.arguments[-1] if isinstance(found, Call) and found.name == "if" and found.arguments else None
    return isinstance(last, Literal) and last.value is False
