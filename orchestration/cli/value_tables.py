"""Tables of values: what targets will get, and what would change on them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from orchestration.cli.output import print_table, visible

if TYPE_CHECKING:
    from orchestration.solutions import ResolveReport, ValuesDiff
    from orchestration.solutions.comparing import TargetDiff, ValueChange
    from orchestration.solutions.language import Provenance

FEW = 4
"""How many targets a row of the table names."""

Row = TypeVar("Row")


def show_values(report: ResolveReport) -> None:
    """Print each key once for every value and place that it has, with the targets that get it; then what is wrong."""
    for title, rows in value_rows(report).items():
        print_table(visible(title), ("key", "value", "from", "place", "targets"), rows)
    for code, text in report.assumptions.items():
        click.echo(f"* {code}: {text}; no public page says so")
    show_problems(report)


def show_changes(report: ValuesDiff) -> None:
    """Print what runs where, then each change once with the targets that it is for; then what is wrong."""
    for line, names in _grouped((_standing(each), each.wanted.target) for each in report.targets).items():
        click.echo(visible(f"{some(names)}: {line}"))
    changes = _grouped((_change(change), each.wanted.target) for each in report.targets for change in each.changes)
    rows = [(*map(visible, row), visible(some(names))) for row, names in changes.items()]
    print_table("", ("key", "change", "old", "new", "from", "place", "targets"), rows)
    show_problems(report.resolved)


def show_problems(report: ResolveReport) -> None:
    """Print each problem once to stderr, with the first target that has it."""
    told = {problem: each.target for each in reversed(report.targets) for problem in each.resolution.problems}
    for problem, target in reversed(told.items()):
        click.echo(f"{visible(target)}: {problem}", err=True)


def value_rows(report: ResolveReport) -> dict[str, list[tuple[str, ...]]]:
    """Return the rows of each version's table: key, value, what it is from, where that stands, and the targets."""
    entries = _grouped(
        ((f"{each.solution} {each.version}", entry.key, _written(entry.value), *_from(entry)), each.target)
        for each in report.targets
        for entry in each.resolution.provenance
    )
    rows: dict[str, list[tuple[str, ...]]] = {}
    for (title, *row), names in sorted(entries.items(), key=lambda item: item[0][1]):
        rows.setdefault(title, []).append((*map(visible, row), some(names)))
    return rows


def some(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more


def _grouped(rows: Iterable[tuple[Row, str]]) -> dict[Row, list[str]]:
    """Return each row once, with the names of the targets that have it."""
    found: dict[Row, list[str]] = {}
    for row, name in rows:
        found.setdefault(row, []).append(name)
    return found


def _standing(each: TargetDiff) -> str:
    """Return what runs on a target, and what would change."""
    if each.error:
        return f"cannot be read: {each.error}"
    wanted, found = f"{each.wanted.solution} {each.wanted.version}", each.installed
    if found is None:
        return f"nothing runs; {wanted} would be new"
    runs = f"{found.template_version} revision {found.revision} runs ({found.state})"
    if not each.differs:
        return f"{runs}; nothing would change"
    count = len(each.changes)
    return f"{runs}; {wanted} would change {count} value{'s' if count != 1 else ''}"


def _change(change: ValueChange) -> tuple[str, ...]:
    return change.key, change.change, _written(change.old), _written(change.new), *_from(change.source)


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _from(source: Provenance | None) -> tuple[str, str]:
    """Return what a value comes from and where that stands; nothing for one that goes."""
    if source is None:
        return "", ""
    mark = " *" if source.assumed else ""
    origin = f"{source.origin} {source.node}" if source.node else source.origin
    return origin + mark, f"{source.file}:{source.line}"
