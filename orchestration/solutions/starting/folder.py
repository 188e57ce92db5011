"""Writes the folder of a solution's first version: all of its files, or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.drivers.disk import written
from orchestration.errors import InvalidChart, UsageError
from orchestration.fleet import grammar
from orchestration.fleet.contents import SCHEMA, SPECIFICATION, TEMPLATE
from orchestration.fleet.model import Origin, Problem
from orchestration.solutions.chart_files import Chart, read_chart
from orchestration.solutions.starting.proposal import Proposal, Told, propose
from orchestration.solutions.starting.texts import schema_text, specification_text, template_text

UNKNOWN_REPO = "example.azurecr.io/helm"


@dataclass(frozen=True, slots=True)
class Started:
    """What was written, and what a person should know of the chart's values.

    *configurable* are the types by key; *literal* stay as the chart has them, *missing* have to be set for every
    target, *narrowed* take fewer types than the chart does. *repo* is the chart's, as the specification names it.
    """

    name: str
    version: str
    files: tuple[str, ...]
    repo: str
    configurable: Mapping[str, str]
    literal: tuple[Told, ...]
    missing: tuple[Told, ...]
    narrowed: tuple[Told, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as `ewo.new/1`."""
        return {
            "schema": "ewo.new/1",
            "name": self.name,
            "version": self.version,
            "files": list(self.files),
            "repo": self.repo,
            "configurable": dict(self.configurable),
            **{
                name: [each.to_json() for each in told]
                for name, told in (("literal", self.literal), ("missing", self.missing), ("narrowed", self.narrowed))
            },
        }


def start_solution(
    chart: str | Path,
    *,
    to: str | Path | None = None,
    name: str = "",
    version: str = "",
    repo: str = "",
    force: bool = False,
) -> Started:
    """Write schema, template and specification of a solution that runs the chart in a folder, and return what they are.

    Name and version are the chart's unless given, the folder *to* is called after the name. *repo* is where the chart
    is pushed to. Raise `InvalidChart` with every problem of the chart, `UsageError` for files that are there already
    unless *force*, `NotWritten`; then nothing is written.
    """
    read, problems = read_chart(Path(chart))
    if read is not None:
        problems += tuple(_unfit(read, name, version))
    if read is None or problems:
        raise InvalidChart(problems)
    name, version, repo = name or read.name, version or read.version, _repo(repo or UNKNOWN_REPO, read.name)
    proposal = propose(read.values, read.places, read.rules)
    folder = Path(to) if to is not None else Path(name)
    files = _write(folder, _texts(read, proposal, name, version, repo), force=force)
    kinds = {key: fields["type"] for key, fields in proposal.rules.items()}
    told = map(tuple, (proposal.literal, proposal.missing, proposal.narrowed))
    return Started(name, version, files, repo, kinds, *told)


def _unfit(chart: Chart, name: str, version: str) -> Iterator[Problem]:
    """Yield why a chart cannot be a solution under its name and version, or under those given."""
    about = chart.about
    if about.find("type").text == "library":
        hint = "give the chart of an application"
        yield Problem("chart-file", about.find("type").origin, "a library chart cannot be installed", hint)
    for rule, given, key in ((grammar.SOLUTION_TEMPLATE, name, "name"), (grammar.VERSION, version, "version")):
        found = given or about.find(key).text
        if not rule.fits(found):
            place = Origin(f"--{key}") if given else about.find(key).origin
            hint = f"it must be {rule.words}" + ("" if given else f": give another with --{key}")
            yield Problem(rule.code, place, f"a solution template's {rule.what} cannot be {found[:80]!r}", hint)


def _repo(given: str, chart: str) -> str:
    """Return the reference of a chart, whose last part is its name, in a registry or a path of one."""
    path = given.rstrip("/")
    return path if path.rpartition("/")[2] == chart else f"{path}/{chart}"


def _texts(chart: Chart, proposal: Proposal, name: str, version: str, repo: str) -> dict[str, str]:
    about = f"# Made from the Helm chart {chart.name} {chart.version} by `ewo solution new`.\n"
    return {
        SCHEMA: about + schema_text(name, version, proposal),
        TEMPLATE: about + template_text(name, version, proposal),
        SPECIFICATION: about + specification_text(name, repo, chart.version),
    }


def _write(folder: Path, texts: Mapping[str, str], *, force: bool) -> tuple[str, ...]:
    """Write files into a folder: first all beside their places, then each into it."""
    present = [str(folder / name) for name in texts if os.path.lexists(folder / name)]
    if present and not force:
        raise UsageError(
            f"not overwritten: {', '.join(present)}", hint="name another folder with --to, or give --force"
        )
    with written(folder), ExitStack() as stack:
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".ewo-", dir=folder)))
        for name, text in texts.items():
            (beside / name).write_text(text, encoding="utf-8")
        for name in texts:
            (beside / name).replace(folder / name)
    return tuple(str(folder / name) for name in texts)
