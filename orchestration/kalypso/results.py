"""What works but is likely not meant in rendered files: warnings, at the manifest of the template that made it so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from orchestration.kalypso.goyaml import Node, UnreadableYaml, documents, is_small_yaml
from orchestration.kalypso.kinds import ROLES, ClusterType, Template
from orchestration.kalypso.namespace import Namespace
from orchestration.kalypso.problems import Place, Problem
from orchestration.kalypso.render import Rendered, file_name, join
from orchestration.kalypso.schedule import Schedule
from orchestration.kalypso.shapes import child, target, value_of

_HINTS = {
    "blank-result": "a result is dropped only if it is empty: trim the template's blanks with {{- and -}}",
    "config-data": "the clusters' API server refuses it: quote it in the template, or use toYaml VALUE | quote",
    "empty-file": "",
    "glued-manifests": "write the manifest with | instead of |-, so that it ends in a line break",
    "rendered-yaml": "the clusters cannot apply it",
}
Doubt = tuple[str, Place, str]
_ENTRY = (
    r"""[\w./-]+:[ ](?:"[^"\n]*"|'[^'\n]*'|\|[-+]?|"""
    r"(?!(?:null|Null|NULL|true|True|TRUE|false|False|FALSE)\b)[A-Za-z/][^\n]*)"
)
_TEXTS = re.compile(rf"(?P<indent> +){_ENTRY}\n?(?:(?P=indent)(?:{_ENTRY}| [^\n]*)(?:\n|\Z)|\n)*")
"""Entries in lines of one indentation, in quotes, in blocks or plain; what is indented further belongs to them."""


def rendered_doubts(namespace: Namespace, planned: Schedule, rendered: Mapping[str, Rendered]) -> Iterator[Problem]:
    """Yield what is doubtful about rendered files, once for all files of which it is true."""
    templates, cluster_types = namespace.of(Template), namespace.of(ClusterType)
    found: dict[Doubt, list[str]] = {}
    for one in planned.assignments:
        results = rendered[one.name].results
        for role in ROLES:
            if role in results:
                template = templates[cluster_types[one.cluster_type].template(role)]
                path = f"{one.cluster_type}/{one.deployment_target}/{file_name(role, template)}"
                for doubt in _doubts(template, role, results[role], path):
                    found.setdefault(doubt, []).append(path)
    for (code, place, message), files in found.items():
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        yield Problem(code, place, f"{files[0]}{more}: {message}", _HINTS[code])


def _doubts(template: Template, role: str, results: Sequence[str], path: str) -> Iterator[Doubt]:
    text = join(results)
    if not text and role != "config":
        yield "empty-file", template.place, f"Template {template.name} renders to nothing"
    kept = [number for number, result in enumerate(results) if result]
    for number in kept:
        place = _place(template, number)
        if results[number].isspace():
            yield "blank-result", place, f"manifest {number + 1} of Template {template.name} renders to blanks only"
        if number != kept[-1] and not results[number].endswith("\n"):
            message = f"manifest {number + 1} of Template {template.name} ends without a line break"
            yield "glued-manifests", place, f"{message}: the --- of the next one is glued to its last line"
    if path.endswith(".yaml"):
        yield from _yaml_doubts(template, results, text)


def _place(template: Template, number: int) -> Place:
    places = template.manifest_places
    return places[number] if number < len(places) else template.place


def _yaml_doubts(template: Template, results: Sequence[str], text: str) -> Iterator[Doubt]:
    if is_surely_fine(text):
        return
    try:
        for root in documents(text):
            kind = child(root, "kind")
            if root is not None and kind is not None and kind.value == "ConfigMap":
                wrong = ", ".join(_not_text(child(root, "data")))
                if wrong:
                    place = _place(template, _manifest_at(results, root.line))
                    yield "config-data", place, f"data of the ConfigMap is not all text: {wrong}"
    except UnreadableYaml as error:
        place = _place(template, _manifest_at(results, error.line))
        yield "rendered-yaml", place, f"line {error.line} is not YAML: {error}"


def is_surely_fine(text: str) -> bool:
    """Whether nothing is doubtful about a YAML file at first sight, which spares most files a second one.

    A ConfigMap is fine if it is alone and ends with its data, of which each entry can be nothing but text.
    """
    if "\\" in text or not is_small_yaml(text):
        return False
    if "ConfigMap" not in text:
        return True
    _, begins, data = text.partition("\ndata:\n")
    return bool(begins) and "---" not in text and _TEXTS.fullmatch(data) is not None


def _not_text(data: Node | None) -> Iterator[str]:
    """Yield the keys of a ConfigMap's data whose values the API server refuses."""
    if data is None:
        return
    if target(data).kind != "mapping":
        yield "it is no object"
        return
    for key, value in target(data).pairs():
        if not isinstance(value_of(value), str):
            yield str(value_of(key))


def _manifest_at(results: Sequence[str], line: int) -> int:
    """Return the number of the manifest that the *line* of the joined text comes from."""
    last = 0
    for number, result in enumerate(results):
        if result:
            last = number
            line -= result.count("\n") + 1
            if line <= 0:
                break
    return last
