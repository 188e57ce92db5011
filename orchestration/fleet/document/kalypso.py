"""The document's repositories, cluster types, workloads and scheduling policies."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from orchestration.fleet import grammar
from orchestration.fleet.document.azure import Guid, Place
from orchestration.fleet.document.part import Labels, Maybe, OneOf, Part, Text

_ADVICE = "a secret is named, never written"


class Secret(OneOf):
    """A reference to a secret; the secret itself never stands in a fleet file."""

    wanted = f"{{env: NAME}} or {{file: PATH}}; {_ADVICE}"
    env: Maybe[Annotated[Text, grammar.VARIABLE]] = Field(
        None, description="Name of the environment variable that holds it.", examples=["GITHUB_TOKEN"]
    )
    file: Maybe[Text] = Field(None, description="File inside the fleet folder that holds it.", examples=["./.token"])


class ClusterSecret(Secret):
    """What clusters pull the GitOps repository with."""

    wanted = f"{{env: NAME}}, {{file: PATH}}, {{localSecret: NAME}} or {{provider: Azure}}; {_ADVICE}"
    local_secret: Maybe[Annotated[Text, grammar.OBJECT_NAME]] = Field(
        None, description="Name of a secret that each cluster already has in flux-system.", examples=["gitops-read"]
    )
    provider: Maybe[Literal["Azure", "GitHub"]] = Field(
        None, description="Flux's own way to sign in to that host.", examples=["Azure"]
    )


class WorkflowAzure(Part):
    """The identity that generated workflows sign in to Azure with."""

    client_id: Guid = Field(
        description="Client id of an application or identity with a federated credential.",
        examples=["55555555-5555-5555-5555-555555555555"],
    )


class Workflows(Part):
    """What the generated workflows sign in with."""

    credentials: Maybe[Secret] = Field(
        None, description="What the workflows write with.", examples=[{"env": "FLEET_TOKEN"}]
    )
    azure: Maybe[WorkflowAzure] = Field(
        None,
        description="The identity they sign in to Azure with.",
        examples=[{"clientId": "55555555-5555-5555-5555-555555555555"}],
    )


class Repositories(Part):
    """The control-plane and GitOps repositories, which the fleet owns."""

    url: Text = Field(
        description="The owner: https or ssh, without .git; the two names are added to it.",
        examples=["https://github.com/contoso"],
    )
    control_plane: Annotated[Text, grammar.REPOSITORY] = Field(
        description="Name of the control-plane repository.", examples=["contoso-control-plane"]
    )
    gitops: Annotated[Text, grammar.REPOSITORY] = Field(
        description="Name of the platform GitOps repository.", examples=["contoso-platform-gitops"]
    )
    delivery: Literal["push", "pull-request"] = Field(
        "pull-request", description="How commits reach a branch.", examples=["pull-request"]
    )
    credentials: Maybe[Secret] = Field(
        None, description="What ewo writes with; it never leaves this machine.", examples=[{"env": "GITHUB_TOKEN"}]
    )
    cluster_credentials: Maybe[ClusterSecret] = Field(
        None,
        description="What the clusters pull with: read-only; left out for public repositories.",
        examples=[{"env": "GITOPS_READ_TOKEN"}],
    )
    workflows: Maybe[Workflows] = Field(
        None,
        description="Switches the generated workflows on.",
        examples=[{"azure": {"clientId": "55555555-5555-5555-5555-555555555555"}}],
    )


class Templates(Part):
    """Names of control-plane templates; ours are the default."""

    reconciler: Annotated[Text, grammar.OBJECT_NAME] = Field(
        "arc-flux", description="Template of the reconciler.", examples=["arc-flux"]
    )
    namespace: Annotated[Text, grammar.OBJECT_NAME] = Field(
        "namespace", description="Template of the namespace.", examples=["namespace"]
    )
    config: Annotated[Text, grammar.OBJECT_NAME] = Field(
        "configmap", description="Template of the platform configuration.", examples=["configmap"]
    )


class ClusterType(Place):
    """A Kalypso cluster type; it belongs to one environment."""

    name: Annotated[Text, grammar.DNS_LABEL] = Field(
        description="Name; also the folder in the GitOps repository.", examples=["plant-large"]
    )
    environment: Text = Field(description="Name of its environment.", examples=["prod"])
    labels: Labels = Field(
        {}, description="Labels that policies and placements select by.", examples=[{"size": "large"}]
    )
    config: Annotated[dict[str, Text], grammar.CONFIG] = Field(
        {}, description="Platform configuration of its clusters; all values are text.", examples=[{"REPLICAS": "3"}]
    )
    templates: Templates = Field(
        Templates(), description="Control-plane templates it uses.", examples=[{"reconciler": "arc-flux"}]
    )


class Requirement(Part):
    """One entry of matchExpressions."""

    key: Annotated[Text, grammar.LABEL_KEY] = Field(description="Label.", examples=["size"])
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"] = Field(
        description="How it is compared.", examples=["In"]
    )
    values: tuple[Annotated[Text, grammar.LABEL_VALUE], ...] = Field(
        (), description="Values; for In and NotIn only.", examples=[["small", "large"]]
    )


class Selector(Part):
    """A Kubernetes label selector; an empty one matches everything."""

    match_labels: Labels = Field({}, description="Labels that must be equal.", examples=[{"region": "eu"}])
    match_expressions: tuple[Requirement, ...] = Field(
        (),
        description="Requirements that must all hold.",
        examples=[[{"key": "size", "operator": "In", "values": ["large"]}]],
    )


class DeploymentTargetSelector(Selector):
    """Which deployment targets a policy schedules."""

    workspace: Maybe[Annotated[Text, grammar.LABEL_VALUE]] = Field(
        None, description="Only targets of workloads in this workspace.", examples=["retail"]
    )


class Workload(Part):
    """An application team's workload, in a repository of its own."""

    name: Annotated[Text, grammar.WORKLOAD] = Field(description="Name of the registration.", examples=["shop"])
    workspace: Annotated[Text, grammar.LABEL_VALUE] = Field(
        "", description="Team or tenant it belongs to.", examples=["retail"]
    )
    repository: Text = Field(
        description="URL of the repository: https or ssh, without .git.", examples=["https://github.com/contoso/shop"]
    )
    branch: Annotated[Text, grammar.BRANCH] = Field("main", description="Branch that is followed.", examples=["main"])
    path: Text = Field(".", description="Folder that holds the workload's manifest.", examples=["./workload"])


class Policy(Part):
    """A Kalypso scheduling policy: which deployment targets go to which cluster types."""

    name: Annotated[Text, grammar.OBJECT_NAME] = Field(description="Name.", examples=["retail-plants"])
    environment: Text = Field(description="Name of its environment.", examples=["prod"])
    deployment_targets: DeploymentTargetSelector = Field(
        description="What is scheduled; {} is everything.",
        examples=[{"workspace": "retail", "matchLabels": {"edge": "true"}}],
    )
    cluster_types: Selector = Field(
        description="Where to; {} is every cluster type.", examples=[{"matchLabels": {"region": "eu"}}]
    )
