"""A Terraform that waits for a server of states which never answers: it is given up, and that is said."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.drivers.process import clean_environment
from orchestration.drivers.terraform import Terraform, running_in
from orchestration.drivers.terraform_silence import Silence
from orchestration.errors import NoAnswer, ServiceError


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/state"


@pytest.fixture
def folder(tmp_path: Path, address: str) -> Path:
    """A configuration whose state is at that server."""
    backend = {"terraform": {"backend": {"http": {"address": address}}}}
    (tmp_path / "main.tf.json").write_text(json.dumps(backend), encoding="utf-8")
    return tmp_path


def unanswered() -> None:
    raise NoAnswer("GET of the state got no answer")


def refused() -> None:
    raise ServiceError("GET of the state was refused: 503", status=503)


@pytest.mark.parametrize(
    ("ask", "longest", "said"),
    [
        (unanswered, 60.0, "GET of the state got no answer; Terraform, which waited for it, was ended"),
        (refused, 1.2, "Terraform has said nothing for 0.02 minutes and was ended"),
    ],
)
def test_it_is_ended(folder: Path, ask: Callable[[], None], longest: float, said: str) -> None:
    """At once where the server answers nobody, after a long silence where it answers us."""
    terraform = Terraform(
        folder, environment=clean_environment(), silence=lambda: Silence(ask, patience=0.2, longest=longest)
    )

    with pytest.raises(NoAnswer, match=said) as caught:
        terraform.init()

    assert "run the same command again" in caught.value.hint
    assert running_in(folder) == {}


def test_what_is_said_meanwhile_counts() -> None:
    """A command that has gone on since the server was asked is not ended for what that found."""
    asked: list[None] = []

    def ask() -> None:
        asked.append(silence.heard())
        raise NoAnswer("too late")

    silence = Silence(ask, patience=0.01)
    deadline = time.monotonic() + 10
    while len(asked) < 3 and time.monotonic() < deadline:
        assert silence.verdict() is None
        time.sleep(0.01)
    assert len(asked) == 3
