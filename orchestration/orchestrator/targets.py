"""Where verbs act: Azure, or the sandbox on this machine. They differ by URL and token, not by class."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.drivers.trace import Trace, untraced
from orchestration.orchestrator.secrets import secret_values
from orchestration.sandbox.extra import require_extra

if TYPE_CHECKING:
    from orchestration.drivers.azure.arm import Arm
    from orchestration.drivers.azure.kubernetesconfiguration import KubernetesConfiguration
    from orchestration.drivers.git import GitAccess
    from orchestration.drivers.states import States
    from orchestration.fleet.model import Cluster, Fleet
    from orchestration.sandbox.process import RunningSandbox


@dataclass(frozen=True, slots=True)
class Azure:
    """Azure itself; *credential* is an azure-core token credential, the Azure CLI's login unless given."""

    credential: Any = None


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The stand-in on this machine, its state in *directory*; *reviewer* merges pull requests there."""

    directory: Path
    port: int | None = None
    reviewer: bool = True


@dataclass(frozen=True)
class Connection:
    """An opened target: its clients, what children are given, and where state and caches lie.

    `terraform` is the environment of Terraform, `variables` of every stack; `secrets` are values by name, and
    `require_secrets` raises before anything is made if one is missing; `cloud` is what states are marked with;
    `lock_file` names the only providers that Terraform may use.
    """

    arm: Arm
    regional: Arm
    git: GitAccess
    configuration: Callable[[str], KubernetesConfiguration]
    query: Callable[[str], Iterable[Mapping[str, object]]]
    ensure_repository: Callable[[str], bool]
    run_script: Callable[[str, Cluster], None]
    require_secrets: Callable[[], None]
    terraform: Mapping[str, str] = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)
    folder: Path
    states: States
    cloud: str
    trace: Trace = untraced
    lock_file: Path | None = None
    notes: tuple[str, ...] = ()
    sandbox: RunningSandbox | None = None

    def arm_of(self, resource_id: str) -> Arm:
        """Return the Resource Manager that answers for a resource: what is of a service group is served regionally."""
        grouped = resource_id.startswith("/providers/") and "/microsoft.edge/" in resource_id.lower()
        return self.regional if grouped else self.arm

    @property
    def hidden(self) -> tuple[str, ...]:
        """Every secret that this connection holds: a service may repeat one, and no log or record is to keep it."""
        own = [self.git.stand_in.token] if self.git.stand_in else []
        return (
            *self.secrets.values(),
            *secret_values({**self.terraform, **self.states.environment}),
            *self.git.tokens.values(),
            *own,
        )


@contextmanager
def connect(
    target: Azure | Sandbox,
    fleet: Fleet,
    work_dir: Path,
    run_id: str,
    cancel: threading.Event,
    trace: Trace = untraced,
) -> Iterator[Connection]:
    """Yield the connection to *target*; a sandbox that was started for it ends with the block.

    *trace* is called around everything that is done through the connection.
    """
    if isinstance(target, Sandbox):
        require_extra()
        from orchestration.orchestrator.open_sandbox import open_sandbox

        with open_sandbox(target.directory, target.port, fleet, run_id, cancel, trace) as connection:
            yield connection
    else:
        from orchestration.orchestrator.open_azure import open_azure

        yield open_azure(target.credential, fleet, work_dir, run_id, cancel, trace)


def subscriptions(fleet: Fleet) -> list[str]:
    """Return every subscription that the fleet names."""
    clusters = [cluster.id.split("/")[2] for cluster in fleet.clusters.values()]
    scopes = [cluster.scope.subscription_id for cluster in fleet.clusters.values()]
    context = [fleet.azure.context.existing.split("/")[2]] if fleet.azure.context.existing else []
    return list(dict.fromkeys([fleet.azure.scope.subscription_id, *scopes, *clusters, *context]))
