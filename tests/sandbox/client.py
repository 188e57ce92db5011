"""A small client of Azure Resource Manager, on the standard library alone."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from orchestration.sandbox import RunningSandbox


@dataclass(frozen=True)
class Reply:
    """One answer: status, JSON body, headers with their names in lower case."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The error's code, empty where there is no error."""
        return str(self.body["error"]["code"]) if isinstance(self.body, dict) and "error" in self.body else ""


class Client:
    """Talks to one sandbox over one connection."""

    def __init__(self, running: RunningSandbox) -> None:
        self.running = running
        context = ssl.create_default_context(cafile=str(running.ca_file))
        self._connection = http.client.HTTPSConnection("127.0.0.1", running.port, timeout=30, context=context)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def ask(self, method: str, address: str, body: Any = None, **headers: str) -> Reply:
        """Send one request to a path or an address of the sandbox; `_` in header names stands for `-`."""
        parts = urlsplit(address)
        path = f"{quote(parts.path)}?{parts.query}" if parts.query else quote(parts.path)
        sent = {"Authorization": f"Bearer {self.running.token}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes | None) else json.dumps(body)
        self._connection.request(method, path, content, sent)
        answer = self._connection.getresponse()
        text = answer.read()
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status, json.loads(text) if text else None, found)

    def get(self, id_: str, *, version: str, **query: str) -> Reply:
        """Read a resource or a list."""
        return self.ask("GET", _address(id_, version, query))

    def put(self, id_: str, body: Any, *, version: str, **headers: str) -> Reply:
        """Create or replace a resource and wait for it; return the first answer."""
        return self.finished(self.ask("PUT", _address(id_, version, {}), body, **headers))

    def patch(self, id_: str, body: Any, *, version: str, **headers: str) -> Reply:
        """Merge into a resource and wait for it; return the first answer."""
        return self.finished(self.ask("PATCH", _address(id_, version, {}), body, **headers))

    def delete(self, id_: str, *, version: str, **query: str) -> Reply:
        """Delete a resource and wait for it; return the first answer."""
        return self.finished(self.ask("DELETE", _address(id_, version, query)))

    def post(self, id_: str, action: str, body: Any, *, version: str) -> Reply:
        """Run an action; return its first answer."""
        return self.ask("POST", _address(f"{id_}/{action}", version, {}), body)

    def final(self, reply: Reply, *, header: str = "azure-asyncoperation") -> Reply:
        """Follow an answer's operation to its end and return its last answer."""
        address = reply.headers[header]
        for _ in range(200):
            found = self.ask("GET", address)
            if found.status != 202:
                return found
            time.sleep(int(found.headers["retry-after-ms"]) / 1000)
        raise AssertionError(f"{address} did not end")

    def finished(self, reply: Reply) -> Reply:
        """Wait for the operation of *reply*, if it has one, and return *reply*."""
        for header in ("azure-asyncoperation", "location"):
            if reply.status < 300 and header in reply.headers:
                self.final(reply, header=header)
                break
        return reply


def _address(id_: str, version: str, query: dict[str, str]) -> str:
    return f"{id_}?{urlencode({'api-version': version, **query})}"
