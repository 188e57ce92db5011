"""Everything that would block an environment, or surprise its owner."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from orchestration.kalypso.compose import PLATFORM_CONFIG, Composer, Value, parse
from orchestration.kalypso.contents import content_doubts
from orchestration.kalypso.doubts import namespace_doubts
from orchestration.kalypso.evaluation import evaluate
from orchestration.kalypso.goyaml import UnreadableYaml
from orchestration.kalypso.kinds import (
    ROLES,
    BaseRepo,
    ClusterType,
    ConfigMap,
    Template,
    WorkloadRegistration,
)
from orchestration.kalypso.labels import FLUX_NAME, FLUX_NAMESPACE
from orchestration.kalypso.namespace import Inputs, Namespace
from orchestration.kalypso.problems import Place, Problem
from orchestration.kalypso.render import Rendered
from orchestration.kalypso.results import rendered_doubts
from orchestration.kalypso.schedule import Schedule, selects


def validate(inputs: Inputs) -> tuple[Problem, ...]:
    """Return all problems of an environment, errors first, each group by place."""
    evaluated = evaluate(inputs)
    namespace, planned, rendered = evaluated.namespace, evaluated.planned, evaluated.rendered
    found = dict.fromkeys(
        itertools.chain(
            namespace.problems,
            planned.problems,
            _failures(namespace, planned, rendered),
            namespace_doubts(namespace, planned),
            rendered_doubts(namespace, planned, rendered),
            _references(namespace),
            _policies(namespace),
            _accidents(namespace, planned),
            content_doubts(namespace),
        )
    )
    return tuple(sorted(found, key=_order))


def _order(problem: Problem) -> tuple[bool, str, int, int, str]:
    place = problem.place
    return problem.severity != "error", place.file, place.line, place.column, problem.message


def _failures(namespace: Namespace, planned: Schedule, rendered: Mapping[str, Rendered]) -> Iterator[Problem]:
    """Yield what keeps assignments from being rendered, once for all that fail alike, and overlaps."""
    for issue in planned.issues:
        place = issue.place or Place(namespace.environment)
        yield Problem("overlapping-policies", place, issue.message, issue.hint)
    cluster_types = namespace.of(ClusterType)
    failing: dict[tuple[Place, str], list[str]] = {}
    for one in planned.assignments:
        for failure in rendered[one.name].failures[:1]:
            place = failure.place or cluster_types[one.cluster_type].place
            failing.setdefault((place, failure.message.rstrip()), []).append(one.name)
    for (place, why), names in failing.items():
        subject = f"assignment {names[0]} fails" if len(names) == 1 else f"{len(names)} assignments fail"
        others = f" [{', '.join(names)}]" if len(names) > 1 else ""
        yield Problem("assignment-fails", place, f"{subject}: {why}{others}")


def _references(namespace: Namespace) -> Iterator[Problem]:
    """Yield templates that cluster types name and nobody has, and Flux objects of one name."""
    templates = namespace.of(Template)
    for cluster_type in namespace.of(ClusterType).values() if not namespace.failed else ():
        for role in ROLES:
            name = cluster_type.template(role)
            if name and name not in templates:
                message = f"ClusterType {cluster_type.name}: there is no Template {name} for its {role}"
                yield Problem("missing-template", cluster_type.place, message, "add it to a base, or name another")
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
            yield Problem("selects-nothing", policy.target_selector.place, message, "explain --why-not says why")
        if not any(policy.cluster_type_selector.matches(one.labels) for one in cluster_types):
            message = f"SchedulingPolicy {policy.name} selects no cluster type"
            yield Problem("selects-nothing", policy.cluster_type_selector.place, message, "explain --why-not says why")


def _accidents(namespace: Namespace, planned: Schedule) -> Iterator[Problem]:
    """Yield keys that are set twice for one assignment where nothing but an accident decides who wins."""
    cluster_types = namespace.of(ClusterType)
    targets = {target.name: target for target in namespace.targets}
    composer = Composer(namespace.of(ConfigMap).values())
    told: set[tuple[Place, Place]] = set()
    for one in planned.assignments:
        pair = cluster_types[one.cluster_type], targets[one.deployment_target]
        for chain in composer.chains(*pair).values():
            for first, second in itertools.pairwise(chain):
                accident = _accident(first, second)
                if accident and (first.place, second.place) not in told:
                    told.add((first.place, second.place))
                    yield _told(first, second, f"{one.cluster_type}/{one.deployment_target}", *accident)


def _accident(first: Value, second: Value) -> tuple[str, str, str] | None:
    """Return the code of what alone makes the second value win over the first, with words for it and advice."""
    if first.text == second.text or _merges(first.text, second.text):
        return None
    if not second.is_app_config:
        if _own_labels(first) < _own_labels(second):
            return None
        advice = "give the key once, or name the ConfigMaps so that the one that is to win sorts last"
        return "ordered-by-name", "its name alone: the name that sorts last wins, not the more specific one", advice
    if not first.is_app_config:
        return None
    if first.origin is not second.origin or len(first.origin_key.encode()) == len(second.origin_key.encode()):
        return "ordered-by-chance", "chance: the scheduler reads the two in any order", "keep one of them"
    if _own_labels(first) < _own_labels(second):
        return None
    advice = "give the more specific one all labels of the other"
    return "ordered-by-name", "the length of its key alone: the longer key wins, not the more specific one", advice


def _told(first: Value, second: Value, where: str, code: str, why: str, advice: str) -> Problem:
    message = (
        f"{second.origin_key} of ConfigMap {second.origin.name} overrides {first.origin_key} of {first.origin.name} "
        f"({first.place}) for {where} by {why}"
    )
    return Problem(code, second.place, message, advice)


def _merges(one: str, other: str) -> bool:
    """Whether two values are of a kind that is merged: two lists, or two maps."""
    try:
        kinds = type(parse(one)), type(parse(other))
    except UnreadableYaml:
        return False
    return kinds[0] is kinds[1] is not str


def _own_labels(value: Value) -> set[tuple[str, str]]:
    skipped = {FLUX_NAME, FLUX_NAMESPACE, PLATFORM_CONFIG}
    return {(key, text) for key, text in value.labels.items() if key not in skipped}
