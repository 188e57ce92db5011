"""The files of a solution's first version as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from orchestration.solutions.starting.proposal import Proposal, Reference
from orchestration.solutions.yaml_text import MAP_TAG, Plain, Quoted, key, represent, written

LONGEST_LINE = 120
EDITORS = ("IT",)


def schema_text(name: str, version: str, proposal: Proposal) -> str:
    """Return the schema of a proposal."""
    rules = [(key(path, dots=True), _rule(path, fields)) for path, fields in proposal.rules.items()]
    found = yaml.MappingNode(MAP_TAG, rules, flow_style=not rules)
    metadata = _in_line(represent({"name": f"{name}-schema", "version": Plain(version)}))
    return written(represent({"metadata": metadata, "rules": {"configs": found}}))


def template_text(name: str, version: str, proposal: Proposal) -> str:
    """Return the template of a proposal."""
    metadata = _in_line(represent({"name": name, "version": Plain(version)}))
    schema = _in_line(represent({"name": f"{name}-schema", "version": Plain(version)}))
    configs = represent(_referring(proposal.configs), blocks=True)
    return written(represent({"metadata": metadata, "schema": schema, "configs": configs}))


def specification_text(name: str, repo: str, version: str) -> str:
    """Return the specification of a solution that runs one chart."""
    chart = _in_line(represent({"repo": repo, "version": version, "wait": True, "timeout": Plain("5m")}))
    component = {"name": name, "type": Plain("helm.v3"), "properties": {"chart": chart}}
    return written(represent({"components": [component]}))


def _rule(path: str, fields: Mapping[str, Any]) -> yaml.Node:
    """Return a rule on one line where it fits there, else with each field on as few as it can be."""
    said = {**fields, "type": Plain(fields["type"]), "editableBy": [Plain(name) for name in EDITORS]}
    # The brackets of array[…] would end a plain text on one line; on a line of its own they are part of it.
    if "[" not in fields["type"] and _fits(path, said):
        return _in_line(represent(said))
    return represent({name: _field(name, value) for name, value in said.items()}, blocks=True)


def _field(name: str, value: Any) -> Any:
    return _in_line(represent(value)) if isinstance(value, list) and _fits(name, value) else value


def _fits(name: str, value: Any) -> bool:
    """Return whether a key and its value are readable on one line."""
    line = written(_in_line(represent({name: value})))
    return len(line) <= LONGEST_LINE - 6 and "\\n" not in line


def _in_line(node: yaml.Node) -> yaml.Node:
    """Return a node with its collections on one line."""
    if isinstance(node, yaml.CollectionNode):
        node.flow_style = True
        for child in node.value:
            for part in child if isinstance(child, tuple) else (child,):
                _in_line(part)
    return node


def _referring(value: Any) -> Any:
    """Return `configs` with an expression for every reference."""
    if isinstance(value, Reference):
        return Plain(f"${{{{$val({value})}}}}")
    if isinstance(value, dict):
        return {name: _referring(item) for name, item in zip(_told_apart(value), value.values(), strict=True)}
    return value


def _told_apart(names: Iterable[str]) -> Iterator[str]:
    """Yield names, in quotes those that differ from one before in case only."""
    seen = set[str]()
    for name in names:
        yield Quoted(name) if name.lower() in seen else name
        seen.add(name.lower())
