"""What is wrong or doubtful in what a template depends on and injects.

https://learn.microsoft.com/azure/azure-arc/workload-orchestration/solution-shared-adapter-dependency
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestration.fleet import grammar
from orchestration.fleet.model import Problem
from orchestration.fleet.tree import Node, walk
from orchestration.solutions.language.lint.sources import Library, Version, nearest, reads
from orchestration.solutions.language.template import Template

_NO_BLANK = re.compile(r"(?:^|\s)(from|to|name|version|solutionTemplateId|solutionTemplateVersion):\S")
_TEMPLATE_ID = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Edge/solutionTemplates/[^/]+", re.IGNORECASE
)


def dependency_problems(version: Version, template: Template, library: Library) -> Iterator[Problem]:
    """Yield what is wrong with a template's dependencies and what they inject."""
    section = template.root.child("dependencies")
    if section is None or section.value is None:
        return
    if version.is_config:
        message = "only solution templates depend on others"
        yield Problem("dependency", template.root.key("dependencies").origin, message, "take it away")
    if not isinstance(section.value, list):
        yield Problem("dependency", section.origin, "dependencies is not a list", "write - solutionTemplateId: …")
    for _, node in walk(section):
        yield from _no_blank(node)
    for entry in section.items:
        yield from _entry(template, library, entry)


def _entry(template: Template, library: Library, entry: Node) -> Iterator[Problem]:
    parent = entry.child("solutionTemplateId")
    if parent is None:
        yield Problem("dependency", entry.origin, "the dependency has no solutionTemplateId", "add it")
    elif not _TEMPLATE_ID.fullmatch(parent.text):
        message = f"{parent.text[:80]!r} is not the id of a solution template"
        hint = "write /subscriptions/…/providers/Microsoft.Edge/solutionTemplates/NAME"
        yield Problem("dependency", parent.origin, message, hint)
    number = entry.mapping.get("solutionTemplateVersion")
    if number is not None and not grammar.VERSION.fits(number.text):
        message = f"the version {number.text[:80]!r} is not allowed"
        yield Problem("version", number.origin, message, f"it must be {grammar.VERSION.words}")
    injected = entry.mapping.get("configsToBeInjected")
    if injected is not None and not isinstance(injected.value, list | None):
        hint = "write configsToBeInjected: [{from: KEY, to: KEY}]"
        yield Problem("dependency", injected.origin, "configsToBeInjected is not a list", hint)
    for pair in injected.items if injected is not None else ():
        yield from _injection(template, library, entry, pair)


def _injection(template: Template, library: Library, entry: Node, pair: Node) -> Iterator[Problem]:
    """Yield what is wrong with one pair of keys; a parent's key that receives is an empty list or null."""
    for key in ("from", "to"):
        if pair.child(key) is None and not any(_no_blank(pair)) and not any(map(_has_no_blank, pair.mapping.values())):
            yield Problem("dependency", pair.origin, f"what is injected has no {key}", f"add {key}: KEY")
    source = pair.mapping.get("from")
    if source is not None and not _has_no_blank(source) and not reads(template.configs, source.text):
        hint = nearest(source.text, template.paths)
        yield Problem("missing-property", source.origin, f"configs has no key {source.text[:80]}", hint)
    receiving = pair.mapping.get("to")
    parent = entry.mapping.get("solutionTemplateId")
    if receiving is None or parent is None:
        return
    for version in library.named(parent.text.rpartition("/")[2]):
        other = library.compiled(version)
        if other is not None and not other.problems:
            yield from _receiving(version, other, receiving)


def _receiving(version: Version, parent: Template, receiving: Node) -> Iterator[Problem]:
    """Yield why a version of the parent cannot receive what is injected."""
    key = receiving.text[:80]
    if not reads(parent.configs, receiving.text):
        message = f"{version.name} {version.version} has no key {key} to receive it"
        hint = nearest(receiving.text, parent.paths) or f"add {key}: [] there"
        yield Problem("missing-property", receiving.origin, message, hint)
        return
    found = parent.configs.find(*receiving.text.split("."))
    if found.value not in (None, []):
        message = f"{key} of {version.name} {version.version} is no empty list, at {found.origin}"
        yield Problem("dependency", receiving.origin, message, f"write {key}: [] there: what is injected replaces it")


def _no_blank(node: Node) -> Iterator[Problem]:
    """Yield keys and texts that hold a key whose colon has no blank behind it."""
    written = [(key, node.key(key).origin) for key in node.mapping]
    if isinstance(node.value, str):
        written.append((node.text, node.origin))
    for text, place in written:
        if match := _NO_BLANK.search(text):
            message = f"{text[:80]!r} is one text: there is no blank behind the colon"
            yield Problem("missing-blank", place, message, f"write {match[1]}: …")


def _has_no_blank(node: Node) -> bool:
    return any(_no_blank(node))
