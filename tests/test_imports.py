"""What may import what, who may open sockets and who may start processes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "orchestration"

BASE = {"errors"}
PARTS = BASE | {"fleet", "provision", "kalypso", "drivers"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": {"fleet"},  # for the type of a problem, under TYPE_CHECKING only
    "events": BASE,
    "fleet": BASE,
    "kalypso": BASE,
    "drivers": BASE,
    "provision": {"fleet"} | BASE,
    "sandbox": {"kalypso", "drivers.process"} | BASE,
    "gitops": PARTS,
    "solutions": PARTS,
    "status": PARTS,
    "control_plane": PARTS,
    "stacks": PARTS,
    "reports": set(),
    "runs": {"events"},
    "cli": {
        "orchestrator", "control_plane", "solutions", "sandbox", "fleet", "errors", "reports", "events", "status"
    },
}  # fmt: skip
SOCKETS = {"socket", "http", "urllib.request", "ssl", "azure", "github", "uvicorn", "starlette", "grpc"}
MAY_OPEN_SOCKETS = ("drivers", "sandbox")
PROCESSES = {"subprocess", "os.fork", "multiprocessing", "pty"}
MAY_START_PROCESSES = ("drivers/process.py",)


def modules() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.py") if "__pycache__" not in path.parts)


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted names that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(path: Path) -> str:
    relative = path.relative_to(ROOT)
    return relative.parts[0].removesuffix(".py")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", modules(), ids=named)
def test_a_part_imports_only_what_the_table_allows(path: Path) -> None:
    """Every import of ours is in the table's row of the part."""
    own = part(path)
    allowed = MAY_IMPORT.get(own)
    if allowed is None:
        return
    ours = {name.removeprefix("orchestration.") for name in imports(path) if name.startswith("orchestration.")}
    wrong = {name for name in ours if not any(_within(name, other) for other in {own, *allowed})}
    assert not wrong, f"{named(path)} may not import {sorted(wrong)}"


@pytest.mark.parametrize("path", modules(), ids=named)
def test_only_drivers_and_the_sandbox_open_sockets(path: Path) -> None:
    """Nothing outside drivers/ and sandbox/ imports what opens sockets."""
    if part(path) in MAY_OPEN_SOCKETS:
        return
    assert not {name for name in imports(path) for other in SOCKETS if _within(name, other)}


@pytest.mark.parametrize("path", modules(), ids=named)
def test_only_the_process_driver_starts_processes(path: Path) -> None:
    """Nothing but drivers/process.py imports what starts processes."""
    if named(path) in MAY_START_PROCESSES:
        return
    assert not {name for name in imports(path) for other in PROCESSES if _within(name, other)}


@pytest.mark.parametrize("path", modules(), ids=named)
def test_only_the_command_line_imports_click(path: Path) -> None:
    """Nothing outside cli/ imports click."""
    assert part(path) == "cli" or not any(_within(name, "click") for name in imports(path))


def _within(name: str, other: str) -> bool:
    return name == other or name.startswith(f"{other}.")
