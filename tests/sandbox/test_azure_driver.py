"""The Azure driver against the sandbox, and against answers that the sandbox does not give."""

from __future__ import annotations

import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trustme

from orchestration.drivers.azure.arm import Arm
from orchestration.drivers.azure.graph import query
from orchestration.drivers.azure.kubernetesconfiguration import KubernetesConfiguration
from orchestration.drivers.azure.token import SandboxCredential
from orchestration.drivers.process import clean_environment, run
from orchestration.errors import Interrupted, NotLoggedIn, ServiceError
from orchestration.sandbox import RunningSandbox
from orchestration.sandbox.githost import head, seed
from tests.sandbox import bodies
from tests.sandbox.conftest import SUBSCRIPTION, TENANT
from tests.sandbox.scripted import Scene

GROUPS = "2021-04-01"
CORRELATION = "33333333-3333-4333-8333-333333333333"
OTHER = "44444444-4444-4444-8444-444444444444"


@pytest.fixture
def driver(running: RunningSandbox, credential: SandboxCredential) -> Arm:
    return Arm(running.url, credential, ca_file=running.ca_file, correlation_id=CORRELATION)


@pytest.fixture
def cluster(driver: Arm, group: str) -> str:
    """The ID of a new connected cluster."""
    found = bodies.cluster_id(group, "lab")
    driver.put(found, bodies.KUBERNETES, bodies.CLUSTER)
    return found


def test_a_resource_is_made_read_and_deleted(driver: Arm, group: str) -> None:
    """A PUT returns the finished resource; after a DELETE there is none, and deleting again is no error."""
    cluster = bodies.cluster_id(group, "lab")

    assert driver.get(cluster, bodies.KUBERNETES) is None
    made = driver.put(cluster, bodies.KUBERNETES, bodies.CLUSTER)
    assert made["properties"]["provisioningState"] == "Succeeded"
    assert driver.get(cluster, bodies.KUBERNETES) == made
    driver.delete(cluster, bodies.KUBERNETES)
    driver.delete(cluster, bodies.KUBERNETES)
    assert driver.get(cluster, bodies.KUBERNETES) is None


def test_a_missing_group_is_absence(driver: Arm) -> None:
    """A resource in a group that does not exist does not exist either; its list is empty."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/none"

    assert driver.get(bodies.cluster_id(group, "c"), bodies.KUBERNETES) is None
    assert driver.list(f"{group}/providers/Microsoft.Kubernetes/connectedClusters", bodies.KUBERNETES) == []


def test_a_wrong_question_is_an_error(driver: Arm) -> None:
    """Another subscription is not the same as an absent resource: the error says how to see which there are."""
    with pytest.raises(ServiceError) as caught:
        driver.get(f"/subscriptions/{OTHER}/resourceGroups/x", GROUPS)

    assert (caught.value.status, caught.value.code) == (404, "SubscriptionNotFound")
    assert "az account list" in caught.value.hint


def test_every_page_of_a_list_is_read(driver: Arm, group: str) -> None:
    """A list that comes in pages is returned whole."""
    for number in range(5):
        driver.put(bodies.cluster_id(group, f"c{number}"), bodies.KUBERNETES, bodies.CLUSTER)

    found = driver.list(f"{group}/providers/Microsoft.Kubernetes/connectedClusters", bodies.KUBERNETES)

    assert sorted(item["name"] for item in found) == [f"c{number}" for number in range(5)]


def test_a_refusal_tells_every_violation(driver: Arm, group: str) -> None:
    """A body that the service refuses is an error with status, code and each detail."""
    wrong = {**bodies.CLUSTER, "properties": {"agentPublicKeyCertificate": 3, "nonsense": True}}

    with pytest.raises(ServiceError) as caught:
        driver.put(bodies.cluster_id(group, "lab"), bodies.KUBERNETES, wrong)

    assert caught.value.status == 400
    assert caught.value.code
    assert "agentPublicKeyCertificate" in str(caught.value)
    assert "nonsense" in str(caught.value)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_fault_is_retried(running: RunningSandbox, driver: Arm, group: str, status: int) -> None:
    """What Azure asks to try again is tried again, after the time it gives."""
    running.fault(status=status, path=f"{group}\\?", times=2, retry_after="1" if status == 429 else None)
    began = time.monotonic()

    assert driver.get(group, GROUPS) is not None
    assert status != 429 or time.monotonic() - began >= 2


def test_throttling_is_waited_out(running: RunningSandbox, driver: Arm, group: str) -> None:
    """However often Azure says when to come back, the request is not lost, and not sent sooner."""
    running.fault(status=429, path=f"{group}\\?", times=12, retry_after="0.1")
    began = time.monotonic()

    assert driver.get(group, GROUPS) is not None
    assert time.monotonic() - began >= 1.2


@pytest.mark.long
def test_throttling_without_a_time_ends(running: RunningSandbox, driver: Arm, group: str) -> None:
    """A service that only says that it is busy is asked a few times."""
    running.fault(status=429, path=f"{group}\\?", times=12, retry_after="0")

    with pytest.raises(ServiceError, match="429"):
        driver.get(group, GROUPS)


def test_a_missing_role_is_told(running: RunningSandbox, driver: Arm, group: str) -> None:
    """A 403 is not retried and says that a role is missing."""
    running.fault(status=403, path=f"{group}\\?", code="AuthorizationFailed", message="no role here")

    with pytest.raises(ServiceError, match="no role here") as caught:
        driver.get(group, GROUPS)
    assert "role" in caught.value.hint


def test_requests_carry_the_runs_id(running: RunningSandbox, driver: Arm, group: str) -> None:
    """The correlation id of the run comes back in Azure's answer, which echoes it."""
    response = driver._send("GET", f"{group}?api-version={GROUPS}", None).http_response

    assert response.headers["x-ms-correlation-request-id"] == CORRELATION


def test_threads_may_share_a_client(driver: Arm, group: str) -> None:
    """Many requests at once over one client all get their own answer."""
    names = [f"c{number}" for number in range(24)]

    def put(name: str) -> str:
        return str(driver.put(bodies.cluster_id(group, name), bodies.KUBERNETES, bodies.CLUSTER)["name"])

    with ThreadPoolExecutor(8) as executor:
        assert list(executor.map(put, names)) == names


def test_a_wrong_token_is_no_login(running: RunningSandbox, tmp_path: Path) -> None:
    """The token endpoint of another sandbox gives nothing; the header is not shown."""
    wrong = SandboxCredential(running.identity_endpoint, "wr0ng-header", running.ca_file)

    with pytest.raises(ServiceError, match="gives no token") as caught:
        Arm(running.url, wrong, ca_file=running.ca_file).get(f"/subscriptions/{SUBSCRIPTION}", GROUPS)

    assert "wr0ng-header" not in f"{caught.value}{wrong!r}"


def test_a_dead_server_is_told(credential: SandboxCredential, running: RunningSandbox) -> None:
    """When nobody listens the error says what was asked and what to check."""
    dead = Arm("https://127.0.0.1:1", credential, ca_file=running.ca_file)

    with pytest.raises(ServiceError, match="GET /x got no answer") as caught:
        dead.get("/x", GROUPS)

    assert "still run" in caught.value.hint


def test_a_foreign_certificate_is_not_trusted(
    running: RunningSandbox, credential: SandboxCredential, tmp_path: Path
) -> None:
    """A server whose authority is not the given one is not talked to."""
    other = tmp_path / "ca.pem"
    other.write_bytes(trustme.CA().cert_pem.bytes())
    arm = Arm(running.url, credential, ca_file=other)

    with pytest.raises(ServiceError, match="got no answer"):
        arm.get("/x", GROUPS)


def test_resources_are_queried_page_by_page(driver: Arm, group: str) -> None:
    """Resource Graph finds what is there."""
    for number in range(3):
        driver.put(bodies.cluster_id(group, f"c{number}"), bodies.KUBERNETES, bodies.CLUSTER)
    name = group.rpartition("/")[2]
    text = (
        "resources | where type =~ 'microsoft.kubernetes/connectedclusters' "
        f"| where resourceGroup =~ '{name}' | project id, name | order by id asc"
    )

    assert [row["name"] for row in query(driver, text, [SUBSCRIPTION])] == ["c0", "c1", "c2"]


def test_a_query_that_is_not_understood_is_told(driver: Arm) -> None:
    """A refused query is an error with Azure's words."""
    with pytest.raises(ServiceError, match="400"):
        list(query(driver, "nonsense |", [SUBSCRIPTION]))


def test_extensions_and_flux_are_read_by_the_sdk(
    running: RunningSandbox, credential: SandboxCredential, driver: Arm, cluster: str
) -> None:
    """State, version and the synced commit come back as plain values."""
    url = "https://github.com/contoso/driver-gitops"
    seed(running.git_root, url, {"lab": {"pilot/a.yaml": b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"}})
    inner = f"{cluster}/providers/Microsoft.KubernetesConfiguration"
    driver.put(f"{inner}/extensions/wo", bodies.EXTENSIONS, bodies.EXTENSION)
    driver.put(f"{inner}/fluxConfigurations/good", bodies.FLUX, flux(url, "lab", "./pilot"))
    driver.put(f"{inner}/fluxConfigurations/bad", bodies.FLUX, flux(url, "lab", "./none"))
    client = KubernetesConfiguration(running.url, credential, SUBSCRIPTION, ca_file=running.ca_file)

    (extension,) = client.extensions(cluster)
    states = {item.name: item for item in client.flux(cluster)}

    assert (extension.name, extension.type, extension.state) == ("wo", "microsoft.workloadorchestration", "Succeeded")
    assert (states["good"].compliance, states["good"].branch) == ("Compliant", "lab")
    assert (states["good"].url, states["good"].commit) == (url, head(running.git_root, url, "lab"))
    assert states["bad"].compliance == "Non-Compliant"
    assert "none" in states["bad"].message


def flux(url: str, branch: str, path: str) -> dict[str, Any]:
    properties = {
        "scope": "cluster",
        "namespace": "flux-system",
        "sourceKind": "GitRepository",
        "gitRepository": {"url": url, "repositoryRef": {"branch": branch}},
        "kustomizations": {"platform": {"path": path, "prune": True}},
    }
    return {"properties": properties}


def test_the_sdk_too_tells_refusals(running: RunningSandbox, credential: SandboxCredential, group: str) -> None:
    """Reading what cannot be read is the same error as everywhere."""
    client = KubernetesConfiguration(running.url, credential, OTHER, ca_file=running.ca_file)

    with pytest.raises(ServiceError, match="reading the extensions of"):
        client.extensions(bodies.cluster_id(group.replace(SUBSCRIPTION, OTHER), "c"))


def test_a_connection_is_kept(scripted: Scene) -> None:
    """Request after request goes over one connection."""
    arm, answers, _ = scripted
    answers["GET /a"] = (200, {}, {})

    for _ in range(20):
        arm.get("/a", "v")

    assert len(answers["connections"]) == 1


def test_an_operation_that_fails_is_told(scripted: Scene) -> None:
    """An operation that ends as Failed is an error with the service's code and words."""
    arm, answers, _ = scripted
    answers["PUT /a"] = (201, {}, {"Azure-AsyncOperation": "BASE/operation", "Retry-After-Ms": "10"})
    answers["GET /operation"] = (200, {"status": "Failed", "error": {"code": "Broken", "message": "no luck"}}, {})

    with pytest.raises(ServiceError) as caught:
        arm.put("/a", "v", {})

    assert str(caught.value) == "PUT /a ended as Failed: Broken\nno luck"
    assert caught.value.code == "Broken"


def test_an_actions_answer_is_its_final_one(scripted: Scene) -> None:
    """What an action returns at its Location is what the caller gets."""
    arm, answers, _ = scripted
    headers = {"Azure-AsyncOperation": "BASE/operation", "Location": "BASE/result", "Retry-After-Ms": "10"}
    answers["POST /a/act"] = (202, None, headers)
    answers["GET /operation"] = (200, {"status": "Succeeded"}, {})
    answers["GET /result"] = (200, {"revision": 2}, {})

    assert arm.post("/a", "act", "v", {}) == {"revision": 2}


def test_what_is_written_is_not_read_again(scripted: Scene) -> None:
    """The operation is followed to its end, which is told if it is a bad one, and nothing is asked after that."""
    arm, answers, _ = scripted
    headers = {"Azure-AsyncOperation": "BASE/operation", "Retry-After-Ms": "10"}
    answers["PUT /a"] = (201, {}, headers)
    answers["GET /operation"] = (200, {"status": "Succeeded"}, {})
    arm.write("/a", "v", {})

    with pytest.raises(ServiceError, match="PUT /b"):
        arm.write("/b", "v", {})
    answers["GET /operation"] = (200, {"status": "Failed", "error": {"code": "Broken", "message": "no luck"}}, {})
    with pytest.raises(ServiceError, match="no luck"):
        arm.write("/a", "v", {})


def test_a_wait_ends_when_the_caller_wants_to_stop(scripted: Scene) -> None:
    """A wish to stop ends the wait for an operation at once."""
    arm, answers, cancel = scripted
    answers["PUT /a"] = (201, {}, {"Azure-AsyncOperation": "BASE/operation", "Retry-After": "60"})
    threading.Timer(0.3, cancel.set).start()
    began = time.monotonic()

    with pytest.raises(Interrupted):
        arm.put("/a", "v", {})

    assert time.monotonic() - began < 10


def test_a_list_that_leads_elsewhere_is_not_followed(scripted: Scene) -> None:
    """The token is not taken along to a host that a list points to."""
    arm, answers, _ = scripted
    answers["GET /a"] = (200, {"value": [], "nextLink": "https://elsewhere.example/a"}, {})

    with pytest.raises(ServiceError, match=r"elsewhere\.example"):
        arm.list("/a", "v")


def test_a_login_that_ended_is_told(scripted: Scene) -> None:
    """401 is its own error, with the command that mends it."""
    arm, answers, _ = scripted
    answers["GET /a"] = (401, {"error": {"code": "ExpiredAuthenticationToken", "message": "expired"}}, {})

    with pytest.raises(NotLoggedIn, match="expired") as caught:
        arm.get("/a", "v")

    assert "az login" in caught.value.hint


LOGIN = f"""
import sys
from orchestration.drivers.azure.token import cli_login
from orchestration.errors import NotLoggedIn
try:
    login = cli_login("{TENANT}", "{SUBSCRIPTION}", "AzureCloud")
    print(login.resource_manager, login.scope, login.tenant_id)
    print(len(login.credential.get_token(login.scope).token) > 20, login)
except NotLoggedIn as error:
    print(type(error).__name__, error, error.hint, sep="|")
"""


def login(running: RunningSandbox, folder: Path, *subscriptions: dict[str, Any]) -> str:
    """Return what LOGIN prints when the Azure CLI's folder knows *subscriptions*.

    The CLI reads the name of its folder when it is imported, hence a process of its own.
    """
    import sys

    if subscriptions:
        (folder / "azureProfile.json").write_text(json.dumps({"subscriptions": list(subscriptions)}))
    given = {
        "AZURE_CONFIG_DIR": str(folder),
        "IDENTITY_ENDPOINT": running.identity_endpoint,
        "IDENTITY_HEADER": running.identity_header,
        "REQUESTS_CA_BUNDLE": str(running.ca_file),
        "NO_PROXY": "127.0.0.1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return run((sys.executable, "-c", LOGIN), env=clean_environment(extra=given)).require().stdout.strip()


def subscription(subscription_id: str, tenant: str) -> dict[str, Any]:
    """Return a subscription as the CLI keeps it for a managed identity."""
    user = {"name": "systemAssignedIdentity", "type": "servicePrincipal", "assignedIdentityInfo": "MSI"}
    facts = {"id": subscription_id, "tenantId": tenant, "name": "n", "state": "Enabled", "isDefault": True}
    return {**facts, "environmentName": "AzureCloud", "user": user}


def test_nobody_logged_in_is_told(running: RunningSandbox, tmp_path: Path) -> None:
    """Without a login the error is the command to log in."""
    printed = login(running, tmp_path)

    assert printed == f"NotLoggedIn|nobody is logged in to the Azure CLI|log in: az login --tenant {TENANT}"


def test_an_unknown_subscription_is_told(running: RunningSandbox, tmp_path: Path) -> None:
    """A login that does not see the subscription is told apart from no login."""
    printed = login(running, tmp_path, subscription(OTHER, TENANT))

    assert printed.startswith(f"NotLoggedIn|the Azure CLI's login does not see subscription {SUBSCRIPTION}")
    assert f"az login --tenant {TENANT}" in printed


def test_a_wrong_tenant_is_told(running: RunningSandbox, tmp_path: Path) -> None:
    """A subscription that the login has in another tenant is told with both tenants."""
    printed = login(running, tmp_path, subscription(SUBSCRIPTION, OTHER))

    assert f"in tenant {OTHER}, not in {TENANT}" in printed


def test_the_clis_login_gives_tokens(running: RunningSandbox, tmp_path: Path) -> None:
    """The CLI's own profile, here of a managed identity, gives a token and its cloud's addresses; repr shows none."""
    printed = login(running, tmp_path, subscription(SUBSCRIPTION, TENANT)).splitlines()

    assert printed[0] == f"https://management.azure.com https://management.core.windows.net//.default {TENANT}"
    assert printed[1].startswith("True Login(subscription_id=")


LACKING = (
    409,
    {
        "error": {
            "code": "MissingSubscriptionRegistration",
            "message": "The subscription is not registered to use namespace 'Microsoft.Edge'.",
        }
    },
    {},
)


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        ((403, {"error": {"code": "AuthorizationFailed", "message": "You may not."}}, {}), 403, "You may not"),
        ((200, "a proxy's page", {}), 0, "what is no JSON"),
    ],
)
def test_a_provider_that_cannot_be_registered_is_told(
    scripted: Scene, answer: tuple[int, object, dict[str, str]], status: int, said: str
) -> None:
    """Not that it lacks alone, but why it was not registered; what answers is not taken at its word."""
    arm, answers, _ = scripted
    target = "/subscriptions/5/resourceGroups/rg/providers/Microsoft.Edge/targets/a"
    answers[f"PUT {target}"] = LACKING
    answers["POST /subscriptions/5/providers/Microsoft.Edge/register"] = answer

    with pytest.raises(ServiceError, match=said) as caught:
        arm.put(target, "2026-03-01", {})

    assert caught.value.status == status and "POST /subscriptions/5/providers/Microsoft.Edge/register" in str(
        caught.value
    )
