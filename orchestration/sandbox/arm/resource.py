"""A resource as the sandbox keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from orchestration.sandbox.arm.ids import ResourceId, parse_id

SUCCEEDED = "Succeeded"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource: what its owner wrote (`body`), what the service keeps about it (`system`, never shown).

    `written` is the serial number of the last PUT or PATCH by a client, `serial` of any change: what is later has
    the higher one. `created` and `changed` are in seconds since 1970. `state` is its provisioning state. In `system`
    the server itself keeps `operation` (the last one), `deleting` (the one that deletes it), `seeded` and `shown`
    (laid over what a GET answers).
    """

    id: ResourceId
    body: dict[str, Any]
    system: dict[str, Any] = field(default_factory=dict)
    state: str = SUCCEEDED
    created: float = 0.0
    changed: float = 0.0
    serial: int = 0
    written: int = 0

    @property
    def type(self) -> str:
        """The resource type, as written by whoever made it."""
        return self.id.type

    @property
    def name(self) -> str:
        """The resource's own name."""
        return self.id.name

    @property
    def properties(self) -> dict[str, Any]:
        """The `properties` of the body."""
        found: dict[str, Any] = self.body.get("properties") or {}
        return found

    @property
    def etag(self) -> str:
        """The entity tag: it changes with every change."""
        return f'"{self.serial:08x}-0000-4000-8000-{int(self.created):012x}"'

    def with_system(self, **values: Any) -> Resource:
        """Return the resource with *values* among what the service keeps."""
        return replace(self, system={**self.system, **values})

    def with_properties(self, **values: Any) -> Resource:
        """Return the resource with *values* among its properties."""
        return replace(self, body={**self.body, "properties": {**self.properties, **values}})

    def to_json(self) -> dict[str, Any]:
        """Return the whole resource as JSON can hold it."""
        return {**vars(self), "id": self.id.text}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Resource:
        """Return the resource that `to_json` wrote."""
        return cls(**{**value, "id": parse_id(value["id"])})
