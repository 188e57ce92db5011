"""sprig's dictionaries (https://masterminds.github.io/sprig/dicts.html), as of 2.22.

Where sprig's order is that of a Go map, and so another on each run, it is sorted here.
"""

from __future__ import annotations

from typing import Any

from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.functions.defaults import is_empty
from orchestration.kalypso.gotemplate.functions.strings import text_of
from orchestration.kalypso.gotemplate.signature import counted, table
from orchestration.kalypso.values import NilMap, Strings, is_map, to_bytes, type_name


def _dict(*items: Any) -> dict[str, Any]:
    filled = items if len(items) % 2 == 0 else (*items, "")
    return {text_of(key): value for key, value in zip(filled[::2], filled[1::2], strict=True)}


def _set(target: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    if isinstance(target, NilMap):
        raise FunctionError("assignment to entry in nil map")
    target[key] = value
    return target


def _unset(target: dict[str, Any], key: str) -> dict[str, Any]:
    target.pop(key, None)
    return target


def _keys(*dicts: dict[str, Any]) -> Strings:
    counted(sum(map(len, dicts)))
    return Strings(key for one in dicts for key in sorted(one, key=to_bytes))


def _merge(target: dict[str, Any], *sources: dict[str, Any], overwrite: bool) -> Any:
    for source in sources:
        if isinstance(target, NilMap):
            target = {}
        merge_into(target, source, overwrite=overwrite)
    return target


def merge_into(target: Any, source: Any, *, overwrite: bool) -> None:
    """Merge one map into another as mergo 0.3.13 does; without *overwrite* only empty values are filled."""
    for key in list(source):
        value, there = source[key], key in target
        old = target[key] if there else None
        if value is None:
            if overwrite:
                target[key] = None
            continue
        if is_map(value) and is_map(old) and type_name(value) == type_name(old) and old:
            merge_into(old, value, overwrite=overwrite)
            continue
        if isinstance(value, list) and there and not is_empty(old):
            if overwrite:
                target[key] = value
            continue
        if is_map(value) and there and not is_empty(old):
            continue
        if overwrite or not there or is_empty(old):
            target[key] = value


def _pluck(key: str, *dicts: dict[str, Any]) -> list[Any]:
    return [one[key] for one in dicts if key in one]


def _omit(source: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in source.items() if key not in keys}


FUNCTIONS = table(
    ("dict", "...any", _dict),
    ("set", "map string any", _set),
    ("unset", "map string", _unset),
    ("hasKey", "map string", lambda source, key: key in source),
    ("pluck", "string ...map", _pluck),
    ("keys", "...map", _keys),
    ("values", "map", lambda source: [source[key] for key in sorted(source, key=to_bytes)]),
    ("pick", "map ...string", lambda source, *keys: {key: source[key] for key in keys if key in source}),
    ("omit", "map ...string", _omit),
    ("merge", "map ...map", lambda target, *sources: _merge(target, *sources, overwrite=False)),
    ("mergeOverwrite", "map ...map", lambda target, *sources: _merge(target, *sources, overwrite=True)),
)
