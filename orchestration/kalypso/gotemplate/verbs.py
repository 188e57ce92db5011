"""One value by one verb, as Go's fmt writes it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from orchestration.kalypso.goquote import quote
from orchestration.kalypso.gotemplate.fmt import show, sort_keys
from orchestration.kalypso.numbers import plain, scientific, shortest, special
from orchestration.kalypso.values import is_map, to_bytes, type_name

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

    @classmethod
    def of(cls, marks: str) -> Flags:
        """Return the flags that *marks* spell."""
        minus = "-" in marks
        return cls(minus, "+" in marks, "#" in marks, " " in marks, "0" in marks and not minus)

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
        return replace(flags, zero=False).pad(type_name(value))
    if verb == "p" or (value is None and verb != "v"):
        raise BadVerb
    if value is None:
        return replace(flags, zero=False).pad("<nil>")
    if isinstance(value, bool):
        return _boolean(flags, verb, value=value)
    if isinstance(value, int):
        return _integer(flags, verb, int(value), unsigned=type_name(value).startswith("u"))
    if isinstance(value, float):
        return _float(flags, verb, value)
    if isinstance(value, complex):
        parts = _float(flags, verb, value.real), _float(replace(flags, plus=True), verb, value.imag)
        return f"({parts[0]}{parts[1]}i)"
    if isinstance(value, str):
        return _string(flags, verb, value)
    return _composite(flags, verb, value)


def _boolean(flags: Flags, verb: str, *, value: bool) -> str:
    if verb not in "tv":
        raise BadVerb
    return flags.pad("true" if value else "false")


def _integer(flags: Flags, verb: str, value: int, *, unsigned: bool) -> str:
    if verb == "v":
        return f"0x{value:x}" if flags.sharp and unsigned else _number(flags, value, "d")
    if verb in _BASES:
        return _number(flags, value, verb)
    char = chr(value) if 0 <= value <= 0x10FFFF and not 0xD800 <= value < 0xE000 else "\ufffd"
    if verb == "c":
        return flags.pad(char)
    if verb == "q":
        return flags.pad(quote(char, "'", ascii_only=flags.plus))
    if verb == "U":
        shown = f" '{char}'" if flags.sharp and char.isprintable() else ""
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
        prefix = {"b": "0b", "o": "" if digits[0] == "0" else "0", "x": "0x", "X": "0X"}.get(verb, prefix)
    return replace(flags, zero=False).pad(sign + prefix + digits)


def _digits(value: int, verb: str) -> str:
    base = _BASES[verb]
    text = {10: f"{value}", 2: f"{value:b}", 8: f"{value:o}", 16: f"{value:x}"}[base]
    return text.upper() if verb == "X" else text


def _float(flags: Flags, verb: str, value: float) -> str:
    if verb not in "veEfFgGbxX":
        raise BadVerb
    text = special(value)
    if text is None:
        text = _decimal(verb.replace("v", "g"), abs(value), flags.precision, sharp=flags.sharp)
        text = ("-" if math.copysign(1, value) < 0 else "+") + text
    else:
        flags = replace(flags, zero=False)
        text = text if text[0] in "+-" else f"+{text}"
    sign, body = text[0], text[1:]
    shown = sign if sign == "-" or flags.plus else " " if flags.space else ""
    if body == "NaN" and not flags.plus:
        shown = " " if flags.space else ""
    if flags.zero and flags.width:
        body = body.rjust(flags.width - len(shown), "0")
    return replace(flags, zero=False).pad(shown + body)


def _decimal(verb: str, value: float, precision: int | None, *, sharp: bool) -> str:
    if verb in "bxX":
        return _binary(verb, value)
    if verb in "gG" and precision is None:
        sign, digits, point = shortest(value)
        short = plain(sign, digits, point) if -4 <= point - 1 < 21 and _is_plain(point) else ""
        text = short or scientific(sign, digits, point - 1)
    else:
        form = verb.lower() if verb in "eEgG" else "f"
        text = f"{value:{'#' if sharp else ''}.{6 if precision is None else precision}{form}}"
    return text.upper() if verb in "EG" else text


def _is_plain(point: int) -> bool:
    return point - 1 < 21


def _binary(verb: str, value: float) -> str:
    mantissa, exponent = math.frexp(value)
    if verb == "b":
        return f"{int(mantissa * 2**53)}p{exponent - 53:+d}"
    text = value.hex().replace("0x1.", "1.").rstrip("0")
    return text if verb == "x" else text.upper()


def _string(flags: Flags, verb: str, value: str) -> str:
    cut = value if flags.precision is None else value[: flags.precision]
    if verb == "v" and flags.sharp:
        return flags.pad(quote(value))
    if verb in "sv":
        return flags.pad(cut)
    if verb == "q":
        raw = flags.sharp and "`" not in cut and all(char.isprintable() or char == "\t" for char in cut)
        return flags.pad(f"`{cut}`" if raw else quote(cut, ascii_only=flags.plus))
    if verb in "xX":
        data = to_bytes(value)[: flags.precision]
        head = f"0{verb}" if flags.sharp and data else ""
        separator = f" {head}" if flags.space else ""
        text = head + separator.join(f"{byte:02{verb}}" for byte in data)
        return flags.pad(text)
    raise BadVerb


def _composite(flags: Flags, verb: str, value: Any) -> str:
    if flags.sharp and verb == "v":
        return _go_syntax(value)
    if isinstance(value, list):
        return f"[{' '.join(_element(flags, verb, item) for item in value)}]"
    if is_map(value):
        entries = (f"{_element(flags, verb, key)}:{_element(flags, verb, value[key])}" for key in sort_keys(value))
        return f"map[{' '.join(entries)}]"
    fields = getattr(value, "go_fields", None)
    if fields is not None:
        named = (f"{key}:" if flags.plus and verb == "v" else "" for key in fields)
        shown = (head + _element(flags, verb, item) for head, item in zip(named, fields.values(), strict=True))
        return f"{{{' '.join(shown)}}}"
    return _string(flags, verb, show(value))


def _element(flags: Flags, verb: str, value: Any) -> str:
    if value is None:
        return "<nil>"
    try:
        return format_value(flags, verb, value)
    except BadVerb:
        return f"%!{verb}({type_name(value)}={show(value)})"


def _go_syntax(value: Any) -> str:
    if value is None:
        return "interface {}(nil)"
    if isinstance(value, list):
        return f"{type_name(value)}{{{', '.join(map(_go_syntax, value))}}}"
    if is_map(value):
        entries = (f"{_go_syntax(key)}:{_go_syntax(value[key])}" for key in sort_keys(value))
        return f"{type_name(value)}{{{', '.join(entries)}}}"
    return format_value(Flags(sharp=True), "v", value)
