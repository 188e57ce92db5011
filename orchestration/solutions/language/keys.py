"""The values of a template's keys: set in the hierarchy, written in the template, or the schema's default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestration.fleet.tree import Node, plain
from orchestration.solutions.language import assumed
from orchestration.solutions.language.expression import has_expression
from orchestration.solutions.language.functions import Cycle
from orchestration.solutions.language.provenance import Known, Source
from orchestration.solutions.language.schema import Rule
from orchestration.solutions.language.template import Template
from orchestration.solutions.language.values import Found, Layer, look_up, merged, put


@dataclass
class Keys:
    """What `$val` finds for one template and target; *evaluated* works out the text of a scalar."""

    template: Template
    layers: tuple[Layer, ...]
    evaluated: Callable[[str], Known]
    known: dict[str, Known] = field(default_factory=dict)
    active: set[str] = field(default_factory=set)

    def value(self, path: str) -> Known:
        """Return the value of a key, looked up once; None when there is none."""
        if path not in self.known:
            self.known[path] = self._lookup(path)
        return self.known[path]

    def nodes(self) -> str:
        """Return the names of the nodes that are asked, for a message."""
        return ", ".join(layer.node for layer in self.layers) or "any node"

    def _lookup(self, path: str) -> Known:
        found = look_up(self.layers, path)
        if found is None:
            return self._not_set(path)
        nulls = {assumed.NULLS} if found.nulls else set()
        if not found.settings:
            known = self._not_set(path)
            return known._replace(assumed=known.assumed | nulls)
        asked = f"$val({path})"
        sources = tuple(Source(asked, s.value, "node", s.node, s.file, s.line) for s in found.settings)
        return self._over_defaults(path, Known(found.value, sources, frozenset(nulls | _doubts(found))))

    def _not_set(self, path: str) -> Known:
        """Return the value of a key that no node sets, worked out once for all targets where it is the same for all."""
        known = self.template.unset.get(path)
        if known is None:
            known = self._written_or_default(path)
            if known.error is None and assumed.DEFAULT not in known.assumed:
                self.template.unset[path] = known
        return known

    def _written_or_default(self, path: str) -> Known:
        asked = f"$val({path})"
        written = _written(self.template.configs, path)
        if written is not None and written.value is not None:
            source = Source(asked, plain(written), "literal", None, written.file, written.line)
            return self._over_defaults(path, Known(source.value, (source,), frozenset({assumed.LITERAL})))
        return self._default(path) or Known(None, (self._unset(asked, path),))

    def _unset(self, asked: str, path: str) -> Source:
        rule = self.template.schema.rules.get(path)
        place = rule.place if rule is not None else self.template.root.origin
        return Source(asked, None, "unset", None, place.file, place.line)

    def _over_defaults(self, path: str, known: Known) -> Known:
        """Return an object that is set completed by the defaults of the keys inside it."""
        default = self._default(path) if isinstance(known.value, Mapping) else None
        if default is None or not isinstance(default.value, Mapping):
            return known
        value = merged(default.value, known.value)
        return Known(value, (*known.sources, *default.sources), known.assumed | default.assumed | {assumed.MERGE})

    def _default(self, path: str) -> Known | None:
        """Return the default of a key, or of the keys inside it as a mapping; None when there is none."""
        rules = self.template.schema.rules
        if path in rules and rules[path].default is not None:
            return self._default_of(rules[path])
        inside = self.template.schema.inside(path)
        parts = {rule.key: self._default_of(rule) for rule in inside if rule.default is not None}
        if not parts:
            return None
        value: dict[str, Any] = {}
        for key, part in parts.items():
            put(value, key[len(path) + 1 :].split("."), part.value)
        sources = tuple(source for part in parts.values() for source in part.sources)
        failed = next((part.error for part in parts.values() if part.error), None)
        return Known(value, sources, frozenset().union(*(part.assumed for part in parts.values())), failed)

    def _default_of(self, rule: Rule) -> Known:
        """Return a rule's default, worked out."""
        node = rule.fields["defaultValue"]
        source = Source(f"$val({rule.key})", rule.default, "default", None, node.file, node.line)
        if not isinstance(rule.default, str) or not has_expression(rule.default):
            return Known(rule.default, (source,))
        if rule.key in self.active:
            return Known(None, error=Cycle(f"the default of {rule.key} goes round in a circle"))
        self.active.add(rule.key)
        known = self.evaluated(rule.default)
        self.active.discard(rule.key)
        first = source._replace(value=known.value)
        return known._replace(sources=(first, *known.sources), assumed=known.assumed | {assumed.DEFAULT})


def _doubts(found: Found) -> set[str]:
    """Return the undocumented rules that a value found in the hierarchy rests on."""
    doubts = {assumed.VERBATIM} if isinstance(found.value, str) and has_expression(found.value) else set()
    several = len(found.settings) > 1 and len({setting.node for setting in found.settings}) > 1
    return doubts | {assumed.MERGE} if several else doubts


def _written(configs: Node, path: str) -> Node | None:
    """Return what the template itself writes at a dotted path, None when it is nothing or an expression."""
    node: Node | None = configs
    for name in path.split("."):
        node = node.child(name) if node is not None else None
    return None if node is None or _computed(node) else node


def _computed(node: Node) -> bool:
    if node.mapping or node.items:
        return any(_computed(child) for child in (*node.mapping.values(), *node.items))
    return isinstance(node.value, str) and has_expression(node.value)
