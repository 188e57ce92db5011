"""Why: where each config value of an assignment comes from, which template makes which file, and what was not met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from orchestration.errors import OrchestrationError, UsageError
from orchestration.kalypso.compose import Composer, Value, met
from orchestration.kalypso.kinds import ROLES, ClusterType, ConfigMap, DeploymentTarget, SchedulingPolicy, Template
from orchestration.kalypso.labels import FLUX_NAME, FLUX_NAMESPACE, Labels, Requirement, Selector
from orchestration.kalypso.namespace import Namespace
from orchestration.kalypso.problems import Place
from orchestration.kalypso.render import file_name
from orchestration.kalypso.values import plain

FLUX = {FLUX_NAME, FLUX_NAMESPACE}


@dataclass(frozen=True, slots=True)
class Link:
    """One value on the way to a key's last: its text, the object it stands in, and why that applies."""

    value: str
    place: Place
    object: str
    because: str

    def to_json(self) -> dict[str, Any]:
        """Return the link as `ewo.explain/1` lists it."""
        place = {"file": self.place.file, "line": self.place.line}
        return {"value": self.value, **place, "object": self.object, "because": self.because}


@dataclass(frozen=True, slots=True)
class Key:
    """A config key with its composed value, and the values that were merged into it, in their order."""

    key: str
    value: Any
    chain: tuple[Link, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the key as `ewo.explain/1` lists it."""
        return {"key": self.key, "value": plain(self.value), "chain": [link.to_json() for link in self.chain]}


@dataclass(frozen=True, slots=True)
class Made:
    """A generated file and the template that makes it; the place is empty if there is no such template."""

    path: str
    template: str
    place: Place

    def to_json(self) -> dict[str, Any]:
        """Return the file as `ewo.explain/1` lists it."""
        return {"path": self.path, "template": self.template, "file": self.place.file, "line": self.place.line}


@dataclass(frozen=True, slots=True)
class Miss:
    """The first requirement of a policy that is not met, and the labels that were there instead."""

    policy: str
    requirement: str
    labels: Labels
    place: Place
    owner: Literal["target", "cluster type"] = "target"  # of the labels

    def to_json(self) -> dict[str, Any]:
        """Return the miss as `ewo.explain/1` lists it."""
        place = {"file": self.place.file, "line": self.place.line}
        return {"policy": self.policy, "requirement": self.requirement, "labels": dict(self.labels), **place}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of one target on one cluster type: whether policies put it there, its config, its files, and what is missed."""

    policies: tuple[str, ...]
    keys: tuple[Key, ...]
    files: tuple[Made, ...]
    why_not: tuple[Miss, ...]

    def to_json(self) -> dict[str, Any]:
        """Return `ewo.explain/1`."""
        return {
            "schema": "ewo.explain/1",
            "policies": list(self.policies),
            "keys": [key.to_json() for key in self.keys],
            "files": [made.to_json() for made in self.files],
            "whyNot": [miss.to_json() for miss in self.why_not],
        }


def explain(namespace: Namespace, cluster_type: str, target: str, key: str | None = None) -> Explanation:
    """Explain a target, by its full name, on a cluster type, be it assigned or not; of its config one key or all.

    Raises `UsageError` for what the environment does not have.
    """
    kind = _named("cluster type", namespace.of(ClusterType), cluster_type, namespace.environment)
    placed = _named("target", {one.name: one for one in namespace.targets}, target, namespace.environment)
    misses = {policy.name: _missed(policy, kind, placed, namespace.environment) for policy in namespace.policies}
    keys = tuple(_keys(list(namespace.of(ConfigMap).values()), kind, placed))
    if key is not None and key not in {one.key for one in keys}:
        there = ", ".join(one.key for one in keys) or "none"
        raise UsageError(f"{cluster_type}/{target} has no config key {key}", hint=f"its keys: {there}")
    return Explanation(
        policies=tuple(name for name, miss in misses.items() if miss is None),
        keys=tuple(one for one in keys if key in (None, one.key)),
        files=tuple(_files(namespace, kind, placed)),
        why_not=tuple(miss for miss in misses.values() if miss is not None),
    )


def _named(what: str, found: Mapping[str, Any], name: str, environment: str) -> Any:
    if name not in found:
        there = ", ".join(sorted(found)) or "none"
        raise UsageError(f"{environment} has no {what} {name}", hint=f"there are: {there}")
    return found[name]


def _keys(config_maps: list[ConfigMap], cluster_type: ClusterType, target: DeploymentTarget) -> Iterator[Key]:
    composer = Composer(config_maps)
    chains = composer.chains(cluster_type, target)
    try:
        composed = composer.compose(cluster_type, target)
    except OrchestrationError:
        composed = {}  # the rendering says why; the chains are there all the same
    for name, chain in sorted(chains.items()):
        yield Key(name, composed.get(name), tuple(_link(value, cluster_type, target) for value in chain))


def _link(value: Value, cluster_type: ClusterType, target: DeploymentTarget) -> Link:
    reasons = [reason for key, text in value.labels.items() if (reason := met(key, text, cluster_type, target))]
    because = "; ".join(reasons) or "it has no label and applies everywhere"
    return Link(value.text, value.place, f"ConfigMap {value.origin.name}", because)


def _files(namespace: Namespace, cluster_type: ClusterType, target: DeploymentTarget) -> Iterator[Made]:
    templates = namespace.of(Template)
    for role in ROLES:
        name = cluster_type.template(role)
        template = templates.get(name)
        place = template.place if template else Place("")
        yield Made(f"{cluster_type.name}/{target.name}/{file_name(role, template)}", name, place)


def _missed(
    policy: SchedulingPolicy, cluster_type: ClusterType, target: DeploymentTarget, environment: str
) -> Miss | None:
    """Return what keeps the policy from putting the target on the cluster type, None if nothing does."""
    labels = {key: value for key, value in target.labels.items() if key not in FLUX}
    if target.environment != environment:
        return Miss(policy.name, f"the target's environment is {environment}", {}, policy.place)
    if policy.workspace not in ("", target.workspace):
        wanted = f"deploymentTargetSelector: workspace is {policy.workspace}"
        return Miss(policy.name, wanted, labels, policy.target_selector.place)
    if found := _first_missed(policy.target_selector, target.labels):
        return Miss(policy.name, f"deploymentTargetSelector: {found}", labels, policy.target_selector.place)
    if found := _first_missed(policy.cluster_type_selector, cluster_type.labels):
        own = {key: value for key, value in cluster_type.labels.items() if key not in FLUX}
        return Miss(
            policy.name, f"clusterTypeSelector: {found}", own, policy.cluster_type_selector.place, "cluster type"
        )
    return None


def _first_missed(selector: Selector, labels: Labels) -> str:
    return next((_spelled(one) for one in selector.requirements() if not one.met_by(labels)), "")


def _spelled(requirement: Requirement) -> str:
    """Return a requirement as people write it on a command line of kubectl's."""
    key, values_ = requirement.key, requirement.values
    match requirement.operator:
        case "In" if len(values_) == 1:
            return f"{key} = {values_[0]}"
        case "In":
            return f"{key} in ({', '.join(values_)})"
        case "NotIn":
            return f"{key} not in ({', '.join(values_)})"
        case "Exists":
            return f"{key} exists"
    return f"{key} does not exist"
