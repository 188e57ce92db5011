"""Fixtures of the tests of the stand-in for azapi; a plugin, so that a test names them without importing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from provider_bench import Arm, Workspace, initialised, serving, workspace


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The authority that signs what the servers of a run show."""
    return trustme.CA()


@pytest.fixture
def arm(authority: trustme.CA) -> Iterator[Arm]:
    """A running ARM."""
    with serving(authority) as running:
        yield running


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An initialised folder, with the mirror; its path has what paths may have."""
    return initialised(tmp_path_factory.mktemp("template") / "od${d %{e} \"q'x")


@pytest.fixture
def terraform(tmp_path: Path, template: Path, arm: Arm, authority: trustme.CA) -> Workspace:
    """A folder, its name with a space, whose provider talks to the running ARM."""
    return workspace(tmp_path / "a stack", template, arm, authority)


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory, template: Path, authority: trustme.CA) -> Workspace:
    """A folder for what needs no server."""
    return workspace(tmp_path_factory.mktemp("offline"), template, Arm("https://127.0.0.1:1"), authority)
