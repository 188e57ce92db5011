"""Older spellings of a schema rewritten in its text, comments and order kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from orchestration.solutions.language.includes import SECTIONS
from orchestration.solutions.language.schema import SPELLINGS

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # libyaml's where there is one


class Edit(NamedTuple):
    """Characters *start* to *end* of a text replaced by another."""

    start: int
    end: int
    text: str


def fixed(text: str) -> str:
    """Return a schema's, or a template's, text in today's spelling and layout; the same text if it is so already.

    What cannot be rewritten without a doubt stays as it is: text that is no YAML, rules that stand among others.
    """
    try:
        root = _composed(text)
    except yaml.YAMLError:
        return text
    spelled = _applied(text, [edit for rules in _rule_maps(root) for edit in _spellings(rules)])
    laid_out = _applied(spelled, [edit for rules in _rule_maps(_composed(spelled)) for edit in _layout(spelled, rules)])
    return laid_out if _means(laid_out) == _means(text, today=True) else text


def _composed(text: str) -> Any:
    return yaml.compose(text, Loader=_LOADER)


def _applied(text: str, edits: list[Edit]) -> str:
    """Return *text* with the edits made, one that an alias names twice made once."""
    parts, at = [], 0
    for edit in sorted(set(edits)):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def _child(node: Any, key: str) -> Any:
    """Return the value of a mapping's key, None when there is none."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _rule_maps(root: Any) -> Iterator[yaml.MappingNode]:
    """Yield the `rules` of a schema, or of the schema that a template carries."""
    for rules in (_child(root, "rules"), _child(_child(root, "schema"), "rules")):
        if isinstance(rules, yaml.MappingNode):
            yield rules


def _spellings(rules: yaml.MappingNode) -> Iterator[Edit]:
    keys = _child(rules, "configs") or rules
    for _, rule in keys.value:
        if isinstance(rule, yaml.MappingNode):
            written = {name.value for name, _ in rule.value}
            for name, _ in rule.value:
                today = SPELLINGS.get(name.value)
                if today is not None and today not in written:
                    yield Edit(name.start_mark.index, name.end_mark.index, today)


def _layout(text: str, rules: yaml.MappingNode) -> Iterator[Edit]:
    """Yield what puts rules that stand right under `rules` under `rules.configs`."""
    names = [name.value for name, _ in rules.value]
    if "configs" in names or not names or set(names) & SECTIONS:
        return
    start, end = rules.start_mark.index, rules.end_mark.index
    if rules.flow_style:
        yield Edit(start, end, "{configs: " + text[start:end] + "}")
        return
    indent = " " * rules.start_mark.column
    lines = text[start:end].split("\n")
    yield Edit(
        start, end, "\n".join([f"configs:\n{indent}  {lines[0]}", *(f"  {line}" if line else "" for line in lines[1:])])
    )


def _means(text: str, *, today: bool = False) -> Any:
    """Return what a text says, with *today* in today's spelling and layout."""
    try:
        found = yaml.load(text, Loader=_LOADER)  # noqa: S506 - texts only
    except yaml.YAMLError:
        return None
    if today and isinstance(found, dict):
        for holder in (found, found.get("schema")):
            if isinstance(holder, dict) and isinstance(holder.get("rules"), dict):
                holder["rules"] = _rules_today(holder["rules"])
    return found


def _rules_today(rules: dict[str, Any]) -> dict[str, Any]:
    old = "configs" not in rules and rules and not set(rules) & SECTIONS
    keys = rules.get("configs", rules)
    if isinstance(keys, dict):
        keys = {key: _rule_today(rule) for key, rule in keys.items()}
    if old:
        return {"configs": keys}
    return {**rules, "configs": keys} if "configs" in rules else {**rules, **(keys or {})}


def _rule_today(rule: Any) -> Any:
    if not isinstance(rule, dict):
        return rule
    return {
        SPELLINGS.get(name, name) if SPELLINGS.get(name) not in rule else name: value for name, value in rule.items()
    }
