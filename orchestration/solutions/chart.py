"""A Helm chart's folder held against the solutions that run it.

https://helm.sh/docs/topics/charts/: `values.yaml` has a chart's defaults, `values.schema.json` checks them together
with the values that it is given, of which a null takes the default away.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from orchestration.fleet.model import Origin, Problem
from orchestration.fleet.tree import Node
from orchestration.solutions.chart_files import CHART, SCHEMA, VALUES, Chart
from orchestration.solutions.language.expression import has_expression
from orchestration.solutions.language.includes import keys_of
from orchestration.solutions.language.lint.sources import Version, nearest

if TYPE_CHECKING:
    from orchestration.kalypso.goschema.model import Schema
    from orchestration.solutions.resolving import TargetValues

_GIVEN_TO_ALL = frozenset({"global"})


def chart_problems(chart: Chart, versions: Iterable[Version], resolved: Iterable[TargetValues]) -> Iterator[Problem]:
    """Yield where solutions and the chart that they run do not fit, by key and by the values of each target."""
    users = [(version, place) for version in versions for place in _charts(version) if _named(place) == chart.name]
    if not users:
        message = f"no component of what was given runs a chart called {chart.name}"
        yield Problem("chart", Origin(chart.file(CHART)), message, "give the solution's folder", "warning")
    for version, place in users:
        yield from _version(chart, place)
        if version.template is not None and chart.values:
            yield from _unknown(keys_of(version.template, "configs"), chart.values)
    if chart.schema:
        names = {version.name for version, _ in users}
        yield from _invalid(chart, [each for each in resolved if each.template in names])


def _charts(version: Version) -> Iterator[Node]:
    """Yield the charts that a version's components run."""
    components = version.specification.child("components") if version.specification is not None else None
    for component in components.items if components is not None else ():
        chart = component.find("properties").child("chart") if component.child("properties") else None
        if chart is not None:
            yield chart


def _named(place: Node) -> str:
    return place.mapping["repo"].text.rstrip("/").rpartition("/")[2] if "repo" in place.mapping else ""


def _version(chart: Chart, place: Node) -> Iterator[Problem]:
    node = place.mapping.get("version")
    if node is not None and node.text != chart.version:
        message = f"the component runs {chart.name} {node.text[:80]}, the folder has {chart.version}"
        yield Problem("chart-version", node.origin, message, "give the folder of that version", "warning")


def _unknown(configs: Node, defaults: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield keys of `configs` that the chart has no default for, and so does not read unless by chance."""
    for key, node in configs.mapping.items():
        if key not in defaults and key not in _GIVEN_TO_ALL and not has_expression(key):
            message = f"the chart's {VALUES} has no {key}"
            hint = nearest(key, defaults) or "add it there, with its default"
            yield Problem("chart-value", configs.key(key).origin, message, hint, "warning")
        elif (default := defaults.get(key)) and isinstance(default, Mapping):
            yield from _unknown(node, default)


def _invalid(chart: Chart, resolved: Iterable[TargetValues]) -> Iterator[Problem]:
    """Yield what the values of each target break of the chart's schema; values with problems are left out."""
    from orchestration.kalypso.goschema import BadSchema, build

    place = Origin(chart.file(SCHEMA))
    try:
        schema = build(chart.schema)
        for each in resolved:
            if not each.resolution.failed:
                values = coalesced(chart.values, each.resolution.values)
                yield from _violations(schema, values, each, place)
    except (BadSchema, RecursionError) as error:
        yield Problem("chart-schema", place, f"this schema cannot be used: {error}", "correct it")


def _violations(schema: Schema, values: dict[str, Any], each: TargetValues, place: Origin) -> Iterator[Problem]:
    from orchestration.kalypso.goschema import validate
    from orchestration.kalypso.goschema.document import load

    for violation in validate(schema, load(json.dumps(values))):
        message = f"{each.target}: {violation}, of {each.solution} {each.version}"
        hint = f"`ewo solution resolve` says where the values of {each.target} come from"
        yield Problem("chart-schema", place, message, hint)


def coalesced(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a chart's defaults with values laid over them, as Helm does; a null takes a default away."""
    result = dict(defaults)
    for key, value in values.items():
        before = result.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            result[key] = coalesced(before, value)
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = value
    return result
