"""What is wrong or doubtful in a template.

https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from orchestration.fleet import grammar
from orchestration.fleet.model import Origin, Problem
from orchestration.fleet.tree import Node, walk
from orchestration.solutions.language.expression import Literal, has_expression
from orchestration.solutions.language.functions import INCLUDE, UPSTREAM, wrong_call, wrong_literal
from orchestration.solutions.language.includes import keys_of
from orchestration.solutions.language.lint.dependencies import dependency_problems
from orchestration.solutions.language.lint.sources import Library, Use, Version, nearest, reads, uses
from orchestration.solutions.language.references import key_of
from orchestration.solutions.language.resolve import Configured, Situation, resolve
from orchestration.solutions.language.template import Template

_TOP = frozenset({"metadata", "schema", "dependencies", "configs"})
_REFERENCE = frozenset({"name", "version", "subscription", "resourceGroupName", "rules", "metadata", "validations"})
_BARE_CALL = re.compile(r"(?<!\$)\$(val|config|property|target|if|include|connectedRegistryIP)\(")
Check = Callable[[Version, Template, Library, Use], Iterator[Problem]]


def template_problems(version: Version, template: Template, library: Library) -> Iterator[Problem]:
    """Yield what is wrong in a template."""
    yield from (problem for problem in template.problems if problem.origin.file == template.root.file)
    yield from _top(template.root)
    yield from _keys(version, keys_of(template.root, "configs"))
    yield from _texts(keys_of(template.root, "configs"))
    yield from dependency_problems(version, template, library)
    problems: list[Problem] = []
    for use in uses(version, template.root.child("configs"), problems):
        yield from _use(version, template, library, use)
    yield from problems
    yield from _cycles(template, library)
    yield from _unused(version, template)


def _top(root: Node) -> Iterator[Problem]:
    """Yield what is wrong at the top of the document."""
    for key in root.mapping:
        if key not in _TOP:
            hint = nearest(key, sorted(_TOP))
            yield Problem("unknown-key", root.key(key).origin, f"a template has no {key}", hint, "warning")
    if root.child("configs") is None:
        yield Problem("missing-key", root.origin, "configs is missing", "add configs: {…}")
    schema = root.child("schema")
    for key in schema.mapping if schema is not None else ():
        if key not in _REFERENCE:
            place = schema.key(key).origin if schema is not None else root.origin
            yield Problem("unknown-key", place, f"a template's schema has no {key}", "", "warning")
    for section in ("metadata", "schema"):
        node = root.find(section).mapping.get("version") if root.child(section) else None
        if node is not None and not grammar.VERSION.fits(node.text):
            message = f"the version {node.text[:80]!r} is not allowed"
            yield Problem("version", node.origin, message, f"it must be {grammar.VERSION.words}")


def _keys(version: Version, configs: Node) -> Iterator[Problem]:
    """Yield keys that read as something else than was meant; those in quotes are meant."""
    for _, node in walk(configs):
        spelled: dict[str, str] = {}
        for key in node.mapping:
            if has_expression(key) or version.is_quoted(node.key(key)):
                continue
            other = spelled.setdefault(key.lower(), key)
            if other != key:
                message = f"{key} differs from {other} in case only"
                hint = "keep one of them, or put this one in quotes if the chart has both"
                yield Problem("casing", node.key(key).origin, message, hint, "warning")
            if "." in key:
                message = f"a chart gets {key} as one key, with the dot in its name"
                hint = "nest the keys, or put this one in quotes if the chart has it so"
                yield Problem("dotted-key", node.key(key).origin, message, hint, "warning")


def _texts(configs: Node) -> Iterator[Problem]:
    """Yield texts that look like expressions and are none."""
    for _, node in walk(configs):
        if isinstance(node.value, str) and not has_expression(node.text) and _BARE_CALL.search(node.text):
            message = f"{node.text[:80]!r} is text: a function is called inside ${{{{ }}}} only"
            yield Problem("no-braces", node.origin, message, "write ${{…}} around it", "warning")


def _use(version: Version, template: Template, library: Library, use: Use) -> Iterator[Problem]:
    call, node = use.call, use.node
    place = version.origin(node, call.at)
    if call.name == INCLUDE:
        yield Problem("include", place, "$include may be a key only, without a value", "write ${{$include(…)}}:")
    elif message := wrong_call(call):
        hint = "it is one of Eclipse Symphony's, of which no page of Workload Orchestration tells"
        yield Problem("function", place, message, hint if call.name in UPSTREAM else "")
    elif wrong := wrong_literal(call):
        argument, message = wrong
        yield Problem("function", version.origin(node, argument.at), message, "it fails whatever values are set")
    elif call.name in _CHECKS and all(isinstance(argument, Literal) for argument in call.arguments):
        yield from _CHECKS[call.name](version, template, library, use)


def _path(use: Use, index: int = 0) -> str:
    argument = use.call.arguments[index]
    return argument.text if isinstance(argument, Literal) else ""


def _place(version: Version, use: Use, index: int = 0) -> Origin:
    return version.origin(use.node, use.call.arguments[index].at)


def _val(version: Version, template: Template, library: Library, use: Use) -> Iterator[Problem]:
    """Yield that `$val` looks at a key that nobody can set by a rule."""
    path = _path(use)
    if template.root.child("schema") is None or template.schema.covers(path) or template.schema.problems:
        return
    if _at(template.configs, path) is None:
        message = f"the schema has no rule for {path}: it cannot be set in the portal, and is not checked"
        yield Problem("no-rule", _place(version, use), message, nearest(path, template.schema.rules), "warning")


def _property(version: Version, template: Template, library: Library, use: Use) -> Iterator[Problem]:
    """Yield that `$property` reads a key that is not there."""
    path = _path(use)
    if not any(problem.code in _NO_CONFIGS for problem in template.problems) and not reads(template.configs, path):
        hint = nearest(path, template.paths)
        yield Problem("missing-property", _place(version, use), f"configs has no key {path}", hint)


def _config(version: Version, template: Template, library: Library, use: Use) -> Iterator[Problem]:
    """Yield that `$config` reads a template, or a key of one, that is not there."""
    reference = _path(use)
    found = library.find(reference)
    other = library.compiled(found) if found is not None else None
    if not grammar.VERSION.fits(key_of(reference)[1]):
        message = f"{reference[:80]!r} does not name a version of a config template"
        yield Problem("reference", _place(version, use), message, "write NAME/1.0.0")
    elif found is None or other is None:
        known = [f"{each.name}/{each.version}" for each in library.versions if not each.runs]
        message = f"config template {reference} is not among what was given"
        hint = nearest(reference, known) or "give its folder, too"
        yield Problem("missing-config", _place(version, use), message, hint, "warning")
    elif len(use.call.arguments) > 1 and not other.problems and not reads(other.configs, path := _path(use, 1)):
        hint = nearest(path, other.paths)
        yield Problem("missing-property", _place(version, use, 1), f"{reference} has no key {path}", hint)


_CHECKS: Mapping[str, Check] = {"val": _val, "property": _property, "config": _config}
_NO_CONFIGS = frozenset({"include", "missing-include", "expression-key", "expression", "cycle", "too-large", "configs"})


def _at(configs: Node, path: str) -> Node | None:
    node: Node | None = configs
    for name in path.split("."):
        node = node.child(name) if node is not None else None
    return node


def _cycles(template: Template, library: Library) -> Iterator[Problem]:
    """Yield what needs itself, or comes to too much, whatever values are set."""

    def config(reference: str) -> Configured | None:
        found = library.find(reference)
        other = library.compiled(found) if found is not None else None
        return Configured(other, ()) if other is not None else None

    found = resolve(template, Situation(config=config))
    known = set(template.problems)
    yield from (p for p in found.problems if p.code in ("cycle", "too-deep", "too-large") and p not in known)


def _unused(version: Version, template: Template) -> Iterator[Problem]:
    """Yield rules that no expression looks at: setting their keys changes nothing."""
    schema, beside = template.schema, version.schema
    if not schema.rules:
        return
    places = [schema.rules[key].expression for key in schema.rules]
    trees = [template.configs, *places, *schema.validations]
    read = {
        _path(use) for tree in trees for use in uses(version, tree, []) if use.call.name == "val" and use.call.arguments
    }
    touched = {rule.key for path in read for rule in schema.touching(path)}
    for key, rule in schema.rules.items():
        own = (beside is not None and rule.place.file == beside.file) or rule.place.file == template.root.file
        if own and key not in touched and "" not in read and _at(template.configs, key) is None:
            message = f"nothing reads {key}: setting it has no effect"
            yield Problem("unused-rule", rule.place, message, f"read it with ${{{{$val({key})}}}}", "warning")
