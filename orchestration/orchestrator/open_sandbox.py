"""Opens the sandbox for a fleet: started or joined, seeded with what the fleet refers to but does not own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from orchestration.drivers.azure.arm import Arm
from orchestration.drivers.git import GitAccess, StandIn
from orchestration.drivers.github import GitHub
from orchestration.drivers.process import clean_environment
from orchestration.drivers.states import LocalStates, States, http_states
from orchestration.drivers.trace import Trace, traced, untraced
from orchestration.fleet.model import Cluster, Existing, Fleet
from orchestration.orchestrator.azapi import Azapi, choose_azapi, lock_file
from orchestration.orchestrator.clients import sandbox_clients
from orchestration.orchestrator.runs import private
from orchestration.orchestrator.secrets import cluster_secret
from orchestration.orchestrator.shared_context import API as CONTEXT_API
from orchestration.orchestrator.targets import Connection, subscriptions
from orchestration.sandbox.githost import create, repository_path, seed
from orchestration.sandbox.machine import connect as run_connect_script
from orchestration.sandbox.process import RunningSandbox, start


@contextmanager
def open_sandbox(
    directory: Path, port: int | None, fleet: Fleet, run_id: str, cancel: threading.Event, trace: Trace = untraced
) -> Iterator[Connection]:
    """Yield the connection to the sandbox in *directory*; one that was started for it ends with the block."""
    with start(private(directory.absolute()), port=port) as running:
        running.seed(tenant=fleet.azure.tenant_id, subscriptions=subscriptions(fleet), resources=list(_existing(fleet)))
        _seed_repositories(fleet, running)
        connection = _connection(fleet, running, run_id, cancel, trace)
        _seed_context(fleet, connection.arm)
        yield connection


def _existing(fleet: Fleet) -> Iterator[dict[str, Any]]:
    """Yield the clusters that exist already, their groups and that of the context, as the sandbox is to have them."""
    if fleet.azure.context.existing is not None:
        yield {"id": "/".join(fleet.azure.context.existing.split("/")[:5]), "location": fleet.azure.scope.location}
    for cluster in fleet.clusters.values():
        if isinstance(cluster.connection, Existing):
            group = "/".join(cluster.id.split("/")[:5])
            yield {"id": group, "location": cluster.scope.location}
            yield _cluster(cluster)


def _seed_context(fleet: Fleet, arm: Arm) -> None:
    """Give the sandbox the context that exists already, unless its tenant has it: as others would have made it."""
    existing = fleet.azure.context.existing
    if existing is None or fleet.hierarchy is None or arm.get(existing, CONTEXT_API) is not None:
        return
    levels = [{"name": name, "description": name} for name in fleet.hierarchy.levels]
    capabilities = [{"name": name, "description": name} for name in fleet.capabilities]
    properties = {"capabilities": capabilities, "hierarchies": levels}
    arm.put(existing, CONTEXT_API, {"location": fleet.azure.orchestration_location, "properties": properties})


def _cluster(cluster: Cluster) -> dict[str, Any]:
    body = {"id": cluster.id, "location": cluster.scope.location, "identity": {"type": "SystemAssigned"}}
    if cluster.is_aks:
        return {**body, "properties": {"provisioningState": "Succeeded"}}
    return {**body, "properties": {"connectivityStatus": "Connected", "provisioningState": "Succeeded"}}


def _seed_repositories(fleet: Fleet, running: RunningSandbox) -> None:
    """Give the Git host what the fleet refers to, from `repositories/NAME/BRANCH/` beside the fleet file."""
    root = fleet.folder / "repositories"
    wanted = {workload.repository for workload in fleet.workloads.values()}
    hosts = {url.rsplit("/", 1)[0] for url in wanted}
    if not root.is_dir():
        return
    for folder in _folders(root):
        named = [url for url in wanted if url.rsplit("/", 1)[1] == folder.name]
        urls = named or [f"{host}/{folder.name}" for host in hosts]
        branches = {path.name: _files(path) for path in _folders(folder)}
        for url in urls:
            seed(running.git_root, url, branches)


def _folders(folder: Path) -> list[Path]:
    """Return the folders in *folder*; a link, which may lead anywhere, is none."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())


def _files(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _connection(
    fleet: Fleet, running: RunningSandbox, run_id: str, cancel: threading.Event, trace: Trace
) -> Connection:
    clients = sandbox_clients(running, run_id, cancel, trace)
    secret = cluster_secret(fleet, fallback=running.token)
    folder = running.directory / "client"

    def run_script(script: str, cluster: Cluster) -> None:
        with traced(trace, f"script of {cluster.name}"):
            run_connect_script(
                script,
                cluster.name,
                url=running.url,
                ca_file=running.ca_file,
                token=running.token,
                subscription=cluster.scope.subscription_id,
            )

    azapi = choose_azapi(running.directory / "provider")
    return Connection(
        arm=clients.arm,
        regional=clients.arm,
        git=sandbox_access(running),
        configuration=clients.configuration,
        query=lambda text: clients.query(text, subscriptions(fleet)),
        ensure_repository=lambda url: _ensure(running, url, trace),
        run_script=run_script,
        require_secrets=lambda: None,  # it has made its own
        terraform=_terraform_environment(azapi, running, fleet, run_id),
        variables={"regional_arm_endpoint": running.url},
        secrets={"clusterCredentials": secret} if secret else {},
        folder=private(folder),
        states=_states(fleet, running, folder, cancel, trace),
        trace=trace,
        cloud="sandbox",
        lock_file=lock_file(fleet.folder) if azapi.real else None,
        notes=(f"Terraform ran against the sandbox with {azapi.description}", *_notes(fleet)),
        sandbox=running,
    )


def sandbox_access(running: RunningSandbox) -> GitAccess:
    """Return what Git needs to take the sandbox's host for every other."""
    return GitAccess(stand_in=StandIn(f"{running.url}/git", running.token, running.ca_file))


def _states(fleet: Fleet, running: RunningSandbox, folder: Path, cancel: threading.Event, trace: Trace) -> States:
    """Return where states lie: beside the sandbox, or on its server of states for fleets that share theirs."""
    settings = fleet.state.settings
    if fleet.state.kind == "local":
        return LocalStates(private(folder / "state"), trace)
    if fleet.state.kind == "http":
        place = settings["address"].removeprefix("https://").rstrip("/")
    else:
        place = f"{settings['storage_account_name']}/{settings['container_name']}"
    address = f"{running.url}/state/{place}"
    return http_states(
        address, username="ewo", password=running.token, ca_file=running.ca_file, cancel=cancel, trace=trace
    )


def _ensure(running: RunningSandbox, url: str, trace: Trace) -> bool:
    """Make the repository unless it is there: by GitHub's API where that is what its host speaks."""
    host, owner, name = urlsplit(url).netloc, *url.rsplit("/", 2)[1:]
    with traced(trace, f"repository {url}"):
        if host != "github.com":
            return create(repository_path(running.git_root, url))
        return GitHub(f"{running.url}/api/v3", running.token, ca_file=running.ca_file).ensure_repository(owner, name)


def _terraform_environment(azapi: Azapi, running: RunningSandbox, fleet: Fleet, run_id: str) -> dict[str, str]:
    """Return the environment in which Terraform finds the sandbox and its provider."""
    given = {
        "ARM_SUBSCRIPTION_ID": fleet.azure.scope.subscription_id,
        "ARM_TENANT_ID": fleet.azure.tenant_id,
        "ARM_CORRELATION_REQUEST_ID": run_id,
    }
    if azapi.config is not None:
        given["TF_CLI_CONFIG_FILE"] = str(azapi.config)
    return clean_environment(("TF_CLI_CONFIG_FILE",), {**running.environment(), **given})


def _notes(fleet: Fleet) -> Iterator[str]:
    names = fleet.repositories
    if fleet.state.kind != "local":
        yield f"state is {fleet.state.kind}: in the sandbox its own server of states stands in"
    if names is not None and fleet.uses_kalypso and names.delivery == "pull-request":
        yield "delivery is pull-request: the sandbox has no pull requests yet, commits were pushed"
