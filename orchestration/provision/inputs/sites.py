"""Inputs of one sites stack: a top-level node of the hierarchy and all below it."""

from __future__ import annotations

from typing import Any

from orchestration.fleet import naming
from orchestration.fleet.model import Fleet, Node


def sites_inputs(fleet: Fleet, top: Node) -> dict[str, Any]:
    """Return the inputs that make *top*'s service groups, sites, configurations and references."""
    assert fleet.hierarchy is not None
    nodes = [node for node in fleet.hierarchy.nodes.values() if node.top == top.name]
    return {
        "top": top.name,
        "scope": fleet.hierarchy.scope,
        "context_id": naming.context_id(fleet),
        "resource_group_id": naming.resource_group_id(fleet.azure.scope),
        "location": fleet.azure.orchestration_location,
        "site_reference_name": top.name,
        "nodes": {node.name: _node(fleet, node) for node in nodes},
    }


def _node(fleet: Fleet, node: Node) -> dict[str, Any]:
    inputs: dict[str, Any] = {
        "depth": node.depth,
        "level": node.level,
        "display_name": node.name,
        "site_name": node.name,
        "configuration_name": naming.configuration_name(fleet.name, node.name),
    }
    if fleet.hierarchy is not None and fleet.hierarchy.scope == "serviceGroup":
        tenant = naming.tenant_service_group_id(fleet.azure.tenant_id)
        inputs["service_group_name"] = naming.service_group_name(fleet.name, node.name)
        inputs["parent_service_group_id"] = naming.service_group_id(fleet, node.parent) if node.parent else tenant
    return inputs
