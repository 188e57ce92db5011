"""A schema document: its rules by key, and the checks over all of its keys.

https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from orchestration.fleet.model import Origin, Problem
from orchestration.fleet.tree import Node, plain
from orchestration.solutions.language.types import TYPES, has_type
from orchestration.solutions.language.values import DEEPEST

SPELLINGS: Mapping[str, str] = {
    "editable_by": "editableBy",
    "editable_at": "editableAt",
    "min_value": "minValue",
    "max_value": "maxValue",
}
"""Older spellings of rule fields, and today's."""

REMOVED = "editableAt"
FIELDS = frozenset(
    {
        "type", "required", "pattern", "allowedValues", "disallowedValues", "minValue", "maxValue", "defaultValue",
        "expression", "editableBy", "description", "label", "placeHolder", "disabled", REMOVED,
    }
)  # fmt: skip
_NUMERIC = frozenset({"int", "float"})


@dataclass(frozen=True)
class Rule:
    """What a schema says of one key; *fields* in today's spelling."""

    key: str
    type: str
    fields: Mapping[str, Node]
    place: Origin

    @cached_property
    def required(self) -> bool:
        """Whether a null is an error."""
        return self._value("required") is True

    @cached_property
    def default(self) -> Any:
        """The value that stands in for a null; None when there is none."""
        return self._value("defaultValue")

    @cached_property
    def low(self) -> Any:
        """The smallest number allowed, or None."""
        return self._value("minValue") if self.type in _NUMERIC else None

    @cached_property
    def high(self) -> Any:
        """The largest number allowed, or None."""
        return self._value("maxValue") if self.type in _NUMERIC else None

    @cached_property
    def pattern(self) -> str | None:
        """The regular expression for texts, or None."""
        found = self.fields.get("pattern")
        return found.text if found is not None else None

    @cached_property
    def allowed(self) -> list[Any] | None:
        """The values allowed, None when all are."""
        found: list[Any] | None = self._value("allowedValues")
        return found

    @cached_property
    def disallowed(self) -> list[Any]:
        """The values that are not allowed."""
        found: list[Any] | None = self._value("disallowedValues")
        return found or []

    @cached_property
    def expression(self) -> Node | None:
        """The check that must come out true."""
        return self.fields.get("expression")

    def _value(self, name: str) -> Any:
        found = self.fields.get(name)
        return plain(found) if found is not None else None


@dataclass(frozen=True)
class Schema:
    """The rules by key, the checks over all keys, and what is wrong with the document."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    validations: tuple[Node, ...] = ()
    problems: tuple[Problem, ...] = ()

    def inside(self, path: str) -> Sequence[Rule]:
        """Return the rules of the keys inside *path*."""
        return self._inside.get(path, ())

    @cached_property
    def _inside(self) -> Mapping[str, list[Rule]]:
        found: dict[str, list[Rule]] = {}
        for key, rule in self.rules.items():
            for above in _above(key):
                found.setdefault(above, []).append(rule)
        return found

    def covers(self, path: str) -> bool:
        """Return whether *path*, a key that it is inside of or one inside it has a rule."""
        return any(True for _ in self.touching(path))

    def touching(self, path: str) -> Iterator[Rule]:
        """Yield the rules of *path*, of the keys that it is inside of and of those inside it."""
        yield from (self.rules[key] for key in (*_above(path), path) if key in self.rules)
        yield from self.inside(path)


def _above(key: str) -> list[str]:
    """Return the dotted keys that *key* is inside of, the outermost first."""
    names = key.split(".")
    return [".".join(names[:length]) for length in range(1, len(names))] if len(names) <= DEEPEST else []


def read_schema(root: Node, keys: Node) -> Schema:
    """Return the schema whose document is *root* and whose rules, includes put in, are *keys*.

    Rules may stand under `rules.configs` or, in older documents, right under `rules`; validations under `rules` or at
    the top, as a list or as one mapping. A rule that is none is a problem and left out.
    """
    problems: list[Problem] = []
    rules: dict[str, Rule] = {}
    for key, node in keys.mapping.items():
        found = list(_rule_problems(key, keys.key(key).origin, node))
        problems += found
        if not any(problem.severity == "error" for problem in found):
            rules[key] = _rule(key, keys.key(key).origin, node)
    checks = list(_validations(root, problems))
    return Schema(rules, tuple(checks), tuple(problems))


def today(node: Node) -> dict[str, Node]:
    """Return the fields of a rule in today's spelling."""
    return {SPELLINGS.get(name, name): child for name, child in node.mapping.items()}


def type_of(node: Node) -> str:
    """Return the type that a rule's field names, blanks taken out."""
    return node.text.replace(" ", "")


def _rule(key: str, place: Origin, node: Node) -> Rule:
    fields = today(node)
    return Rule(key, type_of(fields["type"]), fields, place)


def _rule_problems(key: str, place: Origin, node: Node) -> Iterator[Problem]:
    """Yield what makes a rule none at all."""
    if not isinstance(node.value, dict):
        yield Problem("rule", node.origin, f"the rule of {key} is not a mapping", "write {type: …}")
        return
    if key.count(".") >= DEEPEST:
        yield Problem("rule-key", place, f"a key has at most {DEEPEST} names", "write a shorter key")
    fields = today(node)
    if "type" not in fields:
        yield Problem("rule-type", place, f"the rule of {key} has no type", "add type: string, or another")
    elif type_of(fields["type"]) not in TYPES:
        message = f"the rule of {key} has type {fields['type'].text[:80]!r}, which the language does not have"
        yield Problem("rule-type", fields["type"].origin, message, f"it has {', '.join(TYPES)}")
    for name in ("minValue", "maxValue"):
        if name in fields and fields[name].value is not None and not has_type("float", plain(fields[name])):
            yield Problem("rule-field", fields[name].origin, f"{name} of {key} is no number", "write a number")
    for name in ("allowedValues", "disallowedValues"):
        if name in fields and fields[name].value is not None and not isinstance(fields[name].value, list):
            yield Problem("rule-field", fields[name].origin, f"{name} of {key} is no list", "write [one, two]")


def _validations(root: Node, problems: list[Problem]) -> Iterator[Node]:
    for section in (
        root.child("validations"),
        root.find("rules").child("validations") if root.child("rules") else None,
    ):
        entries = [] if section is None or section.value is None else section.items or [section]
        for entry in entries:
            check = entry.child("expression") if entry.mapping else None
            if check is None:
                message = "a validation is a mapping with an expression"
                problems.append(Problem("validation", entry.origin, message, "write - expression: ${{…}}"))
            else:
                yield check
