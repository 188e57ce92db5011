"""URLs as Go's net/url reads, joins and writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from orchestration.errors import OrchestrationError
from orchestration.kalypso.goaddress import BadAddress, parse_address
from orchestration.kalypso.goquote import quote
from orchestration.kalypso.values import to_bytes, to_text

Mode = Literal["path", "fragment", "user", "host", "zone"]


class BadUrl(OrchestrationError):
    """A text is no URL; the words are Go's."""


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PORT = re.compile(r"(?::[0-9]*)?")
_USERINFO = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_UNRESERVED = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")
_HOST = frozenset(b"!$&'()*+,;=:[]<>\"")
_SAFE: dict[Mode, frozenset[int]] = {
    "path": frozenset(b"$&+,/:;=@"),
    "fragment": frozenset(b"$&+,/:;=?@!()*"),
    "user": frozenset(b"$&+,;="),
    "host": _HOST,
    "zone": _HOST,
}
_VALID = frozenset(b"!$&'()*+,;=:@[]%")  # in what is written as it was read


@dataclass(frozen=True)
class Url:
    """A URL's parts, percent escapes resolved; `raw_path` and `raw_fragment` are how those two were written."""

    scheme: str = ""
    opaque: str = ""
    userinfo: str | None = None
    host: str = ""
    path: str = ""
    query: str = ""
    fragment: str = ""
    raw_path: str = ""
    raw_fragment: str = ""
    force_query: bool = False
    omit_host: bool = False

    @property
    def hostname(self) -> str:
        """The host without port and brackets."""
        name, colon, port = self.host.rpartition(":")
        found = name if colon and _PORT.fullmatch(f":{port}") else self.host
        return found[1:-1] if found.startswith("[") and found.endswith("]") and len(found) > 1 else found

    @property
    def escaped_path(self) -> str:
        """The path as it is written in the URL."""
        return "*" if self.path == "*" else _written(self.path, self.raw_path, "path")

    def __str__(self) -> str:
        text = f"{self.scheme}:" if self.scheme else ""
        text += self.opaque or self._authority()
        if not self.opaque:
            path = self.escaped_path
            text += "/" if path and not path.startswith("/") and self.host else ""
            text += "./" if not text and ":" in path.split("/")[0] else ""
            text += path
        text += f"?{self.query}" if self.force_query or self.query else ""
        return text + (f"#{_written(self.fragment, self.raw_fragment, 'fragment')}" if self.fragment else "")

    def _authority(self) -> str:
        named = bool(self.host) or self.userinfo is not None
        if not (self.scheme or named) or (self.omit_host and not named):
            return ""
        slashes = "//" if named or self.path else ""
        user = "" if self.userinfo is None else f"{self.userinfo}@"
        return slashes + user + _escape(self.host, "host")

    def resolve(self, reference: Url) -> Url:
        """Return what *reference* means where this URL is the base."""
        if reference.scheme or reference.host or reference.userinfo is not None:
            found = replace(reference, scheme=reference.scheme or self.scheme)
            return found.with_path(_resolved(reference.escaped_path, ""))
        found = replace(reference, scheme=self.scheme)
        if reference.opaque:
            return replace(found, path="", raw_path="")
        if not reference.path and not reference.force_query and not reference.query:
            found = replace(found, query=self.query)
            if not reference.fragment:
                found = replace(found, fragment=self.fragment, raw_fragment=self.raw_fragment)
        if not reference.path and self.opaque:
            return replace(found, opaque=self.opaque, path="")
        found = replace(found, host=self.host, userinfo=self.userinfo)
        return found.with_path(_resolved(self.escaped_path, reference.escaped_path))

    def with_path(self, text: str) -> Url:
        """Return the URL with the path that *text* is when it is read; raises BadUrl."""
        path = _unescape(text, "path")
        return replace(self, path=path, raw_path="" if text == _escape(path, "path") else text)


def parse(text: str) -> Url:
    """Return the URL that *text* is; raises BadUrl."""
    whole, _, fragment = text.partition("#")
    try:
        url = _parsed(whole)
    except BadUrl as error:
        raise BadUrl(f"parse {quote(whole)}: {error}") from error
    try:
        shown = _unescape(fragment, "fragment")
    except BadUrl as error:
        raise BadUrl(f"parse {quote(text)}: {error}") from error
    return replace(url, fragment=shown, raw_fragment="" if fragment == _escape(shown, "fragment") else fragment)


def _parsed(text: str) -> Url:
    if _CONTROL.search(text):
        raise BadUrl("net/url: invalid control character in URL")
    if text == "*":
        return Url(path="*")
    if text.startswith(":"):
        raise BadUrl("missing protocol scheme")
    match = _SCHEME.fullmatch(text)
    scheme, rest = (match[1].lower(), match[2]) if match else ("", text)
    rest, mark, query = rest.partition("?")
    url = Url(scheme=scheme, query=query, force_query=bool(mark) and not query)
    if not rest.startswith("/"):
        if scheme:
            return replace(url, opaque=rest)
        if ":" in rest.split("/")[0]:
            raise BadUrl("first path segment in URL cannot contain colon")
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        user, at, host = authority.rpartition("@")
        url = replace(url, host=_host(host), userinfo=_userinfo(user) if at else None)
        rest = slash + path
    elif scheme and rest.startswith("/"):
        url = replace(url, omit_host=True)
    return url.with_path(rest)


def _userinfo(text: str) -> str:
    if not _USERINFO.fullmatch(text):
        raise BadUrl("net/url: invalid userinfo")
    name, colon, password = text.partition(":")
    secret = f":{_escape(_unescape(password, 'user'), 'user')}" if colon else ""
    return _escape(_unescape(name, "user"), "user") + secret


def _host(text: str) -> str:
    opened, closed = text.rfind("["), text.rfind("]")
    if opened >= 0:
        if closed < 0:
            raise BadUrl("missing ']' in host")
        port = _unescape(_port(text[closed + 1 :]), "host")
        return _bracketed(text[opened + 1 : closed]) + port
    if ":" in text:
        _port(text[text.rfind(":") :])
    return _unescape(text, "host")


def _port(text: str) -> str:
    if not _PORT.fullmatch(text):
        raise BadUrl(f"invalid port {quote(text)} after host")
    return text


def _bracketed(text: str) -> str:
    zone = text.find("%25")
    name = _unescape(text if zone < 0 else text[:zone], "host")
    name += _unescape(text[zone:], "zone") if zone >= 0 else ""
    try:
        address = parse_address(name)
    except BadAddress as error:
        raise BadUrl(f"invalid host: {error}") from error
    if len(address) == 4 or address[:12] == bytes(10) + b"\xff\xff":
        raise BadUrl("invalid IPv6 host")
    return f"[{name}]"


def _written(shown: str, raw: str, mode: Mode) -> str:
    """Return how a path or fragment is written: as it was read where that is allowed."""
    if raw and all(byte in _VALID or byte in _UNRESERVED or byte in _SAFE[mode] for byte in to_bytes(raw)):
        return raw
    return _escape(shown, mode)


def _escape(text: str, mode: Mode) -> str:
    safe = _SAFE[mode]
    return "".join(chr(byte) if byte in _UNRESERVED or byte in safe else f"%{byte:02X}" for byte in to_bytes(text))


def _unescape(text: str, mode: Mode) -> str:
    out, data, at = bytearray(), to_bytes(text), 0
    while at < len(data):
        if data[at] == ord("%"):
            shown = to_text(data[at : at + 3])
            if not _ESCAPE.fullmatch(shown) or not _may_be_escaped(int(shown[1:], 16), shown, mode):
                raise BadUrl(f"invalid URL escape {quote(shown)}")
            out.append(int(shown[1:], 16))
            at += 3
            continue
        if mode in ("host", "zone") and data[at] < 0x80 and data[at] not in _UNRESERVED | _HOST:
            raise BadUrl(f"invalid character {quote(chr(data[at]))} in host name")
        out.append(data[at])
        at += 1
    return to_text(bytes(out))


def _may_be_escaped(byte: int, shown: str, mode: Mode) -> bool:
    """Whether *byte* may be written with a percent sign: in a host only what is not ASCII."""
    if shown == "%25" or mode not in ("host", "zone"):
        return True
    return byte >= 0x80 if mode == "host" else byte == 0x20 or byte in _UNRESERVED | _HOST


def _resolved(base: str, reference: str) -> str:
    """Return the path *reference* from *base*, without its dots."""
    full = base if not reference else reference if reference[0] == "/" else base[: base.rfind("/") + 1] + reference
    if not full:
        return ""
    kept: list[str] = []
    elements = full.split("/")
    for element in elements:
        if element == "..":
            kept = kept[:-1]
        elif element != ".":
            kept.append(element)
    tail = "/" if elements[-1] in (".", "..") else ""
    joined = "/" + "/".join(kept) + tail
    return joined[1:] if joined.startswith("//") else joined
