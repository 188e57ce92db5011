"""Go's values in JSON, where JSON's own types would lose a difference.

`{"int": "1"}`, `{"float": "1.5"}`, `{"map": [[key, value], …]}` for a `map[interface{}]interface{}`,
`{"object": [[key, value], …]}` for a `map[string]interface{}`; null, booleans, texts and lists stand for themselves.
"""

from __future__ import annotations

from typing import Any

from orchestration.kalypso.values import AnyMap, StringMap, Uint64

_INT64_MAX = 2**63 - 1


def tagged(value: Any) -> Any:
    """Return a value as JSON has it, the entries of maps in their order."""
    if isinstance(value, AnyMap):
        return {"map": [[tagged(key), tagged(item)] for key, item in value.items()]}
    if isinstance(value, dict):
        return {"object": [[key, tagged(item)] for key, item in value.items()]}
    if isinstance(value, list):
        return [tagged(item) for item in value]
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, int) and not isinstance(value, bool):
        return {"int": str(int(value))}
    return value


def untagged(value: Any) -> Any:
    """Return the value that JSON holds."""
    if isinstance(value, list):
        return [untagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((tag, inner),) = value.items()
    if tag == "int":
        return int(inner) if int(inner) <= _INT64_MAX else Uint64(inner)
    if tag == "float":
        return float(inner)
    pairs = [(untagged(key), untagged(item)) for key, item in inner]
    return AnyMap(pairs) if tag == "map" else dict(pairs)


def ordered(value: Any) -> Any:
    """Return a value that JSON holds with floats spelt in one way and the entries of maps sorted."""
    if isinstance(value, list):
        return [ordered(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((tag, inner),) = value.items()
    if tag == "float":
        return {"float": repr(float(inner))}
    return {tag: sorted(([ordered(k), ordered(v)] for k, v in inner), key=repr)} if isinstance(inner, list) else value


def dot_fields(dot: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a template's dot that JSON holds."""
    fields = {name: untagged(value) for name, value in dot.items()}
    return {name: StringMap(value) if name in ("Labels", "Manifests") else value for name, value in fields.items()}
