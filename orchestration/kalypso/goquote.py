"""Strings in quotes, as Go's `strconv` writes and reads them."""

from __future__ import annotations

import re

from orchestration.kalypso.values import to_bytes, to_text

_ESCAPES = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v"}
_SIMPLE = {escape: ord(char) for char, escape in _ESCAPES.items()}
_ESCAPE = re.compile(
    r"\\(?:(?P<simple>[abfnrtv\\'\"])|x(?P<byte>[0-9a-fA-F]{2})|(?P<octal>[0-3][0-7]{2})"
    r"|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8}))|[^\\]",
    re.DOTALL,
)


_NOT_RAW = re.compile("[\0-\x08\n-\x1f`\x7f\ufeff\udc80-\udcff]")


def quote(text: str, mark: str = '"', *, ascii_only: bool = False) -> str:
    """Return *text* as a Go string (or rune, with another *mark*) literal."""
    return mark + "".join(_quoted(char, mark, ascii_only=ascii_only) for char in text) + mark


def _quoted(char: str, mark: str, *, ascii_only: bool) -> str:
    code = ord(char)
    if char in (mark, "\\"):
        return "\\" + char
    if char.isprintable() and (code < 0x80 or not ascii_only):
        return char
    if char in _ESCAPES:
        return "\\" + _ESCAPES[char]
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def can_backquote(text: str) -> bool:
    """Whether *text* may stand between backquotes as it is."""
    return not _NOT_RAW.search(text)


def unquote(literal: str) -> str | None:
    """Return what a Go string literal stands for, None if it is malformed."""
    mark, body = literal[:1], literal[1:-1]
    if len(literal) < 2 or literal[-1] != mark or mark not in ('"', "`"):
        return None
    if mark == "`":
        return None if "`" in body else body.replace("\r", "")
    parts: list[bytes] = []
    at = 0
    while at < len(body):
        match = _ESCAPE.match(body, at)
        if match is None or match[0] in ("\n", '"', "\\'"):
            return None
        value = _value(match)
        if value is None:
            return None
        parts.append(value)
        at = match.end()
    return to_text(b"".join(parts))


def unquote_rune(literal: str) -> int | None:
    """Return the character that a rune literal starts with, None if it is malformed."""
    match = _ESCAPE.match(literal, 1)
    if match is None or match[0] in ("'", "\n", '\\"'):
        return None
    if match["byte"] or match["octal"]:
        return int(match["byte"], 16) if match["byte"] else int(match["octal"], 8)
    value = _value(match)
    return None if value is None else ord(to_text(value))


def rune_length(literal: str) -> int:
    """Return how long the first character's spelling is, behind the opening quote."""
    match = _ESCAPE.match(literal, 1)
    return len(match[0]) if match else 0


def _value(match: re.Match[str]) -> bytes | None:
    if match["simple"]:
        return bytes([_SIMPLE.get(match["simple"], ord(match["simple"]))])
    if match["byte"] or match["octal"]:
        return bytes([int(match["byte"], 16) if match["byte"] else int(match["octal"], 8)])
    if match["short"] or match["long"]:
        code = int(match["short"] or match["long"], 16)
        return None if code > 0x10FFFF or 0xD800 <= code < 0xE000 else chr(code).encode()
    return to_bytes(match[0])
