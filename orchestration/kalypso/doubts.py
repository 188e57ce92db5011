"""What works but is likely not meant in the objects of an environment: warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from orchestration.kalypso.compose import appliable, applies
from orchestration.kalypso.kinds import (
    ROLES,
    ClusterType,
    ConfigMap,
    ConfigSchema,
    DeploymentTarget,
    GitOpsRepo,
    Template,
)
from orchestration.kalypso.namespace import Namespace
from orchestration.kalypso.problems import Place, Problem
from orchestration.kalypso.schedule import Schedule

_NAMESPACE_LENGTH = 63
Pairs = Sequence[tuple[ClusterType, DeploymentTarget]]


class Assigned:
    """What is assigned: cluster types with targets."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs
        self._on: dict[str, list[tuple[ClusterType, DeploymentTarget]]] = {}
        for pair in pairs:
            self._on.setdefault(pair[0].name, []).append(pair)

    def any_meets(self, labels: Mapping[str, str]) -> bool:
        """Whether what has *labels* applies to an assignment."""
        pairs = self._on.get(labels["cluster-type"], []) if "cluster-type" in labels else self.pairs
        return any(applies(labels, *pair) for pair in pairs)


def namespace_doubts(namespace: Namespace, planned: Schedule) -> Iterator[Problem]:
    """Yield what is doubtful about the objects of an environment."""
    cluster_types = namespace.of(ClusterType)
    targets = {target.name: target for target in namespace.targets}
    pairs = [(cluster_types[one.cluster_type], targets[one.deployment_target]) for one in planned.assignments]
    yield from _config_doubts(namespace, Assigned(pairs))
    yield from _template_doubts(namespace)
    yield from _gitops_doubts(namespace)
    for cluster_type, target in pairs:
        name = f"{namespace.environment}-{cluster_type.name}-{target.name}"
        if len(name) > _NAMESPACE_LENGTH or "." in name:
            message = (
                f"{cluster_type.name}/{target.name}: {name} is no name for a Namespace: "
                f"at most {_NAMESPACE_LENGTH} characters, no dots"
            )
            yield Problem("namespace-name", target.place, message, "shorten the target, its workload or cluster type")


def _gitops_doubts(namespace: Namespace) -> Iterator[Problem]:
    found = list(namespace.of(GitOpsRepo).values())
    if len(found) != 1:
        place = found[1].place if found else Place(namespace.environment)
        what = "the schedule goes to each of them" if found else "the schedule goes nowhere"
        yield Problem("gitops-repos", place, f"the environment has {len(found)} GitOpsRepos: {what}", "keep one")


def _config_doubts(namespace: Namespace, assigned: Assigned) -> Iterator[Problem]:
    for config in namespace.of(ConfigMap).values():
        sets = list(appliable(config))
        yield from _applicability(namespace, config, sets, assigned)
        empty = sorted(key for key, value in config.labels.items() if not value)
        if sets and empty:
            message = f"ConfigMap {config.name}: an empty label ({', '.join(empty)}) is met by whatever lacks it"
            yield Problem("empty-label", config.place, message, "give the label a value, or take it away")
    for schema in namespace.of(ConfigSchema).values():
        yield from _applicability(namespace, schema, [schema.labels], assigned)


def _applicability(
    namespace: Namespace, item: ConfigMap | ConfigSchema, sets: Sequence[Mapping[str, str]], assigned: Assigned
) -> Iterator[Problem]:
    """Yield that nothing of *item* applies, and which labels are in the way."""
    if sets and assigned.pairs and not any(map(assigned.any_meets, sets)):
        unmet = dict.fromkeys(text for labels in sets for text in _unmet(namespace, labels, assigned))
        why = "; ".join(unmet) or "no assignment meets all of its labels at once"
        message = f"{type(item).__name__} {item.name} applies to no assignment: {why}"
        code = "unused-config" if isinstance(item, ConfigMap) else "unused-schema"
        yield Problem(code, item.place, message, "each of its labels must be met by the cluster type or the target")


def _unmet(namespace: Namespace, labels: Mapping[str, str], assigned: Assigned) -> Iterator[str]:
    """Yield of each label that no assignment meets why that is."""
    names = {
        "cluster-type": ("cluster type", set(namespace.of(ClusterType))),
        "deployment-target": ("target", {target.name for target in namespace.targets}),
        "workload": ("workload", {target.workload for target in namespace.targets}),
    }
    for key, value in labels.items():
        if assigned.any_meets({key: value}):
            continue
        what, there = names.get(key, ("", set()))
        if not what:
            yield f"nothing that is assigned has {key}: {value}"
        else:
            yield f"{what} {value} is in no assignment" if value in there else f"there is no {what} {value}"


def _template_doubts(namespace: Namespace) -> Iterator[Problem]:
    templates = namespace.of(Template)
    used = {
        (role, cluster_type.template(role)) for cluster_type in namespace.of(ClusterType).values() for role in ROLES
    }
    for role, name in sorted(used):
        template = templates.get(name)
        if template is None:
            continue
        if template.type != role:
            message = f"Template {name} is of type {template.type} and used as {role}"
            yield Problem("template-role", template.place, message, f"name a Template of type {role}")
        if template.content_type and role != "config":
            message = f"Template {name}: contentType is not looked at for the role {role}"
            yield Problem("content-type", template.place, message, f"the file is {role}.yaml whatever it holds")
