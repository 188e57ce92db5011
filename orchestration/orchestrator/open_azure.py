"""Opens Azure: the login of the Azure CLI or the caller's credential, and the addresses of the tenant's cloud."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from orchestration.drivers.azure.arm import Arm
from orchestration.drivers.azure.token import Login, cli_login
from orchestration.drivers.git import GitAccess
from orchestration.drivers.github import GitHub, api_url
from orchestration.drivers.process import clean_environment
from orchestration.drivers.states import LocalStates, States, blob_states, http_states
from orchestration.drivers.trace import Trace, untraced
from orchestration.errors import NotYet, SandboxError
from orchestration.fleet.model import Cluster, Fleet
from orchestration.orchestrator.azapi import lock_file
from orchestration.orchestrator.clients import login_clients
from orchestration.orchestrator.runs import private
from orchestration.orchestrator.secrets import Secrets, read_if_set, require_secrets
from orchestration.orchestrator.targets import Connection, subscriptions

OWN_LOGIN = ("ARM_CLIENT_ID", "ARM_USE_MSI", "ARM_USE_OIDC")
"""Variables that make Terraform log in by itself, not by the Azure CLI."""

RESOURCE_MANAGERS = {
    "AzureCloud": "https://management.azure.com",
    "AzureUSGovernment": "https://management.usgovcloudapi.net",
    "AzureChinaCloud": "https://management.chinacloudapi.cn",
}
TERRAFORM_CLOUDS = {"AzureCloud": "public", "AzureUSGovernment": "usgovernment", "AzureChinaCloud": "china"}
"""Clouds as `ARM_ENVIRONMENT` names them: https://registry.terraform.io/providers/Azure/azapi/latest/docs#environment"""


STORAGE = {
    "AzureCloud": "core.windows.net",
    "AzureUSGovernment": "core.usgovcloudapi.net",
    "AzureChinaCloud": "core.chinacloudapi.cn",
}


def open_azure(
    credential: Any, fleet: Fleet, work_dir: Path, run_id: str, cancel: threading.Event, trace: Trace = untraced
) -> Connection:
    """Return the connection to Azure; raise `NotLoggedIn`, or `NotYet` for a delivery this version cannot do."""
    names = fleet.repositories
    refuse_delivery(fleet)
    login = _login(credential, fleet)
    clients = login_clients(login, run_id, cancel, trace)
    regional_url = regional_address(login.resource_manager, fleet.azure.orchestration_location)
    regional = Arm(regional_url, login.credential, scope=login.scope, correlation_id=run_id, cancel=cancel, trace=trace)
    git_token = (read_if_set(names.credentials) if names and fleet.uses_kalypso else None) or ""
    host = urlsplit(names.url).netloc if names else ""

    return Connection(
        arm=clients.arm,
        regional=regional,
        git=GitAccess(tokens={host: git_token} if git_token else {}),
        configuration=clients.configuration,
        query=lambda text: clients.query(text, subscriptions(fleet)),
        ensure_repository=lambda url: _ensure(host, git_token, url),
        run_script=_no_machine,
        require_secrets=lambda: require_secrets(fleet),
        terraform=_terraform_environment(fleet, run_id),
        variables={"regional_arm_endpoint": regional_url.rstrip("/")},
        secrets=Secrets(fleet),
        folder=private(work_dir / "azure"),
        states=_states(fleet, login, work_dir, cancel, trace),
        trace=trace,
        cloud=f"{fleet.azure.cloud}/{fleet.azure.tenant_id}",
        lock_file=lock_file(fleet.folder),
    )


def _states(fleet: Fleet, login: Login, work_dir: Path, cancel: threading.Event, trace: Trace) -> States:
    """Return where the fleet's states lie; shared ones are reached with the same login, or as Terraform is told."""
    settings = fleet.state.settings
    if fleet.state.kind == "local":
        return LocalStates(private(work_dir / "state"), trace)
    if fleet.state.kind == "http":
        username, password = (os.environ.get(f"TF_HTTP_{name}", "") for name in ("USERNAME", "PASSWORD"))
        return http_states(settings["address"], username=username, password=password, cancel=cancel, trace=trace)
    account = f"https://{settings['storage_account_name']}.blob.{STORAGE[fleet.azure.cloud]}"
    return blob_states(account, login.credential, settings, cancel=cancel, trace=trace)


def refuse_delivery(fleet: Fleet) -> None:
    """Raise `NotYet` for a delivery that this version cannot do outside the sandbox."""
    names = fleet.repositories
    if names is not None and fleet.uses_kalypso and names.delivery == "pull-request":
        raise NotYet("delivery: pull-request outside the sandbox", hint="set `delivery: push`")


def _login(credential: Any, fleet: Fleet) -> Login:
    """Return the caller's login, or else the Azure CLI's."""
    tenant, subscription = fleet.azure.tenant_id, fleet.azure.scope.subscription_id
    if credential is None:
        return cli_login(tenant, subscription, fleet.azure.cloud)
    endpoint = RESOURCE_MANAGERS[fleet.azure.cloud]
    return Login(credential, subscription, tenant, endpoint, f"{endpoint}/.default")


def regional_address(endpoint: str, location: str) -> str:
    """Return the regional address of Resource Manager, where sites of service groups are served."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{location}.{parts.netloc}"


def is_github(host: str) -> bool:
    """Whether a Git host speaks GitHub's API, by its name."""
    return "github" in host


def _ensure(host: str, token: str, url: str) -> bool:
    """Make the repository if it is on a GitHub and absent; elsewhere it has to exist."""
    if not token or not is_github(host):
        return False
    return GitHub(api_url(host), token).ensure_repository(*url.rsplit("/", 2)[1:])


def _no_machine(script: str, cluster: Cluster) -> None:
    raise SandboxError(f"the connect script of {cluster.name} is run on site, not from here")


def _terraform_environment(fleet: Fleet, run_id: str) -> dict[str, str]:
    """Return Terraform's environment: the user's own `ARM_*`, or else the Azure CLI's login."""
    own = any(name in os.environ for name in OWN_LOGIN)
    # azapi would try the identity of the machine before the Azure CLI.
    login = {} if own else {"ARM_USE_CLI": "true", "ARM_USE_MSI": "false"}
    given = {
        "ARM_SUBSCRIPTION_ID": fleet.azure.scope.subscription_id,
        "ARM_TENANT_ID": fleet.azure.tenant_id,
        "ARM_ENVIRONMENT": TERRAFORM_CLOUDS[fleet.azure.cloud],
        "ARM_CORRELATION_REQUEST_ID": run_id,
    }
    keep = ("ARM_*", "AZURE_CONFIG_DIR", "TF_CLI_CONFIG_FILE", "ACTIONS_ID_TOKEN_REQUEST_*")
    return clean_environment(keep, {**login, **given})
