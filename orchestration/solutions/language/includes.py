"""`${{$include(NAME/VERSION[, SECTION])}}:` keys, replaced by what they include before anything is worked out.

https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal as OneOf

from orchestration.fleet.model import Problem
from orchestration.fleet.tree import Node
from orchestration.solutions.language.expression import BadExpression, Call, Literal, has_expression, parse
from orchestration.solutions.language.functions import INCLUDE

MOST_VALUES = 50_000
"""How many values a document may have with its includes put in."""

MOST_NESTED = 10
"""How many documents may include each other in a row."""

SECTIONS = frozenset({"configs", "validations"})
"""What stands under `rules` beside rules that are not under `rules.configs`."""

Kind = OneOf["configs", "rules"]
Fetch = Callable[[str], Node | None]
"""Takes `name/version` or a longer reference; returns the document's root, None when there is none."""


class BadInclude(Exception):
    """Includes cannot be put in."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def expanded(root: Node, fetch: Fetch, kind: Kind) -> Node:
    """Return the `configs` of a template, or the rules of a schema, with includes put in; raise `BadInclude`."""
    return _Expander(fetch, kind).expand(keys_of(root, kind), ())


def keys_of(root: Node, kind: Kind) -> Node:
    """Return where the keys of a template or schema stand, an empty mapping at the root when they do not."""
    empty = root._replace(value={}, keys={})
    if kind == "configs":
        return root.child("configs") or empty
    rules = root.child("rules") or empty
    if "configs" in rules.mapping:
        return rules.child("configs") or empty
    return rules._replace(value={name: child for name, child in rules.mapping.items() if name not in SECTIONS})


def include_of(key: Node) -> tuple[str, str] | None:
    """Return reference and section of a key that is an include, None if it is none; raise `BadInclude`."""
    if not has_expression(key.text):
        return None
    try:
        found = parse(key.text)
    except BadExpression as error:
        raise BadInclude(Problem("expression", key.origin, str(error), error.hint)) from error
    if not (isinstance(found, Call) and found.name == INCLUDE):
        message = f"the key {key.text!r} is an expression; only $include may be a key"
        raise BadInclude(Problem("expression-key", key.origin, message, "write the key out"))
    texts = [argument.text for argument in found.arguments if isinstance(argument, Literal)]
    if len(texts) != len(found.arguments) or not 1 <= len(texts) <= 2:
        message = "$include takes a reference, NAME/VERSION, and possibly a section"
        raise BadInclude(Problem("include", key.origin, message, "write ${{$include(NAME/1.0.0, Section)}}:"))
    return texts[0], texts[1] if len(texts) == 2 else ""


class _Expander:
    def __init__(self, fetch: Fetch, kind: Kind) -> None:
        self.fetch, self.kind, self.left = fetch, kind, MOST_VALUES

    def expand(self, node: Node, above: tuple[str, ...]) -> Node:
        """Return *node* with includes put in; *above* names the documents that wait for this one."""
        self.left -= 1
        if self.left < 0:
            message = f"with its includes the document has more than {MOST_VALUES} values"
            raise BadInclude(Problem("too-large", node.origin, message, "include less"))
        if node.items:
            return node._replace(value=[self.expand(item, above) for item in node.items])
        if not node.mapping:
            return node
        entries: dict[str, Node] = {}
        keys: dict[str, Node] = {}
        for name, key, child in self.entries(node, above):
            if name in entries:
                message = f"{name} is included here and is there already, at {keys[name].origin}"
                raise BadInclude(Problem("include", key.origin, message, "include a section, or take one away"))
            entries[name], keys[name] = child, key
        return node._replace(value=entries, keys=keys)

    def entries(self, node: Node, above: tuple[str, ...]) -> Iterator[tuple[str, Node, Node]]:
        """Yield name, key and value of each entry, those of includes in the include's place."""
        for name, child in node.mapping.items():
            key = node.key(name)
            include = include_of(key)
            if include is None:
                yield name, key, self.expand(child, above)
                continue
            if child.value is not None:
                message = "an include is a key without a value"
                raise BadInclude(Problem("include", child.origin, message, "end the line with the colon"))
            found = self.included(key, *include, above)
            yield from ((inner, found.key(inner), value) for inner, value in found.mapping.items())

    def included(self, key: Node, reference: str, section: str, above: tuple[str, ...]) -> Node:
        """Return what one include stands for, as a mapping."""
        if reference in above:
            way = " -> ".join((*above, reference))
            raise BadInclude(Problem("cycle", key.origin, f"$include goes round in a circle: {way}", "break it"))
        if len(above) >= MOST_NESTED:
            message = f"more than {MOST_NESTED} documents include each other in a row"
            raise BadInclude(Problem("too-deep", key.origin, message, "include what is needed directly"))
        root = self.fetch(reference)
        if root is None:
            what = "template" if self.kind == "configs" else "schema"
            message = f"$include({reference}): there is no such {what} here"
            raise BadInclude(Problem("missing-include", key.origin, message, f"add the {what}, or correct the name"))
        found = self.expanded_of(root, key, (*above, reference))
        if not section:
            return found
        chosen = {name: child for name, child in found.mapping.items() if _within(name, section)}
        if not chosen:
            message = f"$include({reference}, {section}): it has no such section"
            raise BadInclude(Problem("missing-include", key.origin, message, f"it has {', '.join(found.mapping)}"))
        return found._replace(value=chosen)

    def expanded_of(self, root: Node, key: Node, above: tuple[str, ...]) -> Node:
        """Return the keys of an included document; what is wrong in it is told of the key that includes it first."""
        try:
            return self.expand(keys_of(root, self.kind), above)
        except BadInclude as error:
            told = error.problem
            if len(above) > 1 or told.origin.file == key.file:
                raise
            message = f"$include({above[-1]}): {told.message}, at {told.origin}"
            raise BadInclude(Problem(told.code, key.origin, message, told.hint)) from error


def _within(name: str, section: str) -> bool:
    return name == section or name.startswith(f"{section}.")
