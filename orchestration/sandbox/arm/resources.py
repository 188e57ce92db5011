"""Microsoft.Resources: subscriptions and resource groups."""

from __future__ import annotations

from orchestration.sandbox.arm.registry import (
    RESOURCE_GROUPS,
    SUBSCRIPTIONS,
    Body,
    Resource,
    ResourceType,
)
from orchestration.sandbox.arm.store import Store

_VERSIONS = (
    "2025-04-01",
    "2025-03-01",
    "2024-11-01",
    "2024-07-01",
    "2024-03-01",
    "2023-07-01",
    "2022-12-01",
    "2022-09-01",
    "2021-04-01",
    "2021-01-01",
    "2020-10-01",
    "2020-06-01",
    "2020-01-01",
    "2019-10-01",
    "2019-06-01",
    "2019-05-01",
)


def _subscription(store: Store, resource: Resource) -> Body:
    return {
        "subscriptionId": resource.name,
        "tenantId": store.tenant,
        "displayName": f"Sandbox {resource.name}",
        "state": "Enabled",
    }


RESOURCES_TYPES: tuple[ResourceType, ...] = (
    ResourceType(
        type=SUBSCRIPTIONS,
        schema="resources",
        versions=_VERSIONS,
        scopes=frozenset({"tenant"}),
        writable=False,
        table="resourcecontainers",
        fill=_subscription,
    ),
    ResourceType(
        type=RESOURCE_GROUPS,
        schema="resources",
        versions=_VERSIONS,
        scopes=frozenset({"subscription"}),
        lro=frozenset({"DELETE"}),
        tracked=True,
        table="resourcecontainers",
    ),
)
