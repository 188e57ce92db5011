"""Folders of templates, or of a whole fleet, read and linted.

A template's folder holds `template.yaml`, `schema.yaml` and, of a solution, `specification.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.drivers.disk import written
from orchestration.errors import UsageError
from orchestration.fleet.contents import MOST_VALUES, SCHEMA, SPECIFICATION, TEMPLATE
from orchestration.fleet.model import Origin, Problem
from orchestration.fleet.reader import read_file
from orchestration.fleet.tree import Node
from orchestration.solutions.chart import chart_problems
from orchestration.solutions.chart_files import read_chart
from orchestration.solutions.language.lint import Version, in_order, lint
from orchestration.solutions.language.lint.fix import fixed

if TYPE_CHECKING:
    from orchestration.solutions.resolving import TargetValues

_DOUBTS = frozenset({"ambiguous-scalar"})


@dataclass(frozen=True, slots=True)
class LintReport:
    """Every problem, by file and line, and the files that were rewritten."""

    problems: tuple[Problem, ...]
    fixed: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether there are errors."""
        return any(problem.severity == "error" for problem in self.problems)


def lint_folders(folders: Sequence[str | Path], *, charts: Sequence[str | Path] = (), fix: bool = False) -> LintReport:
    """Return the problems of templates' folders, or of all templates of fleets; they may refer to each other.

    With *fix* older spellings are rewritten first. *charts* are folders of Helm charts to hold solutions against, with
    the values of every target where a fleet is given. Raise `UsageError` for a folder that is neither, `InvalidFleet`
    for a fleet that cannot be read, `NotWritten` for a file that cannot be rewritten.
    """
    versions = [version for folder in folders for version in read_versions(Path(folder))]
    rewritten = tuple(_rewritten(versions)) if fix else ()
    if rewritten:
        versions = [version for folder in folders for version in read_versions(Path(folder))]
    found = lint(versions)
    if charts:
        resolved = [values for folder in folders for values in _resolved(Path(folder))]
        more = [each for chart in charts for each in _of_chart(Path(chart), versions, resolved)]
        found = in_order((*found, *more))
    return LintReport(found, rewritten)


def _of_chart(folder: Path, versions: Sequence[Version], resolved: Sequence[TargetValues]) -> Iterator[Problem]:
    """Yield what is wrong with a chart's files, else where the solutions that run it do not fit."""
    chart, problems = read_chart(folder)
    yield from problems
    if chart is not None:
        yield from chart_problems(chart, versions, resolved)


def _resolved(folder: Path) -> Iterator[TargetValues]:
    """Yield what every target of a fleet will get of each solution; nothing for a template's folder."""
    if not _is_template(folder):
        from orchestration.solutions.checking import fleet_values  # delayed, as below

        yield from fleet_values(folder)


def _is_template(folder: Path) -> bool:
    return (folder / TEMPLATE).exists() or (folder / SCHEMA).exists()


def read_versions(folder: Path) -> Iterator[Version]:
    """Yield the versions in a template's folder, or those of every template of a fleet."""
    if _is_template(folder):
        yield _version(folder)
        return
    if not folder.exists():
        raise UsageError(f"there is no {folder}", hint=f"give a folder with {TEMPLATE} in it, or a fleet's")
    from orchestration.solutions.checking import fleet_versions  # delayed: to load it takes longer than most lints

    yield from fleet_versions(folder)


def _version(folder: Path) -> Version:
    """Return the one version in a template's folder."""
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    template, schema, specification = (
        _read(folder / name, problems, texts) for name in (TEMPLATE, SCHEMA, SPECIFICATION)
    )
    name, version = folder.resolve().name, ""
    metadata = template.child("metadata") if template is not None else None
    if metadata is not None:
        name, version = (metadata.mapping[key].text if key in metadata.mapping else other
                         for key, other in (("name", name), ("version", version)))  # fmt: skip
    runs = (folder / SPECIFICATION).exists()
    return Version(name, version, str(folder), runs, template, schema, specification, tuple(problems), texts)


def _read(file: Path, problems: list[Problem], texts: dict[str, str]) -> Node | None:
    """Return the tree of a file, None if there is none or it is no mapping; what is wrong with it is noted."""
    if not file.exists():
        return None
    root, found = read_file(file, str(file), most=MOST_VALUES)
    problems += [replace(each, severity="warning") if each.code in _DOUBTS else each for each in found]
    if root is None or not isinstance(root.value, dict):
        if not found:
            problems.append(Problem("wrong-type", Origin(str(file)), "the file must hold a mapping"))
        return None
    texts[str(file)] = file.read_text("utf-8-sig")
    return root


def _rewritten(versions: Iterable[Version]) -> Iterator[str]:
    """Rewrite older spellings; yield the names of the files that changed."""
    for name in dict.fromkeys(name for version in versions for name in version.texts):
        text = Path(name).read_bytes().decode("utf-8-sig")
        today = fixed(text)
        if today != text:
            with written(Path(name)):
                Path(name).write_bytes(today.encode())
            yield name
