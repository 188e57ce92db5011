"""The resources that a stack's inputs come to, before Terraform has seen them: addresses and ARM ids.

They give a deferred stack its count of resources, and tell what an apply that broke off may have left behind.
`azapi_update_resource`, `terraform_data` and data sources do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orchestration.provision.stack import Inputs, Stack

EDGE = "providers/Microsoft.Edge"
KUBERNETES_CONFIGURATION = "providers/Microsoft.KubernetesConfiguration"

Resource = tuple[str, str]
"""Terraform's address of a resource, and its ARM id."""


def expected_resources(stack: Stack) -> dict[str, str]:
    """Return the ARM id of every `azapi_resource` that the stack's blueprint makes of its inputs, by address."""
    return dict(_BLUEPRINTS[stack.blueprint](stack.inputs))


def expected_ids(stack: Stack) -> tuple[str, ...]:
    """Return the ids of every `azapi_resource` that the stack's blueprint makes of its inputs."""
    return tuple(expected_resources(stack).values())


def _in(module: str, key: str, resource: str = "this") -> str:
    return f'module.{module}["{key}"].azapi_resource.{resource}'


def _core(inputs: Inputs) -> Iterator[Resource]:
    context = inputs["context"]
    if context:
        yield (
            "module.context[0].azapi_resource.this",
            f"{context['resource_group_id']}/{EDGE}/contexts/{context['name']}",
        )
    kinds = {"schema": "schemas", "config_template": "configTemplates", "solution_template": "solutionTemplates"}
    for module, kind in kinds.items():
        for name, item in inputs[f"{module}s"].items():
            parent = f"{item['resource_group_id']}/{EDGE}/{kind}/{name}"
            yield _in(module, name), parent
            for version in item["versions"]:
                yield _in(module, name, f'version["{version}"]'), f"{parent}/versions/{version}"


def _sites(inputs: Inputs) -> Iterator[Resource]:
    for name, node in inputs["nodes"].items():
        parent = inputs["resource_group_id"]
        if inputs["scope"] == "serviceGroup":
            parent = f"/providers/Microsoft.Management/serviceGroups/{node['service_group_name']}"
            yield _in(f"service_group_{node['depth']}", name), parent
        site = f"{parent}/{EDGE}/sites/{node['site_name']}"
        configuration = f"{inputs['resource_group_id']}/{EDGE}/configurations/{node['configuration_name']}"
        yield _in("edge_site", name), site
        yield _in("edge_site", name, "configuration"), configuration
        yield _in("edge_site", name, "configuration_reference"), f"{site}/{EDGE}/configurationReferences/default"
    reference = f"{inputs['context_id']}/siteReferences/{inputs['site_reference_name']}"
    yield "module.site_reference.azapi_resource.this", reference


def _links(inputs: Inputs) -> Iterator[Resource]:
    for name, link in inputs["links"].items():
        yield _in("links", name), f"{link['config_template_id']}/configTemplateMetadatas/{link['name']}"


def _shard(inputs: Inputs) -> Iterator[Resource]:
    for name, cluster in inputs["clusters"].items():
        yield from _cluster(name, cluster)


def _cluster(name: str, cluster: Mapping[str, Any]) -> Iterator[Resource]:
    connect = cluster["connect"]
    if connect:
        yield _in("connected_cluster", name), cluster["cluster_id"]
        if connect["phase"] == "connect":
            return
    for module, extension in cluster["extensions"].items():
        yield _in(module, name), f"{cluster['cluster_id']}/{KUBERNETES_CONFIGURATION}/extensions/{extension['name']}"
    if cluster["flux_configuration"]:
        flux = cluster["flux_configuration"]["name"]
        yield (
            _in("flux_configuration", name),
            f"{cluster['cluster_id']}/{KUBERNETES_CONFIGURATION}/fluxConfigurations/{flux}",
        )
    if cluster["custom_location"]:
        location = f"providers/Microsoft.ExtendedLocation/customLocations/{cluster['custom_location']['name']}"
        yield _in("custom_location", name), f"{cluster['resource_group_id']}/{location}"
    for target_name, target in cluster["targets"].items():
        key = f"{name}/{target_name}"
        yield _in("target", key), _target_id(cluster, target_name)
        if target["membership_name"]:
            yield _in("target", key, "membership[0]"), membership_id(cluster, target_name, target)


def _target_id(cluster: Mapping[str, Any], name: str) -> str:
    return f"{cluster['resource_group_id']}/{EDGE}/targets/{name}"


def membership_id(cluster: Mapping[str, Any], name: str, target: Mapping[str, Any]) -> str:
    """Return the ARM id of a target's membership in its service group."""
    return (
        f"{_target_id(cluster, name)}/providers/Microsoft.Relationships/serviceGroupMember/{target['membership_name']}"
    )


_BLUEPRINTS: Mapping[str, Callable[[Inputs], Iterator[Resource]]] = {
    "core": _core,
    "sites": _sites,
    "links": _links,
    "shard": _shard,
}
