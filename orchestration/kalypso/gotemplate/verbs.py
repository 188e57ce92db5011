"""One value by one verb, as Go's fmt writes it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from orchestration.kalypso.goquote import can_backquote, quote
from orchestration.kalypso.gotemplate.fmt import show, sort_keys
from orchestration.kalypso.numbers import float_by_verb, special
from orchestration.kalypso.values import NIL, is_map, to_bytes, type_name

_FLOATS = frozenset("veEfFgGbxX")
_PREFIXES = {"b": "0b", "x": "0x", "X": "0X"}
_BASES = {"d": 10, "b": 2, "o": 8, "O": 8, "x": 16, "X": 16}


class BadVerb(Exception):
    """A value cannot be written by a verb."""


@dataclass(frozen=True)
class Flags:
    """What stands between the percent sign and the verb."""

    minus: bool = False
    plus: bool = False
    sharp: bool = False
    space: bool = False
    zero: bool = False
    width: int | None = None
    precision: int | None = None
    named: bool = False  # %+v: fields with their names
    go_syntax: bool = False  # %#v
    bare: bool = False  # as values are shown by the wrong verb: without what they say of themselves

    @classmethod
    def of(cls, marks: str) -> Flags:
        """Return the flags that *marks* spell."""
        minus = "-" in marks
        return cls(minus, "+" in marks, "#" in marks, " " in marks, "0" in marks and not minus)

    def of_value(self) -> Flags:
        """Return the flags as %v has them: plus and sharp mean something else there."""
        return replace(self, plus=False, sharp=False, named=self.plus, go_syntax=self.sharp)

    def with_width(self, width: int | None, *, minus: bool = False) -> Flags:
        """Return the flags with a width."""
        return replace(self, width=width, minus=self.minus or minus, zero=self.zero and not minus)

    def with_precision(self, precision: int) -> Flags:
        """Return the flags with a precision."""
        return replace(self, precision=precision)

    def pad(self, text: str) -> str:
        """Return *text* as wide as asked."""
        missing = (self.width or 0) - len(text)
        if missing <= 0:
            return text
        return text + " " * missing if self.minus else ("0" if self.zero else " ") * missing + text


def format_value(flags: Flags, verb: str, value: Any) -> str:
    """Return *value* by *verb*; raises BadVerb."""
    if verb == "T":
        return flags.pad("<nil>" if value is None else type_name(value)[: flags.precision])
    if verb in "pw" or (value is None and verb != "v"):
        raise BadVerb
    if value is None:
        return flags.pad("<nil>")
    if isinstance(value, bool):
        return _boolean(flags, verb, value=value)
    if isinstance(value, int):
        return _integer(flags, verb, int(value), unsigned=type_name(value).startswith("u"))
    if isinstance(value, float):
        return _float(flags, verb, value)
    if isinstance(value, complex):
        if verb not in _FLOATS:
            raise BadVerb
        parts = _float(flags, verb, value.real), _float(replace(flags, plus=True), verb, value.imag)
        return f"({parts[0]}{parts[1]}i)"
    if isinstance(value, str):
        return _string(flags, verb, value)
    return _composite(flags, verb, value)


def bad_verb(flags: Flags, verb: str, value: Any) -> str:
    """Return what stands for a value that cannot be written by *verb*: the value as it is, still with the flags."""
    if value is None:
        return f"%!{verb}(<nil>)"
    return f"%!{verb}({type_name(value)}={format_value(replace(flags, bare=True), 'v', value)})"


def _boolean(flags: Flags, verb: str, *, value: bool) -> str:
    if verb not in "tv":
        raise BadVerb
    return flags.pad("true" if value else "false")


def _integer(flags: Flags, verb: str, value: int, *, unsigned: bool) -> str:
    if verb == "v":
        return f"0x{value:x}" if flags.go_syntax and unsigned else _number(flags, value, "d")
    if verb in _BASES:
        return _number(flags, value, verb)
    char = chr(value) if 0 <= value <= 0x10FFFF and not 0xD800 <= value < 0xE000 else "\ufffd"
    if verb == "c":
        return flags.pad(char)
    if verb == "q":
        return flags.pad(quote(char, "'", ascii_only=flags.plus))
    if verb == "U":
        shown = f" '{char}'" if flags.sharp and value == ord(char) and char.isprintable() else ""
        return replace(flags, zero=False).pad(f"U+{value & 0xFFFFFFFFFFFFFFFF:0{max(4, flags.precision or 4)}X}{shown}")
    raise BadVerb


def _number(flags: Flags, value: int, verb: str) -> str:
    sign = "-" if value < 0 else "+" if flags.plus else " " if flags.space else ""
    digits = _digits(abs(value), verb)
    if flags.precision is not None:
        digits = "" if flags.precision == 0 and value == 0 else digits.rjust(flags.precision, "0")
        if not digits:
            return " " * (flags.width or 0)
    elif flags.zero and flags.width:
        digits = digits.rjust(flags.width - len(sign), "0")
    prefix = "0o" if verb == "O" else ""
    if flags.sharp and verb != "d":
        prefix = _PREFIXES.get(verb) or f"{prefix}{'' if digits[0] == '0' else '0'}"
    return replace(flags, zero=False).pad(sign + prefix + digits)


def _digits(value: int, verb: str) -> str:
    base = _BASES[verb]
    text = {10: f"{value}", 2: f"{value:b}", 8: f"{value:o}", 16: f"{value:x}"}[base]
    return text.upper() if verb == "X" else text


def _float(flags: Flags, verb: str, value: float) -> str:
    if verb not in _FLOATS:
        raise BadVerb
    text = special(value)
    if text is None:
        text = float_by_verb(abs(value), verb.replace("v", "g").replace("F", "f"), flags.precision)
        text = ("-" if math.copysign(1, value) < 0 else "+") + (_sharp(flags, verb, text) if flags.sharp else text)
    else:
        flags = replace(flags, zero=False)
        text = text if text[0] in "+-" else f"+{text}"
    sign, body = text[0], text[1:]
    shown = sign if sign == "-" or flags.plus else " " if flags.space else ""
    if flags.zero and flags.width:
        body = body.rjust(flags.width - len(shown), "0")
    return replace(flags, zero=False).pad(shown + body)


def _sharp(flags: Flags, verb: str, text: str) -> str:
    """Return a number with its point, and for %g with zeros up to the precision."""
    if verb == "b":
        return text
    marks = "pP" if verb in "xX" else "eEpP"
    end = next((at for at, char in enumerate(text) if char in marks), len(text))
    body, tail = text[:end], text[end:]
    digits = (6 if flags.precision is None else flags.precision) if verb in "vgGx" else 0
    digits -= len(body.replace(".", "").lstrip("0"))
    if "." not in body:
        digits -= body == "0"
        body += "."
    return body + "0" * digits + tail


def _string(flags: Flags, verb: str, value: str) -> str:
    cut = value if flags.precision is None else value[: flags.precision]
    if verb == "v" and flags.go_syntax:
        return flags.pad(quote(cut))
    if verb in "sv":
        return flags.pad(cut)
    if verb == "q":
        return flags.pad(f"`{cut}`" if flags.sharp and can_backquote(cut) else quote(cut, ascii_only=flags.plus))
    if verb in "xX":
        data = to_bytes(value)[: flags.precision]
        head = f"0{verb}" if flags.sharp and data else ""
        separator = f" {head}" if flags.space else ""
        text = head + separator.join(f"{byte:02{verb}}" for byte in data)
        return flags.pad(text)
    raise BadVerb


def _composite(flags: Flags, verb: str, value: Any) -> str:
    if flags.go_syntax and verb == "v":
        return _go_syntax(flags, value)
    if isinstance(value, list):
        return f"[{' '.join(_element(flags, verb, item) for item in value)}]"
    if is_map(value):
        entries = (f"{_element(flags, verb, key)}:{_element(flags, verb, value[key])}" for key in sort_keys(value))
        return f"map[{' '.join(entries)}]"
    fields = getattr(value, "go_fields", None)
    if fields is not None:
        return _struct(flags, verb, fields)
    pointer = "&" if type_name(value).startswith("*") else ""
    if hasattr(value, "go_parts") and (flags.bare or verb not in "vsxXq" or not pointer):
        return pointer + _struct(flags, verb, value.go_parts)
    return _string(flags, verb, show(value))


def _struct(flags: Flags, verb: str, fields: Mapping[str, Any]) -> str:
    shown = ((f"{name}:" if flags.named else "") + _element(flags, verb, item) for name, item in fields.items())
    return f"{{{' '.join(shown)}}}"


def _element(flags: Flags, verb: str, value: Any) -> str:
    if value is None:
        return "<nil>"
    try:
        return format_value(flags, verb, value)
    except BadVerb:
        return bad_verb(flags, verb, value)


def _go_syntax(flags: Flags, value: Any) -> str:
    if value is None:
        return "interface {}(nil)"
    if isinstance(value, NIL):
        return f"{type_name(value)}(nil)"
    if isinstance(value, list):
        return f"{type_name(value)}{{{', '.join(_go_syntax(flags, item) for item in value)}}}"
    if is_map(value):
        entries = (f"{_go_syntax(flags, key)}:{_go_syntax(flags, value[key])}" for key in sort_keys(value))
        return f"{type_name(value)}{{{', '.join(entries)}}}"
    fields = getattr(value, "go_fields", getattr(value, "go_parts", None))
    if fields is None:
        return str(value.go_string()) if hasattr(value, "go_string") else format_value(flags, "v", value)
    shown = ", ".join(f"{name}:{_go_syntax(flags, item)}" for name, item in fields.items())
    return f"{type_name(value).replace('*', '&')}{{{shown}}}"
