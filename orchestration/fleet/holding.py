"""Holds an environment at a version: writes `version` into a placement of the fleet file, and leaves the rest as it is.

The text is changed at the place that YAML's nodes have, so comments, order and layout stay; what comes out is read
again before it is written, and has to say the same but for that one version.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration.errors import OrchestrationError
from orchestration.fleet.model import Placement, Solution

Way = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """An environment that a solution's placement is to hold at a version; `file` and `line` are of the placement."""

    file: str
    line: int
    environment: str
    version: str

    @property
    def text(self) -> str:
        """What the placement has to have."""
        return f"version: {self.version}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def hold_of(solution: Solution, environment: str, version: str) -> Hold:
    """Return what holds an environment, which the solution is placed in, at a version."""
    placement = next(item for item in solution.placements if item.environment == environment)
    return Hold(placement.origin.file, placement.origin.line, environment, version)


def write_hold(solution: Solution, hold: Hold) -> bool:
    """Write *hold* into the fleet file; return whether that changed it.

    Raise `OrchestrationError` if the file cannot be written, or its text has no place where this could be done safely.
    """
    placement = next(item for item in solution.placements if item.environment == hold.environment)
    if placement.version == hold.version:
        return False
    path = Path(hold.file).resolve()
    try:
        text = path.read_bytes().decode("utf-8")
        _replace(path, held(text, solution.name, placement, hold.version))
    except OSError as error:
        raise OrchestrationError(f"{hold.file} cannot be written: {error.strerror or error}") from error
    return True


def held(text: str, solution: str, placement: Placement, version: str) -> str:
    """Return a fleet file's text with a placement's version in it; raise `OrchestrationError` if it has no safe place.

    The placement is looked for where it was read: a file that was changed since is left alone.
    """
    found = next((item for item in _placements(text, solution) if _is(item[1], placement)), None)
    if found is None:
        raise OrchestrationError(f"{placement.origin.file} was changed since it was read")
    way, node = found
    written = _with_version(text, node, placement.environment, version)
    if written is None or _data(written) != _set(_data(text), (*way, "version"), version):
        raise OrchestrationError(f"{placement.origin.file}:{placement.origin.line} cannot be changed without risk")
    return written


def _placements(text: str, solution: str) -> Iterator[tuple[Way, yaml.MappingNode]]:
    """Yield the nodes of a solution's placements, each with the way that leads to it."""
    root = yaml.compose(text, Loader=yaml.BaseLoader)
    for number, item in enumerate(_items(_child(root, "solutions"))):
        if _scalar(_child(item, "name")) == solution:
            for place, node in enumerate(_items(_child(item, "placement"))):
                if isinstance(node, yaml.MappingNode):
                    yield ("solutions", number, "placement", place), node


def _is(node: yaml.Node, placement: Placement) -> bool:
    same = _scalar(_child(node, "environment")) == placement.environment
    return same and node.start_mark.line + 1 == placement.origin.line


def _with_version(text: str, node: yaml.MappingNode, environment: str, version: str) -> str | None:
    """Return *text* with the version in the mapping *node*, after its environment; None if it has none of its own."""
    present = _child(node, "version")
    if present is not None:
        return text[: present.start_mark.index] + version + text[present.end_mark.index :]
    pair = next((pair for pair in node.value if _scalar(pair[0]) == "environment"), None)
    if pair is None:
        return None
    key, value = pair
    at = value.end_mark.index
    if node.flow_style:
        return f"{text[:at]}, version: {version}{text[at:]}"
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    end -= text[at:end].endswith("\r")
    newline = "\r\n" if "\r\n" in text else "\n"
    return f"{text[:end]}{newline}{' ' * key.start_mark.column}version: {version}{text[end:]}"


def _child(node: yaml.Node | None, name: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for key, value in pairs if _scalar(key) == name), None)


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _scalar(node: yaml.Node | None) -> str | None:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def _data(text: str) -> Any:
    try:
        return yaml.BaseLoader(text).get_single_data()
    except yaml.YAMLError:
        return None


def _set(data: Any, way: Way, value: str) -> Any:
    """Return *data* with a value set where *way* leads; nothing that is shared with another place changes there."""
    if not way:
        return value
    if isinstance(data, list):
        return [_set(item, way[1:], value) if index == way[0] else item for index, item in enumerate(data)]
    return {**data, way[0]: _set(data.get(way[0]), way[1:], value)}


def _replace(path: Path, text: str) -> None:
    """Write a file anew in one step, so that it is never half written."""
    fresh = path.with_name(f".{path.name}.ewo")
    try:
        fresh.write_bytes(text.encode("utf-8"))
        shutil.copymode(path, fresh)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
