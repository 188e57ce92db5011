"""Text and plain fields of the dot, of which most templates consist, written in one go.

Only what holds is done here: a value that is no text, a field that is not there, an output that gets too long are left
to the closures of the single nodes, which say what is wrong and where.
"""

from __future__ import annotations

from typing import Any

from orchestration.kalypso.gotemplate.fields import Data
from orchestration.kalypso.gotemplate.nodes import Action, Field, Node, Text
from orchestration.kalypso.gotemplate.state import Run, State

Path = tuple[str, ...]


def field_names(node: Node) -> Path | None:
    """Return the names of an action that is nothing but fields of the dot, None for any other node."""
    if not isinstance(node, Action) or node.pipe.variables or len(node.pipe.commands) != 1:
        return None
    operands = node.pipe.commands[0].args
    return tuple(operands[0].names) if len(operands) == 1 and isinstance(operands[0], Field) else None


def is_straight(node: Node) -> bool:
    """Whether *node* can be written in one go with its neighbours."""
    return isinstance(node, Text) or field_names(node) is not None


def straight(nodes: list[Node], otherwise: Run) -> Run:
    """Return the closure that writes *nodes*, which are all straight; *otherwise* is what does so node by node."""
    paths = [path for path in map(field_names, nodes) if path is not None]
    form = "".join(node.text.replace("%", "%%") if isinstance(node, Text) else "%s" for node in nodes)
    count = len(nodes)

    def run(state: State, dot: Any) -> None:
        values = _texts(dot.go_fields, paths) if type(dot) is Data else None
        if values is None or not state.takes(text := form % values, count):
            otherwise(state, dot)
        else:
            state.output.append(text)

    return run


def _texts(fields: dict[str, Any], paths: list[Path]) -> tuple[str, ...] | None:
    """Return the texts that *paths* lead to, None when one leads to anything else."""
    values = []
    for first, *rest in paths:
        value = fields.get(first)
        for name in rest:
            value = value.get(name) if isinstance(value, dict) else None
        if type(value) is not str:
            return None
        values.append(value)
    return tuple(values)
