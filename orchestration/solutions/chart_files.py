"""A Helm chart's folder, read: its name and version, its values as Helm has them, and what is wrong with its files.

https://helm.sh/docs/topics/charts/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestration.fleet.model import Origin, Problem
from orchestration.fleet.reader import LARGEST_FILE, read_file
from orchestration.fleet.tree import Node

CHART, VALUES, SCHEMA = "Chart.yaml", "values.yaml", "values.schema.json"
_TAKEN_BY_HELM = frozenset({"yaml-key", "yaml-tag"})
"""What our own reader has against a file and Helm has not."""


@dataclass(frozen=True)
class Chart:
    """A chart: *values* are its defaults as Helm reads them, *places* the same file with lines and columns.

    *schema* is the text of its `values.schema.json`, empty when it has none, *rules* what that holds.
    """

    folder: str
    name: str
    version: str
    about: Node
    places: Node
    values: Mapping[str, Any] = field(default_factory=dict)
    schema: str = ""
    rules: Any = None

    def file(self, name: str) -> str:
        """Return the name of one of its files, for messages."""
        return f"{self.folder}/{name}"


def read_chart(folder: Path) -> tuple[Chart | None, tuple[Problem, ...]]:
    """Return the chart in a folder, None when there is none that can be used, and every problem of its files."""
    if folder.is_file():
        hint = f"unpack it: tar -xzf {folder.name}, and give the folder"
        return None, (Problem("chart-file", Origin(str(folder)), "a chart is read from its folder", hint),)
    problems: list[Problem] = []
    about = _mapping(folder / CHART, problems, needed=True)
    places = _mapping(folder / VALUES, problems)
    values = _values(folder / VALUES, problems) if places is not None and not problems else {}
    text = _text(folder / SCHEMA, problems)
    rules = _rules(folder / SCHEMA, text, problems) if text else None
    if about is None:
        return None, tuple(problems)
    name, version = (about.mapping[key].text if key in about.mapping else "" for key in ("name", "version"))
    for key, found in (("name", name), ("version", version)):
        if not found:
            problems.append(Problem("chart-file", about.origin, f"the chart has no {key}", f"add {key}: …"))
    empty = Node({}, str(folder / VALUES), 1, 1)
    chart = Chart(str(folder), name, version, about, places or empty, values, text, rules)
    return (None if problems else chart), tuple(problems)


def _mapping(file: Path, problems: list[Problem], *, needed: bool = False) -> Node | None:
    """Return the tree of a file that holds a mapping, None when it is absent, empty or wrong, which is noted."""
    if not file.exists():
        if needed:
            hint = "give a chart's folder"
            problems.append(Problem("chart-file", Origin(str(file)), f"there is no {file.name}", hint))
        return None
    root, found = read_file(file, str(file), strict=False)
    problems += (problem for problem in found if problem.code not in _TAKEN_BY_HELM)
    if root is not None and not isinstance(root.value, dict | None):
        problems.append(Problem("wrong-type", root.origin, "the file must hold a mapping"))
    elif needed and root is None and not found:
        problems.append(Problem("chart-file", Origin(str(file)), f"{file.name} is empty"))
    return root if root is not None and isinstance(root.value, dict) else None


def _values(file: Path, problems: list[Problem]) -> dict[str, Any]:
    """Return a chart's values as Helm, which reads YAML 1.1, has them."""
    from orchestration.kalypso.goyaml.nodes import UnreadableYaml
    from orchestration.kalypso.goyaml.read import load
    from orchestration.kalypso.values import plain

    try:
        values: dict[str, Any] = plain(load(file.read_text("utf-8-sig")))
    except UnreadableYaml as error:
        problems.append(Problem("yaml-syntax", Origin(str(file), error.line or 1), f"Helm cannot read this: {error}"))
        return {}
    return values


def _text(file: Path, problems: list[Problem]) -> str:
    """Return a file's text, empty when it is absent or cannot be read, which is noted."""
    try:
        if not file.exists():
            return ""
        if file.stat().st_size <= LARGEST_FILE:
            return file.read_text("utf-8-sig")
        message, hint = f"the file is larger than {LARGEST_FILE // 1024**2} MB", ""
    except UnicodeDecodeError:
        message, hint = "the file is not UTF-8 text", "save it as UTF-8"
    except OSError as error:
        message, hint = f"the file cannot be read: {error.strerror or error}", ""
    problems.append(Problem("chart-file", Origin(str(file)), message, hint))
    return ""


def _rules(file: Path, text: str, problems: list[Problem]) -> Any:
    """Return what a `values.schema.json` holds; what makes it no JSON, or no JSON Schema, is noted."""
    from orchestration.kalypso.goschema import BadSchema, build

    try:
        rules = json.loads(text)
        build(text)
    except (ValueError, BadSchema, RecursionError) as error:
        place = Origin(str(file), getattr(error, "lineno", 1), getattr(error, "colno", 1))
        problems.append(Problem("chart-schema", place, f"this schema cannot be used: {error}", "correct it"))
        return None
    return rules
