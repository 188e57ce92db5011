"""YAML as values, schemas and templates carry it: YAML 1.2's core scalars, no aliases, no duplicate keys."""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import Any

import yaml

MAX_CHARACTERS = 1_000_000
KEPT_CHARACTERS = 100_000
MAX_DEPTH = 64
MAX_DIGITS = 300

_HALF = re.compile("[\ud800-\udfff]")
_CORE_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("bool", "float", "int", "map", "null", "seq", "str"))
_CORE_SCALARS: tuple[tuple[str, str, str], ...] = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+."),
    ("null", r"~|null|Null|NULL|", "~nN"),
)


class TextError(ValueError):
    """A text is not the YAML document that is wanted."""


class _Loader(yaml.SafeLoader):
    """SafeLoader of YAML 1.2's core schema that refuses aliases, duplicate keys and deep nesting."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's)
    yaml_constructors = {  # noqa: RUF012 (PyYAML's)
        tag: construct
        for tag, construct in yaml.SafeLoader.yaml_constructors.items()
        if tag is None or tag in _CORE_TAGS
    }
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Return the next node; raise TextError for an alias or too deep a nesting."""
        if self.check_event(yaml.AliasEvent):
            raise TextError("aliases are not taken; write the value out")
        if self.depth >= MAX_DEPTH:
            raise TextError(f"nested deeper than {MAX_DEPTH} levels")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if isinstance(node, yaml.ScalarNode) and _HALF.search(node.value):
            raise TextError(f"line {node.start_mark.line + 1}: half of a surrogate pair is no character")
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping with text keys; raise TextError for a key that is given twice."""
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise TextError(f"line {key_node.start_mark.line + 1}: a key must be text")
            if key_node.value in mapping:
                raise TextError(f"line {key_node.start_mark.line + 1}: key {key_node.value!r} is given twice")
            mapping[key_node.value] = self.construct_object(value_node, deep=deep)
        return mapping


class _Dumper(yaml.SafeDumper):
    """SafeDumper that quotes whatever YAML 1.1 or YAML 1.2 would read as something else than text."""

    def ignore_aliases(self, data: Any) -> bool:
        """Return True: what appears twice is written twice."""
        return True


def _float(loader: _Loader, node: yaml.ScalarNode) -> float:
    found = yaml.SafeLoader.construct_yaml_float(loader, node)
    if not math.isfinite(found):
        raise TextError(f"line {node.start_mark.line + 1}: {node.value} is no number that JSON can carry")
    return found


def _int(loader: _Loader, node: yaml.ScalarNode) -> int:
    if len(node.value) > MAX_DIGITS:
        raise TextError(f"line {node.start_mark.line + 1}: a number of more than {MAX_DIGITS} digits")
    return int(node.value, 8 if node.value.startswith("0o") else 16 if node.value.startswith("0x") else 10)


for _tag, _pattern, _first in _CORE_SCALARS:
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), [*_first, ""])
_Loader.add_constructor("tag:yaml.org,2002:int", _int)
_Loader.add_constructor("tag:yaml.org,2002:float", _float)


def load(text: str) -> Any:
    """Return the one document in *text*; raise TextError when it is not one."""
    if len(text) > MAX_CHARACTERS:
        raise TextError(f"longer than {MAX_CHARACTERS} characters")
    try:
        return yaml.load(text, _Loader)  # noqa: S506 (a SafeLoader)
    except TextError:
        raise
    except (yaml.YAMLError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise TextError(f"not YAML: {error}") from error


def load_mapping(text: str) -> dict[str, Any]:
    """Return the mapping in *text*, an empty text being an empty one; raise TextError when it is none."""
    read = _mapping_as_json if len(text) <= KEPT_CHARACTERS else _mapping_as_json.__wrapped__
    document: dict[str, Any] = json.loads(read(text))
    return document


@lru_cache(maxsize=1024)  # every GET of a version or its values reads the same texts again
def _mapping_as_json(text: str) -> str:
    document = load(text)
    if document is not None and not isinstance(document, dict):
        raise TextError("not a mapping")
    return json.dumps(document or {})


def dump(value: Any) -> str:
    """Return *value* as YAML text, keys in their order."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
