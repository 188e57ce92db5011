"""sprig's list functions (https://masterminds.github.io/sprig/lists.html), as of 2.22."""

from __future__ import annotations

from typing import Any

from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.functions.defaults import is_empty
from orchestration.kalypso.gotemplate.functions.numbers import to_integer
from orchestration.kalypso.gotemplate.functions.strings import text_of, texts_of
from orchestration.kalypso.gotemplate.signature import counted, table
from orchestration.kalypso.values import NilList, Strings, deep_equal, kind_name, to_bytes

_COMPARISON_LIMIT = 200_000


def _items(value: Any, message: str) -> list[Any]:
    """Return *value*, which must be a list; raises FunctionError with *message* and what it is."""
    if isinstance(value, list):
        return value
    if value is None:
        raise FunctionError("runtime error: invalid memory address or nil pointer dereference")
    raise FunctionError(f"{message} {kind_name(value)}")


def _is_in(needle: Any, haystack: list[Any]) -> bool:
    return any(deep_equal(needle, item) for item in haystack)


def _uniq(value: Any) -> list[Any]:
    items = _items(value, "Cannot find uniq on type")
    found: list[Any] = []
    compared = 0
    for item in items:
        compared += len(found)
        if compared > _COMPARISON_LIMIT:
            raise FunctionError(f"refused: more than {_COMPARISON_LIMIT} comparisons")
        if not _is_in(item, found):
            found.append(item)
    return found


def _without(value: Any, *omitted: Any) -> list[Any]:
    return [item for item in _items(value, "Cannot find without on type") if not _is_in(item, list(omitted))]


def _has(needle: Any, value: Any) -> bool:
    return value is not None and _is_in(needle, _items(value, "Cannot find has on type"))


def _first(value: Any) -> Any:
    items = _items(value, "Cannot find first on type")
    return items[0] if items else None


def _last(value: Any) -> Any:
    items = _items(value, "Cannot find last on type")
    return items[-1] if items else None


def _part(items: list[Any], start: int, end: int | None) -> list[Any]:
    return list(items[start:end]) if items else NilList()


def _slice(value: Any, *indexes: Any) -> Any:
    items = _items(value, "list should be type of slice or array but")
    if not items:
        return None
    start = to_integer(indexes[0]) if indexes else 0
    end = to_integer(indexes[1]) if len(indexes) > 1 else len(items)
    if not 0 <= start <= end <= len(items):
        raise FunctionError("reflect.Value.Slice: slice index out of bounds")
    return type(items)(items[start:end])


def _sort_alpha(value: Any) -> Strings:
    return Strings(sorted(texts_of(value), key=to_bytes)) if isinstance(value, list) else Strings([text_of(value)])


def _concat(*lists: Any) -> list[Any]:
    counted(sum(len(items) for items in lists if isinstance(items, list)))
    return [item for items in lists for item in _concatenated(items)] or NilList()


def _concatenated(value: Any) -> list[Any]:
    if isinstance(value, list) or value is None:
        return _items(value, "")
    raise FunctionError(f"Cannot concat type {kind_name(value)} as list")


FUNCTIONS = table(
    ("list tuple", "...any", lambda *items: list(items)),
    ("append push", "any any", lambda value, item: [*_items(value, "Cannot push on type"), item]),
    ("prepend", "any any", lambda value, item: [item, *_items(value, "Cannot prepend on type")]),
    ("first", "any", _first),
    ("last", "any", _last),
    ("rest", "any", lambda value: _part(_items(value, "Cannot find rest on type"), 1, None)),
    ("initial", "any", lambda value: _part(_items(value, "Cannot find initial on type"), 0, -1)),
    ("reverse", "any", lambda value: list(reversed(_items(value, "Cannot find reverse on type")))),
    ("compact", "any", lambda value: [x for x in _items(value, "Cannot compact on type") if not is_empty(x)]),
    ("uniq", "any", _uniq),
    ("without", "any ...any", _without),
    ("has", "any any", _has),
    ("slice", "any ...any", _slice),
    ("concat", "...any", _concat),
    ("sortAlpha", "any", _sort_alpha),
)
