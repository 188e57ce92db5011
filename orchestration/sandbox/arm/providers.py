"""All resource types of the sandbox."""

from __future__ import annotations

from orchestration.sandbox.arm.edge import EDGE_TYPES
from orchestration.sandbox.arm.extendedlocation import EXTENDED_LOCATION_TYPES
from orchestration.sandbox.arm.kubernetes import KUBERNETES_TYPES
from orchestration.sandbox.arm.kubernetesconfiguration import KUBERNETES_CONFIGURATION_TYPES
from orchestration.sandbox.arm.management import SERVICE_GROUP_TYPES
from orchestration.sandbox.arm.registry import ResourceType
from orchestration.sandbox.arm.relationships import RELATIONSHIP_TYPES
from orchestration.sandbox.arm.resources import RESOURCES_TYPES

TYPES: tuple[ResourceType, ...] = (
    *RESOURCES_TYPES,
    *KUBERNETES_TYPES,
    *KUBERNETES_CONFIGURATION_TYPES,
    *EXTENDED_LOCATION_TYPES,
    *SERVICE_GROUP_TYPES,
    *RELATIONSHIP_TYPES,
    *EDGE_TYPES,
)
