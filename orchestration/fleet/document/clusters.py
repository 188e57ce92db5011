"""The document's hierarchy, clusters, targets and extensions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictInt

from orchestration.fleet import grammar
from orchestration.fleet.document.azure import Guid, Place
from orchestration.fleet.document.part import Flag, Labels, Maybe, OneOf, Part, Text

Capability = Annotated[Text, grammar.CAPABILITY]
CertManagerKind = Literal["iotoperations", "certmanagement", "present"]


class Site(Part):
    """A node of the hierarchy, with the nodes below it."""

    name: Annotated[Text, grammar.SITE] = Field(description="Name; unique over nodes and targets.", examples=["lyon"])
    sites: tuple[Site, ...] = Field((), description="Nodes of the next level.", examples=[[{"name": "lyon"}]])


class Hierarchy(Part):
    """Workload Orchestration's levels and the nodes above the targets."""

    levels: tuple[Annotated[Text, grammar.LEVEL], ...] = Field(
        description="Two to four levels, top first; targets live at the last.", examples=[["country", "plant", "line"]]
    )
    scope: Literal["serviceGroup", "resourceGroup"] = Field(
        "serviceGroup",
        description="Whether nodes are service groups, or one site in the resource group.",
        examples=["serviceGroup"],
    )
    sites: tuple[Site, ...] = Field(description="Top-level nodes.", examples=[[{"name": "france"}]])


class Script(Part):
    """A cluster that somebody on site connects with a script of ours."""

    distribution: Text = Field("k3s", description="Kubernetes distribution.", examples=["k3s"])
    install: Flag = Field(True, description="Whether the script installs k3s if it is absent.", examples=[True])


class Kubeconfig(Part):
    """A cluster that ewo connects through a kubeconfig."""

    path: Text = Field(description="The kubeconfig, inside the fleet folder.", examples=["./kubeconfig.yaml"])
    context: Maybe[Text] = Field(None, description="Context in it; the current one if absent.", examples=["bilbao-1"])
    distribution: Text = Field("generic", description="Kubernetes distribution, as Arc shows it.", examples=["k3s"])
    infrastructure: Text = Field("generic", description="What it runs on, as Arc shows it.", examples=["generic"])


class Aks(Part):
    """An AKS cluster, which takes Flux directly and carries no targets."""

    node_count: Maybe[Annotated[StrictInt, Field(ge=1, le=1000)]] = Field(
        None, description="Nodes of the system pool.", examples=[2]
    )
    vm_size: Maybe[Text] = Field(None, description="Size of its nodes.", examples=["Standard_D4s_v5"])
    kubernetes_version: Maybe[Text] = Field(None, description="Kubernetes version.", examples=["1.33"])
    admin_group_object_ids: Maybe[tuple[Guid, ...]] = Field(
        None, description="Groups whose members administer it.", examples=[["66666666-6666-6666-6666-666666666666"]]
    )


class Connection(OneOf):
    """How a cluster comes to be connected: `existing`, or one of these."""

    wanted = "existing, {existing: ID}, {script: {}}, {kubeconfig: {path: …}} or {aks: {}}"
    existing: Maybe[Annotated[Text, grammar.CLUSTER_ID]] = Field(
        None,
        description="ARM id of a cluster that is connected already, Arc or AKS.",
        examples=[
            "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-plants"
            "/providers/Microsoft.Kubernetes/connectedClusters/lab-1"
        ],
    )
    script: Maybe[Script] = Field(
        None, description="A person on site runs what we generate.", examples=[{"distribution": "k3s"}]
    )
    kubeconfig: Maybe[Kubeconfig] = Field(
        None, description="We connect it.", examples=[{"path": "./kubeconfig.yaml", "context": "bilbao-1"}]
    )
    aks: Maybe[Aks] = Field(None, description="An AKS cluster that the fleet makes.", examples=[{"nodeCount": 2}])


class Extension(Part):
    """How one cluster extension is installed."""

    version: Maybe[Annotated[Text, grammar.EXTENSION_VERSION]] = Field(
        None, description="Version to stay at; switches automatic upgrades off.", examples=["1.24.1"]
    )
    release_train: Maybe[Text] = Field(None, description="Release train.", examples=["stable"])
    auto_upgrade: Maybe[Flag] = Field(
        None, description="Whether minor versions are upgraded by Azure.", examples=[True]
    )
    settings: dict[str, Text] = Field(
        {}, description="Settings of the extension; all values are text.", examples=[{"multiTenancy.enforce": "true"}]
    )


class CertManager(Extension):
    """Which certificate manager Workload Orchestration stands on."""

    wanted = "iotoperations, certmanagement, present, or a mapping with kind"
    kind: CertManagerKind = Field(
        "iotoperations",
        description="Extension that is installed; with present, the cluster has one already.",
        examples=["iotoperations"],
    )


def _kind_alone(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


class Extensions(Part):
    """The extensions of a cluster."""

    flux: Extension = Field(Extension(), description="Flux.", examples=[{"version": "1.24.1"}])
    cert_manager: Annotated[CertManager, BeforeValidator(_kind_alone)] = Field(
        CertManager(),
        description="The certificate manager: a kind, or a mapping with one.",
        examples=["iotoperations", {"kind": "certmanagement", "releaseTrain": "stable"}],
        json_schema_extra={"orText": ["iotoperations", "certmanagement", "present"]},
    )
    workload_orchestration: Extension = Field(
        Extension(), description="Workload Orchestration.", examples=[{"version": "2.1.37"}]
    )
    storage_class: Annotated[Text, grammar.OBJECT_NAME] = Field(
        "local-path", description="Storage class for Workload Orchestration's Redis.", examples=["local-path"]
    )


class Target(Part):
    """A Workload Orchestration target on a cluster."""

    name: Annotated[Text, grammar.TARGET] = Field(
        description="Name; unique over nodes and targets.", examples=["lyon-1-line-a"]
    )
    capabilities: tuple[Capability, ...] = Field(
        (), description="What it can do; each one of the fleet's capabilities.", examples=[["vision"]]
    )
    labels: Labels = Field({}, description="Labels; they win over the cluster's.", examples=[{"shift": "night"}])
    namespace: Maybe[Annotated[Text, grammar.NAMESPACE]] = Field(
        None, description="Namespace its solutions run in; the target's name if absent.", examples=["line-a"]
    )


def _existing_alone(value: Any) -> Any:
    return {"existing": value} if value == "existing" else value


class ClusterKeys(Place):
    """What `defaults.cluster` may hold: any key of a cluster."""

    name: Maybe[Annotated[Text, grammar.CLUSTER]] = Field(
        None, description="Name; that of the Azure resource too, unless an existing id is given.", examples=["lyon-1"]
    )
    cluster_type: Maybe[Text] = Field(None, description="Name of its cluster type.", examples=["plant-large"])
    site: Maybe[Text] = Field(None, description="Node of the hierarchy that it stands at.", examples=["lyon"])
    labels: Labels = Field({}, description="Labels; they win over the cluster type's.", examples=[{"line": "bakery"}])
    connection: Maybe[Annotated[Connection, BeforeValidator(_existing_alone)]] = Field(
        None,
        description="How it comes to be connected; `existing` is the cluster of that name in the effective group.",
        examples=["existing", {"script": {"distribution": "k3s"}}],
        json_schema_extra={"orText": ["existing"]},
    )
    extensions: Maybe[Extensions] = Field(
        None, description="Extensions, laid over the fleet's.", examples=[{"storageClass": "longhorn"}]
    )
    targets: tuple[Target, ...] = Field(
        (), description="Its targets.", examples=[[{"name": "lyon-1-line-a", "capabilities": ["vision"]}]]
    )


class Cluster(ClusterKeys):
    """A cluster."""

    name: Annotated[Text, grammar.CLUSTER] = Field(
        description="Name; that of the Azure resource too, unless an existing id is given.", examples=["lyon-1"]
    )
    cluster_type: Text = Field(description="Name of its cluster type.", examples=["plant-large"])
    connection: Annotated[Connection, BeforeValidator(_existing_alone)] = Field(
        description="How it comes to be connected; `existing` is the cluster of that name in the effective group.",
        examples=["existing", {"script": {"distribution": "k3s"}}],
        json_schema_extra={"orText": ["existing"]},
    )


class Defaults(Part):
    """Values that lie under every cluster's own."""

    cluster: ClusterKeys = Field(
        ClusterKeys(),
        description="Any key of a cluster; maps merge, lists replace.",
        examples=[{"extensions": {"storageClass": "longhorn"}}],
    )
