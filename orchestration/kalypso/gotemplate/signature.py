"""The functions a template may call, with the Go types that decide which arguments they take."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, final

from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.values import AnyMap, Int64, NilMap, Strings, Uint64, is_map, type_name

SIZE_LIMIT: Final = 2_000_000
ITEM_LIMIT: Final = 100_000
DEPTH_LIMIT: Final = 100
_CHARACTERS_AN_ITEM: Final = SIZE_LIMIT // ITEM_LIMIT


@final
class Missing:
    """Go's invalid `reflect.Value`: what a map gives for a key it does not have."""

    go_type = "<nil>"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


@final
class Boxed:
    """An element that a range took out of a list or map of `interface{}`, which messages show."""

    __slots__ = ("value",)
    go_type = "interface {}"

    def __init__(self, value: Any) -> None:
        self.value = value


def unbox(value: Any) -> Any:
    """Return what *value* holds."""
    return value.value if type(value) is Boxed else value


class Uint32(int):
    """A Go `uint32`."""

    go_type = "uint32"


@dataclass(frozen=True)
class Type:
    """A parameter's type: its name, how a constant is read for it, what it takes, its nil if it has one."""

    name: str
    kind: str
    make: Callable[[Any], Any] | None = None
    nil: Callable[[], Any] | None = None

    def takes(self, value: Any) -> bool:
        """Whether *value*, which is not MISSING, may be passed as it is."""
        return self.kind in ("any", "value") or type_name(value) == self.name


def _of(value: Any) -> Callable[[], Any]:
    return lambda: value


TYPES: Final = {
    "any": Type("interface {}", "any", nil=_of(None)),
    "value": Type("reflect.Value", "value", nil=_of(MISSING)),
    "string": Type("string", "string"),
    "bool": Type("bool", "bool"),
    "int": Type("int", "integer", int),
    "int64": Type("int64", "integer", Int64),
    "uint32": Type("uint32", "unsigned", Uint32),
    "uint64": Type("uint64", "unsigned", Uint64),
    "float64": Type("float64", "float", float),
    "map": Type("map[string]interface {}", "other", nil=NilMap),
    "strings": Type("[]string", "other", nil=Strings),
    "time": Type("time.Time", "other"),
    "version": Type("*semver.Version", "other"),
}


@dataclass(frozen=True)
class Function:
    """A function of a template; the last parameter of a variadic one repeats.

    A call takes `cost` steps, and `price` more, which depends on its arguments.
    """

    name: str
    parameters: tuple[Type, ...]
    variadic: bool
    call: Callable[..., Any]
    builtin: bool = False
    cost: int = 1
    price: Callable[..., int] | None = None

    @property
    def fixed(self) -> int:
        """How many parameters do not repeat."""
        return len(self.parameters) - self.variadic

    def parameter(self, index: int) -> Type:
        """Return the type of the argument at *index*."""
        return self.parameters[min(index, len(self.parameters) - 1)]


@cache
def _parse(signature: str) -> tuple[tuple[Type, ...], bool]:
    names = signature.split()
    return tuple(TYPES[name.removeprefix("...")] for name in names), signature.rpartition(" ")[2].startswith("...")


def function(name: str, signature: str, call: Callable[..., Any], *, builtin: bool = False, cost: int = 1) -> Function:
    """Return the function *name*, which takes what *signature* lists (`string ...any`)."""
    parameters, variadic = _parse(signature)
    return Function(name, parameters, variadic, call, builtin, cost)


def table(*rows: tuple[str, str, Callable[..., Any]], builtin: bool = False) -> dict[str, Function]:
    """Return functions by name from rows of names (divided by blanks), signature and implementation."""
    return {
        name: function(name, signature, call, builtin=builtin)
        for names, signature, call in rows
        for name in names.split()
    }


def bounded(length: int) -> int:
    """Return the *length* of a text; raises FunctionError when a text of that length is refused."""
    if length > SIZE_LIMIT:
        raise FunctionError(f"refused: a text of more than {SIZE_LIMIT} characters")
    return length


def counted(items: int) -> int:
    """Return the number of *items*; raises FunctionError when a list or map of so many is refused."""
    if items > ITEM_LIMIT:
        raise FunctionError(f"refused: a list or map of more than {ITEM_LIMIT} items")
    return items


def size(value: Any, seen: dict[int, int], depth: int = 0) -> int:
    """Return how many values *value* holds, each as often as it is met; *seen* keeps those counted already.

    Lists and maps that are held many times over cost nothing until they are printed, and then everything.
    """
    kind = type(value)
    known = value.kept.get("size") if kind is AnyMap else seen.get(id(value))
    if known is not None:
        return int(known)
    if kind is str:
        return 1 + len(value) // _CHARACTERS_AN_ITEM
    if not (isinstance(value, list) or is_map(value)):
        return 1
    if depth > DEPTH_LIMIT:
        raise FunctionError(f"refused: a value of more than {DEPTH_LIMIT} levels")
    seen[id(value)] = ITEM_LIMIT + 1  # until it is counted: a value that holds itself is too large
    total = 1
    for item in value if isinstance(value, list) else value.values():
        if type(item) is str:
            total += 1 + len(item) // _CHARACTERS_AN_ITEM
        elif type(item) is AnyMap and "size" in item.kept:
            total += item.kept["size"]
        else:
            total += size(item, seen, depth + 1)
    seen[id(value)] = total
    if type(value) is AnyMap:
        value.kept["size"] = total
    return total


def joined(parts: Iterable[str], separator: str = "") -> str:
    """Return the parts with the separator between them; raises FunctionError when that is too long."""
    parts = list(parts)
    bounded(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)
