"""The values a fleet names, merged and keyed by the document they belong in.

A value set is one document per template version and node, which operators edit too. Keys of a
document: `solution/NAME/VERSION/TARGET` and `config/NAME/VERSION/NODE`. Since December 2025 the
values of a solution are set on targets only, so what a fleet says of a node is merged down to them:
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/release-notes
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from orchestration.fleet.model import Fleet, Solution, Target, Values
from orchestration.solutions.placement import matching, placements_in_order, version_for

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """Which value document: of a solution on a target, or of a config template on a node."""

    kind: Literal["solution", "config"]
    name: str
    version: str
    where: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}/{self.version}/{self.where}"

    @classmethod
    def parse(cls, text: str) -> DocumentKey:
        """Return the key that *text* writes; raise `ValueError` if it is none."""
        kind, name, version, where = text.split("/")
        if kind not in ("solution", "config"):
            raise ValueError(f"{text!r} is no key of a value document")
        return cls("solution" if kind == "solution" else "config", name, version, where)


def desired_values(fleet: Fleet) -> Mapping[str, Values]:
    """Return the values the fleet names, by document key; a document without any is left out."""
    documents = (*_config_documents(fleet), *_solution_documents(fleet))
    return {str(key): values for key, values in documents if values}


def owned_paths(fleet: Fleet) -> Mapping[str, tuple[str, ...]]:
    """Return the dotted leaf paths the fleet names, by document key, sorted; a dot in a key is `\\.`."""
    return {
        key: tuple(sorted(dotted(path) for path, _ in leaves(values))) for key, values in desired_values(fleet).items()
    }


def solution_values(fleet: Fleet, solution: Solution, target: Target) -> Values:
    """Return what the fleet says for a solution on a target, the nearest of target and nodes winning."""
    chain = fleet.hierarchy.chain(target.site) if fleet.hierarchy else ()
    names = (target.name, *(node.name for node in chain))
    return merge(*(solution.values.get(name, {}) for name in reversed(names)))


def merge(*layers: Values) -> dict[str, Any]:
    """Return the layers merged path by path, later ones winning; lists are replaced whole."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            before = merged.get(key)
            if isinstance(before, Mapping) and isinstance(value, Mapping):
                value = merge(before, value)
            merged[key] = value
    return merged


def leaves(values: Values, prefix: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield path and value of every leaf; an empty mapping and a list are leaves."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*prefix, key))
        else:
            yield (*prefix, key), value


def dotted(path: Iterable[str]) -> str:
    """Return a path as text, with a backslash before dots and backslashes of its keys."""
    return ".".join(key.replace("\\", "\\\\").replace(".", "\\.") for key in path)


def undotted(text: str) -> Path:
    """Return the path that `dotted` wrote as *text*."""
    keys, key, escaped = [], "", False
    for char in text:
        if escaped or char not in "\\.":
            key, escaped = key + char, False
        elif char == "\\":
            escaped = True
        else:
            keys.append(key)
            key = ""
    return (*keys, key)


def _config_documents(fleet: Fleet) -> Iterator[tuple[DocumentKey, Values]]:
    for template in fleet.config_templates.values():
        for node, values in template.values.items():
            yield DocumentKey("config", template.name, template.version, node), values


def _solution_documents(fleet: Fleet) -> Iterator[tuple[DocumentKey, Values]]:
    for solution in fleet.solutions.values():
        for placement in placements_in_order(fleet, solution):
            version = version_for(solution, placement)
            for target in matching(fleet, solution, placement):
                key = DocumentKey("solution", solution.name, version, target.name)
                yield key, solution_values(fleet, solution, target)
