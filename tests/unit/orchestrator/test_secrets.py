"""Secrets are read from where the fleet says, and from nothing that never ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestration.errors import UsageError
from orchestration.fleet.model import SecretRef
from orchestration.orchestrator.secrets import read_if_set, read_secret


def test_a_file_gives_its_text_without_the_line_end(tmp_path: Path) -> None:
    """Editors end a file with a line end, which is no part of the secret."""
    (tmp_path / "token").write_text("canary\n")
    assert read_secret(SecretRef(file=tmp_path / "token"), "credentials") == "canary"


@pytest.mark.parametrize("kind", ["absent", "empty", "folder", "pipe"])
def test_where_no_secret_is(tmp_path: Path, kind: str) -> None:
    """A file that is not there or holds nothing is no secret, and nobody waits for the end of a pipe."""
    place = tmp_path / "token"
    make = {"empty": place.touch, "folder": place.mkdir, "pipe": lambda: os.mkfifo(place)}
    make.get(kind, lambda: None)()
    assert read_if_set(SecretRef(file=place)) is None
    with pytest.raises(UsageError, match=r"credentials is to come from file .*token, and there is nothing"):
        read_secret(SecretRef(file=place), "credentials")


def test_what_is_no_text_is_no_secret(tmp_path: Path) -> None:
    """A key store given by mistake is named, and not shown."""
    (tmp_path / "token").write_bytes(b"\xff\xfecanary")
    with pytest.raises(UsageError, match="token holds no UTF-8 text") as caught:
        read_if_set(SecretRef(file=tmp_path / "token"))
    assert "canary" not in str(caught.value)
