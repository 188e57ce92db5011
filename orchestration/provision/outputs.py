"""Terraform's state and output JSON as typed values.

The state document is version 4 of Terraform's own format, as `terraform state pull` prints it and
the local backend stores it: https://developer.hashicorp.com/terraform/cli/commands/state/pull
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestration.errors import OrchestrationError

STATE_FORMAT = 4


@dataclass(frozen=True, slots=True)
class StackState:
    """What a stack's state says: outputs, ARM ids of its `azapi_resource`s, and whether one is tainted."""

    outputs: Mapping[str, Any] = field(repr=False)
    ids: Mapping[str, str]
    tainted: bool

    @property
    def ended(self) -> bool:
        """Whether the last apply went to its end."""
        begun = self.outputs.get("begun")
        return begun is not None and begun == self.outputs.get("applied") and not self.tainted

    def applied(self, expected: str) -> bool:
        """Whether the last apply ended, with the inputs that *expected* is the hash of."""
        return self.ended and self.outputs.get("applied") == expected


def read_state(document: Mapping[str, Any] | None) -> StackState | None:
    """Return the state in *document*, or None if it holds nothing; raise if its format is unknown."""
    if not document:
        return None
    if document.get("version") != STATE_FORMAT:
        raise OrchestrationError(
            f"Terraform's state has format {document.get('version')!r}, this version reads {STATE_FORMAT}",
            hint="use a Terraform of the 1.x line",
        )
    outputs = {name: output.get("value") for name, output in document.get("outputs", {}).items()}
    resources = [item for item in document.get("resources", ()) if item.get("mode") == "managed"]
    if not outputs and not resources:
        return None
    instances = [(_address(item), item, instance) for item in resources for instance in item["instances"]]
    ids = {
        _keyed(address, instance): instance["attributes"]["id"]
        for address, item, instance in instances
        if item["type"] == "azapi_resource" and instance.get("attributes", {}).get("id")
    }
    tainted = any(instance.get("status") == "tainted" for _, _, instance in instances)
    return StackState(outputs, ids, tainted)


def _address(resource: Mapping[str, Any]) -> str:
    prefix = f"{resource['module']}." if resource.get("module") else ""
    return f"{prefix}{resource['type']}.{resource['name']}"


def _keyed(address: str, instance: Mapping[str, Any]) -> str:
    return f"{address}[{json.dumps(instance['index_key'])}]" if "index_key" in instance else address


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a provisioned fleet's stacks give to later steps, by stack name; `failed` says what did not work."""

    stacks: Mapping[str, Mapping[str, Any]] = field(repr=False)
    failed: Mapping[str, str] = field(default_factory=dict)

    def core(self, name: str, default: Any = None) -> Any:
        """Return the core stack's output *name*, or *default*."""
        return self.stacks.get("core", {}).get(name, default)

    @property
    def solution_uids(self) -> Mapping[str, str]:
        """Unique identifiers that the service minted for solution templates, by name."""
        return self.core("solution_template_uids") or {}

    @property
    def config_uids(self) -> Mapping[str, str]:
        """Unique identifiers that the service minted for config templates, by name."""
        return self.core("config_template_uids") or {}

    @property
    def owned_values(self) -> Mapping[str, tuple[str, ...]]:
        """Key paths that this fleet owns, by value document."""
        return {key: tuple(paths) for key, paths in (self.core("owned_values") or {}).items()}
