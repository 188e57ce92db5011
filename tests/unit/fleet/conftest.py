"""A fleet folder that a test may spoil, and what loading it reports."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.errors import InvalidFleet
from orchestration.fleet import Problem, load_fleet

CONTOSO = Path(__file__).parents[3] / "examples" / "contoso"


@pytest.fixture
def contoso(tmp_path: Path) -> Path:
    """The contoso fleet's folder, copied."""
    return Path(shutil.copytree(CONTOSO, tmp_path / "contoso"))


@pytest.fixture
def problems() -> Callable[[Path], tuple[Problem, ...]]:
    """What loading a fleet reports: its problems, or its warnings if it loads."""

    def report(path: Path) -> tuple[Problem, ...]:
        try:
            return load_fleet(path).warnings
        except InvalidFleet as invalid:
            return invalid.problems

    return report
