"""Verbs without a sandbox and without a usable login: what is wrong, and the command that mends it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ewo
from tests.support import replace

TENANT = "00000000-0000-0000-0000-000000000001"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000002"
OTHER = "99999999-9999-4999-8999-999999999999"
SECRETS = {"GITHUB_TOKEN": "canary-env-1f", "GITOPS_READ_TOKEN": "canary-env-2e"}
# Nothing leaves this machine: whatever is asked for is asked of a port where nobody listens.
NOWHERE = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
VERBS = ("plan", "up", "status", "down --yes")

LogIn = Callable[[str, str], None]


@pytest.fixture
def log_in(environment: dict[str, str]) -> LogIn:
    """Writes the Azure CLI's profile as a login to a subscription of a tenant leaves it."""

    def write(subscription: str, tenant: str) -> None:
        user = {"name": "somebody@example.com", "type": "user"}
        row = {"id": subscription, "tenantId": tenant, "name": "s", "state": "Enabled", "user": user}
        profile = {"subscriptions": [{**row, "isDefault": True, "environmentName": "AzureCloud"}]}
        folder = Path(environment["AZURE_CONFIG_DIR"])
        folder.mkdir()
        (folder / "azureProfile.json").write_text(json.dumps(profile), encoding="utf-8")

    return write


@pytest.fixture
def pushing(starter_folder: Path) -> Path:
    """The starter's folder, its commits pushed."""
    replace(starter_folder / "fleet.yaml", "delivery: pull-request", "delivery: push")
    return starter_folder


def refused(ewo: Ewo, verb: str, *expected: str) -> None:
    """Run a verb, which touches nothing and says this."""
    done = ewo(*verb.split()[:1], "starter", *verb.split()[1:], **SECRETS, **NOWHERE)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert "Traceback" not in done.stderr and all(text in done.stderr for text in expected), done.stderr


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_is_logged_in(ewo: Ewo, pushing: Path, verb: str) -> None:
    """Every verb that reaches Azure names the login that is missing."""
    refused(ewo, verb, "nobody is logged in to the Azure CLI", f"az login --tenant {TENANT}")


def test_the_login_has_another_subscription(ewo: Ewo, pushing: Path, log_in: LogIn) -> None:
    """The subscription is named; Azure is not asked."""
    log_in(OTHER, TENANT)
    refused(ewo, "plan", f"does not see subscription {SUBSCRIPTION}", f"az login --tenant {TENANT}")


def test_the_subscription_is_in_another_tenant(ewo: Ewo, pushing: Path, log_in: LogIn) -> None:
    """Both tenants are named; Azure is not asked."""
    log_in(SUBSCRIPTION, OTHER)
    refused(ewo, "plan", f"in tenant {OTHER}, not in {TENANT}", f"az login --tenant {TENANT}")


def test_the_cli_is_set_to_another_cloud(ewo: Ewo, pushing: Path, log_in: LogIn) -> None:
    """The fleet's cloud decides: its addresses are never those of whatever the CLI was last set to."""
    log_in(SUBSCRIPTION, TENANT)
    replace(pushing / "fleet.yaml", "  tenantId:", "  cloud: AzureUSGovernment\n  tenantId:")
    refused(ewo, "plan", "is set to cloud AzureCloud", "az cloud set --name AzureUSGovernment")


def test_the_login_service_cannot_be_reached(ewo: Ewo, pushing: Path, log_in: LogIn) -> None:
    """Without a network the host is named, and what to look at."""
    log_in(SUBSCRIPTION, TENANT)
    refused(ewo, "plan", "cannot be reached to log in", "check the network and the proxy settings")


def test_pull_requests_are_not_there_yet(ewo: Ewo, starter_folder: Path) -> None:
    """Delivery by pull request to a real host is refused before a login is looked for."""
    done = ewo("plan", "starter", **SECRETS)
    assert done.returncode == 2 and "not yet: delivery: pull-request outside the sandbox" in done.stderr
