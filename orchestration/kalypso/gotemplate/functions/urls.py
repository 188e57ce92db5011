"""sprig's urlParse and urlJoin, which are Go's net/url."""

from __future__ import annotations

from typing import Any

from orchestration.kalypso.gotemplate.errors import FunctionError
from orchestration.kalypso.gotemplate.signature import table
from orchestration.kalypso.gourl import BadUrl, Url, parse
from orchestration.kalypso.values import kind_name


def _url_parse(text: str) -> dict[str, Any]:
    try:
        url = parse(text)
    except BadUrl as error:
        raise FunctionError(f"unable to parse url: {error}") from error
    return {
        "scheme": url.scheme,
        "host": url.host,
        "hostname": url.hostname,
        "path": url.path,
        "query": url.query,
        "opaque": url.opaque,
        "fragment": url.fragment,
        "userinfo": url.userinfo or "",
    }


def _text(source: dict[str, Any], key: str) -> str:
    value = source.get(key, "")
    if value is None:
        raise FunctionError("runtime error: invalid memory address or nil pointer dereference")
    if not isinstance(value, str):
        raise FunctionError(f"unable to parse {key} key, must be of type string, but {kind_name(value)} found")
    return value


def _url_join(source: dict[str, Any]) -> str:
    names = ("scheme", "host", "path", "query", "opaque", "fragment", "userinfo")
    scheme, host, path, query, opaque, fragment, user = (_text(source, name) for name in names)
    return str(Url(scheme, opaque, _userinfo(user), host, path, query, fragment))


def _userinfo(text: str) -> str | None:
    if not text:
        return None
    try:
        return parse(f"proto://{text}@host").userinfo
    except BadUrl as error:
        raise FunctionError(f"unable to parse userinfo in dict: {error}") from error


FUNCTIONS = table(("urlParse", "string", _url_parse), ("urlJoin", "map", _url_join))
