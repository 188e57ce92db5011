"""Expressions in a solution's specification: `$property` of the resolved `configs`, `$target` of the target.

https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestration.solutions.language.expression import BadExpression, has_expression, parse
from orchestration.solutions.language.functions import Scope, Unworkable, evaluate
from orchestration.solutions.language.values import MISSING, find


def resolve_specification(tree: Any, values: Mapping[str, Any], target: Mapping[str, Any]) -> Any:
    """Return a specification with the expressions in its texts worked out; raise `Unworkable`."""
    if isinstance(tree, Mapping):
        return {key: resolve_specification(value, values, target) for key, value in tree.items()}
    if isinstance(tree, list):
        return [resolve_specification(value, values, target) for value in tree]
    if not isinstance(tree, str) or not has_expression(tree):
        return tree
    looking = {
        "property": lambda path: _known(values, path, "$property"),
        "target": lambda path: property_of(target, path),
    }
    try:
        return evaluate(parse(tree), Scope(looking, set()))
    except BadExpression as error:
        raise Unworkable(str(error)) from error


def property_of(target: Mapping[str, Any], path: str) -> Any:
    """Return an ARM property of a target, `properties.` left out or not; raise `Unworkable` when it has none."""
    return _known({**(target.get("properties") or {}), **target}, path, "$target")


def _known(source: Mapping[str, Any], path: str, function: str) -> Any:
    value = find(source, path)
    if value is MISSING:
        raise Unworkable(f"{function}({path}): there is no such property")
    return value
