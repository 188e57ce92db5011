"""A server that answers what a test tells it, for what the sandbox does not say."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

from orchestration.drivers.azure.arm import Arm

Scene = tuple[Arm, dict[str, Any], threading.Event]
"""A client of the server, what it answers, and the client's wish to stop."""


class ScriptedServer(ThreadingHTTPServer):
    """Speaks TLS on a free port; `answers` by method and path, and the connections that came."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), Scripted)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.answers: dict[str, Any] = {"connections": set()}
        self.url = f"https://127.0.0.1:{self.server_port}"


class Scripted(BaseHTTPRequestHandler):
    """Answers what its server was told, by method and path."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        assert isinstance(self.server, ScriptedServer)
        answers = self.server.answers
        answers["connections"].add(self.client_address)
        status, body, headers = answers[f"{self.command} {self.path.partition('?')[0]}"]
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value.replace("BASE", self.server.url))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = answer

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Stay silent."""


@contextmanager
def serve(folder: Path) -> Iterator[ScriptedServer]:
    """Yield a running server; the certificate of its authority is `ca.pem` in *folder*."""
    authority = trustme.CA()
    (folder / "ca.pem").write_bytes(authority.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = ScriptedServer(context)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
