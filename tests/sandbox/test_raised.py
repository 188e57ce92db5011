"""docs/solutions.md, run as it stands: every command that it shows prints what it shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.sandbox import start
from tests.support import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "solutions.md").read_text("utf-8")
PROGRAM = f'{shlex.quote(sys.executable)} -c "from orchestration.cli import main; main()"'
VOLATILE = ((r"\d+\.\d ?s\b", "SECONDS"), (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME"), (r"─+", "─"), (r"\s+", " "))


def shown() -> Iterator[tuple[str, list[str]]]:
    """Yield the page's commands with the lines that are shown for each."""
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *lines = part.splitlines()
            yield command, lines


def plain(line: str) -> str:
    """Return a line without what differs from run to run."""
    for pattern, name in VOLATILE:
        line = re.sub(pattern, name, line)
    return line.strip()


def missing(wanted: list[str], printed: list[str]) -> str:
    """Return the first line that is wanted and not printed where it should be: next, or after an ellipsis anywhere."""
    at, anywhere = 0, False
    for line in wanted:
        if line == "…":
            anywhere = True
            continue
        found = next((number for number, other in enumerate(printed[at:], at) if other == line), -1)
        if found < 0 or (found > at and not anywhere):
            return line
        at, anywhere = found + 1, False
    return "" if at == len(printed) or anywhere else f"the end, not {printed[at]}"


def test_what_the_page_shows_is_what_happens(contoso: Path, canaries: dict[str, str]) -> None:
    """Contoso is raised, fails on one line, goes on and is rolled back."""
    commands = list(shown())
    assert len(commands) == 11
    with start(contoso / ".ewo" / "sandbox"):
        for command, lines in commands:
            script = f'ewo() {{ {PROGRAM} "$@"; }}\n{command}'
            done = subprocess.run(
                ["bash", "-c", script],
                cwd=contoso,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=600,
            )
            printed = [text for text in map(plain, done.stdout.splitlines()) if text]
            assert not missing([text for text in map(plain, lines) if text], printed), f"{command}\n{done.stdout}"
