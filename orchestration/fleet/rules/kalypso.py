"""What Kalypso is given, it can take: selectors, labels and paths."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.fleet import grammar
from orchestration.fleet.document.kalypso import Policy, Selector
from orchestration.fleet.draft import Draft
from orchestration.fleet.model import Problem
from orchestration.fleet.resolve import selector_of

FLUX_LABELS = "kustomize.toolkit.fluxcd.io/"


def requirements_are_complete(draft: Draft) -> Iterator[Problem]:
    """In and NotIn have values, Exists and DoesNotExist have none."""
    for selector in _selectors(draft):
        for requirement in selector.match_expressions:
            if requirement.operator in ("In", "NotIn") and not requirement.values:
                message = f"{requirement.operator} needs values"
                yield Problem("selector", requirement.at("operator"), message, "add values: [VALUE]")
            if requirement.operator in ("Exists", "DoesNotExist") and requirement.values:
                message = f"{requirement.operator} takes no values"
                yield Problem("selector", requirement.at("values"), message, "delete values, or write In or NotIn")


def labels_are_ours(draft: Draft) -> Iterator[Problem]:
    """No cluster type carries a label that Flux writes itself."""
    for cluster_type in draft.document.cluster_types:
        for key in cluster_type.labels:
            if key.startswith(FLUX_LABELS):
                message = f"Flux writes the label {key} itself"
                yield Problem("reserved-label", cluster_type.at_key("labels", key), message, "use another label")


def workload_paths_stay_inside(draft: Draft) -> Iterator[Problem]:
    """A workload's path is relative to its repository and stays in it."""
    for workload in draft.document.workloads:
        parts = workload.path.replace("\\", "/").split("/")
        if (
            workload.path.startswith(("/", "~", "-"))
            or ".." in parts
            or not workload.path.isprintable()
            or not parts[0]
        ):
            message = f"{workload.path!r} is not a path inside the workload's repository"
            yield Problem("path", workload.at("path"), message, "write it relative to the root, without ..")


def policies_select_something(draft: Draft) -> Iterator[Problem]:
    """A policy that no cluster type or workspace of the fleet answers to is doubtful."""
    document = draft.document
    workspaces = {workload.workspace for workload in document.workloads}
    for policy in document.policies:
        workspace = policy.deployment_targets.workspace
        if workspace and workspace not in workspaces and document.control_plane is None:
            message = f"no workload of the fleet is in workspace {workspace}"
            place = policy.deployment_targets.at("workspace")
            yield Problem(
                "selects-nothing", place, message, draft.advice.did_you_mean(workspace, workspaces), "warning"
            )
        if not _chooses_cluster_type(draft, policy):
            message = f"no cluster type of {policy.environment} has these labels"
            yield Problem("selects-nothing", policy.at_key("clusterTypes"), message, severity="warning")


def namespaces_may_be_long(draft: Draft) -> Iterator[Problem]:
    """Kalypso calls a namespace ENVIRONMENT-CLUSTERTYPE-WORKLOAD-TARGET; 63 characters is Kubernetes' limit."""
    workload = max((item.name for item in draft.document.workloads), key=len, default="")
    for cluster_type in draft.document.cluster_types if workload else ():
        prefix = f"{cluster_type.environment}-{cluster_type.name}-{workload}-"
        if len(prefix) >= grammar.DNS_LABEL.longest:
            message = f"namespaces of {workload} on {cluster_type.name} would begin with {prefix}, too long a name"
            hint = "shorten the name of the cluster type or of the workload"
            yield Problem("derived-name", cluster_type.at("name"), message, hint, "warning")


def _selectors(draft: Draft) -> Iterator[Selector]:
    for policy in draft.document.policies:
        yield from (policy.deployment_targets, policy.cluster_types)
    for solution in draft.document.solutions:
        yield from (placement.targets for placement in solution.placement)


def _chooses_cluster_type(draft: Draft, policy: Policy) -> bool:
    selector = selector_of(policy.cluster_types)
    types = [item for item in draft.document.cluster_types if item.environment == policy.environment]
    return not types or any(selector.matches(item.labels) for item in types)
