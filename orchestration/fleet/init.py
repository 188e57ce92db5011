"""Writes a fleet folder to start from: commented, small, valid, and able to run in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from orchestration.errors import UsageError
from orchestration.fleet import grammar

PLACEHOLDER = "@name@"


def write_starter(folder: Path, name: str) -> tuple[Path, ...]:
    """Write the starter fleet, called *name*, into *folder* and return its files; raise `UsageError`.

    A file that is there already is never overwritten: then nothing is written at all.
    """
    if not grammar.FLEET.fits(name):
        hint = f"a name is {grammar.FLEET.words}: give one with --name, or name another folder"
        raise UsageError(f"a fleet cannot be called {name!r}", hint=hint)
    starter = resources.files("orchestration.fleet") / "starter"
    texts = {folder / path: file.read_text("utf-8").replace(PLACEHOLDER, name) for path, file in _files(starter)}
    present = [path for path in texts if path.exists() or path.is_symlink()]
    if present:
        listed = ", ".join(str(path) for path in present)
        raise UsageError(f"not overwritten: {listed}", hint="name an empty folder")
    return tuple(_write(path, text) for path, text in texts.items())


def _files(folder: Traversable, above: Path = Path()) -> Iterator[tuple[Path, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _files(entry, above / entry.name)
        else:
            yield above / entry.name, entry


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}", hint="name another folder") from error
    return path
