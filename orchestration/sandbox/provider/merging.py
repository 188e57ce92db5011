"""How azapi lays one JSON document over another, and takes parts out of one.

The rules are azapi's (https://github.com/Azure/terraform-provider-azapi, `utils/json.go`): lists of objects that
have a `name` are matched by it, other lists by position if they are equally long.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestration.sandbox.provider.problem import Problem

_HIDDEN = re.compile(r"^(\**|<redacted>)$")
_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")


@dataclass(frozen=True)
class Comparison:
    """What is no difference between what was asked for and what the service returned."""

    ignore_casing: bool = False
    ignore_missing_property: bool = True
    ignore_null_property: bool = False


def merge(old: Any, new: Any) -> Any:
    """Return *old* with *new* laid over it; where both have a value, the new one wins."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: merge(old.get(key), value) for key, value in new.items()}}
    if isinstance(old, list) and isinstance(new, list) and old and new:
        return _merge_lists(old, new)
    return new


def _merge_lists(old: list[Any], new: list[Any]) -> list[Any]:
    if not (_name(old[0]) and _name(new[0])):
        return [merge(left, right) for left, right in zip(old, new, strict=True)] if len(old) == len(new) else new
    rest = list(new)
    merged = []
    for item in old:
        match = next((other for other in rest if _name(item) and _name(item) == _name(other)), None)
        merged.append(item if match is None else merge(item, match))
        if match is not None:
            rest.remove(match)
    return merged + rest


def update(asked: Any, returned: Any, rules: Comparison) -> Any:
    """Return *asked* with the values of *returned*, which may be more: what was not asked for is left out."""
    if isinstance(asked, dict) and isinstance(returned, dict):
        return _update_object(asked, returned, rules)
    if isinstance(asked, list) and isinstance(returned, list):
        return _update_list(asked, returned, rules)
    if isinstance(asked, str) and isinstance(returned, str):
        if rules.ignore_casing and asked.casefold() == returned.casefold():
            return asked
        if rules.ignore_missing_property and _HIDDEN.match(returned):
            return asked
    return returned


def _update_object(asked: dict[str, Any], returned: dict[str, Any], rules: Comparison) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in asked.items():
        if value is None and rules.ignore_null_property:
            result[key] = None
        elif returned.get(key) is not None:
            result[key] = update(value, returned[key], rules)
        elif rules.ignore_missing_property or not value:
            result[key] = value
    return result


def _update_list(asked: list[Any], returned: list[Any], rules: Comparison) -> list[Any]:
    if not asked or not returned:
        return returned
    if not (_name(asked[0]) and _name(returned[0])):
        if len(asked) != len(returned):
            return returned
        return [update(left, right, rules) for left, right in zip(asked, returned, strict=True)]
    rest = list(returned)
    result = []
    for item in asked:
        match = next((other for other in rest if _name(item) and _name(item) == _name(other)), None)
        if match is not None:
            rest.remove(match)
            result.append(update(item, match, rules))
    return result + rest


def _name(item: Any) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else ""


def without_nulls(data: Any) -> Any:
    """Return *data* without the members and items that are null."""
    if isinstance(data, dict):
        return {key: without_nulls(value) for key, value in data.items() if value is not None}
    if isinstance(data, list):
        return [without_nulls(item) for item in data if item is not None]
    return data


def without_fields(data: Any, names: frozenset[str]) -> Any:
    """Return *data* without the members called one of *names*, at any depth."""
    if isinstance(data, dict):
        return {key: without_fields(value, names) for key, value in data.items() if key not in names}
    if isinstance(data, list):
        return [without_fields(item, names) for item in data]
    return data


def export(data: Any, wanted: Any) -> Any:
    """Return the parts of *data* that *wanted* names: paths in a list, or JMESPath queries by name; raises Problem."""
    if isinstance(wanted, list):
        if "*" in wanted:
            return data
        result: Any = {}
        for path in wanted:
            part = _extract(data, path.split("."))
            result = result if part is None else merge(result, part)
        return result
    if isinstance(wanted, dict):
        return {name: _query(data, query) for name, query in wanted.items()}
    raise Problem("Failed to build output", "unsupported type for response_export_values, must be a list or map")


def query_all(data: Any, queries: Sequence[str]) -> list[Any]:
    """Return what each JMESPath query of *queries* finds in *data*; raises Problem if one cannot be read."""
    return [_query(data, query) for query in queries]


def _extract(data: Any, steps: Sequence[str]) -> Any:
    value = data.get(steps[0]) if isinstance(data, dict) else None
    if len(steps) > 1 and value is not None:
        value = _extract(value, steps[1:])
    return None if value is None else {steps[0]: value}


def _query(data: Any, query: str) -> Any:
    # Most plans have no query, and JMESPath takes a tenth of the provider's start to load.
    import jmespath

    try:
        return jmespath.search(query, data)
    except jmespath.exceptions.JMESPathError as error:
        raise Problem("Failed to build output", f"the JMESPath query {query!r} cannot be read: {error}") from error


def keep_paths(data: Any, paths: Mapping[str, str] | Sequence[str]) -> Any:
    """Return the parts of *data* at *paths* (`a.b[0].c`), or None if there are none."""
    wanted = {tuple(step.strip("[]") for step in _STEP.findall(path)) for path in paths}
    return _keep(data, wanted, ())


def _keep(data: Any, wanted: set[tuple[str, ...]], at: tuple[str, ...]) -> Any:
    if at in wanted:
        return data
    if isinstance(data, dict):
        members = {key: _keep(value, wanted, (*at, key)) for key, value in data.items()}
        return {key: value for key, value in members.items() if value is not None} or None
    if isinstance(data, list):
        items = [_keep(item, wanted, (*at, str(index))) for index, item in enumerate(data)]
        return [item for item in items if item is not None]
    return None
