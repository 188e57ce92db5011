"""Values as YAML text that every reader takes for the same: texts in quotes, numbers and words plain."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping
from typing import Any

import yaml

MAP_TAG = "tag:yaml.org,2002:map"
SEQUENCE_TAG = "tag:yaml.org,2002:seq"
STRING_TAG = "tag:yaml.org,2002:str"
WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)


class Plain(str):
    """Text that is written as it is, without quotes: a number, or an expression."""


class Quoted(str):
    """A key that is written in quotes, so that it is seen to be meant as it is."""


def key(text: str, *, dots: bool = False) -> yaml.Node:
    """Return the node of a mapping's key; one with a dot is quoted, so as to be told from a path, unless *dots*."""
    plain = _PLAIN_KEY.fullmatch(text) and text.lower() not in WORDS and (dots or "." not in text)
    plain = plain and not isinstance(text, Quoted)
    return yaml.ScalarNode(STRING_TAG, text, style=None if plain else '"')


def represent(value: Any, *, blocks: bool = False) -> yaml.Node:
    """Return the node of a value; texts are quoted, because YAML 1.1 and 1.2 differ on plain ones.

    With *blocks* texts of several lines are written as such.
    """
    if isinstance(value, yaml.Node):
        return value
    if isinstance(value, Plain):
        return yaml.ScalarNode(STRING_TAG, value)
    if isinstance(value, str):
        return yaml.ScalarNode(STRING_TAG, value, style="|" if blocks and _is_block(value) else '"')
    if isinstance(value, Mapping):
        pairs = [(key(name), represent(item, blocks=blocks)) for name, item in value.items()]
        return yaml.MappingNode(MAP_TAG, pairs, flow_style=not pairs)
    if isinstance(value, list | tuple):
        items = [represent(item, blocks=blocks) for item in value]
        return yaml.SequenceNode(SEQUENCE_TAG, items, flow_style=not items)
    return yaml.ScalarNode(STRING_TAG, yaml.SafeDumper(io.StringIO()).represent_data(value).value)


def written(node: yaml.Node) -> str:
    """Return a node as text, no line broken but where the text of a value is."""
    text: str = yaml.serialize(node, Dumper=yaml.BaseDumper, allow_unicode=True, width=math.inf)
    return text


def _is_block(text: str) -> bool:
    """Return whether a text has several lines and comes back from a block as it was."""
    return text.count("\n") > 1 and text[0] not in " \n" and all(char.isprintable() or char == "\n" for char in text)
