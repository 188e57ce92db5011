"""Flux configurations and extensions of a cluster, as the Azure SDK for Python reads them (api-version 2023-05-01).

https://learn.microsoft.com/azure/azure-arc/kubernetes/conceptual-gitops-flux2 says what the states mean.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.drivers.azure.failures import told_plainly
from orchestration.drivers.azure.pipeline import correlation_headers, import_azure, make_transport, retry_policy
from orchestration.drivers.azure.token import PUBLIC_SCOPE
from orchestration.drivers.trace import Trace, untraced

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

API = "2023-05-01"
MODULE = f"azure.mgmt.kubernetesconfiguration.v{API.replace('-', '_')}.operations"
BAD = ("False", "Unknown")


@dataclass(frozen=True, slots=True)
class FluxState:
    """A Flux configuration as last reported; `commit` is a full id, empty until something was synced.

    `paths` are the folders that its kustomizations apply.
    """

    name: str
    compliance: str
    provisioning: str
    url: str
    branch: str
    commit: str
    message: str
    suspended: bool
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtensionState:
    """An extension of a cluster; `version` is the one that runs, `state` its provisioning."""

    id: str
    name: str
    type: str
    version: str
    state: str
    error: str


class KubernetesConfiguration:
    """Reads the Flux configurations and extensions of the clusters of one subscription; raises `ServiceError`."""

    def __init__(
        self,
        url: str,
        credential: TokenCredential,
        subscription_id: str,
        *,
        scope: str = PUBLIC_SCOPE,
        ca_file: Path | None = None,
        correlation_id: str | None = None,
        cancel: threading.Event | None = None,
        trace: Trace = untraced,
    ) -> None:
        import_azure(MODULE)
        self._url, self._credential, self._subscription_id = url, credential, subscription_id
        self._scope, self._ca_file, self._correlation_id = scope, ca_file, correlation_id
        self._cancel, self._trace = cancel, trace
        self._opening = threading.Lock()
        self._client: Any = None

    def flux(self, cluster_id: str) -> tuple[FluxState, ...]:
        """Return the Flux configurations of a cluster."""
        with told_plainly(f"reading the Flux configurations of {cluster_id}"):
            return tuple(_flux(item) for item in self._opened().flux_configurations.list(*_parts(cluster_id)))

    def extensions(self, cluster_id: str) -> tuple[ExtensionState, ...]:
        """Return the extensions of a cluster."""
        with told_plainly(f"reading the extensions of {cluster_id}"):
            return tuple(_extension(item) for item in self._opened().extensions.list(*_parts(cluster_id)))

    def _opened(self) -> Any:
        from azure.mgmt.kubernetesconfiguration import SourceControlConfigurationClient

        with self._opening:
            if self._client is None:
                self._client = SourceControlConfigurationClient(
                    self._credential,
                    self._subscription_id,
                    api_version=API,
                    base_url=self._url,
                    credential_scopes=[self._scope],
                    transport=make_transport(self._url, self._ca_file, self._cancel, self._trace),
                    base_headers=correlation_headers(self._correlation_id),
                    retry_policy=retry_policy(self._url),
                )
            return self._client


def _parts(cluster_id: str) -> tuple[str, str, str, str]:
    """Return resource group, provider, type and name of a cluster."""
    _, _, _, _, group, _, provider, kind, name = cluster_id.split("/")
    return group, provider, kind, name


def _flux(item: Any) -> FluxState:
    branch, _, commit = (item.source_synced_commit_id or "").rpartition("@sha1:")
    repository = item.git_repository
    reference = repository.repository_ref if repository else None
    return FluxState(
        name=item.name or "",
        compliance=item.compliance_state or "",
        provisioning=item.provisioning_state or "",
        url=(repository.url or "") if repository else "",
        branch=(reference.branch or "") if reference else branch,
        commit=commit,
        message="; ".join(_complaints(item)),
        suspended=bool(item.suspend),
        paths=tuple(each.path or "" for each in (item.kustomizations or {}).values()),
    )


def _complaints(item: Any) -> Iterator[str]:
    """Yield what is wrong, each once: conditions repeat the configuration's own message, and one another's."""
    said = item.error_message or ""
    if said:
        yield said
    for status in item.statuses or ():
        for condition in status.status_conditions or ():
            if condition.status in BAD and condition.message and condition.message not in said:
                said = f"{said}\n{condition.message}"
                yield f"{status.kind} {status.name}: {condition.message}"


def _extension(item: Any) -> ExtensionState:
    error = item.error_info
    return ExtensionState(
        id=item.id or "",
        name=item.name or "",
        type=item.extension_type or "",
        version=item.current_version or item.version or "",
        state=item.provisioning_state or "",
        error=(error.message or error.code or "") if error else "",
    )
