"""What azapi knows of Azure's types: where they lie, which bodies it refuses, what is written and what is only read.

azapi has the published types inside. Here they are the sandbox's own, `arm/schemas`, whose language `arm/schema.py`
explains; they are read without the library that the server checks them with, because it takes long to load and every
Terraform command starts this provider anew. The rules are azapi's (`internal/azure/types`): a null is the absence of
a value but not of its property, other values than those of an open list pass, `location` and `tags` may be missing.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from orchestration.sandbox.provider.values import UNKNOWN

Json = dict[str, Any]

_FOLDER = Path(__file__).parents[1] / "arm" / "schemas"
_KINDS: dict[str, tuple[type, ...]] = {"string": (str,), "boolean": (bool,), "integer": (int, float, Decimal)}
_STRINGS: Json = {"type": "string"}
_ENVELOPE: Json = {name: {**_STRINGS, "readOnly": True} for name in ("apiVersion", "id", "systemData", "type")}

TENANT, SUBSCRIPTION, GROUP, EXTENSION = "Tenant", "Subscription", "ResourceGroup", "Extension"

# Where a type may lie that lies elsewhere than in a resource group alone.
_SCOPES = {
    "microsoft.edge/configurationreferences": (EXTENSION,),
    "microsoft.edge/jobs": (EXTENSION,),
    "microsoft.edge/sites": (SUBSCRIPTION, GROUP, EXTENSION),
    "microsoft.kubernetesconfiguration/extensions": (EXTENSION,),
    "microsoft.kubernetesconfiguration/fluxconfigurations": (EXTENSION,),
    "microsoft.management/servicegroups": (TENANT,),
    "microsoft.relationships/servicegroupmember": (EXTENSION,),
    "microsoft.resources/resourcegroups": (SUBSCRIPTION,),
    "microsoft.resources/subscriptions": (TENANT,),
}

# Published as required and as read-only at once, so that azapi passes no body at all; the server asks for none of it.
_IMPOSSIBLE = {"microsoft.relationships/servicegroupmember": ("metadata", "originInformation", "sourceId")}


def scopes(type_: str) -> tuple[str, ...]:
    """Return where resources of *type_* may lie, empty if the type is not known."""
    return _SCOPES.get(type_.casefold(), (GROUP,)) if _parts(type_) else ()


def violations(type_: str, name: Any, body: Any) -> Iterator[str]:
    """Yield what azapi refuses about a *name* and a *body* (JSON with `UNKNOWN` in it), as far as it is known."""
    parts = _parts(type_)
    if parts is None:
        return
    yield from _text(parts.get("name", {}), name, "name")
    # The server wants `properties` where the published types only want what is in them.
    wanted = [key for key in parts["body"].get("required", ()) if key not in ("location", "properties", "tags")]
    yield from _value({**parts["body"], "required": wanted}, body, "")
    if isinstance(body, dict) and isinstance(body.get("properties"), dict):
        for key in _IMPOSSIBLE.get(type_.casefold(), ()):
            yield f"`properties.{key}` is required, but no definition was found"


def writable(type_: str, resource: Any) -> Any:
    """Return what of a *resource* as it was read may be sent back: all of it if the type is not known."""
    parts = _parts(type_)
    return resource if parts is None else _writable(_whole(parts), resource)


def read_only(type_: str, resource: Any) -> Any:
    """Return what of a *resource* no request sets, None if the type is not known."""
    parts = _parts(type_)
    return None if parts is None else _read_only(_whole(parts), resource)


def _parts(type_: str) -> Json | None:
    namespace, _, _ = type_.partition("/")
    return _load(namespace.rpartition(".")[2].casefold()).get(type_.casefold())


@cache
def _load(stem: str) -> dict[str, Json]:
    path = _FOLDER / f"{stem}.json"
    if not (stem.isalnum() and path.is_file()):
        return {}
    return {name.casefold(): parts for name, parts in json.loads(path.read_text(encoding="utf-8")).items()}


def _whole(parts: Json) -> Json:
    """Return the schema of a body with what every resource has besides."""
    body: Json = parts["body"]
    return {**body, "properties": {**body.get("properties", {}), "name": _STRINGS, **_ENVELOPE}}


def _value(schema: Json, value: Any, path: str) -> Iterator[str]:
    if value is None or value is UNKNOWN:
        return
    kind = schema.get("type")
    if kind == "object":
        yield from _object(schema, value, path)
    elif kind == "array" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _value(schema.get("items", {}), item, f"{path}.{index}")
    elif kind == "string" and isinstance(value, str):
        yield from _text(schema, value, path)
    elif kind is not None and not _is_scalar(kind, value):
        yield _mismatch(path, kind, value)


def _is_scalar(kind: str, value: Any) -> bool:
    return isinstance(value, _KINDS.get(kind, ())) and isinstance(value, bool) == (kind == "boolean")


def _object(schema: Json, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _mismatch(path, "object", value)
        return
    known, other = schema.get("properties"), schema.get("additionalProperties")
    for key, item in value.items():
        where = f"{path}.{key}" if path else key
        inner = (known or {}).get(key, other)
        if isinstance(inner, dict) and inner.get("readOnly"):
            yield f"`{where}` is not expected here, it's read only"
        elif isinstance(inner, dict):
            yield from _value(inner, item, where)
        elif known is not None and not other:
            yield _unexpected(where, key, known)
    for key in schema.get("required", ()):
        if key not in value:
            where = f"{path}.{key}" if path else key
            yield f"`{where}` is required, but no definition was found"


def _text(rule: Json, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        return
    if not rule.get("minLength", 0) <= len(value) <= rule.get("maxLength", len(value)):
        low, high = rule.get("minLength", 0), rule.get("maxLength", "any number of")
        yield f"`{path}` is invalid, it must have {low} to {high} characters"
    if "pattern" in rule and not re.search(rule["pattern"], value):
        yield f"`{path}` is invalid, it must match {rule['pattern']}"
    if "enum" in rule and value not in rule["enum"]:
        yield f"`{path}` is invalid, it must be one of {', '.join(rule['enum'])}"


def _mismatch(path: str, kind: str, value: Any) -> str:
    found = {dict: "object", list: "array", str: "string", bool: "boolean"}.get(type(value), "number")
    return f"`{path or 'body'}` is invalid, expect `{kind}` but got `{found}`"


def _unexpected(where: str, key: str, known: Json) -> str:
    near = difflib.get_close_matches(key, known, 1)
    return f"`{where}` is not expected here" + (f". Do you mean `{near[0]}`?" if near else "")


def _writable(schema: Json, value: Any) -> Any:
    if isinstance(value, list):
        return [_writable(schema.get("items", {}), item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _member(schema, key) for key in value}
    return {
        key: _writable(found, value[key]) for key, found in inner.items() if found is not None and not _hidden(found)
    }


def _read_only(schema: Json, value: Any) -> Any:
    """Return *value* without what is set by requests; as in azapi maps and lists of texts stay, whoever sets them."""
    if isinstance(value, list):
        return [_read_only(schema.get("items", {}), item) for item in value]
    if not isinstance(value, dict):
        return value
    found: Json = {}
    for key, item in value.items():
        inner, listed = _member(schema, key), key in schema.get("properties", {})
        if inner is None or item is None:
            continue
        part = _read_only(inner, item)
        if part if isinstance(item, (dict, list)) else (_hidden(inner) or not listed):
            found[key] = part
    return found


def _member(schema: Json, key: str) -> Json | None:
    """Return the schema of a property; None if there is no such property."""
    known: Json = schema.get("properties", {})
    inner: Any = known.get(key, schema.get("additionalProperties", "properties" not in schema))
    if isinstance(inner, bool):
        return {} if inner else None
    found: Json = inner
    return found


def _hidden(schema: Json) -> bool:
    return bool(schema.get("readOnly"))
