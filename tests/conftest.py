"""Fixtures that every tier uses."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

from orchestration.fleet import load_fleet
from orchestration.fleet.model import Fleet
from tests.support import CONTOSO

# How long an example takes says something of the machine, too. The same commit is tried with the same examples
# everywhere; `--hypothesis-profile=explore` tries others.
settings.register_profile("explore", deadline=None, print_blob=True)
settings.register_profile("repeatable", settings.get_profile("explore"), derandomize=True, database=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    """The contoso fleet."""
    return load_fleet(CONTOSO)


@pytest.fixture
def contoso(tmp_path: Path) -> Path:
    """A copy of the contoso folder, to change."""
    from tests.support import copy_contoso

    return copy_contoso(tmp_path / "contoso")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let whole environments of others be tried, too."""
    parser.addoption("--corpus", metavar="DIR", help="Kalypso cases laid out like our own; write --corpus=DIR")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print, where points of `up` were killed, how many there were of each kind and how many recovered."""
    tried: Counter[str] = Counter()
    recovered: Counter[str] = Counter()
    for report in (item for outcome in ("passed", "failed") for item in terminalreporter.getreports(outcome)):
        for name, value in report.user_properties if report.when == "call" else ():
            if name == "kill":
                kind, well = json.loads(value)
                tried[kind] += 1
                recovered[kind] += well
    if tried:
        terminalreporter.section("killed at each effect of up: points, recovered")
        for kind, number in [*sorted(tried.items()), ("all", tried.total())]:
            terminalreporter.line(f"{kind:20}{number:6}{recovered[kind] if kind != 'all' else recovered.total():6}")
