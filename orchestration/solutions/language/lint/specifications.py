"""What is wrong or doubtful in a solution's specification.

https://learn.microsoft.com/azure/azure-arc/workload-orchestration/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestration.fleet.model import Problem
from orchestration.fleet.tree import Node
from orchestration.solutions.language.expression import BadExpression, Literal, calls, has_expression, parse
from orchestration.solutions.language.functions import wrong_call
from orchestration.solutions.language.lint.sources import Version, nearest, reads, scalars, uses
from orchestration.solutions.language.template import Template

HELM = "helm.v3"
_COMPONENT = frozenset({"name", "type", "properties", "dependencies", "routes", "parameters", "metadata"})
_PROPERTIES = frozenset({"chart", "releaseName", "staged", "values", "template"})
_CHART = frozenset({"repo", "version", "name", "wait", "timeout"})
_STAGED = frozenset({"acrResourceId", "images"})
# https://semver.org, as Helm takes it: https://helm.sh/docs/topics/charts/#charts-and-versioning
_SEMVER = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
# https://pkg.go.dev/time#ParseDuration
_DURATION = re.compile(r"([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+")
# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
_REPO = re.compile(r"(oci://|https?://)?[A-Za-z0-9][-A-Za-z0-9.]*(:[0-9]+)?(/[A-Za-z0-9][-A-Za-z0-9._]*)*/?")
# https://github.com/distribution/reference/blob/main/reference.go
_IMAGE = re.compile(
    r"[A-Za-z0-9][-A-Za-z0-9._]*(:[0-9]+(?=/))?(/[A-Za-z0-9][-A-Za-z0-9._]*)*(:[A-Za-z0-9_][-A-Za-z0-9_.]{0,127})?"
    r"(@sha256:[0-9a-f]{64})?"
)
_REGISTRY = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.ContainerRegistry/registries/[A-Za-z0-9]{5,50}",
    re.IGNORECASE,
)
_RELEASE = re.compile(r"[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?")


def specification_problems(version: Version, template: Template | None, root: Node) -> Iterator[Problem]:
    """Yield what is wrong in a specification; *template* is the one beside it."""
    components = root.child("components")
    if components is None or not components.items:
        place = components.origin if components is not None else root.origin
        hint = "add components: [{name: …, type: helm.v3, properties: {chart: …}}]"
        yield Problem("specification", place, "a specification has at least one component", hint)
        return
    yield from _unknown(root, frozenset({"components"}), "specification")
    seen: dict[str, Node] = {}
    for component in components.items:
        yield from _component(component)
        name = component.mapping.get("name")
        if name is not None and seen.setdefault(name.text, name) is not name:
            message = f"a component is called {name.text} already, at {seen[name.text].origin}"
            yield Problem("specification", name.origin, message, "give each a name of its own")
    yield from _expressions(version, template, root)
    yield from _registry(version, template, components)


def _registry(version: Version, template: Template | None, components: Node) -> Iterator[Problem]:
    """Yield components whose images are staged while no value leads to the registry that they are staged in."""
    staged = [node for each in components.items if (node := each.find("properties").child("staged")) is not None]
    configs = template.configs if template is not None else None
    if staged and not any(use.call.name == "connectedRegistryIP" for use in uses(version, configs, [])):
        message = "images are staged, and nothing reads the address of the registry on the site"
        hint = "write ${{$connectedRegistryIP()}} into the value that the chart pulls from"
        yield Problem("staging", staged[0].origin, message, hint, "warning")


def _component(component: Node) -> Iterator[Problem]:
    yield from _unknown(component, _COMPONENT, "component")
    for key in ("name", "type"):
        node = component.mapping.get(key)
        if node is None or not node.text:
            yield Problem("specification", component.origin, f"the component has no {key}", f"add {key}: …")
    kind = component.mapping.get("type")
    if kind is None or kind.text != HELM:
        if kind is not None and kind.text:
            yield Problem("specification", kind.origin, f"targets run {HELM}, not {kind.text}", "", "warning")
        return
    properties = component.mapping.get("properties")
    chart = properties.mapping.get("chart") if properties is not None else None
    if properties is None or chart is None:
        hint = "add properties: {chart: {repo: …, version: 1.0.0}}"
        yield Problem("specification", (properties or component).origin, "the component has no chart", hint)
        return
    yield from _unknown(properties, _PROPERTIES, "component's properties")
    yield from _chart(chart)
    yield from _staged(properties)
    if "values" in properties.mapping:
        message = "the service fills in values from the resolved configs"
        yield Problem("specification", properties.key("values").origin, message, "take them away", "warning")
    yield from _fits(properties, "releaseName", _RELEASE, "lower-case letters, digits and inner hyphens, at most 53")


def _chart(chart: Node) -> Iterator[Problem]:
    yield from _unknown(chart, _CHART, "chart")
    for key in ("repo", "version"):
        if not chart.find(key).text or key not in chart.mapping:
            yield Problem("specification", chart.origin, f"the chart has no {key}", f"add {key}: …")
    yield from _fits(chart, "repo", _REPO, "a registry's host and path, with or without oci://")
    yield from _fits(chart, "version", _SEMVER, "three numbers such as 1.4.2")
    yield from _fits(chart, "timeout", _DURATION, "a duration such as 5m")
    wait = chart.mapping.get("wait")
    if wait is not None and not isinstance(wait.value, bool):
        yield Problem("specification", wait.origin, "wait is not true or false", "write wait: true")


def _staged(properties: Node) -> Iterator[Problem]:
    staged = properties.mapping.get("staged")
    if staged is None:
        return
    yield from _unknown(staged, _STAGED, "staged")
    for key in sorted(_STAGED - staged.mapping.keys()):
        yield Problem("specification", staged.origin, f"staged has no {key}", f"add {key}: …")
    yield from _fits(
        staged, "acrResourceId", _REGISTRY, "the id of a container registry, /subscriptions/…/registries/NAME"
    )
    images = staged.mapping.get("images")
    if images is not None and not images.items:
        yield Problem("specification", images.origin, "images is no list of images", "write images: [NAME:TAG]")
    for image in images.items if images is not None else ():
        if not (isinstance(image.value, str) and (has_expression(image.text) or _IMAGE.fullmatch(image.text))):
            message = f"{image.text[:80]!r} is no image"
            yield Problem("specification", image.origin, message, "write NAME:TAG or NAME@sha256:…")


def _unknown(node: Node, known: frozenset[str], what: str) -> Iterator[Problem]:
    for key in node.mapping:
        if key not in known:
            hint = nearest(key, sorted(known))
            yield Problem("unknown-key", node.key(key).origin, f"a {what} has no {key}", hint, "warning")


def _fits(node: Node, key: str, pattern: re.Pattern[str], words: str) -> Iterator[Problem]:
    found = node.mapping.get(key)
    if found is not None and found.text and not has_expression(found.text) and not pattern.fullmatch(found.text):
        yield Problem("specification", found.origin, f"the {key} {found.text[:80]!r} is not allowed", f"write {words}")


def _expressions(version: Version, template: Template | None, root: Node) -> Iterator[Problem]:
    """Yield what is wrong with expressions, in which only `$property` and `$target` are documented."""
    for node in scalars(root):
        try:
            found = list(calls(parse(node.text)))
        except BadExpression as error:
            yield Problem("expression", version.origin(node, error.at), str(error), error.hint)
            continue
        for call in found:
            place = version.origin(node, call.at)
            path = call.arguments[0].text if call.arguments and isinstance(call.arguments[0], Literal) else ""
            if message := wrong_call(call):
                yield Problem("function", place, message)
            elif call.name in ("val", "config"):
                hint = "put it into configs, and read that with $property"
                yield Problem("function", place, f"${call.name} is not documented for specifications", hint, "warning")
            elif call.name == "property" and template is not None and path and not reads(template.configs, path):
                message = f"configs has no key {path}"
                yield Problem("missing-property", place, message, nearest(path, template.paths))
