"""Names, ARM resource ids, stack names and Git paths, each derived in one place.

Ids follow Azure Resource Manager's resource id grammar; what each type allows in a name is
in the type's own reference pages and restated in `docs/assumptions.md` where no page says it.
"""

from __future__ import annotations

import hashlib
import re

from orchestration.fleet.model import Cluster, Fleet, Node, Scope, Target

EDGE = "providers/Microsoft.Edge"
FLUX_EXTENSION = "flux"
CERT_MANAGER_EXTENSION = "aio-certmgr"
ORCHESTRATION_EXTENSION = "wo-extension"
FLUX_NAMESPACE = "flux-system"
KUSTOMIZATION = "platform"
ORCHESTRATION_NAMESPACE = "workloadorchestration"
CONFIGURATION_NAME_LIMIT = 24
SHARD_SIZE = 12
_IN_GROUP = re.compile(r"^/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/", re.IGNORECASE)
MAIN = "main"
PIN_FILE = "base-repo.yaml"
GITOPS_FILE = "gitops-repo.yaml"
IGNORE_FILE = ".sourceignore"
TEMPLATE_FILES = ("templates/arc-flux.yaml", "templates/namespace.yaml", "templates/configmap.yaml")


def subscription_id(scope: Scope) -> str:
    """Return the ARM id of the scope's subscription."""
    return f"/subscriptions/{scope.subscription_id}"


def resource_group_id(scope: Scope) -> str:
    """Return the ARM id of the scope's resource group."""
    return f"{subscription_id(scope)}/resourceGroups/{scope.resource_group}"


def in_arms_case(resource_id: str) -> str:
    """Return the id of a resource in a group with the words between its names in the case that Azure uses.

    Azure takes any case, but azapi reads an id back in this one and would replace what lies under another.
    """
    return _IN_GROUP.sub(r"/subscriptions/\1/resourceGroups/\2/providers/", resource_id)


def connected_cluster_id(scope: Scope, name: str) -> str:
    """Return the ARM id of an Arc-connected cluster."""
    return f"{resource_group_id(scope)}/providers/Microsoft.Kubernetes/connectedClusters/{name}"


def aks_cluster_id(scope: Scope, name: str) -> str:
    """Return the ARM id of an AKS cluster."""
    return f"{resource_group_id(scope)}/providers/Microsoft.ContainerService/managedClusters/{name}"


def extension_id(cluster_id: str, name: str) -> str:
    """Return the ARM id of a cluster extension."""
    return f"{cluster_id}/providers/Microsoft.KubernetesConfiguration/extensions/{name}"


def flux_configuration_name(environment: str) -> str:
    """Return the Flux configuration's name; Kalypso's secret is called `<name>-auth` after it."""
    return f"platform-{environment}"


def flux_configuration_id(cluster: Cluster) -> str:
    """Return the ARM id of the cluster's Flux configuration."""
    name = flux_configuration_name(cluster.environment)
    return f"{cluster.id}/providers/Microsoft.KubernetesConfiguration/fluxConfigurations/{name}"


def custom_location_name(cluster: str) -> str:
    """Return the custom location's name."""
    return f"{cluster}-cl"


def custom_location_id(cluster: Cluster) -> str:
    """Return the ARM id of the cluster's custom location."""
    name = custom_location_name(cluster.name)
    return f"{resource_group_id(cluster.scope)}/providers/Microsoft.ExtendedLocation/customLocations/{name}"


def target_id(cluster: Cluster, target: str) -> str:
    """Return the ARM id of a target of the cluster."""
    return f"{resource_group_id(cluster.scope)}/{EDGE}/targets/{target}"


def fleet_target_id(fleet: Fleet, target: Target) -> str:
    """Return the ARM id of a target of the fleet."""
    return target_id(fleet.clusters[target.cluster], target.name)


def membership_name(target: str) -> str:
    """Return the service-group membership's name for the target with the ARM id *target*."""
    return f"m{hashlib.sha256(target.encode()).hexdigest()[:20]}"


def tenant_service_group_id(tenant: str) -> str:
    """Return the ARM id of the tenant's root service group."""
    return f"/providers/Microsoft.Management/serviceGroups/{tenant}"


def service_group_name(fleet: str, node: str) -> str:
    """Return the service group's name; unique in the tenant, at most 90 characters."""
    return f"{fleet}-{node}"


def service_group_id(fleet: Fleet, node: str) -> str:
    """Return the ARM id of a hierarchy node's service group."""
    return f"/providers/Microsoft.Management/serviceGroups/{service_group_name(fleet.name, node)}"


def site_id(fleet: Fleet, node: str) -> str:
    """Return the ARM id of a hierarchy node's site."""
    if fleet.hierarchy is not None and fleet.hierarchy.scope == "resourceGroup":
        return f"{resource_group_id(fleet.azure.scope)}/{EDGE}/sites/{node}"
    return f"{service_group_id(fleet, node)}/{EDGE}/sites/{node}"


def configuration_name(fleet: str, node: str) -> str:
    """Return the name of a node's configuration, shortened with a hash beyond 24 characters."""
    name = f"{fleet}-{node}"
    if len(name) <= CONFIGURATION_NAME_LIMIT:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name[: CONFIGURATION_NAME_LIMIT - 7].rstrip('-.')}-{digest}"


def context_name(fleet: Fleet) -> str:
    """Return the name of the context: as given, else the fleet's."""
    if fleet.azure.context.existing:
        return fleet.azure.context.existing.rsplit("/", 1)[-1]
    return fleet.azure.context.name or fleet.name


def context_id(fleet: Fleet) -> str:
    """Return the ARM id of the fleet's context."""
    existing = fleet.azure.context.existing
    return existing or f"{resource_group_id(fleet.azure.scope)}/{EDGE}/contexts/{context_name(fleet)}"


def schema_id(fleet: Fleet, name: str) -> str:
    """Return the ARM id of a schema."""
    return f"{resource_group_id(fleet.azure.scope)}/{EDGE}/schemas/{name}"


def config_template_id(fleet: Fleet, name: str) -> str:
    """Return the ARM id of a config template."""
    return f"{resource_group_id(fleet.azure.scope)}/{EDGE}/configTemplates/{name}"


def solution_template_id(fleet: Fleet, name: str) -> str:
    """Return the ARM id of a solution template."""
    return f"{resource_group_id(fleet.azure.scope)}/{EDGE}/solutionTemplates/{name}"


def sites_stack(node: Node) -> str:
    """Return the name of the stack that makes a top-level node and all below it."""
    return f"sites-{node.name}"


def shard_stack(environment: str, number: int) -> str:
    """Return the name of an environment's shard; numbers count from 1."""
    return f"shard-{environment}-{number:02d}"


def stack_place(name: str) -> tuple[str, str | None]:
    """Return the blueprint of the stack called *name*, and its environment if it belongs to one."""
    blueprint, _, rest = name.partition("-")
    return blueprint, rest.rsplit("-", 1)[0] if blueprint == "shard" else None


def state_key(fleet: str, stack: str) -> str:
    """Return the key of a stack's state in the fleet's backend."""
    return f"{fleet}/{stack}.tfstate"


def holder_key(fleet: str) -> str:
    """Return the key, beside shared states, of the note that says who is at them."""
    return f"{fleet}/holder"


def pending_key(fleet: str, stack: str) -> str:
    """Return the key, beside the states, of what a stack's apply is about to create."""
    return f"{fleet}/pending/{stack}"


def refused_key(fleet: str) -> str:
    """Return the key, beside the states, of what the service refused of the fleet's rollouts."""
    return f"{fleet}/refused"


def asked_key(fleet: str, stack: str) -> str:
    """Return the key, beside shared states, of a document by which is tried whether their server answers."""
    return f"{fleet}/asked/{stack}"


def environment_file(name: str) -> str:
    """Return the path of an environment's object on the control plane's main branch."""
    return f".environments/{name}.yaml"


def workload_file(name: str) -> str:
    """Return the path of a workload's registration on the control plane's main branch."""
    return f"workloads/{name}.yaml"


def cluster_type_file(name: str) -> str:
    """Return the path of a cluster type on its environment's branch."""
    return f"cluster-types/{name}.yaml"


def config_file(cluster_type: str) -> str:
    """Return the path of a cluster type's platform configuration on its environment's branch."""
    return f"configs/{cluster_type}-config.yaml"


def policy_file(name: str) -> str:
    """Return the path of a scheduling policy on its environment's branch."""
    return f"policies/{name}.yaml"
