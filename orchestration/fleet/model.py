"""The frozen types a fleet file becomes.

Nothing here checks anything: `load` reads and `validate` judges, so whoever holds a
`Fleet` may trust it. Defaults are filled in, overrides of subscription, resource group
and location are resolved, and every named thing knows its place in the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from orchestration.fleet import tree

Labels = Mapping[str, str]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in the fleet's files something stands; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong or doubtful in an input, with its place and what to do."""

    code: str
    origin: Origin
    message: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        advice = f" ({self.hint})" if self.hint else ""
        text = f"{self.origin}: {self.severity}: {self.message}{advice} [{self.code}]"
        # One line whatever is in the file, and nothing that a terminal obeys.
        return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)

    def to_json(self) -> dict[str, Any]:
        """Return the problem as `ewo.problems/1` lists it."""
        place = {"file": self.origin.file, "line": self.origin.line, "column": self.origin.column}
        return {"code": self.code, "severity": self.severity, **place, "message": self.message, "hint": self.hint}


@dataclass(frozen=True, slots=True)
class SecretRef:
    """A reference to a secret: an environment variable's name, or a file of the fleet folder."""

    env: str | None = None
    file: Path | None = None

    def __str__(self) -> str:
        return f"env {self.env}" if self.env else f"file {self.file}"


@dataclass(frozen=True, slots=True)
class ClusterCredentials:
    """What clusters pull the GitOps repository with: exactly one of the three."""

    secret: SecretRef | None = None
    local_secret: str | None = None
    provider: Literal["Azure", "GitHub"] | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The Azure place of a cluster or of the fleet itself, overrides resolved."""

    subscription_id: str
    resource_group: str
    location: str


@dataclass(frozen=True, slots=True)
class ContextRef:
    """The Workload Orchestration context: one we make (name) or one that exists (ARM id)."""

    name: str | None = None
    existing: str | None = None


@dataclass(frozen=True, slots=True)
class Azure:
    """Tenant, default scope and Workload Orchestration's settings."""

    tenant_id: str
    scope: Scope
    context: ContextRef
    orchestration_location: str
    cloud: str = "AzureCloud"
    custom_locations_object_id: str | None = None
    diagnostics_workspace: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Where Terraform's state lives; settings are those of Terraform's backend of that kind."""

    kind: Literal["local", "azurerm", "http"] = "local"
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Repositories:
    """The two repositories the fleet owns, and how commits reach them."""

    url: str
    control_plane: str
    gitops: str
    delivery: Literal["push", "pull-request"]
    credentials: SecretRef | None
    cluster_credentials: ClusterCredentials | None
    workflows: Values | None
    origin: Origin

    @property
    def control_plane_url(self) -> str:
        """The control-plane repository's URL, without `.git`."""
        return f"{self.url.rstrip('/')}/{self.control_plane}"

    @property
    def gitops_url(self) -> str:
        """The GitOps repository's URL, without `.git`."""
        return f"{self.url.rstrip('/')}/{self.gitops}"


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment; a fleet holds them in the order of promotion."""

    name: str
    scope: Scope
    origin: Origin


@dataclass(frozen=True, slots=True)
class Templates:
    """Names of the control-plane templates a cluster type uses."""

    reconciler: str = "arc-flux"
    namespace: str = "namespace"
    config: str = "configmap"


@dataclass(frozen=True, slots=True)
class ClusterType:
    """A Kalypso cluster type, of one environment."""

    name: str
    environment: str
    labels: Labels
    config: Mapping[str, str]
    templates: Templates
    origin: Origin


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the hierarchy above the targets; depth counts from 1 at the top."""

    name: str
    level: str
    depth: int
    parent: str | None
    top: str
    children: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Workload Orchestration's levels, top first, and the nodes above the targets, parents first."""

    levels: tuple[str, ...]
    nodes: Mapping[str, Node]
    scope: Literal["serviceGroup", "resourceGroup"]
    origin: Origin

    @property
    def target_level(self) -> str:
        """The level that targets live at."""
        return self.levels[-1]

    def tops(self) -> tuple[Node, ...]:
        """Return the nodes without a parent, in the file's order."""
        return tuple(node for node in self.nodes.values() if node.parent is None)

    def chain(self, name: str) -> tuple[Node, ...]:
        """Return the node called *name* and its ancestors, nearest first."""
        node = self.nodes[name]
        return (node, *self.chain(node.parent)) if node.parent else (node,)


@dataclass(frozen=True, slots=True)
class Existing:
    """A cluster that is connected already; its ARM id (Arc or AKS)."""

    id: str


@dataclass(frozen=True, slots=True)
class Script:
    """A cluster that somebody on site connects by running a script of ours."""

    distribution: str = "k3s"
    install: bool = True
    settings: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """A cluster that we connect through a kubeconfig."""

    path: Path
    context: str | None
    distribution: str = "generic"
    infrastructure: str = "generic"


@dataclass(frozen=True, slots=True)
class Aks:
    """An AKS cluster that takes Flux directly; settings as the hub blueprint takes them."""

    settings: Values = field(default_factory=dict)


Connection = Existing | Script | Kubeconfig | Aks


@dataclass(frozen=True, slots=True)
class Extension:
    """How one cluster extension is installed; `None` leaves the choice to the service."""

    version: str | None = None
    release_train: str | None = None
    auto_upgrade: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Extensions:
    """The three extensions of a cluster and the storage class of Workload Orchestration's Redis."""

    flux: Extension
    cert_manager: Extension
    cert_manager_kind: Literal["iotoperations", "certmanagement", "present"]
    workload_orchestration: Extension
    storage_class: str


@dataclass(frozen=True, slots=True)
class Target:
    """A Workload Orchestration target; labels are those of type, cluster and target together."""

    name: str
    cluster: str
    environment: str
    site: str
    capabilities: tuple[str, ...]
    labels: Labels
    namespace: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of the fleet; `id` is its ARM id, `scope` the effective group of what we make for it."""

    name: str
    cluster_type: str
    environment: str
    site: str | None
    labels: Labels
    connection: Connection
    id: str
    scope: Scope
    extensions: Extensions
    targets: tuple[Target, ...]
    origin: Origin

    @property
    def is_aks(self) -> bool:
        """Whether the cluster is an AKS cluster rather than an Arc-connected one."""
        return "/microsoft.containerservice/managedclusters/" in self.id.lower()


@dataclass(frozen=True, slots=True)
class Workload:
    """An application team's workload: the repository that a registration points at."""

    name: str
    workspace: str
    repository: str
    branch: str
    path: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Requirement:
    """One `matchExpressions` entry."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: tuple[str, ...] = ()

    def met_by(self, labels: Labels) -> bool:
        """Whether *labels* meet the requirement, by Kubernetes' rules."""
        present = self.key in labels
        match self.operator:
            case "In":
                return present and labels[self.key] in self.values
            case "NotIn":
                return not present or labels[self.key] not in self.values
            case "Exists":
                return present
        return not present


@dataclass(frozen=True, slots=True)
class Selector:
    """A Kubernetes label selector; an empty one matches everything."""

    match_labels: Labels = field(default_factory=dict)
    match_expressions: tuple[Requirement, ...] = ()

    def matches(self, labels: Labels) -> bool:
        """Whether *labels* meet every requirement."""
        exact = all(labels.get(key) == value for key, value in self.match_labels.items())
        return exact and all(requirement.met_by(labels) for requirement in self.match_expressions)


@dataclass(frozen=True, slots=True)
class Policy:
    """A Kalypso scheduling policy."""

    name: str
    environment: str
    workspace: str | None
    deployment_targets: Selector
    cluster_types: Selector
    origin: Origin


@dataclass(frozen=True, slots=True)
class SchemaContent:
    """A schema document: the resource's name and version, and its text as written."""

    name: str
    version: str
    text: str
    file: str


@dataclass(frozen=True, slots=True)
class TemplateContent:
    """What one version of a template is made of; texts as written, files for error messages."""

    schema: SchemaContent | None
    template: str
    template_file: str
    specification: Values | None = None
    specification_file: str | None = None


@dataclass(frozen=True, slots=True)
class ConfigTemplate:
    """Values shared by whatever runs below a node; `values` by node name, `written` is where they stand."""

    name: str
    version: str
    contents: Mapping[str, TemplateContent]
    values: Mapping[str, Values]
    retire: tuple[str, ...]
    origin: Origin
    written: tree.Node | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Ring:
    """How much of a placement's targets have a version once this ring is through; cumulative."""

    count: int | None = None
    percent: int | None = None

    def size(self, total: int) -> int:
        """Return how many of *total* targets, percentages rounded up."""
        if self.percent is not None:
            return min(total, -(-total * self.percent // 100))
        return min(total, self.count or 0)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a solution goes in one environment, and in which rings."""

    environment: str
    selector: Selector
    names: tuple[str, ...] | None
    excepted: tuple[str, ...]
    rings: tuple[Ring, ...]
    version: str | None
    max_unavailable: Ring
    health_timeout: float
    origin: Origin


@dataclass(frozen=True, slots=True)
class Injection:
    """A value of a solution that is put into the solution it depends on."""

    source: str
    to: str


@dataclass(frozen=True, slots=True)
class Dependency:
    """A solution that must be there first."""

    solution: str
    inject: tuple[Injection, ...] = ()


@dataclass(frozen=True, slots=True)
class Solution:
    """What runs on the lines; `values` by node or target name, `written` is where they stand."""

    name: str
    template: str
    version: str
    instance: str | None
    capabilities: tuple[str, ...]
    contents: Mapping[str, TemplateContent]
    placements: tuple[Placement, ...]
    values: Mapping[str, Values]
    depends_on: tuple[Dependency, ...]
    external_validation: bool
    retire: tuple[str, ...]
    origin: Origin
    written: tree.Node | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything one fleet file describes. Mappings keep the file's order."""

    name: str
    folder: Path
    files: tuple[str, ...]
    azure: Azure
    state: State
    repositories: Repositories | None
    environments: Mapping[str, Environment]
    cluster_types: Mapping[str, ClusterType]
    hierarchy: Hierarchy | None
    capabilities: tuple[str, ...]
    clusters: Mapping[str, Cluster]
    control_plane: Path | None
    workloads: Mapping[str, Workload]
    policies: Mapping[str, Policy]
    config_templates: Mapping[str, ConfigTemplate]
    solutions: Mapping[str, Solution]
    scheduler: Literal["embedded", "cluster"]
    warnings: tuple[Problem, ...] = ()

    @property
    def uses_kalypso(self) -> bool:
        """Whether the fleet has workloads or policies, and so repositories and Flux."""
        return bool(self.workloads or self.policies)

    @property
    def uses_orchestration(self) -> bool:
        """Whether the fleet has a hierarchy, and so a Workload Orchestration context."""
        return self.hierarchy is not None

    @property
    def targets(self) -> Mapping[str, Target]:
        """Every target by name, in the file's order."""
        return {target.name: target for cluster in self.clusters.values() for target in cluster.targets}

    def clusters_of(self, environment: str) -> Iterator[Cluster]:
        """Yield the environment's clusters in the file's order."""
        return (cluster for cluster in self.clusters.values() if cluster.environment == environment)
