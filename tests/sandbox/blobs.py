"""A tiny blob service: one container, with Put, Get, Delete, List, Lease and metadata as Azure's REST documents them.

https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api
"""

from __future__ import annotations

import ssl
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import trustme

TOKEN = "a-token-for-storage"
META = "x-ms-meta-"


@dataclass
class Blob:
    """One blob: its content, its metadata, and the id of its lease."""

    content: bytes
    metadata: dict[str, str] = field(default_factory=dict)
    lease: str = ""


class BlobServer(ThreadingHTTPServer):
    """Speaks TLS on a free port; `faults` are statuses, or "half", for the next requests."""

    def __init__(self, context: ssl.SSLContext, container: str) -> None:
        super().__init__(("127.0.0.1", 0), BlobHandler)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.container = container
        self.blobs: dict[str, Blob] = {}
        self.faults: list[int | str] = []
        self.url = f"https://127.0.0.1:{self.server_port}"


class BlobHandler(BaseHTTPRequestHandler):
    """Answers for one container."""

    protocol_version = "HTTP/1.1"
    server: BlobServer

    def handle_any(self) -> None:
        """Answer a request, or let it have the fault that is due."""
        given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        fault = self.server.faults.pop(0) if self.server.faults else None
        if isinstance(fault, int):
            self.refuse(fault, {403: "AuthorizationPermissionMismatch", 503: "ServerBusy"}.get(fault, "Error"))
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.refuse(401, "InvalidAuthenticationInfo")
        elif not self.headers.get("x-ms-version"):
            self.refuse(400, "MissingRequiredHeader")
        elif parts.path.split("/")[1] != self.server.container:
            self.refuse(404, "ContainerNotFound")
        elif query.get("comp") == "list":
            names = "".join(f"<Blob><Name>{name}</Name></Blob>" for name in sorted(self.server.blobs))
            self.say(200, f"<EnumerationResults><Blobs>{names}</Blobs></EnumerationResults>".encode())
        else:
            self.blob("/".join(parts.path.split("/")[2:]), query.get("comp", ""), given, half=fault == "half")

    do_GET = do_HEAD = do_PUT = do_DELETE = handle_any

    def blob(self, name: str, comp: str, given: bytes, *, half: bool) -> None:
        """Answer a request about a blob."""
        found = self.server.blobs.get(name)
        if self.command == "PUT" and not comp:
            if self.headers.get("x-ms-blob-type") != "BlockBlob":
                self.refuse(400, "MissingRequiredHeader")
            elif found and found.lease and self.headers.get("x-ms-lease-id") != found.lease:
                self.refuse(412, "LeaseIdMissing")
            else:
                self.server.blobs[name] = Blob(given, self.metadata(), found.lease if found else "")
                self.say(201)
        elif found is None:
            self.refuse(404, "BlobNotFound")
        elif comp == "lease":
            self.lease(found)
        elif self.command == "PUT":
            found.metadata = self.metadata()
            self.say(200)
        elif self.command == "DELETE":
            if found.lease:
                self.refuse(412, "LeaseIdMissing")
                return
            del self.server.blobs[name]
            self.say(202)
        else:
            self.say(200, found.content, {f"{META}{key}": value for key, value in found.metadata.items()}, half=half)

    def lease(self, found: Blob) -> None:
        """Acquire a lease, or let go of it."""
        if self.headers["x-ms-lease-action"] == "acquire":
            if found.lease:
                self.refuse(409, "LeaseAlreadyPresent")
                return
            found.lease = str(uuid.uuid4())
            self.say(201, headers={"x-ms-lease-id": found.lease})
        else:
            found.lease = ""
            self.say(200)

    def metadata(self) -> dict[str, str]:
        """Return the metadata that a request gives."""
        given = {key.lower(): value for key, value in self.headers.items()}
        return {key.removeprefix(META): value for key, value in given.items() if key.startswith(META)}

    def refuse(self, status: int, code: str) -> None:
        """Answer with an error, as XML."""
        self.say(status, f"<Error><Code>{code}</Code></Error>".encode(), {"x-ms-error-code": code})

    def say(
        self, status: int, content: bytes = b"", headers: dict[str, str] | None = None, *, half: bool = False
    ) -> None:
        """Send an answer, or half of it."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if half else content)
        self.close_connection = half

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Stay silent."""


@contextmanager
def serve_blobs(folder: Path, container: str) -> Iterator[BlobServer]:
    """Yield a running service; the certificate of its authority is `ca.pem` in *folder*."""
    authority = trustme.CA()
    (folder / "ca.pem").write_bytes(authority.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = BlobServer(context, container)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
