"""An environment's objects, its schedule and its assignments rendered; beside one like it, only what differs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from orchestration.kalypso.compose import appliable, applies
from orchestration.kalypso.garbage import no_search_for_cycles
from orchestration.kalypso.kinds import (
    ROLES,
    ClusterType,
    ConfigMap,
    ConfigSchema,
    DeploymentTarget,
    Resource,
    Template,
)
from orchestration.kalypso.labels import Labels
from orchestration.kalypso.namespace import Inputs, Namespace, gather
from orchestration.kalypso.render import Rendered, Renderer
from orchestration.kalypso.schedule import Schedule, schedule

R = TypeVar("R", bound=Resource)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an environment's sources come to; `fresh` are the names of the assignments that were rendered for it."""

    namespace: Namespace
    planned: Schedule
    rendered: Mapping[str, Rendered]
    fresh: Collection[str]

    @property
    def fresh_schedule(self) -> Schedule:
        """The schedule with those assignments only."""
        fresh = (one for one in self.planned.assignments if one.name in self.fresh)
        return replace(self.planned, assignments=tuple(fresh))


@no_search_for_cycles()
def evaluate(inputs: Inputs, *, like: Evaluation | None = None) -> Evaluation:
    """Return what an environment's sources come to.

    What comes out as it did for *like*, as nothing differs that it is made of, is taken over from there.
    """
    namespace = gather(inputs)
    cluster_types = list(namespace.of(ClusterType).values())
    planned = schedule(inputs.environment, namespace.policies, namespace.targets, cluster_types)
    known = _same(like, namespace, planned) if like else {}
    fresh = replace(planned, assignments=tuple(one for one in planned.assignments if one.name not in known))
    rendered = {**known, **render_all(namespace, fresh)}
    in_order = {one.name: rendered[one.name] for one in planned.assignments}
    return Evaluation(namespace, planned, in_order, frozenset(one.name for one in fresh.assignments))


@no_search_for_cycles()
def render_all(namespace: Namespace, planned: Schedule) -> dict[str, Rendered]:
    """Return what each assignment renders to, by its name; one cluster type after the other: much is made for each."""
    renderer = Renderer(
        namespace.of(Template),
        list(namespace.of(ConfigMap).values()),
        list(namespace.of(ConfigSchema).values()),
        assignments=len(planned.assignments),
        refused_templates=_refused_templates(namespace),
        incomplete=bool(namespace.failed),
    )
    cluster_types, targets = namespace.of(ClusterType), _targets(namespace)
    return {
        one.name: renderer.render(cluster_types[one.cluster_type], targets[one.deployment_target])
        for one in sorted(planned.assignments, key=lambda one: one.cluster_type)
    }


def _targets(namespace: Namespace) -> dict[str, DeploymentTarget]:
    return {target.name: target for target in namespace.targets}


def _refused_templates(namespace: Namespace) -> set[str]:
    return {name for kind, name in namespace.refused if kind == "Template"}


def _same(old: Evaluation, namespace: Namespace, planned: Schedule) -> dict[str, Rendered]:
    """Return what is rendered already: assignments whose objects, with their places, are all as they were."""
    before = old.namespace
    if before.failed or namespace.failed or _refused_templates(before) != _refused_templates(namespace):
        return {}
    changed = {template.name for template in _changed(before.of(Template), namespace.of(Template))}
    unlike = {item.name for item in _changed(before.of(ClusterType), namespace.of(ClusterType))}
    other = {target.name for target in _changed(_targets(before), _targets(namespace))}
    cluster_types, targets = namespace.of(ClusterType), _targets(namespace)
    unlike |= {name for name, item in cluster_types.items() if changed & {item.template(role) for role in ROLES}}
    sets = list(_changed_labels(before, namespace))
    return {
        one.name: old.rendered[one.name]
        for one in planned.assignments
        if one.name in old.rendered
        and one.cluster_type not in unlike
        and one.deployment_target not in other
        and not any(applies(labels, cluster_types[one.cluster_type], targets[one.deployment_target]) for labels in sets)
    }


def _changed(before: Mapping[str, R], after: Mapping[str, R]) -> Iterator[R]:
    """Yield what is added, taken away or changed, as it is on each side that has it."""
    for name in before.keys() | after.keys():
        if before.get(name) != after.get(name):
            yield from (side[name] for side in (before, after) if name in side)


def _changed_labels(before: Namespace, after: Namespace) -> Iterator[Labels]:
    """Yield the labels under which something applies that differs."""
    for config in _changed(before.of(ConfigMap), after.of(ConfigMap)):
        yield from appliable(config)
    for schema in _changed(before.of(ConfigSchema), after.of(ConfigSchema)):
        yield schema.labels
