"""The whole fleet document."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from orchestration.fleet import grammar
from orchestration.fleet.document.azure import Azure, Environment, State
from orchestration.fleet.document.clusters import Capability, Cluster, Defaults, Extensions, Hierarchy
from orchestration.fleet.document.kalypso import ClusterType, Policy, Repositories, Workload
from orchestration.fleet.document.part import Maybe, Part, Text
from orchestration.fleet.document.solutions import ConfigTemplate, Solution


class FleetDocument(Part):
    """A fleet: environments, clusters, workloads and solutions in one declaration."""

    version: Literal[1] = Field(description="Version of this format.", examples=[1])
    name: Annotated[Text, grammar.FLEET] = Field(description="Name of the fleet.", examples=["contoso"])
    azure: Azure = Field(
        description="Tenant, subscription, resource group and location.",
        examples=[
            {
                "tenantId": "11111111-1111-1111-1111-111111111111",
                "subscriptionId": "22222222-2222-2222-2222-222222222222",
                "resourceGroup": "rg-contoso-edge",
                "location": "eastus2",
            }
        ],
    )
    state: Maybe[State] = Field(
        None, description="Where Terraform's state lives; local if absent.", examples=[{"local": {}}]
    )
    repositories: Maybe[Repositories] = Field(
        None,
        description="Control-plane and GitOps repositories; needed with workloads or policies.",
        examples=[
            {
                "url": "https://github.com/contoso",
                "controlPlane": "contoso-control-plane",
                "gitops": "contoso-platform-gitops",
                "credentials": {"env": "GITHUB_TOKEN"},
            }
        ],
    )
    environments: Annotated[tuple[Environment, ...], Field(min_length=1)] = Field(
        description="Environments in the order of promotion.", examples=[[{"name": "dev"}, {"name": "prod"}]]
    )
    cluster_types: Annotated[tuple[ClusterType, ...], Field(min_length=1)] = Field(
        description="Kalypso cluster types; they give clusters their environment and labels.",
        examples=[[{"name": "plant-large", "environment": "prod", "labels": {"size": "large"}}]],
    )
    hierarchy: Maybe[Hierarchy] = Field(
        None,
        description="Workload Orchestration's levels and nodes; needed with solutions and targets.",
        examples=[{"levels": ["plant", "line"], "sites": [{"name": "lyon"}, {"name": "lille"}]}],
    )
    capabilities: tuple[Capability, ...] = Field(
        (), description="What targets can do and solutions ask for.", examples=[["vision", "telemetry"]]
    )
    extensions: Maybe[Extensions] = Field(
        None, description="Cluster extensions, for every cluster.", examples=[{"storageClass": "longhorn"}]
    )
    defaults: Maybe[Defaults] = Field(
        None,
        description="What holds for every cluster unless it says otherwise.",
        examples=[{"cluster": {"connection": {"script": {"distribution": "k3s"}}}}],
    )
    clusters: tuple[Cluster, ...] = Field(
        (),
        description="The clusters.",
        examples=[[{"name": "lyon-1", "clusterType": "plant-large", "connection": "existing"}]],
    )
    control_plane: Maybe[Text] = Field(
        None,
        description="Folder whose main/** and ENVIRONMENT/** are committed to the control plane as they are.",
        examples=["./control-plane"],
    )
    workloads: tuple[Workload, ...] = Field(
        (),
        description="Workloads of application teams.",
        examples=[[{"name": "shop", "workspace": "retail", "repository": "https://github.com/contoso/shop"}]],
    )
    policies: tuple[Policy, ...] = Field(
        (),
        description="Kalypso scheduling policies.",
        examples=[
            [
                {
                    "name": "retail-plants",
                    "environment": "prod",
                    "deploymentTargets": {"workspace": "retail"},
                    "clusterTypes": {"matchLabels": {"region": "eu"}},
                }
            ]
        ],
    )
    config_templates: tuple[ConfigTemplate, ...] = Field(
        (),
        description="Workload Orchestration's config templates.",
        examples=[[{"name": "plant-config", "version": "1.0.0", "path": "config-templates/plant-config"}]],
    )
    solutions: tuple[Solution, ...] = Field(
        (),
        description="What Workload Orchestration runs on the lines.",
        examples=[
            [
                {
                    "name": "line-vision",
                    "version": "1.0.0",
                    "path": "solutions/line-vision",
                    "capabilities": ["vision"],
                    "placement": [{"environment": "dev"}],
                }
            ]
        ],
    )
    scheduler: Literal["embedded", "cluster"] = Field(
        "embedded",
        description="Who schedules: ewo itself, or Kalypso's scheduler on an AKS hub.",
        examples=["embedded"],
    )
