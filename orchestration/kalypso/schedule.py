"""Workloads to deployment targets, and policies x targets x cluster types to assignments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestration.kalypso.kinds import (
    ClusterType,
    DeploymentTarget,
    SchedulingPolicy,
    TargetEntry,
    Workload,
    WorkloadRegistration,
)
from orchestration.kalypso.labels import FLUX_NAME, Selector
from orchestration.kalypso.problems import Issue, Problem


@dataclass(frozen=True, slots=True)
class Assignment:
    """One target on one cluster type; `deployment_target` is its full name."""

    name: str
    policy: str
    cluster_type: str
    deployment_target: str
    workload: str


def workspace_of(
    workload: Workload, registrations: Mapping[str, WorkloadRegistration]
) -> tuple[str | None, Problem | None]:
    """Return the workspace of a workload's registration, or why it cannot be found.

    The registration is what stands behind the first hyphen of the name of the Flux object that applied the workload.
    """
    flux_name = workload.labels[FLUX_NAME]
    _, hyphen, name = flux_name.partition("-")
    registration = registrations.get(name) if hyphen else None
    if registration is not None:
        return registration.workspace, None
    if not hyphen:
        message = f"Workload {workload.name} lies in the environment's branch, where it gets no targets"
        hint = "keep it in a repository of its own, behind a WorkloadRegistration"
    else:
        message = f'Workload {workload.name} came by "{flux_name}", but no WorkloadRegistration is called "{name}"'
        hint = "an environment's name must not contain a hyphen, a workload must come through its own registration"
    return None, Problem("workload-without-registration", workload.place, message, hint)


def targets_of(workload: Workload, environment: str, workspace: str) -> Iterator[DeploymentTarget]:
    """Yield the workload's deployment targets in an environment."""
    for entry in workload.targets:
        if entry.environment == environment:
            yield _target(workload, entry, workspace)


def _target(workload: Workload, entry: TargetEntry, workspace: str) -> DeploymentTarget:
    # The workload's labels win over the target's own.
    own = {**entry.labels, **workload.labels}
    return DeploymentTarget(
        name=f"{workload.name}-{entry.name}",
        labels={**own, "workload": workload.name, "workspace": workspace},
        place=entry.place,
        source=workload.source,
        environment=entry.environment,
        manifests=entry.manifests,
        config_schemas=(*entry.config_schemas, *workload.config_schemas),
    )


@dataclass(frozen=True)
class Schedule:
    """The assignments by name, and why there are too few of them."""

    assignments: tuple[Assignment, ...]
    issues: tuple[Issue, ...]
    problems: tuple[Problem, ...]


def schedule(
    environment: str,
    policies: Sequence[SchedulingPolicy],
    targets: Sequence[DeploymentTarget],
    cluster_types: Sequence[ClusterType],
) -> Schedule:
    """Return what every policy, in the order of names, puts where."""
    made: dict[str, Assignment] = {}
    issues: list[Issue] = []
    problems: list[Problem] = []
    candidates = [target for target in targets if target.environment == environment]
    for policy in sorted(policies, key=lambda policy: policy.name):
        faults = list(_selector_problems(policy))
        problems += faults
        for assignment in [] if faults else _assign(policy, candidates, cluster_types):
            first = made.setdefault(assignment.name, assignment)
            if first is not assignment:
                hint = "narrow one of the two selectors"
                issues.append(Issue(assignment.name, _collision(first, assignment), policy.place, hint))
    assignments = tuple(sorted(made.values(), key=lambda assignment: assignment.name))
    return Schedule(assignments, tuple(issues), tuple(problems))


def selects(policy: SchedulingPolicy, target: DeploymentTarget) -> bool:
    """Whether the policy's target selector takes the target."""
    return policy.workspace in ("", target.workspace) and policy.target_selector.matches(target.labels)


def _assign(
    policy: SchedulingPolicy, targets: Sequence[DeploymentTarget], cluster_types: Sequence[ClusterType]
) -> Iterator[Assignment]:
    chosen = [one for one in cluster_types if policy.cluster_type_selector.matches(one.labels)]
    for target in targets:
        if selects(policy, target):
            for cluster_type in chosen:
                name = f"{target.workload}-{target.name}-{cluster_type.name}"
                yield Assignment(name, policy.name, cluster_type.name, target.name, target.workload)


def _collision(first: Assignment, second: Assignment) -> str:
    made = f"assignment {first.name} already created by {first.policy}, wanted by {second.policy}"
    if (first.cluster_type, first.deployment_target) == (second.cluster_type, second.deployment_target):
        return f"{made}: both select target {first.deployment_target} for cluster type {first.cluster_type}"
    pairs = [f"target {one.deployment_target} on cluster type {one.cluster_type}" for one in (first, second)]
    return f"{made}: {pairs[0]} and {pairs[1]} have the same assignment name"


def _selector_problems(policy: SchedulingPolicy) -> Iterator[Problem]:
    selectors: tuple[tuple[str, Selector], ...] = (
        ("deploymentTargetSelector", policy.target_selector),
        ("clusterTypeSelector", policy.cluster_type_selector),
    )
    for field, selector in selectors:
        for fault in selector.faults():
            message = f"SchedulingPolicy {policy.name}: {field}: {fault}"
            yield Problem("invalid-selector", selector.place, message)
