"""The server: one Starlette application over one sandbox folder, run by uvicorn."""

from __future__ import annotations

import base64
import json
import logging
import socket
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestration.errors import SandboxError
from orchestration.sandbox.arm.app import Arm
from orchestration.sandbox.arm.errors import ArmError, own_failure
from orchestration.sandbox.arm.exchange import Answer, Question, error_answer
from orchestration.sandbox.arm.providers import TYPES
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.breaking import Cut, play
from orchestration.sandbox.control import Control, RequestLog
from orchestration.sandbox.faults import Faults
from orchestration.sandbox.githost import githost_routes
from orchestration.sandbox.keys import Keys, token_problem
from orchestration.sandbox.states import METHODS as STATE_METHODS
from orchestration.sandbox.states import States

_LOG = logging.getLogger(__name__)
HOST = "127.0.0.1"
TOKEN_SECONDS = 24 * 3600
LARGEST_BODY = 8 * 1024 * 1024
METHODS = ["GET", "PUT", "PATCH", "POST", "DELETE"]
BUDGETS = {"GET": ("reads", "249"), "DELETE": ("deletes", "199")}
WRITES = ("writes", "199")


@dataclass(frozen=True)
class Sandbox:
    """The parts of one running sandbox."""

    keys: Keys
    arm: Arm
    control: Control
    log: RequestLog
    faults: Faults
    cut: Cut


def application(directory: Path, keys: Keys, *, lro_seconds: float, cut: Cut) -> Starlette:
    """Return the application over *directory*, whose state is opened here; *cut* breaks a request's connection."""
    arm = Arm(Store(directory), TYPES, lro_seconds=lro_seconds)
    faults, log = Faults(), RequestLog()
    sandbox = Sandbox(keys, arm, Control(arm, faults, log), log, faults, cut)
    azure = _endpoint(arm.answer)
    routes = [
        *(
            Route(f"/{top}/{{rest:path}}", azure, methods=METHODS) for top in ("subscriptions", "providers")
        ),  # most of all
        Route("/token", _endpoint(lambda question: _token(sandbox, question)), methods=["GET"]),
        Route("/sandbox/{rest:path}", _endpoint(sandbox.control.answer), methods=METHODS),
        Route("/state/{key:path}", States(directory / "states").answer, methods=STATE_METHODS),
        *githost_routes(directory / "git", keys.accepts),
        Route("/api/{rest:path}", _endpoint(_nothing_here), methods=METHODS),
        Route("/{rest:path}", azure, methods=METHODS),
    ]
    app = Starlette(routes=routes)
    app.add_middleware(_Gate, sandbox=sandbox)
    return app


def bound_socket(port: int | None) -> socket.socket:
    """Return a socket bound to *port* of this machine, or a free one; raise `SandboxError` if it is taken."""
    # asyncio turns Nagle's algorithm off only where the protocol is named; delayed ACKs would cost 40 ms an answer.
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port or 0))
        found.listen()  # until then another process could bind the same port
    except OSError as error:
        found.close()
        raise SandboxError(
            f"port {port} of {HOST} cannot be used: {error.strerror}",
            hint="stop what listens there, or choose another port; without one a free port is taken",
        ) from error
    return found


def _token(sandbox: Sandbox, question: Question) -> Answer:
    """Answer the token endpoint as App Service's managed identity does."""
    if not sandbox.keys.is_identity(question.headers.get("x-identity-header", "")):
        return error_answer(ArmError(401, "AuthenticationFailed", "X-IDENTITY-HEADER is not this sandbox's."))
    missing = [name for name in ("api-version", "resource") if not question.query.get(name)]
    if missing:
        message = f"The query lacks {' and '.join(missing)}: /token?api-version=2019-08-01&resource=AUDIENCE."
        return error_answer(ArmError(400, "InvalidRequest", message))
    resource = question.query["resource"]
    expires = int(time.time()) + TOKEN_SECONDS
    token = sandbox.keys.access_token(sandbox.arm.store.tenant, resource, expires)
    body = {"access_token": token, "expires_on": str(expires), "resource": resource, "token_type": "Bearer"}
    return Answer(body=body)


def _nothing_here(question: Question) -> Answer:
    """Answer what the Git host does not serve: its addresses are past the gate, Azure's must not be found there."""
    return error_answer(ArmError(404, "NotFound", f"There is nothing at '{question.path}'."))


def _endpoint(answer: Callable[[Question], Answer]) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        try:
            content = await _content(request)
        except ClientDisconnect:
            return Response()  # nobody is left to answer
        if content is None:
            message = f"The request content exceeds {LARGEST_BODY} bytes."
            refusal = error_answer(ArmError(413, "RequestContentTooLarge", message))
            return _response(replace(refusal, headers={**refusal.headers, "Connection": "close"}))
        question = Question(
            method=request.method,
            path=str(request.scope["path"]).rstrip("/") or "/",
            base=f"https://{request.headers.get('host', HOST)}",
            query={key.lower(): value for key, value in request.query_params.items()},
            headers=dict(request.headers),
            content=content,
        )
        return _guarded(answer, question)

    return respond


async def _content(request: Request) -> bytes | None:
    """Return a request's body, None if it is longer than is taken: what is beyond that is not read."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > LARGEST_BODY:
            return None
    return bytes(found)


def _guarded(answer: Callable[[Question], Answer], question: Question) -> Response:
    try:
        return _response(answer(question))
    except Exception as error:
        _LOG.exception("%s %s", question.method, question.path)
        return _response(error_answer(own_failure(error)))


def _response(answer: Answer) -> Response:
    if answer.body is None:
        return Response(status_code=answer.status, headers=dict(answer.headers))
    content = json.dumps(answer.body, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(content, answer.status, dict(answer.headers), "application/json; charset=utf-8")


class _Gate:
    """What holds for every request: the token, faults, Azure's headers, the log."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self.app, self.sandbox = app, sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        method, path = str(scope["method"]), str(scope["path"])
        sending = self._dressed(send, method, path, headers)
        answer = self._refusal(path, headers)
        fault = self.sandbox.faults.hit(_host_of(path), method, _full(scope)) if answer is None else None
        if fault is None:
            await (_response(answer) if answer else self.app)(scope, receive, sending)
            return
        if fault.kind in ("reset", "stall"):  # no answer, hence no line of its own
            self.sandbox.log.add(method, path, 0, headers.get("user-agent", ""), "")
        await play(fault, _response(fault.answer()), self.app, scope, receive, sending, self.sandbox.cut)

    def _refusal(self, path: str, headers: dict[str, str]) -> Answer | None:
        """Return the 401 of a request without our token; the token endpoint and the Git host look for themselves."""
        if not _is_azures(path) and not path.startswith("/sandbox/"):
            return None
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            token = _password(token)
        if scheme.lower() in ("bearer", "basic") and self.sandbox.keys.accepts(token):
            return _challenge(*problem) if (problem := token_problem(token, time.time())) else None
        return _challenge("AuthenticationFailed", "Authentication failed: the token is missing, or not this sandbox's.")

    def _dressed(self, send: Send, method: str, path: str, headers: dict[str, str]) -> Send:
        kind, left = BUDGETS.get(method, WRITES)
        extra = {
            "x-ms-request-id": str(uuid.uuid4()),
            "x-ms-correlation-request-id": headers.get("x-ms-correlation-request-id") or str(uuid.uuid4()),
            f"x-ms-ratelimit-remaining-subscription-{kind}": left,
        }

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(key.encode(), value.encode("latin-1", "replace")) for key, value in extra.items()]
                message["headers"] = [*message.get("headers", ()), *added]
                if not path.startswith("/sandbox/"):
                    who, run = headers.get("user-agent", ""), headers.get("x-ms-correlation-request-id", "")
                    self.sandbox.log.add(method, path, message["status"], who, run)
            await send(message)

        return sending


def _is_azures(path: str) -> bool:
    """Whether a path is one of Azure Resource Manager's, not the token endpoint's, the Git host's or our own."""
    return path != "/token" and not path.startswith(("/git/", "/api/", "/sandbox/"))


def _host_of(path: str) -> str:
    """Return whose faults a request to *path* may get."""
    return "azure" if _is_azures(path) else "git" if path.startswith(("/git/", "/api/")) else ""


def _challenge(code: str, message: str) -> Answer:
    answer = error_answer(ArmError(401, code, message))
    return replace(answer, headers={**answer.headers, "WWW-Authenticate": "Bearer"})


def _full(scope: Scope) -> str:
    query: Any = scope.get("query_string", b"")
    return f"{scope['path']}?{query.decode('latin-1')}" if query else str(scope["path"])


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:  # not base64, not ASCII, not UTF-8
        return ""
