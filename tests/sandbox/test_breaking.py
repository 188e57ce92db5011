"""Faults that are no answers: what a client of the sandbox sees of each."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator

import pytest

from orchestration.drivers.github import GitHub
from orchestration.errors import ServiceError
from orchestration.sandbox import RunningSandbox
from tests.sandbox.client import Client


@pytest.fixture
def client(running: RunningSandbox) -> Iterator[Client]:
    """A client whose connection may be broken."""
    with Client(running) as client:
        yield client
    running.clear_faults()


def test_a_reset_is_no_answer(client: Client, group: str, running: RunningSandbox) -> None:
    """The connection breaks, and the next request has a new one."""
    running.fault(kind="reset", path=group)
    with pytest.raises(ConnectionResetError):
        client.get(group, version="2021-04-01")
    with Client(running) as again:
        assert again.get(group, version="2021-04-01").status == 200
    assert running.requests()[-2]["status"] == 0


def test_a_stall_lasts_as_long_as_asked(client: Client, group: str, running: RunningSandbox) -> None:
    """Nothing comes for as long, and then the connection breaks."""
    running.fault(kind="stall", path=group, seconds=0.3)
    began = time.monotonic()
    with pytest.raises(ConnectionResetError):
        client.get(group, version="2021-04-01")
    assert 0.3 <= time.monotonic() - began < 10


def test_half_an_answer_breaks_off(client: Client, group: str, running: RunningSandbox) -> None:
    """Status and length are those of the whole answer, of which half comes."""
    running.fault(kind="half", path=group)
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        client.get(group, version="2021-04-01")


def test_garbage_is_no_json(client: Client, group: str, running: RunningSandbox) -> None:
    """It comes with 200, as from a proxy that knows better."""
    running.fault(kind="garbage", path=group)
    with pytest.raises(json.JSONDecodeError):
        client.get(group, version="2021-04-01")


def test_what_breaks_off_may_have_taken_effect(client: Client, group: str, running: RunningSandbox) -> None:
    """A PUT whose answer is lost has been done."""
    running.fault(kind="reset", path=group, method="PUT", after_effect=True)
    with pytest.raises(ConnectionResetError):
        client.put(group, {"location": "eastus", "tags": {"a": "b"}}, version="2021-04-01")
    with Client(running) as again:
        assert again.get(group, version="2021-04-01").body["tags"] == {"a": "b"}


def test_faults_of_the_git_host_are_its_own(client: Client, group: str, running: RunningSandbox) -> None:
    """They hit neither Azure nor tokens, and speak as GitHub does."""
    running.fault(status=503, path=".", host="git", message="Try later.")
    assert client.get(group, version="2021-04-01").status == 200
    assert client.ask("GET", "/api/v3/user").body == {"message": "Try later.", "status": "503"}
    assert client.ask("GET", "/api/v3/user").status == 200


def test_a_git_host_that_answers_no_json_is_told(running: RunningSandbox) -> None:
    """A proxy's page is no answer of GitHub's, and no end with a traceback."""
    running.fault(kind="garbage", path="/api/v3/repos/contoso/app$", host="git", times=9)
    github = GitHub(f"{running.url}/api/v3", running.token, ca_file=running.ca_file)
    with pytest.raises(ServiceError, match="about contoso/app with what is no JSON") as caught:
        github.ensure_repository("contoso", "app")
    running.clear_faults()
    assert "proxy" in caught.value.hint
