"""Inputs of the links stack: which config template applies below which node."""

from __future__ import annotations

from typing import Any

from orchestration.fleet import naming
from orchestration.fleet.model import ConfigTemplate, Fleet


def links_inputs(fleet: Fleet) -> dict[str, Any]:
    """Return the inputs that link each config template to the nodes that set a value of it."""
    linked = [template for template in fleet.config_templates.values() if template.values]
    return {"links": {template.name: _link(fleet, template) for template in linked}}


def _link(fleet: Fleet, template: ConfigTemplate) -> dict[str, Any]:
    assert fleet.hierarchy is not None
    nodes = [node for node in fleet.hierarchy.nodes.values() if node.name in template.values]
    levels = [level for level in fleet.hierarchy.levels if any(node.level == level for node in nodes)]
    return {
        "name": fleet.name,
        "config_template_id": naming.config_template_id(fleet, template.name),
        "context_id": naming.context_id(fleet),
        "hierarchies": [
            {"level": level, "ids": [naming.site_id(fleet, node.name) for node in nodes if node.level == level]}
            for level in levels
        ],
    }
