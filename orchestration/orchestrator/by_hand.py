"""A sandbox for Terraform by hand: what a fleet refers to is there, and a file sets the environment."""

from __future__ import annotations

import os
import shlex
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from orchestration.errors import SandboxError
from orchestration.fleet.model import Fleet
from orchestration.fleet.naming import resource_group_id
from orchestration.orchestrator.azapi import choose_azapi
from orchestration.orchestrator.open_sandbox import open_sandbox
from orchestration.orchestrator.provisioning import TAG
from orchestration.orchestrator.runs import private
from orchestration.orchestrator.targets import subscriptions
from orchestration.sandbox.process import RunningSandbox, start

ENVIRONMENT = "environment.sh"


@contextmanager
def open_by_hand(
    directory: Path, port: int | None, fleet: Fleet | None, cancel: threading.Event
) -> Iterator[tuple[RunningSandbox, Path]]:
    """Yield the sandbox in *directory* and the file to be sourced, which goes with it.

    The sandbox of a *fleet* has its subscriptions, the clusters that exist already, and all its resource groups.
    """
    with _open(directory, port, fleet, cancel) as running:
        if running.child is None:
            raise SandboxError(
                f"a sandbox already runs on {directory}, at {running.url}",
                hint=f"use it: verbs on its folder join it, {running.directory / ENVIRONMENT} leads Terraform to it",
            )
        file = running.directory / ENVIRONMENT
        _write(file, _environment(running, fleet))
        try:
            yield running, file
        finally:
            file.unlink(missing_ok=True)


@contextmanager
def _open(directory: Path, port: int | None, fleet: Fleet | None, cancel: threading.Event) -> Iterator[RunningSandbox]:
    if fleet is None:
        with start(private(directory.absolute()), port=port) as running:
            yield running
        return
    with open_sandbox(directory, port, fleet, str(uuid.uuid4()), cancel) as connection:
        assert connection.sandbox is not None
        running = connection.sandbox
        running.seed(tenant=fleet.azure.tenant_id, subscriptions=subscriptions(fleet), resources=list(_groups(fleet)))
        yield running


def _groups(fleet: Fleet) -> Iterator[dict[str, object]]:
    """Yield the fleet's resource groups as `up` would make them: Terraform makes none."""
    for scope in {fleet.azure.scope, *(cluster.scope for cluster in fleet.clusters.values())}:
        yield {"id": resource_group_id(scope), "location": scope.location, "tags": {TAG: fleet.name}}


def _environment(running: RunningSandbox, fleet: Fleet | None) -> Mapping[str, str]:
    known = running.call("GET", "/sandbox/health")
    scope = {"ARM_TENANT_ID": known["tenant"], "ARM_SUBSCRIPTION_ID": next(iter(known["subscriptions"]), "")}
    if fleet is not None:
        scope["ARM_SUBSCRIPTION_ID"] = fleet.azure.scope.subscription_id
    config = choose_azapi(running.directory / "provider").config
    chosen = {"TF_CLI_CONFIG_FILE": str(config)} if config is not None else {}
    given = {name: value for name, value in scope.items() if value}
    return {**running.environment(), **given, **chosen, "TF_VAR_regional_arm_endpoint": running.url}


def _write(file: Path, environment: Mapping[str, str]) -> None:
    text = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)
