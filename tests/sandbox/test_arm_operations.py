"""Long-running operations, faults, the request log, restarts."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from orchestration.sandbox import RunningSandbox, start
from tests.sandbox.bodies import CLUSTER, KUBERNETES, cluster_id, make_cluster
from tests.sandbox.client import Client
from tests.sandbox.conftest import SUBSCRIPTION, TENANT, make_group


def test_a_put_is_followed_by_azure_asyncoperation(arm: Client, group: str) -> None:
    """A PUT answers 201 with the address to poll and a wait in milliseconds, never a Retry-After of 0."""
    id_ = cluster_id(group, "c")
    reply = arm.ask("PUT", f"{id_}?api-version={KUBERNETES}", CLUSTER)
    busy = reply.body["properties"]["provisioningState"]
    last = arm.final(reply)

    assert (reply.status, busy) == (201, "Provisioning")
    assert int(reply.headers["retry-after-ms"]) > 0
    assert not {"location", "retry-after"} & reply.headers.keys()
    assert (last.status, last.body["status"], last.body["resourceId"]) == (200, "Succeeded", id_)
    assert arm.get(id_, version=KUBERNETES).body["properties"]["provisioningState"] == "Succeeded"


def test_a_delete_is_followed_by_location(arm: Client, group: str) -> None:
    """A DELETE answers 202 with Location, which ends with 204, and then the resource is gone."""
    id_ = make_cluster(arm, group)
    reply = arm.ask("DELETE", f"{id_}?api-version={KUBERNETES}")
    last = arm.final(reply, header="location")

    assert (reply.status, last.status) == (202, 204)
    assert "azure-asyncoperation" not in reply.headers
    assert arm.get(id_, version=KUBERNETES).status == 404


def test_an_unknown_operation_is_404(arm: Client) -> None:
    """Polling what never was is an error, not a wait."""
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Kubernetes/locations/global/operationStatuses/none"

    assert arm.get(path, version=KUBERNETES).status == 404


def test_operations_go_on_after_the_server_was_killed(tmp_path: Path) -> None:
    """A PUT and a DELETE that were under way when the server ended are carried on by the next one."""
    with start(tmp_path / "sandbox", lro_ms=300) as running, Client(running) as arm:
        running.seed(tenant=TENANT, subscriptions=[SUBSCRIPTION])
        group = make_group(arm)
        kept, gone = make_cluster(arm, group, "kept"), make_cluster(arm, group, "gone")
        status = arm.ask("PATCH", f"{kept}?api-version={KUBERNETES}", {"tags": {"a": "b"}})
        put = arm.ask("PUT", f"{cluster_id(group, 'new')}?api-version={KUBERNETES}", CLUSTER)
        arm.ask("DELETE", f"{gone}?api-version={KUBERNETES}")
    with start(tmp_path / "sandbox") as running, Client(running) as arm:
        address = put.headers["azure-asyncoperation"].split("/subscriptions", 1)[1]
        time.sleep(0.3)
        last = arm.ask("GET", f"/subscriptions{address}")

        assert status.status == 200
        assert last.body["status"] == "Succeeded"
        assert arm.get(kept, version=KUBERNETES).body["tags"] == {"a": "b"}
        assert arm.get(gone, version=KUBERNETES).status == 404


def test_a_fault_hits_as_often_as_asked(arm: Client, group: str, running: RunningSandbox) -> None:
    """A fault answers the requests it matches with its status, code and Retry-After, and then no more."""
    id_ = make_cluster(arm, group)
    running.fault(status=429, path=f"{id_}$", times=2, retry_after="1", method="GET")
    replies = [arm.get(id_, version=KUBERNETES) for _ in range(3)]

    assert [reply.status for reply in replies] == [429, 429, 200]
    assert (replies[0].headers["retry-after"], replies[0].code) == ("1", "TooManyRequests")
    assert arm.ask("GET", "/sandbox/faults").body == {"faults": []}


def test_a_fault_can_come_after_the_effect(arm: Client, group: str, running: RunningSandbox) -> None:
    """With after_effect the request does its work and its sender is told that it failed."""
    id_ = cluster_id(group, "c")
    running.fault(status=500, path=id_, method="PUT", after_effect=True)
    reply = arm.ask("PUT", f"{id_}?api-version={KUBERNETES}", CLUSTER)

    assert (reply.status, reply.code) == (500, "InternalServerError")
    assert arm.get(id_, version=KUBERNETES).status == 200


def test_faults_are_taken_back(arm: Client, group: str, running: RunningSandbox) -> None:
    """After they were cleared no fault hits any more."""
    running.fault(status=500, path=group, times=9)
    running.clear_faults()

    assert arm.get(group, version="2021-04-01").status == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"status": 500, "path": "("},
        {"status": 200, "path": "x"},
        {"staus": 1},
        {"status": 500, "path": 5},
        {"status": 500, "path": "x", "times": True},
        {"status": 500, "path": "x", "method": 5},
        {"status": 500, "path": "x", "code": "a\nb"},
        {"status": 500, "path": "x", "retry_after": "1\r\nX: y"},
        {"status": 500, "path": "x", "after_effect": "yes"},
        {"status": 500, "kind": "reset", "path": "x"},
        {"kind": "status", "path": "x"},
        {"kind": "stall", "path": "x", "seconds": 0},
        {"kind": "reset", "path": "x", "host": "github.com"},
    ],
)
def test_a_fault_that_is_none_is_refused(arm: Client, body: object) -> None:
    """A fault without its two keys, with a bad pattern, or that is no error is 400."""
    reply = arm.ask("POST", "/sandbox/faults", body)

    assert (reply.status, reply.code) == (400, "InvalidFault")


def test_requests_are_counted(arm: Client, group: str, running: RunningSandbox) -> None:
    """The log has method, path, status and agent of each request since a number, and not its own reading."""
    before = arm.ask("GET", "/sandbox/requests").body["last"]
    arm.ask("GET", f"{group}?api-version=2021-04-01", User_Agent="me")
    found = running.requests(before)

    assert found == [
        {"n": before + 1, "method": "GET", "path": group, "status": 200, "userAgent": "me", "correlationId": ""}
    ]


def test_what_was_seeded_is_put_once(arm: Client, group: str, running: RunningSandbox) -> None:
    """A seeded cluster is as it was given, and stays away once it was deleted."""
    id_ = cluster_id(group, "seeded")
    body = {"id": id_, "location": "eastus", "properties": {"connectivityStatus": "Offline", "totalNodeCount": 3}}
    first = running.seed(tenant=TENANT, subscriptions=[SUBSCRIPTION], resources=[body])
    shown = arm.get(id_, version=KUBERNETES).body["properties"]
    arm.delete(id_, version=KUBERNETES)
    second = running.seed(tenant=TENANT, subscriptions=[SUBSCRIPTION], resources=[body])

    assert (first, second) == ([id_], [])
    assert (shown["connectivityStatus"], shown["totalNodeCount"]) == ("Offline", 3)
    assert arm.get(id_, version=KUBERNETES).status == 404


def test_another_tenant_is_refused(running: RunningSandbox, arm: Client) -> None:
    """A sandbox folder keeps the tenant it was seeded with first."""
    reply = arm.ask("POST", "/sandbox/seed", {"tenant": "other", "subscriptions": []})

    assert (reply.status, reply.code) == (409, "TenantMismatch")


def test_a_cluster_can_be_shown_offline(arm: Client, group: str, running: RunningSandbox) -> None:
    """What a resource shows can be overridden, and stays so over the next PUT."""
    id_ = make_cluster(arm, group)
    running.show(id_, connectivityStatus="Offline")
    arm.put(id_, CLUSTER, version=KUBERNETES)

    assert arm.get(id_, version=KUBERNETES).body["properties"]["connectivityStatus"] == "Offline"


def test_an_unregistered_provider_is_registered_by_request(tmp_path: Path) -> None:
    """A PUT of an unregistered provider is 409 MissingSubscriptionRegistration until it is registered."""
    with start(tmp_path / "sandbox") as running, Client(running) as arm:
        seed = {"tenant": TENANT, "subscriptions": [SUBSCRIPTION], "unregistered": ["Microsoft.Kubernetes"]}
        arm.ask("POST", "/sandbox/seed", seed)
        id_ = cluster_id(make_group(arm), "c")
        refused = arm.put(id_, CLUSTER, version=KUBERNETES)
        provider = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Kubernetes"
        arm.post(provider, "register", {}, version="2019-05-01")

        assert (refused.status, refused.code) == (409, "MissingSubscriptionRegistration")
        assert arm.put(id_, CLUSTER, version=KUBERNETES).status == 201


def test_what_is_being_deleted_cannot_be_changed(tmp_path: Path) -> None:
    """Until it is gone a PUT, PATCH or action is 409, a DELETE the one under way; afterwards it can be made anew."""
    with start(tmp_path / "sandbox", lro_ms=400) as running, Client(running) as arm:
        running.seed(tenant=TENANT, subscriptions=[SUBSCRIPTION])
        id_ = make_cluster(arm, make_group(arm))
        deleting = arm.ask("DELETE", f"{id_}?api-version={KUBERNETES}")
        refused = [arm.ask(verb, f"{id_}?api-version={KUBERNETES}", CLUSTER) for verb in ("PUT", "PATCH")]
        refused.append(arm.post(id_, "listClusterUserCredential", {}, version=KUBERNETES))
        again = arm.ask("DELETE", f"{id_}?api-version={KUBERNETES}")
        arm.final(deleting, header="location")

        assert [each.code for each in refused] == ["ResourceBeingDeleted"] * 3
        assert again.headers["location"] == deleting.headers["location"]
        assert arm.put(id_, CLUSTER, version=KUBERNETES).status == 201
        assert arm.get(id_, version=KUBERNETES).status == 200


def test_nothing_is_made_in_a_group_that_is_being_deleted(tmp_path: Path) -> None:
    """It would vanish with the group."""
    with start(tmp_path / "sandbox", lro_ms=400) as running, Client(running) as arm:
        running.seed(tenant=TENANT, subscriptions=[SUBSCRIPTION])
        group = make_group(arm)
        deleting = arm.ask("DELETE", f"{group}?api-version=2021-04-01")
        reply = arm.ask("PUT", f"{cluster_id(group, 'c')}?api-version={KUBERNETES}", CLUSTER)
        arm.final(deleting, header="location")

        assert (reply.status, reply.code) == (409, "ResourceGroupBeingDeleted")
        assert arm.get(group, version="2021-04-01").status == 404


def test_a_fault_leaves_tokens_and_repositories_alone(arm: Client, group: str, running: RunningSandbox) -> None:
    """Faults are Azure Resource Manager's: the token endpoint and the Git host go on."""
    running.fault(status=503, path=".", times=1)
    token = "/token?api-version=2019-08-01&resource=https://management.azure.com/"
    before = [
        arm.ask("GET", token, X_IDENTITY_HEADER=running.identity_header).status,
        arm.ask("GET", "/api/v3/user").status,
    ]

    assert before == [200, 200]
    assert [arm.get(group, version="2021-04-01").status for _ in range(2)] == [503, 200]


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("seed", []),
        ("seed", {"subscriptions": []}),
        ("seed", {"tenant": TENANT, "resources": {"id": "x"}}),
        ("seed", {"tenant": TENANT, "resources": [{"location": "eastus"}]}),
        ("seed", {"tenant": TENANT, "resources": [{"id": "/subscriptions/s", "properties": [1]}]}),
        ("show", {}),
        ("show", {"id": "/subscriptions/s", "properties": "x"}),
    ],
)
def test_a_seed_that_is_none_is_refused(arm: Client, address: str, body: object) -> None:
    """What is seeded or shown is of the form that is wanted, or it is 400."""
    assert arm.ask("POST", f"/sandbox/{address}", body).status == 400
