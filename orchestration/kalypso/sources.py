"""Which files of a checkout Flux would apply, and the objects in them."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestration.kalypso import ignore, kustomize
from orchestration.kalypso.objects import Manifest, check, read_manifests
from orchestration.kalypso.problems import Place, Problem

SIZE_LIMIT = 5_000_000


@dataclass(frozen=True)
class Source:
    """A checkout: files by path from the repository's root, the path that is applied, the commit if known."""

    name: str
    files: Mapping[str, bytes]
    path: str = "."
    commit: str = ""


@dataclass
class Applied:
    """What Flux makes of a source."""

    manifests: list[Manifest] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether Flux applies nothing of the source."""
        return any(problem.blocks for problem in self.problems)


def normalized(path: str) -> str | None:
    """Return a source's path from the repository's root ("" is the root), None if it leads out of it."""
    clean = posixpath.normpath(path.lstrip("/") or ".")
    if clean == ".." or clean.startswith("../"):
        return None
    return "" if clean == "." else clean


def below(files: Mapping[str, bytes], path: str) -> dict[str, bytes]:
    """Return the files below a folder, by their path from the repository's root."""
    prefix = f"{path}/" if path else ""
    return {name: data for name, data in files.items() if name.startswith(prefix)}


def is_there(source: Source) -> bool:
    """Whether the source has its path."""
    path = normalized(source.path)
    return path is not None and bool(below(source.files, path))


def apply(source: Source) -> Applied:
    """Return the objects that Flux applies, or why it applies none."""
    path = normalized(source.path)
    if path is None:
        place = Place(f"{source.name}:{source.path}")
        return Applied(problems=[Problem("bad-path", place, "the path leads out of the repository")])
    try:
        kept = ignore.kept(source.files)
    except ignore.TooMuchWork as error:
        return Applied(problems=[Problem("too-large", Place(f"{source.name}:{error.path}"), str(error))])
    files = below(kept, path)
    applied = Applied()
    if path and not files:
        place = Place(f"{source.name}:{path}")
        applied.problems.append(Problem("no-such-path", place, "there is no such folder, or all of it is ignored"))
        return applied
    folders = kustomize.folders(files, path)
    for name in sorted(files):
        if name.endswith((".yaml", ".yml")) and not kustomize.inside(name, folders):
            _read(source, name, files[name], applied)
    for folder in folders:
        built = kustomize.build(source.name, folder, kept)
        applied.manifests += built.manifests
        applied.problems += built.problems
    _check(applied)
    return applied


def _read(source: Source, name: str, data: bytes, applied: Applied) -> None:
    file = f"{source.name}:{name}"
    if len(data) > SIZE_LIMIT:
        message = f"larger than {SIZE_LIMIT} bytes"
        applied.problems.append(Problem("too-large", Place(file), message))
        return
    manifests, problems = read_manifests(file, data)
    applied.manifests += manifests
    applied.problems += problems


def _check(applied: Applied) -> None:
    seen: dict[tuple[str, str, str], Manifest] = {}
    for manifest in applied.manifests:
        applied.problems += check(manifest)
        first = seen.setdefault(manifest.id, manifest)
        if first is not manifest:
            message = f"{manifest} is there twice, first at {first.place()}"
            applied.problems.append(Problem("duplicate-object", manifest.place(), message))
