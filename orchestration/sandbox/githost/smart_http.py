"""Git's smart HTTP protocol, by `git http-backend` as a CGI program (https://git-scm.com/docs/git-http-backend)."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from orchestration.drivers.process import clean_environment, pipe_through
from orchestration.sandbox.githost.protection import protection, reworded
from orchestration.sandbox.githost.repositories import ENVIRONMENT, locate

SERVICE = re.compile(r"/git/(?P<host>[^/]+)/(?P<path>.+)/(?P<service>info/refs|git-upload-pack|git-receive-pack)")
LONGEST_HEAD = 64 << 10

CheckToken = Callable[[str], bool]


class SmartHttp:
    """The ASGI application under `/git/`; a body of any size passes through, in both directions at once."""

    def __init__(self, root: Path, check_token: CheckToken) -> None:
        self._root, self._check_token = root, check_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        refusal = self._refusal(request)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        environment = _cgi_environment(self._root, request)
        refused = _protection(self._root, request)
        output = pipe_through(("git", "http-backend"), env={**environment, **refused}, body=request.stream())
        try:
            await _send_cgi(_reworded(output) if refused else output, send)
        except (ClientDisconnect, OSError):
            return  # nobody is left to answer
        finally:
            await output.aclose()

    def _refusal(self, request: Request) -> Response | None:
        if not self._check_token(given_token(request.headers.get("authorization", ""))):
            challenge = {"WWW-Authenticate": 'Basic realm="sandbox"'}
            return PlainTextResponse("the token is missing, or not this sandbox's\n", 401, challenge)
        found = _place(self._root, request)
        if found is None or not found.is_dir():
            return PlainTextResponse("there is no such repository\n", 404)
        return None


def given_token(authorization: str) -> str:
    """Return the token of an Authorization header: a bearer's, GitHub's `token`, or the password of Basic."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() in ("bearer", "token"):
        return credentials.strip()
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:  # not base64, not ASCII, not UTF-8
        return ""


def _place(root: Path, request: Request) -> Path | None:
    match = SERVICE.fullmatch(request.url.path)
    return locate(root, match["host"], match["path"]) if match else None


def _cgi_environment(root: Path, request: Request) -> dict[str, str]:
    found, match = _place(root, request), SERVICE.fullmatch(request.url.path)
    assert found and match, "the request was checked"
    sent = {
        "CONTENT_TYPE": request.headers.get("content-type"),
        "CONTENT_LENGTH": request.headers.get("content-length"),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding"),
        "GIT_PROTOCOL": request.headers.get("git-protocol"),
    }
    ours = {
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{found.relative_to(root).as_posix()}/{match['service']}",
        "QUERY_STRING": request.url.query,
        "REQUEST_METHOD": request.method,
        "REMOTE_USER": "sandbox",
        "REMOTE_ADDR": "127.0.0.1",
    }
    return clean_environment(extra={**ENVIRONMENT, **ours, **{key: value for key, value in sent.items() if value}})


def _protection(root: Path, request: Request) -> dict[str, str]:
    """Return the environment in which a push to protected branches is refused, nothing if there are none."""
    found = _place(root, request)
    if found is None or request.method != "POST" or not request.url.path.endswith("/git-receive-pack"):
        return {}
    return protection(root, found)


async def _reworded(output: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a CGI program's output with what a hook refused in GitHub's words; it is read to its end first."""
    whole = b"".join([chunk async for chunk in output])
    head, rule, body = whole.partition(b"\r\n\r\n")
    yield head + rule + reworded(body)


async def _send_cgi(output: AsyncIterator[bytes], send: Send) -> None:
    """Send a CGI program's output on as it comes; raise if the client is gone."""
    head = b""
    async for chunk in output:
        head += chunk
        if b"\r\n\r\n" in head or len(head) > LONGEST_HEAD:
            break
    fields, _, body = head.partition(b"\r\n\r\n")
    status, headers = _parse_head(fields)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    async for chunk in output:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _parse_head(fields: bytes) -> tuple[int, list[tuple[bytes, bytes]]]:
    lines = (line.partition(b":") for line in fields.split(b"\r\n") if b":" in line)
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    failed = b"200" if headers else b"500"
    status = headers.pop(b"status", failed).split()[0]
    return int(status), list(headers.items())
