"""Everything that would block an environment, or surprise its owner."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

from orchestration.kalypso.compose import PLATFORM_CONFIG, applies, parse
from orchestration.kalypso.doubts import namespace_doubts, rendered_doubts
from orchestration.kalypso.environment import render_all
from orchestration.kalypso.goyaml import UnreadableYaml
from orchestration.kalypso.kinds import (
    ROLES,
    BaseRepo,
    ClusterType,
    ConfigMap,
    DeploymentTarget,
    Template,
    WorkloadRegistration,
)
from orchestration.kalypso.labels import FLUX_NAME, FLUX_NAMESPACE
from orchestration.kalypso.namespace import Namespace, gather
from orchestration.kalypso.problems import Place, Problem, warning
from orchestration.kalypso.render import Rendered
from orchestration.kalypso.schedule import Schedule, schedule, selects
from orchestration.kalypso.sources import Source

SECRET_NAMES = re.compile(
    r"(?i)(?:^|[_.-])(?:password|passwd|pwd|secret|token|apikey|api[_-]key|accountkey|credential)s?$"
)
SECRET_VALUES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:AccountKey|SharedAccessKey|Password|Pwd)=[^;\s{]+|://[^/\s:@]+:[^/\s@{]+@"
)
OLD_FLUX = re.compile(r"\b(?:source|kustomize|helm|notification)\.toolkit\.fluxcd\.io/v\d+(?:alpha|beta)\d+\b")


def validate(
    environment: str,
    source: Source,
    bases: Mapping[str, Source],
    workloads: Mapping[str, Source | None],
    *,
    configs: Source | None = None,
    workload_bases: bool = False,
) -> tuple[Problem, ...]:
    """Return all problems of an environment, errors first, each group by place."""
    namespace = gather(environment, source, bases, workloads, configs=configs, workload_bases=workload_bases)
    planned = schedule(environment, namespace.policies, namespace.targets, list(namespace.of(ClusterType).values()))
    rendered = render_all(namespace, planned)
    found = dict.fromkeys(
        itertools.chain(
            namespace.problems,
            planned.problems,
            _failures(namespace, planned, rendered),
            namespace_doubts(namespace, planned),
            rendered_doubts(planned, rendered),
            _references(namespace),
            _policies(namespace),
            _accidents(namespace, planned),
            _secrets(namespace),
            _old_flux(namespace),
        )
    )
    return tuple(sorted(found, key=_order))


def _order(problem: Problem) -> tuple[bool, str, int, int, str]:
    place = problem.place
    return problem.severity != "error", place.file, place.line, place.column, problem.message


def _failures(namespace: Namespace, planned: Schedule, rendered: Mapping[str, Rendered]) -> Iterator[Problem]:
    """Yield what keeps assignments from being rendered, at their cluster type, and overlaps, at the later policy."""
    cluster_types = namespace.of(ClusterType)
    policies = {policy.name: policy for policy in namespace.policies}
    for issue in planned.issues:
        later = next((name for name in policies if issue.message.find(f"wanted by {name}:") >= 0), "")
        place = policies[later].place if later else Place(namespace.environment)
        yield Problem("overlapping-policies", place, issue.message, "narrow one of the two selectors")
    for one in planned.assignments:
        for failure in rendered[one.name].failures[:1]:
            message = f"assignment {one.name} fails: {failure.message.rstrip()}"
            yield Problem("assignment-fails", failure.place or cluster_types[one.cluster_type].place, message)


def _references(namespace: Namespace) -> Iterator[Problem]:
    """Yield templates that cluster types name and nobody has, and Flux objects of one name."""
    templates = namespace.of(Template)
    for cluster_type in namespace.of(ClusterType).values() if not namespace.failed else ():
        for role in ROLES:
            name = cluster_type.template(role)
            if name and name not in templates:
                message = f"ClusterType {cluster_type.name}: there is no Template {name} for its {role}"
                yield warning("missing-template", cluster_type.place, message, "add it to a base, or name another")
    bases = namespace.of(BaseRepo)
    for name, registration in namespace.of(WorkloadRegistration).items():
        if name in bases:
            message = f"WorkloadRegistration {name} is called like BaseRepo {name}: Flux would have one object for both"
            yield Problem("same-flux-name", registration.place, message, "rename one of the two")


def _policies(namespace: Namespace) -> Iterator[Problem]:
    """Yield selectors that match nothing."""
    cluster_types = namespace.of(ClusterType).values()
    targets = [target for target in namespace.targets if target.environment == namespace.environment]
    for policy in namespace.policies:
        if not any(selects(policy, target) for target in targets):
            message = f"SchedulingPolicy {policy.name} selects no deployment target"
            yield warning("selects-nothing", policy.target_selector.place, message, "explain --why-not says why")
        if not any(policy.cluster_type_selector.matches(one.labels) for one in cluster_types):
            message = f"SchedulingPolicy {policy.name} selects no cluster type"
            yield warning("selects-nothing", policy.cluster_type_selector.place, message, "explain --why-not says why")


def _accidents(namespace: Namespace, planned: Schedule) -> Iterator[Problem]:
    """Yield keys that are set twice for one assignment where only the names of the ConfigMaps decide who wins."""
    cluster_types = namespace.of(ClusterType)
    targets = {target.name: target for target in namespace.targets}
    pairs = {(one.cluster_type, one.deployment_target) for one in planned.assignments}
    configs = [one for one in namespace.of(ConfigMap).values() if one.labels.get(PLATFORM_CONFIG) == "true"]
    told: set[tuple[str, str, str]] = set()
    for kind, name in sorted(pairs):
        applying = [one for one in configs if applies(one.labels, cluster_types[kind], targets[name])]
        for first, second in itertools.combinations(applying, 2):
            for key in sorted(first.data.keys() & second.data.keys()):
                at = (first.name, second.name, key)
                if at not in told and _by_name_alone(first, second, key):
                    told.add(at)
                    yield _accident(first, second, key, cluster_types[kind], targets[name])


def _by_name_alone(first: ConfigMap, second: ConfigMap, key: str) -> bool:
    """Whether the later of two ConfigMaps overrides the other's value without being the more specific one."""
    if first.data[key] == second.data[key] or _merges(first.data[key], second.data[key]):
        return False
    return not _own_labels(first) < _own_labels(second)


def _merges(one: str, other: str) -> bool:
    """Whether two values are of a kind that is merged: two lists, or two maps."""
    try:
        kinds = type(parse(one)), type(parse(other))
    except UnreadableYaml:
        return False
    return kinds[0] is kinds[1] is not str


def _own_labels(config: ConfigMap) -> set[tuple[str, str]]:
    skipped = {FLUX_NAME, FLUX_NAMESPACE, PLATFORM_CONFIG}
    return {(key, value) for key, value in config.labels.items() if key not in skipped}


def _accident(
    first: ConfigMap, second: ConfigMap, key: str, cluster_type: ClusterType, target: DeploymentTarget
) -> Problem:
    message = (
        f"{key} of ConfigMap {second.name} overrides that of {first.name} ({first.places.get(key, first.place)}) for "
        f"{cluster_type.name}/{target.name} by its name alone: the name that sorts last wins, not the more specific one"
    )
    hint = "give the key once, or name the ConfigMaps so that the one that is to win sorts last"
    return warning("ordered-by-name", second.places.get(key, second.place), message, hint)


def _secrets(namespace: Namespace) -> Iterator[Problem]:
    """Yield config values that look like secrets: everybody who can read the repository can read them."""
    for config in namespace.of(ConfigMap).values():
        for key, value in config.data.items():
            named = SECRET_NAMES.search(key) and value.strip() and "{{" not in value
            if named or SECRET_VALUES.search(value):
                message = f"ConfigMap {config.name}: {key} looks like a secret in plain sight"
                hint = "keep it in a vault and refer to it"
                yield warning("plain-secret", config.places.get(key, config.place), message, hint)


def _old_flux(namespace: Namespace) -> Iterator[Problem]:
    """Yield templates that make Flux objects in versions that Flux has dropped."""
    for template in namespace.of(Template).values():
        for place, manifest in zip(template.manifest_places, template.manifests, strict=False):
            for version in sorted(set(OLD_FLUX.findall(manifest))):
                message = f"Template {template.name} makes {version}, which Flux no longer serves"
                yield warning("old-flux-api", place, message, "use the v1 API")
