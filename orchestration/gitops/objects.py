"""A fleet's Kalypso objects: what stands in the control-plane repository's files.

The kinds are `scheduler.kalypso.io/v1alpha1`: https://github.com/microsoft/kalypso-scheduler
No label of ours is put on any object: it would change where configurations apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from orchestration.fleet.model import ClusterCredentials, ClusterType, Fleet, Policy, Selector, Workload

KALYPSO = "scheduler.kalypso.io/v1alpha1"
Document = dict[str, Any]


def kalypso_object(kind: str, name: str, spec: Mapping[str, Any], labels: Mapping[str, str] | None = None) -> Document:
    """Return an object of Kalypso's API group."""
    metadata = {"name": name, **({"labels": dict(labels)} if labels else {})}
    return {"apiVersion": KALYPSO, "kind": kind, "metadata": metadata, "spec": dict(spec)}


def environment(fleet: Fleet, name: str) -> Document:
    """Return the Environment that points Kalypso at the environment's branch."""
    assert fleet.repositories is not None
    place = {"repo": fleet.repositories.control_plane_url, "branch": name, "path": "."}
    return kalypso_object("Environment", name, {"controlPlane": place})


def base_repo(fleet: Fleet, commit: str) -> Document:
    """Return the BaseRepo `main`, pinned to *commit* of the control plane's main branch."""
    assert fleet.repositories is not None
    spec = {"repo": fleet.repositories.control_plane_url, "branch": "main", "path": ".", "commit": commit}
    return kalypso_object("BaseRepo", "main", spec)


def gitops_repo(fleet: Fleet, environment: str) -> Document:
    """Return the GitOpsRepo that the environment's schedule is written to."""
    assert fleet.repositories is not None
    spec = {"repo": fleet.repositories.gitops_url, "branch": environment, "path": "."}
    return kalypso_object("GitOpsRepo", fleet.repositories.gitops, spec)


def cluster_type(item: ClusterType) -> Document:
    """Return a cluster type with the templates it uses."""
    templates = item.templates
    spec = {"reconciler": templates.reconciler, "namespaceService": templates.namespace, "configType": templates.config}
    return kalypso_object("ClusterType", item.name, spec, item.labels)


def platform_config(item: ClusterType) -> Document:
    """Return the ConfigMap that holds a cluster type's platform config."""
    labels = {"platform-config": "true", "cluster-type": item.name}
    metadata = {"name": f"{item.name}-config", "labels": labels}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(item.config)}


def registration(item: Workload) -> Document:
    """Return the registration of an application team's workload."""
    workload = {"repo": item.repository, "branch": item.branch, "path": item.path}
    return kalypso_object("WorkloadRegistration", item.name, {"workload": workload, "workspace": item.workspace})


def policy(item: Policy) -> Document:
    """Return a scheduling policy."""
    targets: Document = {"labelSelector": _selector(item.deployment_targets)}
    if item.workspace:
        targets = {"workspace": item.workspace, **targets}
    types = {"labelSelector": _selector(item.cluster_types)}
    spec = {"deploymentTargetSelector": targets, "clusterTypeSelector": types}
    return kalypso_object("SchedulingPolicy", item.name, spec)


def _selector(selector: Selector) -> Document:
    found: Document = {"matchLabels": dict(selector.match_labels)} if selector.match_labels else {}
    if selector.match_expressions:
        found["matchExpressions"] = [
            {"key": item.key, "operator": item.operator, **({"values": list(item.values)} if item.values else {})}
            for item in selector.match_expressions
        ]
    return found


def source_access(fleet: Fleet) -> str:
    """Return the lines of the reconciler template that give clusters access to workload repositories.

    The clusters' credential goes to the host it was given for and to no other.
    """
    assert fleet.repositories is not None
    credentials = fleet.repositories.cluster_credentials or ClusterCredentials()
    parts = urlsplit(fleet.repositories.url)
    host = f"{parts.scheme}://{parts.netloc}/"
    if credentials.provider:
        line = f"provider: {credentials.provider.lower()}"
    elif credentials.secret or credentials.local_secret:
        secret = credentials.local_secret or "platform-{{ .Environment }}-auth"
        line = f"secretRef: {{ name: {secret} }}"
    else:
        return ""
    condition = f'{{{{- if hasPrefix "{host}" (index .Manifests "repo") }}}}'
    return f"        {condition}\n        {line}\n        {{{{- end }}}}"
