"""The clients of one Azure, or of the sandbox that stands in for it: they differ by URL and token."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.drivers.azure.arm import Arm
from orchestration.drivers.azure.graph import query
from orchestration.drivers.azure.kubernetesconfiguration import KubernetesConfiguration
from orchestration.drivers.azure.token import PUBLIC_SCOPE, Login, SandboxCredential
from orchestration.drivers.trace import Trace, untraced

if TYPE_CHECKING:
    from orchestration.sandbox.process import RunningSandbox


@dataclass(frozen=True, slots=True)
class Clients:
    """Resource Manager, and what reads a subscription's Flux configurations and extensions."""

    arm: Arm
    configuration: Callable[[str], KubernetesConfiguration]

    def query(self, text: str, subscriptions: Sequence[str] = ()) -> Iterable[Mapping[str, object]]:
        """Return the rows of a Resource Graph query over *subscriptions*, or over all that the login sees."""
        return query(self.arm, text, subscriptions)


def login_clients(login: Login, run_id: str | None, cancel: threading.Event | None, trace: Trace = untraced) -> Clients:
    """Return the clients of the Azure that a login belongs to."""
    return _clients(login.resource_manager, login.credential, login.scope, None, run_id, cancel, trace)


def sandbox_clients(
    running: RunningSandbox, run_id: str | None, cancel: threading.Event | None, trace: Trace = untraced
) -> Clients:
    """Return the clients of a sandbox."""
    credential = SandboxCredential(running.identity_endpoint, running.identity_header, running.ca_file)
    return _clients(running.url, credential, PUBLIC_SCOPE, running.ca_file, run_id, cancel, trace)


def _clients(
    url: str,
    credential: Any,
    scope: str,
    ca_file: Path | None,
    run_id: str | None,
    cancel: threading.Event | None,
    trace: Trace,
) -> Clients:
    def configuration(subscription: str) -> KubernetesConfiguration:
        return KubernetesConfiguration(
            url, credential, subscription,
            scope=scope, ca_file=ca_file, correlation_id=run_id, cancel=cancel, trace=trace,
        )  # fmt: skip

    arm = Arm(url, credential, scope=scope, ca_file=ca_file, correlation_id=run_id, cancel=cancel, trace=trace)
    return Clients(arm, configuration)
