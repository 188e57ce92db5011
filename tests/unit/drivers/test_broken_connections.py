"""Connections that break: what may have been done is not done again, what only asks is asked again."""

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


def answer() -> requests.Response:
    """Return an answer of 404 without content."""
    found = requests.Response()
    found.status_code, found.raw = 404, urllib3.HTTPResponse(io.BytesIO(), preload_content=False)
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
