"""What loading a fleet reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.errors import InvalidFleet
from orchestration.fleet import Problem, load_fleet


@pytest.fixture
def problems() -> Callable[[Path], tuple[Problem, ...]]:
    """What loading a fleet reports: its problems, or its warnings if it loads."""

    def report(path: Path) -> tuple[Problem, ...]:
        try:
            return load_fleet(path).warnings
        except InvalidFleet as invalid:
            return invalid.problems

    return report
