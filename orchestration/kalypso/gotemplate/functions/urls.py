"""sprig's urlParse and urlJoin, which are Go's net/url."""

from __future__ import annotations

from typing import Any

from orchestration.kalypso.goquote import quote
from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.signature import table
from orchestration.kalypso.gourl import PORT, BadUrl, escape, split
from orchestration.kalypso.values import kind_name

_PATH, _FRAGMENT = frozenset(b"$&+,/:;=@"), frozenset(b"$&+,/:;=?@!()*")
_HOST = frozenset(b"!$&'()*+,;=:[]<>\"")


def _url_parse(text: str) -> dict[str, Any]:
    try:
        parts = split(text)
    except BadUrl as error:
        raise FunctionError(f"unable to parse url: parse {quote(text)}: {error}") from error
    host = parts["host"]
    name = host[1 : host.index("]")] if host.startswith("[") else host.rpartition(":")[0] or host
    return {**parts, "hostname": name if PORT.fullmatch(host[len(name) :]) or host.startswith("[") else host}


def _text(source: dict[str, Any], key: str) -> str:
    value = source.get(key, "")
    if not isinstance(value, str):
        raise FunctionError(f"unable to parse {key} key, must be of type string, but {kind_name(value)} found")
    return value


def _url_join(source: dict[str, Any]) -> str:
    scheme, host, path, query, opaque, fragment, user = (
        _text(source, key) for key in ("scheme", "host", "path", "query", "opaque", "fragment", "userinfo")
    )
    try:
        userinfo = split(f"proto://{user}@host")["userinfo"] if user else ""
    except BadUrl as error:
        raise FunctionError(f"unable to parse userinfo in dict: {error}") from error
    text = f"{scheme}:" if scheme else ""
    if opaque:
        text += opaque
    else:
        if scheme or host or userinfo:
            text += "//" if host or path or userinfo else ""
            text += f"{userinfo}@" if userinfo else ""
            text += escape(host, _HOST)
        escaped = "*" if path == "*" else escape(path, _PATH)
        text += "/" if escaped and not escaped.startswith("/") and host else ""
        text += "./" if not text and ":" in escaped.split("/")[0] else ""
        text += escaped
    text += f"?{query}" if query else ""
    return text + (f"#{escape(fragment, _FRAGMENT)}" if fragment else "")


FUNCTIONS = table(("urlParse", "string", _url_parse), ("urlJoin", "map", _url_join))
