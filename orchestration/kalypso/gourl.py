"""URLs as Go's net/url reads them."""

from __future__ import annotations

import re
from typing import Any

from orchestration.errors import OrchestrationError
from orchestration.kalypso.goquote import quote
from orchestration.kalypso.values import to_bytes, to_text


class BadUrl(OrchestrationError):
    """A text is no URL; the words are Go's."""


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
PORT = re.compile(r":[0-9]*")
_UNRESERVED = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")
_USER = frozenset(b"$&+,;=")


def escape(text: str, safe: frozenset[int]) -> str:
    """Return *text* with what is neither unreserved nor in *safe* as percent escapes."""
    return "".join(chr(b) if b in _UNRESERVED or b in safe else f"%{b:02X}" for b in to_bytes(text))


def _unescape(text: str, *, host: bool = False) -> str:
    def decode(match: re.Match[str]) -> str:
        if not re.fullmatch("%[0-9A-Fa-f]{2}", match[0]):
            raise BadUrl(f"invalid URL escape {quote(match[0])}")
        if host and int(match[0][1:], 16) < 0x80 and match[0] != "%25":
            raise BadUrl(f"invalid URL escape {quote(match[0])}")
        return to_text(bytes([int(match[0][1:], 16)]))

    decoded = re.sub("%.{0,2}", decode, text, flags=re.DOTALL)
    return to_text(to_bytes(decoded))


def split(text: str) -> dict[str, Any]:
    """Return the parts of a URL, percent escapes resolved; raises BadUrl."""
    if _CONTROL.search(text):
        raise BadUrl("net/url: invalid control character in URL")
    rest, _, fragment = text.partition("#")
    parts: dict[str, Any] = dict.fromkeys(("scheme", "opaque", "host", "path", "query", "userinfo"), "")
    parts["fragment"] = _unescape(fragment)
    match = _SCHEME.fullmatch(rest)
    if match:
        parts["scheme"], rest = match[1].lower(), match[2]
    elif rest.startswith(":"):
        raise BadUrl("missing protocol scheme")
    rest, _, parts["query"] = rest.partition("?")
    if not rest.startswith("/"):
        if parts["scheme"]:
            parts["opaque"] = rest
            return parts
        if ":" in rest.split("/")[0]:
            raise BadUrl("first path segment in URL cannot contain colon")
    if rest.startswith("//") and (parts["scheme"] or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        _authority(authority, parts)
    parts["path"] = _unescape(rest)
    return parts


def _authority(text: str, parts: dict[str, Any]) -> None:
    userinfo, at, host = text.rpartition("@")
    if at:
        name, colon, password = userinfo.partition(":")
        secret = f":{escape(_unescape(password), _USER)}" if colon else ""
        parts["userinfo"] = escape(_unescape(name), _USER) + secret
    tail = host[host.find("]") + 1 :] if host.startswith("[") else host[host.rfind(":") :] if ":" in host else ""
    if host.startswith("[") and "]" not in host:
        raise BadUrl("missing ']' in host")
    if tail and not PORT.fullmatch(tail):
        raise BadUrl(f"invalid port {quote(tail)} after host")
    parts["host"] = _unescape(host, host=True)
