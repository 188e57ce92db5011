"""IP addresses as Go's net/netip reads them, for what it says of those that it does not."""

from __future__ import annotations

import re

from orchestration.errors import OrchestrationError
from orchestration.kalypso.goquote import quote

_HEX = re.compile("[0-9a-fA-F]*")
_BYTES = 16


class BadAddress(OrchestrationError):
    """A text is no IP address; the words are Go's."""

    def __init__(self, text: str, message: str, at: str = "") -> None:
        super().__init__(f"ParseAddr({quote(text)}): {message}" + (f" (at {quote(at)})" if at else ""))


def parse_address(text: str) -> bytes:
    """Return the bytes of an address, four or sixteen; raises BadAddress."""
    mark = re.search("[.:%]", text)
    if mark is None:
        raise BadAddress(text, "unable to parse IP")
    if mark[0] == "%":
        raise BadAddress(text, "missing IPv6 address")
    return _fields(text, text) if mark[0] == "." else _Reader(text).read()


def _fields(whole: str, text: str) -> bytes:
    """Return the four bytes of *text*, which is *whole* or its end."""
    fields, digits = [0], 0
    for at, char in enumerate(text):
        if char.isascii() and char.isdecimal():
            if digits == 1 and fields[-1] == 0:
                raise BadAddress(whole, "IPv4 field has octet with leading zero")
            fields[-1], digits = fields[-1] * 10 + int(char), digits + 1
            if fields[-1] > 255:
                raise BadAddress(whole, "IPv4 field has value >255")
        elif char != ".":
            raise BadAddress(whole, "unexpected character", text[at:])
        elif digits == 0 or at == len(text) - 1:
            raise BadAddress(whole, "IPv4 field must have at least one digit", text[at:])
        elif len(fields) == 4:
            raise BadAddress(whole, "IPv4 address too long")
        else:
            fields, digits = [*fields, 0], 0
    if len(fields) < 4:
        raise BadAddress(whole, "IPv4 address too short")
    return bytes(fields)


class _Reader:
    """Reads groups of hexadecimal digits, once with `::` between two of them."""

    def __init__(self, text: str) -> None:
        self.whole = text
        self.rest, percent, zone = text.partition("%")
        if percent and not zone:
            raise BadAddress(text, "zone must be a non-empty string")
        self.found = b""
        self.gap: int | None = None

    def fault(self, message: str) -> BadAddress:
        return BadAddress(self.whole, message, self.rest)

    def read(self) -> bytes:
        if self.rest.startswith("::"):
            self.gap, self.rest = 0, self.rest[2:]
        more = bool(self.rest) or self.gap is None
        while more and len(self.found) < _BYTES:
            more = self.group()
        if self.rest:
            raise self.fault("trailing garbage after address")
        if len(self.found) < _BYTES:
            if self.gap is None:
                raise self.fault("address string too short")
            zeros = bytes(_BYTES - len(self.found))
            return self.found[: self.gap] + zeros + self.found[self.gap :]
        if self.gap is not None:
            raise self.fault("the :: must expand to at least one field of zeros")
        return self.found

    def group(self) -> bool:
        """Take a group and the colon behind it; return whether another must follow."""
        match = _HEX.match(self.rest)
        digits = match[0] if match else ""
        if len(digits) > 4:
            raise self.fault("each group must have 4 or less digits")
        if not digits:
            raise self.fault("each colon-separated field must have at least one digit")
        if self.rest.startswith(".", len(digits)):
            return self.embedded()
        self.found += int(digits, 16).to_bytes(2, "big")
        self.rest = self.rest[len(digits) :]
        if not self.rest:
            return False
        if self.rest[0] != ":":
            raise self.fault("unexpected character, want colon")
        if len(self.rest) == 1:
            raise self.fault("colon must be followed by more characters")
        self.rest = self.rest[1:]
        if self.rest[0] == ":":
            if self.gap is not None:
                raise self.fault("multiple :: in address")
            self.gap, self.rest = len(self.found), self.rest[1:]
        return bool(self.rest)

    def embedded(self) -> bool:
        if self.gap is None and len(self.found) != _BYTES - 4:
            raise self.fault("embedded IPv4 address must replace the final 2 fields of the address")
        if len(self.found) + 4 > _BYTES:
            raise self.fault("too many hex fields to fit an embedded IPv4 at the end of the address")
        self.found += _fields(self.whole, self.rest)
        self.rest = ""
        return False
