"""What is wrong or doubtful in the values that a fleet names, held against the schema that they are set by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orchestration.fleet.model import Problem
from orchestration.fleet.tree import Node, plain
from orchestration.solutions.language.assumed import REGISTRY_KEY
from orchestration.solutions.language.expression import Literal
from orchestration.solutions.language.functions import Unworkable
from orchestration.solutions.language.lint.sources import Version, nearest, uses
from orchestration.solutions.language.schema import Rule, Schema
from orchestration.solutions.language.template import Template
from orchestration.solutions.language.types import violations
from orchestration.solutions.language.values import leaves_of


def value_problems(version: Version, template: Template) -> Iterator[Problem]:
    """Yield values that break their rule, and values that nothing reads."""
    if version.values is None or any(problem.severity == "error" for problem in template.problems):
        return
    keys = _keys_read(version, template)
    for written in version.values.mapping.values():
        for path, leaf in leaves_of(written):
            yield from _broken(template.schema, path, leaf)
            if keys is not None and not _is_read(".".join(path), keys):
                message = f"nothing in {version.name} {version.version} reads {'.'.join(path)[:80]}"
                hint = nearest(".".join(path), keys) or "setting it has no effect"
                yield Problem("unread-value", leaf.origin, message, hint, "warning")


def _keys_read(version: Version, template: Template) -> set[str] | None:
    """Return the keys that `$val` looks at, None when one of them is worked out."""
    schema = template.schema
    checks = [rule.expression for rule in schema.rules.values()]
    keys = {REGISTRY_KEY}
    for tree in (template.configs, *checks, *schema.validations):
        for use in uses(version, tree, []):
            if use.call.name == "val" and use.call.arguments:
                argument = use.call.arguments[0]
                if not isinstance(argument, Literal):
                    return None
                keys.add(argument.text)
    return keys


def _is_read(path: str, keys: set[str]) -> bool:
    """Return whether a key is looked at: itself, what it is inside of, or what is inside it."""
    names = path.split(".")
    above = {".".join(names[:length]) for length in range(1, len(names) + 1)}
    return not keys.isdisjoint(above) or any(key.startswith(f"{path}.") for key in keys)


def _broken(schema: Schema, path: Sequence[str], leaf: Node) -> Iterator[Problem]:
    """Yield what a value breaks of its rule, or of that of a key that it is inside of."""
    value = plain(leaf)
    for length in range(1, len(path) + 1):
        rule = schema.rules.get(".".join(path[:length]))
        if rule is not None and value is not None:
            yield from _violations(rule, value if length == len(path) else {path[length]: value}, leaf)


def _violations(rule: Rule, value: object, leaf: Node) -> Iterator[Problem]:
    try:
        for message in violations(rule, value, set()):
            yield Problem("value", leaf.origin, f"{rule.key}: {message}", f"its rule is at {rule.place}")
    except Unworkable:
        return  # the pattern's own problem is told
