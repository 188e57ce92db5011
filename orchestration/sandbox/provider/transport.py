"""HTTPS to loopback addresses, over connections that are kept open.

The standard library's client is enough for this: one connection a thread and address, TLS with the authorities of
SSL_CERT_FILE. It loads in 20 ms, a fifth of what the usual clients take, and every Terraform command starts anew.
"""

from __future__ import annotations

import http.client
import ipaddress
import os
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from urllib.parse import SplitResult, urlsplit

from orchestration.errors import SandboxError

_LONGEST_ANSWER_SECONDS = 60.0


class ConnectionFailed(SandboxError):
    """There was no answer: nobody listens, the certificate is not trusted, or the connection broke."""

    def __init__(self, message: str, *, lasting: bool) -> None:
        super().__init__(message)
        self.lasting = lasting
        """Whether trying again is pointless."""


@dataclass(frozen=True)
class Answer:
    """What a server answered to *method* *url*."""

    method: str
    url: str
    status: int
    reason: str
    headers: Message
    body: bytes = field(repr=False)


def is_loopback(url: str, *, schemes: tuple[str, ...] = ("https",)) -> bool:
    """Return whether *url* is an address of this machine and has one of *schemes*."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in schemes or parts.username is not None or parts.port == 0:
            return False
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Transport:
    """Sends requests; safe to use from several threads."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._authorities = environment.get("SSL_CERT_FILE") or None
        self._context: ssl.SSLContext | None = None
        self._connections = threading.local()

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, seconds: float) -> Answer:
        """Return the answer to a request that may take *seconds*; raises ConnectionFailed if there is none."""
        parts = urlsplit(url)
        target = parts.path or "/"
        if parts.query:
            target = f"{target}?{parts.query}"
        try:
            response = self._exchange(parts, method, target, headers, body, min(seconds, _LONGEST_ANSWER_SECONDS))
            data = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._forget(parts)
            raise _failure(method, url, error) from error
        reason = response.reason or HTTPStatus(response.status).phrase
        return Answer(method, url, response.status, reason, response.headers, data)

    def _exchange(
        self,
        parts: SplitResult,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        seconds: float,
    ) -> http.client.HTTPResponse:
        connection, kept = self._connection(parts, seconds)
        try:
            connection.request(method, target, body, dict(headers))
            return connection.getresponse()
        except (ConnectionError, ssl.SSLEOFError, http.client.CannotSendRequest):
            if not kept:
                raise
        # The server closed a connection that had been idle: nothing was done, so a new one may try.
        self._forget(parts)
        connection, _ = self._connection(parts, seconds)
        connection.request(method, target, body, dict(headers))
        return connection.getresponse()

    def _connection(self, parts: SplitResult, seconds: float) -> tuple[http.client.HTTPConnection, bool]:
        """Return this thread's connection to the address of *parts*, and whether it was open before."""
        known: dict[str, http.client.HTTPConnection] = self._connections.__dict__
        address = f"{parts.scheme}://{parts.netloc}"
        connection = known.get(address)
        kept = connection is not None and connection.sock is not None
        if connection is None:
            connection = known[address] = self._open(parts)
        connection.timeout = seconds
        if connection.sock is not None:
            connection.sock.settimeout(seconds)
        return connection, kept

    def _open(self, parts: SplitResult) -> http.client.HTTPConnection:
        if parts.scheme == "http":
            return http.client.HTTPConnection(parts.hostname or "", parts.port)
        if self._context is None:
            self._context = ssl.create_default_context(cafile=self._authorities)
        return http.client.HTTPSConnection(parts.hostname or "", parts.port, context=self._context)

    def _forget(self, parts: SplitResult) -> None:
        connection = self._connections.__dict__.pop(f"{parts.scheme}://{parts.netloc}", None)
        if connection is not None:
            connection.close()


def _failure(method: str, url: str, error: Exception) -> ConnectionFailed:
    """Return *error* in the words of Go's client, which azapi matches the patterns of `retry` against."""
    why, lasting = _reason(error)
    return ConnectionFailed(f'{method.capitalize()} "{url}": {why}', lasting=lasting)


def _reason(error: Exception) -> tuple[str, bool]:
    if isinstance(error, ssl.SSLCertVerificationError):
        said = f"tls: failed to verify certificate: {error.verify_message}"
        return f"{said}: the server is not trusted, set SSL_CERT_FILE to its authority's certificate", True
    if isinstance(error, (FileNotFoundError, ssl.SSLError)) and not isinstance(error, ssl.SSLEOFError):
        return f"TLS failed, check SSL_CERT_FILE: {error}", True
    if isinstance(error, ConnectionRefusedError):
        return "connect: connection refused: nobody listens there", False
    if isinstance(error, socket.gaierror):
        return f"lookup: {error.strerror}", True
    if isinstance(error, (http.client.RemoteDisconnected, ssl.SSLEOFError)):
        return "EOF", False
    if isinstance(error, ConnectionResetError):
        return "read: connection reset by peer", False
    return str(error) or type(error).__name__, False
