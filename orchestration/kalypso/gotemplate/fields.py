"""What `.Name` means on a value: a method, a field of a struct or the entry of a map."""

from __future__ import annotations

from typing import Any

from orchestration.kalypso.gotemplate.signature import MISSING, Function, Missing, unbox
from orchestration.kalypso.values import AnyMap, StringMap, Struct, type_name


class Data:
    """What Kalypso's templates see as the dot: a Go struct with fixed fields."""

    go_type = "scheduler.dataType"

    def __init__(self, **fields: Any) -> None:
        self.go_fields = fields

    def go_yaml(self) -> Struct:
        """Return what YAML holds of the struct."""
        return Struct({name.lower(): value for name, value in self.go_fields.items()})


def method(receiver: Any, name: str) -> Function | None:
    """Return the method *name* of *receiver*, None if it has none."""
    methods = getattr(receiver, "go_methods", None)
    found = methods.get(name) if methods else None
    if found is None:
        return None
    call = found.call
    return Function(name, found.parameters, found.variadic, lambda *arguments: call(receiver, *arguments))


class NoField(Exception):
    """A value has no such field."""


def field_of(receiver: Any, name: str, *, has_arguments: bool, static: str | None) -> Any:
    """Return the field or entry *name*; raises NoField.

    *static* is the Go type the value is held as, where that is not its own.
    """
    if isinstance(receiver, Missing):
        return MISSING
    held = static or type_name(receiver)
    receiver = unbox(receiver)
    if receiver is None:
        raise NoField(f"nil pointer evaluating interface {{}}.{name}")
    if isinstance(receiver, dict | AnyMap):
        if has_arguments:
            raise NoField(f"{name} is not a method but has arguments")
        return receiver.get(name, MISSING)
    fields = getattr(receiver, "go_fields", {})
    if name not in fields:
        raise NoField(f"can't evaluate field {name} in type {held}")
    if has_arguments:
        raise NoField(f"{name} has arguments but cannot be invoked as function")
    return fields[name]


def element_type(receiver: Any) -> str | None:
    """Return the type that entries of *receiver* are held as: None when it is their own."""
    receiver = unbox(receiver)
    held = isinstance(receiver, dict | AnyMap) and not isinstance(receiver, StringMap)
    return "interface {}" if held else None
