"""The kinds of scheduler.kalypso.io/v1alpha1, and ConfigMap, as frozen values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestration.kalypso.labels import Labels, Selector
from orchestration.kalypso.problems import Place
from orchestration.kalypso.shapes import TEXT, TEXT_MAP, TEXTS, Shape, record

_USER_INFO = re.compile("//[^/@]*@")
GROUP = "scheduler.kalypso.io"
API_VERSION = f"{GROUP}/v1alpha1"
ROLES = ("reconciler", "namespace", "config")


@dataclass(frozen=True, slots=True)
class Resource:
    """What every object has; `source` is the name of the Flux object that applied it."""

    name: str
    labels: Labels
    place: Place
    source: str


@dataclass(frozen=True, slots=True)
class Repository:
    """A place in Git."""

    repo: str
    branch: str
    path: str
    commit: str = ""

    def __str__(self) -> str:
        """Return the place for a message: what somebody wrote as a password into the URL is no part of it."""
        return f"{_USER_INFO.sub('//…@', self.repo)} at {self.commit or self.branch}"


@dataclass(frozen=True, slots=True)
class Environment(Resource):
    """An environment and its branch of the control plane."""

    control_plane: Repository


@dataclass(frozen=True, slots=True)
class BaseRepo(Resource):
    """Another source of the environment's objects."""

    repository: Repository


@dataclass(frozen=True, slots=True)
class GitOpsRepo(Resource):
    """Where the environment's schedule is written."""

    repository: Repository


@dataclass(frozen=True, slots=True)
class ClusterType(Resource):
    """A type of clusters, with the names of the templates it uses."""

    reconciler: str
    namespace_service: str
    config_type: str

    def template(self, role: str) -> str:
        """Return the name of the template for a role."""
        return {"reconciler": self.reconciler, "namespace": self.namespace_service}.get(role, self.config_type)


@dataclass(frozen=True, slots=True)
class Template(Resource):
    """Text templates for one role."""

    type: str
    manifests: tuple[str, ...]
    manifest_places: tuple[Place, ...] = ()
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class ConfigSchema(Resource):
    """A JSON Schema, as text, that composed configs must meet."""

    schema: str


@dataclass(frozen=True, slots=True)
class WorkloadRegistration(Resource):
    """Where a workload's description is, and whose it is."""

    repository: Repository
    workspace: str = ""


@dataclass(frozen=True, slots=True)
class TargetEntry:
    """One deployment target as a workload declares it."""

    name: str
    environment: str
    manifests: Mapping[str, str]
    labels: Labels
    config_schemas: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Workload(Resource):
    """An application and where it wants to run."""

    targets: tuple[TargetEntry, ...]
    config_schemas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeploymentTarget(Resource):
    """A workload's target in this environment."""

    environment: str
    manifests: Mapping[str, str]
    config_schemas: tuple[str, ...] = ()

    @property
    def workload(self) -> str:
        """The name of the workload."""
        return self.labels.get("workload", "")

    @property
    def workspace(self) -> str:
        """The workspace of the workload's registration."""
        return self.labels.get("workspace", "")


@dataclass(frozen=True, slots=True)
class SchedulingPolicy(Resource):
    """Which targets go onto which cluster types."""

    target_selector: Selector
    cluster_type_selector: Selector
    workspace: str = ""


@dataclass(frozen=True, slots=True)
class ConfigMap(Resource):
    """Platform configuration; `places` says where each key of `data` stands."""

    data: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)


_REPOSITORY = {"repo": TEXT, "branch": TEXT, "path": TEXT}
_EXPRESSIONS = record({"key": TEXT, "operator": TEXT}, {"values": TEXTS}, many=True)
_SELECTOR = record({}, {"matchLabels": TEXT_MAP, "matchExpressions": _EXPRESSIONS})
_TARGET = record(
    {"name": TEXT, "environment": TEXT, "manifests": TEXT_MAP}, {"labels": TEXT_MAP, "configSchemas": TEXTS}, many=True
)

SPECS: Mapping[str, Shape] = {
    "Environment": record({"controlPlane": record(_REPOSITORY)}),
    "BaseRepo": record(_REPOSITORY, {"commit": TEXT}),
    "GitOpsRepo": record(_REPOSITORY),
    "ClusterType": record({"reconciler": TEXT, "namespaceService": TEXT, "configType": TEXT}),
    "Template": record({"type": Shape(choices=ROLES), "manifests": TEXTS}, {"contentType": TEXT}),
    "ConfigSchema": record({"schema": TEXT}),
    "WorkloadRegistration": record({"workload": record(_REPOSITORY)}, {"workspace": TEXT}),
    "Workload": record({}, {"deploymentTargets": _TARGET, "configSchemas": TEXTS}),
    "DeploymentTarget": record({"environment": TEXT, "manifests": TEXT_MAP}, {"configSchemas": TEXTS}),
    "SchedulingPolicy": record(
        {
            "deploymentTargetSelector": record({"labelSelector": _SELECTOR}, {"workspace": TEXT}),
            "clusterTypeSelector": record({"labelSelector": _SELECTOR}),
        }
    ),
    "Assignment": record({"workload": TEXT, "deploymentTarget": TEXT, "clusterType": TEXT}),
    "AssignmentPackage": record(
        {},
        {f"{role}Manifests": TEXTS for role in ROLES} | {f"{role}ManifestsContentType": TEXT for role in ROLES},
    ),
}
"""The shape of each kind's `spec`."""
