"""Microsoft.KubernetesConfiguration: cluster extensions and Flux configurations.

Charts and Flux do not run. A Flux configuration reports the commit that is really at its branch in the sandbox's
Git host, and is Non-Compliant when the branch or a folder is missing or a file does not parse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestration.sandbox.arm.registry import (
    LRO_PUT_DELETE,
    Body,
    Request,
    Resource,
    ResourceType,
    bad_request,
)
from orchestration.sandbox.arm.repositories import branch_head, folder_problem, repository
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.view import merged, timestamp

CONNECTED = "microsoft.kubernetes/connectedclusters"
CLUSTERS = frozenset({CONNECTED, "microsoft.containerservice/managedclusters"})
VERSIONS = {
    "microsoft.flux": "1.24.1",
    "microsoft.workloadorchestration": "2.1.37",
    "microsoft.iotoperations.platform": "0.7.25",
    "microsoft.certmanagement": "0.10.2",
}
NAMESPACES = {
    "microsoft.flux": "flux-system",
    "microsoft.iotoperations.platform": "cert-manager",
    "microsoft.certmanagement": "cert-manager",
}
REFERENCES = ("branch", "tag", "semver", "commit")
LABEL = re.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
LONGEST = 62
FLUX_DEFAULTS: Body = {"namespace": "default", "scope": "cluster", "suspend": False}
INTERVALS: Body = {"syncIntervalInSeconds": 600, "timeoutInSeconds": 600}
KUSTOMIZATION_DEFAULTS: Body = {**INTERVALS, "force": False, "path": "", "prune": False, "wait": True}
COMPLIANT, NON_COMPLIANT, SUSPENDED = "Compliant", "Non-Compliant", "Suspended"


def extension(store: Store, resource: Resource) -> Body:
    """Return what the cluster's agent would have reported of an installed extension."""
    properties = resource.properties
    kind = str(properties.get("extensionType", "")).lower()
    automatic = properties.get("autoUpgradeMinorVersion", True)
    found: Body = {
        "autoUpgradeMinorVersion": automatic,
        "currentVersion": properties.get("version") or VERSIONS.get(kind, "1.0.0"),
        "extensionType": kind,
        "isSystemExtension": False,
        "releaseTrain": properties.get("releaseTrain", "Stable"),
        "scope": _extension_scope(properties),
        "statuses": [],
    }
    return {"properties": found}


def _extension_scope(properties: Body) -> Body:
    """Return where an extension is installed, or would be by default."""
    kind = str(properties.get("extensionType", "")).lower()
    namespace = NAMESPACES.get(kind, kind.rpartition(".")[2])
    scope: Body = properties.get("scope") or {"cluster": {"releaseNamespace": namespace}}
    return scope


def flux_configuration(store: Store, resource: Resource) -> Body:
    """Return the configuration with its defaults and what Flux would have reported."""
    properties = resource.properties
    found = merged(FLUX_DEFAULTS, properties)
    if "gitRepository" in properties:
        found["gitRepository"] = merged(INTERVALS, properties["gitRepository"])
    found["kustomizations"] = {
        name: {**merged(KUSTOMIZATION_DEFAULTS, each), "name": name}
        for name, each in (properties.get("kustomizations") or {}).items()
    }
    return {"properties": merged(found, _reported(store, resource, found))}


def _reported(store: Store, resource: Resource, properties: Body) -> Body:
    time = timestamp(resource.changed)
    report: Body = {"complianceState": SUSPENDED, "errorMessage": "", "statuses": [], "statusUpdatedAt": time}
    if properties["suspend"]:
        return report
    branch, commit, problems = _synced(store, properties)
    if commit:
        report |= {"sourceSyncedCommitId": f"{branch}@sha1:{commit}", "sourceUpdatedAt": time}
    report["complianceState"] = NON_COMPLIANT if any(problems.values()) else COMPLIANT
    report["errorMessage"] = "; ".join(filter(None, problems.values()))
    report["statuses"] = [_status(resource, properties, time, *each) for each in problems.items()]
    return report


def _synced(store: Store, properties: Body) -> tuple[str, str, dict[str, str]]:
    """Return branch, commit and, for the source and each kustomization by name, what is wrong with it."""
    source = properties.get("gitRepository") or {}
    branch = str((source.get("repositoryRef") or {}).get("branch", ""))
    url = str(source.get("url", ""))
    found = repository(store.git_root, url)
    commit = branch_head(found, branch) if found else None
    if found is None or commit is None:
        wrong = "repository not found" if found is None else f"couldn't find remote ref 'refs/heads/{branch}'"
        return branch, "", {"": f"failed to checkout and determine revision: unable to clone '{url}': {wrong}"}
    folders = {name: str(each["path"]) for name, each in properties["kustomizations"].items()}
    return branch, commit, {"": ""} | {name: folder_problem(found, commit, path) for name, path in folders.items()}


def _status(resource: Resource, properties: Body, time: str, kustomization: str, problem: str) -> Body:
    name = f"{resource.name}-{kustomization}" if kustomization else resource.name
    condition = {
        "lastTransitionTime": time,
        "message": problem or "applied",
        "reason": "ReconciliationFailed" if problem else "ReconciliationSucceeded",
        "status": "False" if problem else "True",
        "type": "Ready",
    }
    return {
        "complianceState": NON_COMPLIANT if problem else COMPLIANT,
        "kind": "Kustomization" if kustomization else "GitRepository",
        "name": name,
        "namespace": properties["namespace"],
        "statusConditions": [condition],
    }


def _check_extension(store: Store, request: Request) -> None:
    _check_cluster(request)
    properties = request.body.get("properties") or {}
    if not properties.get("extensionType"):
        raise _invalid("extensionType", "is required")
    parent = request.id.parent
    connected = parent is not None and parent.type.lower() == CONNECTED
    if connected != ("identity" in request.body):
        rule = "must be SystemAssigned on a connected cluster" if connected else "is only for connected clusters"
        raise bad_request("BadRequest", f"The identity of the extension '{request.id.name}' {rule}.", target="identity")
    if properties.get("version") and properties.get("autoUpgradeMinorVersion", True):
        raise _invalid("version", "may only be given when autoUpgradeMinorVersion is false")
    if request.present:
        before = request.present.properties
        _check_same("extensionType", before, properties)
        scopes = ({"scope": _extension_scope(each)} for each in (before, properties))
        _check_same("scope", *scopes)


def _check_cluster(request: Request) -> None:
    """Raise 400 unless the resource lies on a cluster: azapi lets anything pass."""
    parent = request.id.parent
    if parent is None or parent.type.lower() not in CLUSTERS:
        message = f"A '{request.id.type}' lies on a connected or a managed cluster, not on '{parent}'."
        raise bad_request("BadRequest", message)


def _check_flux(store: Store, request: Request) -> None:
    _check_cluster(request)
    properties = request.body.get("properties") or {}
    for problem in _flux_problems(request.id.name, properties):
        raise problem
    if request.present:
        before, now = (FLUX_DEFAULTS | each for each in (request.present.properties, properties))
        for key in ("scope", "namespace"):
            _check_same(key, before, now)


def _flux_problems(name: str, properties: Body) -> Iterator[Exception]:
    if properties.get("sourceKind") not in ("GitRepository", "Bucket", "AzureBlob", "OCIRepository"):
        yield _invalid("sourceKind", "must be GitRepository, Bucket, AzureBlob or OCIRepository")
    if properties.get("scope", "cluster") not in ("cluster", "namespace"):
        yield _invalid("scope", "must be cluster or namespace")
    if properties.get("sourceKind") == "GitRepository":
        source = properties.get("gitRepository") or {}
        given = [key for key in REFERENCES if (source.get("repositoryRef") or {}).get(key)]
        if not source.get("url"):
            yield _invalid("gitRepository.url", "is required")
        if len(given) != 1:
            yield _invalid("gitRepository.repositoryRef", f"must have exactly one of {', '.join(REFERENCES)}")
    for kustomization in properties.get("kustomizations") or {}:
        if not LABEL.fullmatch(kustomization):
            yield _invalid("kustomizations", f"'{kustomization}' is no DNS label of at most 63 characters")
        if len(name) + len(kustomization) > LONGEST:
            yield _invalid("kustomizations", f"'{name}' and '{kustomization}' have more than {LONGEST} characters")


def _check_same(key: str, before: Body, now: Body) -> None:
    """Raise 400 where *key*, what is absent having its default, is not what it was."""
    if str(before[key]).lower() != str(now[key]).lower():
        raise _invalid(key, f"cannot change from '{before[key]}' to '{now[key]}': delete and create it again")


def _invalid(key: str, rule: str) -> Exception:
    return bad_request("InvalidRequestContent", f"properties.{key} {rule}.", target=f"properties.{key}")


KUBERNETES_CONFIGURATION_TYPES: tuple[ResourceType, ...] = (
    ResourceType(
        type="Microsoft.KubernetesConfiguration/extensions",
        schema="kubernetesconfiguration",
        versions=("2025-03-01",),
        read_versions=("2024-11-01", "2023-05-01"),
        scopes=frozenset({"resource"}),
        lro=LRO_PUT_DELETE | {"PATCH"},
        table="kubernetesconfigurationresources",
        check=_check_extension,
        fill=extension,
    ),
    ResourceType(
        type="Microsoft.KubernetesConfiguration/fluxConfigurations",
        schema="kubernetesconfiguration",
        versions=("2025-04-01",),
        read_versions=("2024-11-01", "2023-05-01"),
        scopes=frozenset({"resource"}),
        lro=LRO_PUT_DELETE | {"PATCH"},
        table="kubernetesconfigurationresources",
        check=_check_flux,
        fill=flux_configuration,
    ),
)
