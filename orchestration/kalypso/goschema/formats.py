"""The formats that gojsonschema knows; any other passes."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping

from orchestration.kalypso.golayout import YearZero, parse_time
from orchestration.kalypso.goregexp import BadPattern, compile_pattern
from orchestration.kalypso.gourl import BadUrl, parse

_LABEL = "[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9]"
_HOSTNAME = re.compile(rf"(?:{_LABEL})(?:\.(?:{_LABEL}))*")
_UUID = re.compile("[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}")
_POINTER = re.compile("(?:/(?:[^~/]|~0|~1)*)*")
_RELATIVE = re.compile("(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~0|~1)*)*)")
_ATOM = r"[^\x00-\x20\x7f()<>\[\]:;@\\,.\"]+"
_ADDRESS = rf"(?:{_ATOM}(?:\.{_ATOM})*|\"(?:[^\"\\\r\n]|\\[^\r\n])*\")@(?:{_ATOM}(?:\.{_ATOM})*|\[[^\[\]\\]*\])"
_EMAIL = re.compile(rf"\s*(?:{_ADDRESS}|(?:[^<>@,;:\\\"]*|\"(?:[^\"\\]|\\.)*\"\s*)<{_ADDRESS}>)\s*")
_DATE, _TIME, _ZONED = "2006-01-02", "15:04:05", "15:04:05Z07:00"


def has_format(name: str, text: str) -> bool:
    """Whether *text* is in the format called *name*."""
    check = _CHECKS.get(name)
    return check is None or check(text)


def is_known(name: str) -> bool:
    """Whether there is a format called *name*; a number is in none of those."""
    return name in _CHECKS


def _is_time(*layouts: str) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        for layout in layouts:
            try:
                if parse_time(layout, text) is not None:
                    return True
            except YearZero:
                return True
        return False

    return check


def _is_address(mark: str) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            ipaddress.ip_address(text)
        except ValueError:
            return False
        return mark in text and "%" not in text

    return check


def _is_url(*, absolute: bool) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            url = parse(text)
        except BadUrl:
            return False
        return "\\" not in text and bool(url.scheme or not absolute)

    return check


def _is_template(text: str) -> bool:
    try:
        path = parse(text).path
    except BadUrl:
        return False
    return "\\" not in text and re.fullmatch(r"[^{]*(?:\{[^}]*\}[^{]*)*", path) is not None


def _is_regex(text: str) -> bool:
    try:
        compile_pattern(text)
    except BadPattern:
        return False
    return True


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "date": _is_time(_DATE),
    "time": _is_time(_ZONED, _TIME),
    "date-time": _is_time(_TIME, _ZONED, _DATE, f"{_DATE}T{_ZONED}"),
    "hostname": lambda text: _HOSTNAME.fullmatch(text) is not None and len(text) < 256,
    "email": lambda text: _EMAIL.fullmatch(text) is not None,
    "idn-email": lambda text: _EMAIL.fullmatch(text) is not None,
    "ipv4": _is_address("."),
    "ipv6": _is_address(":"),
    "uri": _is_url(absolute=True),
    "uri-reference": _is_url(absolute=False),
    "iri": _is_url(absolute=True),
    "iri-reference": _is_url(absolute=False),
    "uri-template": _is_template,
    "uuid": lambda text: _UUID.fullmatch(text) is not None,
    "regex": _is_regex,
    "json-pointer": lambda text: _POINTER.fullmatch(text) is not None,
    "relative-json-pointer": lambda text: _RELATIVE.fullmatch(text) is not None,
}
