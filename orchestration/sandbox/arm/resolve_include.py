"""`${{$include(NAME/VERSION[, SECTION])}}:` keys, replaced by what they include before anything is worked out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orchestration.sandbox.arm.resolve_expression import has_expression
from orchestration.sandbox.arm.resolve_yaml import TextError, load_mapping

Fetch = Callable[[str], str | None]
"""Takes `name/version` or a longer reference; returns the document's text, None when there is none."""

MAX_INCLUDED = 2_000_000
"""How many characters includes may bring in, each counting as `_INCLUDING` more."""

_INCLUDING = 1_000
_INCLUDE = re.compile(r"\s*\$\{\{\s*\$include\(([^(),]+)(?:,([^(),]+))?\)\s*\}\}\s*")


def expand_configs(document: Mapping[str, Any], fetch: Fetch) -> dict[str, Any]:
    """Return a template document's `configs` with its includes put in; raise TextError."""
    result = _expand(section(document, "configs"), _limited(fetch), "configs", ())
    return dict(result)


def expand_schema(document: Mapping[str, Any], fetch: Fetch) -> dict[str, Any]:
    """Return a schema document with its includes put in; raise TextError."""
    fetch = _limited(fetch)
    rules = dict(section(document, "rules"))
    if "configs" in rules:
        rules["configs"] = _expand(section(rules, "configs"), fetch, "rules", ())
    else:
        rules = _expand(rules, fetch, "rules", ())
    return {**document, "rules": rules}


def section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the mapping called *name* in *document*, empty when absent; raise TextError when it is none."""
    found = document.get(name) or {}
    if not isinstance(found, Mapping):
        raise TextError(f"`{name}` is not a mapping")
    return found


def _limited(fetch: Fetch) -> Fetch:
    """Return *fetch* that raises TextError once documents that include each other twice blow up."""
    left = MAX_INCLUDED

    def limited(reference: str) -> str | None:
        nonlocal left
        text = fetch(reference)
        left -= _INCLUDING + len(text or "")
        if left < 0:
            raise TextError(f"includes bring in more than {MAX_INCLUDED} characters")
        return text

    return limited


def _expand(raw: Any, fetch: Fetch, kind: str, above: tuple[str, ...]) -> Any:
    """Return *raw* with the keys that are includes replaced by what they include; raise TextError."""
    if isinstance(raw, list):
        return [_expand(element, fetch, kind, above) for element in raw]
    if not isinstance(raw, Mapping):
        return raw
    result: dict[str, Any] = {}
    for key, value in raw.items():
        for name, inner in _included(key, value, fetch, kind, above):
            if name in result:
                raise TextError(f"{key} brings in {name}, which is there already")
            result[name] = inner
    return result


def _included(key: str, value: Any, fetch: Fetch, kind: str, above: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield what stands for one key: itself, or what it includes."""
    match = _INCLUDE.fullmatch(key)
    if match is None:
        if has_expression(key):
            raise TextError(f"the key {key!r} is an expression; only $include may be a key")
        yield key, _expand(value, fetch, kind, above)
        return
    reference, part = match[1].strip(), (match[2] or "").strip()
    if reference in above:
        raise TextError(f"$include goes round in a circle: {' -> '.join((*above, reference))}")
    text = fetch(reference)
    if text is None:
        raise TextError(f"$include({reference}): it does not exist")
    document = _expand(_included_keys(load_mapping(text), kind), fetch, kind, (*above, reference))
    chosen = {name: inner for name, inner in document.items() if not part or _within(name, part)}
    if part and not chosen:
        raise TextError(f"$include({reference}, {part}): it has no such section")
    yield from chosen.items()


def _included_keys(document: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    if kind == "configs":
        return section(document, "configs")
    rules = section(document, "rules")
    return section(rules, "configs") if "configs" in rules else rules


def _within(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")
