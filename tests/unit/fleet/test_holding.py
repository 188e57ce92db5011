"""A placement's version written into the fleet file, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.errors import OrchestrationError
from orchestration.fleet import load_fleet
from orchestration.fleet.holding import hold_of, write_hold
from tests.support import replace

VERSION = ("version: 1.0.0\n    path: solutions", "version: 1.1.0\n    path: solutions")


def hold(folder: Path, environment: str = "prod", version: str = "1.0.0") -> bool:
    solution = load_fleet(folder).solutions["line-vision"]
    return write_hold(solution, hold_of(solution, environment, version))


def version_in(folder: Path, environment: str) -> str | None:
    placements = load_fleet(folder).solutions["line-vision"].placements
    return next(item.version for item in placements if item.environment == environment)


@pytest.fixture
def file(contoso: Path) -> Path:
    """The file of contoso, whose solution is at 1.1.0."""
    replace(contoso / "fleet.yaml", *VERSION)
    return contoso / "fleet.yaml"


@pytest.mark.parametrize(
    ("environment", "before", "after"),
    [
        ("qa", "      - {environment: qa}\n", "      - {environment: qa, version: 1.0.0}\n"),
        ("prod", "      - environment: prod\n", "      - environment: prod\n        version: 1.0.0\n"),
    ],
    ids=["flow", "block"],
)
def test_one_place_changes(file: Path, environment: str, before: str, after: str) -> None:
    """Comments, order and layout stay, whether the placement is written in one line or in several."""
    text = file.read_text("utf-8")
    assert hold(file.parent, environment)

    assert file.read_text("utf-8") == text.replace(before, after)
    assert version_in(file.parent, environment) == "1.0.0"
    assert not hold(file.parent, environment)


ROW = "        "


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{environment: qa, version: 1.1.0, rings: [1]}  # x", "{environment: qa, version: 1.0.0, rings: [1]}  # x"),
        ("{'environment': \"qa\", version: '1.1.0'}", "{'environment': \"qa\", version: 1.0.0}"),
        (f"environment: qa  # x\n{ROW}rings: [1]", f"environment: qa  # x\n{ROW}version: 1.0.0\n{ROW}rings: [1]"),
        (f"rings: [1]\n{ROW}environment: qa", f"rings: [1]\n{ROW}environment: qa\n{ROW}version: 1.0.0"),
        (f"version: 1.1.0 # x\n{ROW}environment: qa", f"version: 1.0.0 # x\n{ROW}environment: qa"),
    ],
)
def test_however_it_is_written(file: Path, written: str, expected: str) -> None:
    """A version that is there is replaced, one that is not comes after the environment."""
    replace(file, "- {environment: qa}", f"- {written}")
    text = file.read_text("utf-8")
    assert hold(file.parent, "qa")
    assert file.read_text("utf-8") == text.replace(f"- {written}", f"- {expected}")


def test_line_ends_and_the_mode_stay(file: Path) -> None:
    """A file with Windows' line ends keeps them, and may be read by those who could."""
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    file.chmod(0o640)
    assert hold(file.parent)
    assert b"environment: prod\r\n        version: 1.0.0\r\n" in file.read_bytes()
    assert b"\n" not in file.read_bytes().replace(b"\r\n", b"")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []


def test_a_placement_that_is_used_elsewhere_is_no_safe_place(file: Path) -> None:
    """What would change something else, too, is refused, and the file left as it is."""
    text = file.read_text("utf-8")
    solution = load_fleet(file.parent).solutions["line-vision"]
    shared = text.replace("- {environment: qa}", "- &qa {environment: qa}") + "\nextra: *qa\n"
    file.write_text(shared, "utf-8")
    with pytest.raises(OrchestrationError, match="cannot be changed without risk"):
        write_hold(solution, hold_of(solution, "qa", "1.0.0"))
    assert file.read_text("utf-8") == shared


def test_a_file_that_was_changed_since_is_left_alone(file: Path) -> None:
    """The placement is no longer where it was read."""
    solution = load_fleet(file.parent).solutions["line-vision"]
    file.write_text("# a line more\n" + file.read_text("utf-8"), "utf-8")
    with pytest.raises(OrchestrationError, match="was changed since it was read"):
        write_hold(solution, hold_of(solution, "prod", "1.0.0"))


def test_a_file_that_is_gone_is_told(file: Path) -> None:
    """With its name."""
    solution = load_fleet(file.parent).solutions["line-vision"]
    file.unlink()
    with pytest.raises(OrchestrationError, match=r"fleet\.yaml cannot be written: No such file"):
        write_hold(solution, hold_of(solution, "prod", "1.0.0"))


def test_a_solution_in_a_file_of_its_own(file: Path) -> None:
    """Of a fleet folder's files the one is changed that has the placement."""
    text = file.read_text("utf-8")
    start, end = text.index("solutions:  "), text.index("scheduler:")
    own = file.parent / "solutions.yaml"
    own.write_text(text[start:end], "utf-8")
    file.write_text(text[:start] + text[end:], "utf-8")
    rest = file.read_bytes()
    assert hold(file.parent)
    assert file.read_bytes() == rest
    assert "environment: prod\n        version: 1.0.0\n" in own.read_text("utf-8")
