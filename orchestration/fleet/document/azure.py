"""The document's Azure settings, Terraform state and environments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from orchestration.fleet import grammar
from orchestration.fleet.document.part import Maybe, OneOf, Part, Text

Guid = Annotated[Text, grammar.GUID]
ResourceGroup = Annotated[Text, grammar.RESOURCE_GROUP]
Location = Annotated[Text, grammar.LOCATION]


class Place(Part):
    """Overrides of subscription, resource group and location; the nearest wins."""

    subscription_id: Maybe[Guid] = Field(
        None,
        description="Subscription, if not the one of the level above.",
        examples=["33333333-3333-3333-3333-333333333333"],
    )
    resource_group: Maybe[ResourceGroup] = Field(
        None, description="Resource group, if not the one of the level above.", examples=["rg-contoso-france"]
    )
    location: Maybe[Location] = Field(
        None, description="Azure region, if not the one of the level above.", examples=["westeurope"]
    )


class Context(OneOf):
    """The Workload Orchestration context; a tenant has one."""

    name: Maybe[Annotated[Text, grammar.CONTEXT]] = Field(
        None, description="Name of the context that the fleet makes; the fleet's name if absent.", examples=["contoso"]
    )
    existing: Maybe[Annotated[Text, grammar.CONTEXT_ID]] = Field(
        None,
        description="ARM id of a context that exists; it is read, and missing capabilities are added to it.",
        examples=[
            "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-shared"
            "/providers/Microsoft.Edge/contexts/contoso"
        ],
    )


class Diagnostics(Part):
    """Where Workload Orchestration sends its diagnostics."""

    workspace_id: Annotated[Text, grammar.WORKSPACE_ID] = Field(
        description="ARM id of a Log Analytics workspace.",
        examples=[
            "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-logs"
            "/providers/Microsoft.OperationalInsights/workspaces/contoso-logs"
        ],
    )


class Orchestration(Part):
    """Region, context and diagnostics of Workload Orchestration."""

    location: Maybe[Location] = Field(
        None,
        description="Region of the context and of what belongs to it; it must have the service.",
        examples=["eastus2"],
    )
    context: Maybe[Context] = Field(
        None, description="The context: made by the fleet, or one that exists.", examples=[{"name": "contoso"}]
    )
    diagnostics: Maybe[Diagnostics] = Field(
        None,
        description="Where diagnostics go; nowhere if absent.",
        examples=[
            {
                "workspaceId": "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-logs"
                "/providers/Microsoft.OperationalInsights/workspaces/contoso-logs"
            }
        ],
    )


class Azure(Part):
    """Tenant, and the subscription, resource group and location that hold unless overridden."""

    cloud: Literal["AzureCloud", "AzureUSGovernment", "AzureChinaCloud"] = Field(
        "AzureCloud", description="Azure cloud, as `az cloud list` names it.", examples=["AzureCloud"]
    )
    tenant_id: Guid = Field(
        description="The one tenant of the fleet.", examples=["11111111-1111-1111-1111-111111111111"]
    )
    subscription_id: Guid = Field(
        description="Subscription; environments, cluster types and clusters may override it.",
        examples=["22222222-2222-2222-2222-222222222222"],
    )
    resource_group: ResourceGroup = Field(
        description="Resource group; made if absent. Environments, cluster types and clusters may override it.",
        examples=["rg-contoso-edge"],
    )
    location: Location = Field(
        description="Azure region; environments, cluster types and clusters may override it.", examples=["eastus2"]
    )
    custom_locations_object_id: Maybe[Guid] = Field(
        None,
        description="Object id, in your tenant, of the application bc313c14-388c-4e7d-a58e-70017303ee3b "
        "(Custom Locations RP).",
        examples=["44444444-4444-4444-4444-444444444444"],
    )
    workload_orchestration: Orchestration = Field(
        Orchestration(), description="Settings of Workload Orchestration.", examples=[{"location": "eastus2"}]
    )


class LocalState(Part):
    """State in `.ewo/state` beside the fleet file."""


class AzureState(Part):
    """State in a container of an Azure storage account, reached with the same login."""

    resource_group: ResourceGroup = Field(
        description="Resource group of the storage account.", examples=["rg-contoso-state"]
    )
    storage_account: Annotated[Text, grammar.STORAGE_ACCOUNT] = Field(
        description="Storage account.", examples=["contosostate"]
    )
    container: Annotated[Text, grammar.CONTAINER] = Field(description="Blob container.", examples=["fleet"])


class HttpState(Part):
    """State behind Terraform's HTTP backend."""

    address: Text = Field(
        description="https address below which each stack's state lies; no credentials in it.",
        examples=["https://state.contoso.example/fleet"],
    )


class State(OneOf):
    """Where Terraform's state lives."""

    local: Maybe[LocalState] = Field(None, description="In `.ewo/state` beside the fleet file.", examples=[{}])
    azurerm: Maybe[AzureState] = Field(
        None,
        description="In an Azure storage account.",
        examples=[{"resourceGroup": "rg-contoso-state", "storageAccount": "contosostate", "container": "fleet"}],
    )
    http: Maybe[HttpState] = Field(
        None,
        description="Behind Terraform's HTTP backend.",
        examples=[{"address": "https://state.contoso.example/fleet"}],
    )


class Environment(Place):
    """An environment; the list is in the order of promotion."""

    name: Annotated[Text, grammar.ENVIRONMENT] = Field(
        description="Name; also the branch in both repositories.", examples=["dev"]
    )
