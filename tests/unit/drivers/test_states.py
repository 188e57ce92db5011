"""A server of states whose connections break, or that says little."""

from __future__ import annotations

import io
import ssl
from typing import Any

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter

from orchestration.drivers.states import RemoteStates, http_states
from orchestration.errors import NoAnswer

ADDRESS = "https://127.0.0.1:1/fleet"


class BreaksOnce(HTTPAdapter):
    """Ends the first connection as OpenSSL shows it while a request is being written."""

    def __init__(self) -> None:
        super().__init__()
        self.methods: list[str] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Break off, and answer the second request with 404."""
        self.methods.append(str(request.method))
        if len(self.methods) == 1:
            reason = urllib3.exceptions.SSLError(ssl.SSLEOFError(8, "EOF occurred in violation of protocol"))
            pool = urllib3.connectionpool.HTTPSConnectionPool("127.0.0.1")
            raise requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(pool, ADDRESS, reason))
        return answer()


def answer(status: int = 404, content: bytes = b"") -> requests.Response:
    """Return an answer."""
    found = requests.Response()
    found.status_code, found.raw = status, urllib3.HTTPResponse(io.BytesIO(content), preload_content=False)
    return found


@pytest.fixture
def states() -> RemoteStates:
    """States behind a connection that breaks once."""
    return http_states(ADDRESS)


@pytest.fixture
def breaking(states: RemoteStates) -> BreaksOnce:
    """What the states' requests go through."""
    adapter = BreaksOnce()
    states.client._pipeline._transport.session.mount("https://", adapter)
    return adapter


def test_what_only_asks_is_asked_again(states: RemoteStates, breaking: BreaksOnce) -> None:
    """A read meets the break and gets its answer."""
    assert states.read("core.tfstate") is None
    assert breaking.methods == ["GET", "GET"]


def test_what_may_have_been_done_is_not_done_again(states: RemoteStates, breaking: BreaksOnce) -> None:
    """The server may have taken the lock before the connection broke."""
    with pytest.raises(NoAnswer, match="LOCK of the state"):
        states.lock_holder("core.tfstate")
    assert breaking.methods == ["LOCK"]


class Says(HTTPAdapter):
    """Answers that a state is locked."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.content = content

    def send(self, *_: Any, **__: Any) -> requests.Response:
        """Return 409 with the content."""
        return answer(409, self.content)


@pytest.mark.parametrize(
    ("content", "holder"),
    [
        (b'{"ID": "8f6e", "Who": "runner@build-7", "Created": "2026-01-02T03:04:05Z"}',
         "runner@build-7 since 2026-01-02 03:04:05 UTC, lock 8f6e"),
        (b'{"error": {"code": "Conflict"}}', "somebody whom the server of states does not name"),
        (b"Conflict", "somebody whom the server of states does not name"),
    ],
)  # fmt: skip
def test_who_holds_a_lock_is_what_the_server_says(states: RemoteStates, content: bytes, holder: str) -> None:
    """An answer that is no lock names nobody."""
    states.client._pipeline._transport.session.mount("https://", Says(content))
    assert states.lock_holder("core.tfstate") == holder
