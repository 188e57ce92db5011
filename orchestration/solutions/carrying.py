"""What operators set for one version of a template, taken over to the next one, which starts without any values.

Value sets belong to a version: https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model.
Only keys that the new version's schema still lets them edit go along, and only values that it still takes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.errors import OrchestrationError
from orchestration.fleet.reader import read_bytes
from orchestration.solutions.document import edit, parse
from orchestration.solutions.language.functions import Unworkable
from orchestration.solutions.language.schema import Schema
from orchestration.solutions.language.template import schema_of
from orchestration.solutions.language.types import violations
from orchestration.solutions.values import Path, dotted, leaves


@dataclass(frozen=True, slots=True)
class Carried:
    """A document that begins with what an older version's has: which keys, which of them not, and why."""

    text: str
    version: str
    keys: tuple[str, ...]
    left: Mapping[str, str]

    def __str__(self) -> str:
        left = ", ".join(f"{key} ({reason})" for key, reason in self.left.items())
        taken = f"carried over from {self.version}: {', '.join(self.keys)}" if self.keys else ""
        return "; ".join(filter(None, (taken, f"left behind in {self.version}: {left}" if left else "")))


def carry_over(texts: Mapping[str, str], version: str, owned: Collection[Path], schema: Schema) -> Carried | None:
    """Return what a new version's document begins with, None when there is nothing to take over.

    *texts* are the versions' documents, *owned* the paths that are the fleet's; raise `OrchestrationError` for one that
    is no YAML.
    """
    older = version_before(texts, version)
    if older is None:
        return None
    values = parse(texts[older])
    found = dict(leaves(_with_text_keys(values))) if isinstance(values, Mapping) else {}
    left = {path: _why_not(schema, path, value) for path, value in found.items() if path not in owned}
    taken = [path for path, reason in left.items() if not reason]
    if not left:
        return None
    text = edit(texts[older], {}, [path for path in found if path not in taken])
    told = {dotted(path): reason for path, reason in left.items() if reason}
    return Carried(texts[older] if text is None else text, older, tuple(map(dotted, taken)), told)


def version_before(versions: Collection[str], version: str) -> str | None:
    """Return the newest of *versions* that is older than *version*, None when there is none."""
    older = [other for other in versions if _order(other) < _order(version)]
    return max(older, key=_order, default=None)


def editable(text: str) -> Schema:
    """Return the rules of a schema as the service renders it for those who edit; raise `OrchestrationError`."""
    root, problems = read_bytes(text.encode(), "schema", strict=False)
    if root is None:
        raise OrchestrationError(f"the service returned a schema that cannot be read: {problems[0].message}")
    return schema_of(root, lambda reference: None)


def _with_text_keys(values: Any) -> Any:
    """Return values with the keys of mappings as they are written."""
    if not isinstance(values, Mapping):
        return values
    return {key if isinstance(key, str) else json.dumps(key): _with_text_keys(value) for key, value in values.items()}


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))


def _why_not(schema: Schema, path: Path, value: object) -> str:
    """Return why a value cannot go along, empty when it can."""
    for key in _above(path):
        rule = schema.rules.get(key)
        if rule is not None:
            whole = key == ".".join(path)
            try:
                return next(violations(rule, value, set()), "") if whole and value is not None else ""
            except Unworkable:
                return ""  # for the service to judge
    return "it can no longer be edited"


def _above(path: Path) -> Iterator[str]:
    """Yield the key of a path and those that it is inside of, the nearest first."""
    return (".".join(path[:length]) for length in range(len(path), 0, -1))
