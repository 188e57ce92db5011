"""What all of Azure Resource Manager has in common: addresses, errors, ETags, pages."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import uuid

import pytest

from orchestration.sandbox import RunningSandbox
from tests.sandbox.bodies import CLUSTER, KUBERNETES, cluster_id, make_cluster
from tests.sandbox.client import Client
from tests.sandbox.conftest import SUBSCRIPTION

RESOURCES = "2021-04-01"


def test_a_request_without_the_token_is_refused(arm: Client, group: str) -> None:
    """Another token gets 401 with an ARM error body, and changes nothing."""
    reply = arm.ask("PUT", f"{group}x?api-version={RESOURCES}", {"location": "eastus"}, Authorization="Bearer other")

    assert (reply.status, reply.code) == (401, "AuthenticationFailed")
    assert arm.get(f"{group}x", version=RESOURCES).code == "ResourceGroupNotFound"


def test_the_address_of_the_git_host_is_no_way_round_the_token(arm: Client, group: str) -> None:
    """A path that only begins like the Git host's API does not reach Azure's part."""
    operation = arm.ask("PUT", f"{cluster_id(group, 'c')}?api-version={KUBERNETES}", CLUSTER)
    path = operation.headers["azure-asyncoperation"].split(str(arm.running.port), 1)[1]

    assert arm.ask("GET", f"/api{path}", Authorization="").status == 404


def test_a_request_without_api_version_is_refused(arm: Client, group: str) -> None:
    """Every request says its api-version."""
    reply = arm.ask("GET", group)

    assert (reply.status, reply.code) == (400, "MissingApiVersionParameter")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("providers/Microsoft.Kubernetes/connectedClusters/none", 404, "ResourceNotFound"),
        ("providers/Microsoft.Kubernetes/nothing/none", 404, "InvalidResourceType"),
        ("providers/Microsoft.Nothing/nothing/none", 404, "InvalidResourceNamespace"),
    ],
)
def test_what_is_not_there_is_told_apart(arm: Client, group: str, path: str, status: int, code: str) -> None:
    """An absent resource, an unknown type and an unknown provider have codes of their own, in body and header."""
    reply = arm.get(f"{group}/{path}", version=KUBERNETES)

    assert (reply.status, reply.code, reply.headers["x-ms-error-code"]) == (status, code, code)


def test_an_absent_group_and_subscription_are_named(arm: Client, group: str) -> None:
    """A PUT into a group or subscription that does not exist says which of the two it is."""
    elsewhere = group.replace(SUBSCRIPTION, "99999999-9999-4999-8999-999999999999")
    in_group = arm.put(cluster_id(f"{group}-none", "c"), CLUSTER, version=KUBERNETES)
    in_subscription = arm.put(cluster_id(elsewhere, "c"), CLUSTER, version=KUBERNETES)

    assert (in_group.status, in_group.code) == (404, "ResourceGroupNotFound")
    assert (in_subscription.status, in_subscription.code) == (404, "SubscriptionNotFound")


def test_a_child_needs_its_parent(arm: Client, group: str) -> None:
    """A PUT on a cluster that does not exist is 404 ParentResourceNotFound."""
    extension = f"{cluster_id(group, 'none')}/providers/Microsoft.KubernetesConfiguration/extensions/flux"
    reply = arm.put(extension, {"properties": {"extensionType": "microsoft.flux"}}, version="2025-03-01")

    assert (reply.status, reply.code) == (404, "ParentResourceNotFound")


def test_an_unknown_version_lists_the_known_ones(arm: Client, group: str) -> None:
    """An api-version that a type never had is refused, and the message has those it has."""
    reply = arm.get(cluster_id(group, "c"), version="2001-01-01")

    assert (reply.status, reply.code) == (400, "NoRegisteredProviderFound")
    assert "2026-05-01" in reply.body["error"]["message"]


def test_an_older_version_reads_and_does_not_write(arm: Client, group: str) -> None:
    """connectedClusters answers at 2024-01-01 and is written at 2026-05-01 only."""
    id_ = make_cluster(arm, group)

    assert arm.get(id_, version="2024-01-01").status == 200
    assert arm.put(id_, CLUSTER, version="2024-01-01").code == "NoRegisteredProviderFound"


def test_ids_compare_without_case_and_keep_it(arm: Client, group: str) -> None:
    """A resource is found by its ID in any case, and shown with the ID it was made with."""
    id_ = make_cluster(arm, group, "MyCluster")

    assert arm.get(id_.upper(), version=KUBERNETES).body["id"] == id_
    assert arm.put(id_.lower(), CLUSTER, version=KUBERNETES).status == 200


def test_a_body_that_is_no_json_is_refused(arm: Client, group: str) -> None:
    """A PUT of text that is not JSON is 400."""
    reply = arm.ask("PUT", f"{cluster_id(group, 'c')}?api-version={KUBERNETES}", b"{")

    assert (reply.status, reply.code) == (400, "InvalidRequestContent")


def test_the_correlation_id_comes_back(arm: Client, group: str) -> None:
    """The caller's correlation id is echoed; a request id and the rest of the budget are given."""
    reply = arm.ask("GET", f"{group}?api-version={RESOURCES}", x_ms_correlation_request_id="abc")

    assert reply.headers["x-ms-correlation-request-id"] == "abc"
    assert reply.headers["x-ms-request-id"]
    assert reply.headers["x-ms-ratelimit-remaining-subscription-reads"].isdigit()


def test_a_stale_etag_is_refused(arm: Client, group: str) -> None:
    """If-Match with the ETag of before a change is 412; with the present one it is obeyed."""
    id_ = make_cluster(arm, group)
    stale = arm.get(id_, version=KUBERNETES).headers["etag"]
    arm.patch(id_, {"tags": {"a": "b"}}, version=KUBERNETES)
    fresh = arm.get(id_, version=KUBERNETES).headers["etag"]

    assert arm.put(id_, CLUSTER, version=KUBERNETES, If_Match=stale).code == "PreconditionFailed"
    assert arm.put(id_, CLUSTER, version=KUBERNETES, If_Match=fresh).status == 200


def test_if_none_match_creates_only(arm: Client, group: str) -> None:
    """If-None-Match: * lets a resource be made, and not be replaced."""
    id_ = cluster_id(group, "c")

    assert arm.put(id_, CLUSTER, version=KUBERNETES, If_None_Match="*").status == 201
    assert arm.put(id_, CLUSTER, version=KUBERNETES, If_None_Match="*").status == 412


def test_a_list_comes_in_pages(arm: Client, group: str) -> None:
    """$top bounds a page, and nextLink leads through the rest, each resource once."""
    made = {make_cluster(arm, group, f"c{number}") for number in range(5)}
    reply = arm.get(f"{group}/providers/Microsoft.Kubernetes/connectedClusters", version=KUBERNETES, **{"$top": "2"})
    found, pages = [each["id"] for each in reply.body["value"]], 1
    while "nextLink" in reply.body:
        reply = arm.ask("GET", reply.body["nextLink"])
        found, pages = found + [each["id"] for each in reply.body["value"]], pages + 1

    assert (sorted(found), pages) == (sorted(made), 3)


def test_lists_hold_what_lies_in_their_scope(arm: Client, group: str) -> None:
    """A cluster is in the lists of its subscription and its group, by type and among all resources."""
    id_ = make_cluster(arm, group)
    subscription = f"/subscriptions/{SUBSCRIPTION}"
    by_type = "providers/Microsoft.Kubernetes/connectedClusters"
    lists = [
        arm.get(f"{subscription}/{by_type}", version=KUBERNETES, **{"$top": "1000"}),
        arm.get(f"{group}/{by_type}", version=KUBERNETES),
        arm.get(f"{group}/resources", version=RESOURCES),
        arm.get(f"{group}/resources", version=RESOURCES, **{"$filter": f"resourceType eq '{by_type[10:]}'"}),
    ]
    other = arm.get(f"{group}/resources", version=RESOURCES, **{"$filter": "resourceType eq 'Microsoft.Edge/targets'"})

    assert all(id_ in [each["id"] for each in reply.body["value"]] for reply in lists)
    assert other.body["value"] == []


def test_groups_and_subscriptions_are_listed(arm: Client, group: str) -> None:
    """The tenant lists its subscriptions, a subscription its groups."""
    subscriptions = arm.get("/subscriptions", version=RESOURCES).body["value"]
    groups = arm.get(f"/subscriptions/{SUBSCRIPTION}/resourcegroups", version=RESOURCES, **{"$top": "1000"})

    assert [each["subscriptionId"] for each in subscriptions] == [SUBSCRIPTION]
    assert group in [each["id"] for each in groups.body["value"]]


def test_deleting_a_group_deletes_what_is_in_it(arm: Client, group: str) -> None:
    """After its group a cluster is gone; deleting what is not there is 204."""
    id_ = make_cluster(arm, group)

    assert arm.delete(group, version=RESOURCES).status == 202
    assert arm.get(id_, version=KUBERNETES).code == "ResourceGroupNotFound"
    assert arm.delete(group, version=RESOURCES).status == 204


def test_a_provider_is_registered_and_stays_so(arm: Client) -> None:
    """Providers are registered from the start, also after they were registered again."""
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Kubernetes"
    again = arm.post(path, "register", {}, version="2019-05-01")

    assert again.body["registrationState"] == "Registered"
    assert arm.get(path, version="2019-05-01").body["registrationState"] == "Registered"


def test_the_token_endpoint_gives_a_token_that_works(arm: Client, group: str, running: RunningSandbox) -> None:
    """The identity header buys a three-part token for the resource asked for, and that token is accepted."""
    path = "/token?api-version=2019-08-01&resource=https://management.core.windows.net/"
    reply = arm.ask("GET", path, Authorization="", X_IDENTITY_HEADER=running.identity_header)
    token = reply.body["access_token"]

    assert (reply.body["token_type"], len(token.split("."))) == ("Bearer", 3)
    assert int(reply.body["expires_on"]) > 0
    assert arm.ask("GET", f"{group}?api-version={RESOURCES}", Authorization=f"Bearer {token}").status == 200
    assert arm.ask("GET", path, Authorization="", X_IDENTITY_HEADER="other").status == 401


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "https://vault.azure.net", "exp": 1 << 40}, "InvalidAuthenticationTokenAudience"),
        ({"aud": "http://[", "exp": 1 << 40}, "InvalidAuthenticationTokenAudience"),
        ({"aud": "https://management.azure.com", "exp": 1_700_000_000}, "ExpiredAuthenticationToken"),
        ({"aud": "https://management.azure.com/", "exp": 1 << 40}, ""),
        ({"aud": "https://management.core.chinacloudapi.cn/", "exp": 1 << 40}, ""),
    ],
)
def test_a_token_is_for_azure_resource_manager_and_still_valid(
    arm: Client, group: str, running: RunningSandbox, claims: dict[str, object], code: str
) -> None:
    """A token for something else, or one that has expired, is 401 with Azure's code."""
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    reply = arm.ask("GET", f"{group}?api-version={RESOURCES}", Authorization=f"Bearer e30.{middle}.{running.token}")

    assert (reply.status, reply.code) == ((401, code) if code else (200, ""))


@pytest.mark.parametrize("query", ["", "?api-version=2019-08-01", "?resource=https://management.azure.com/"])
def test_the_token_endpoint_wants_version_and_resource(arm: Client, running: RunningSandbox, query: str) -> None:
    """Without either it gives no token."""
    reply = arm.ask("GET", f"/token{query}", Authorization="", X_IDENTITY_HEADER=running.identity_header)

    assert reply.status == 400


def test_credentials_in_no_known_alphabet_are_wrong(arm: Client, group: str) -> None:
    """What is neither ASCII nor base64 is a wrong password, at Azure's addresses and at the Git host's."""
    addresses = [f"{group}?api-version={RESOURCES}", "/api/v3/user"]

    assert [arm.ask("GET", each, Authorization="Basic \xe9").status for each in addresses] == [401, 401]


@pytest.mark.parametrize("query", [{"$top": "0"}, {"$top": "\u00b2"}, {"$skiptoken": "!"}, {"$skiptoken": "\u00e9"}])
def test_a_page_that_cannot_be_is_refused(arm: Client, query: dict[str, str]) -> None:
    """A page size or a token that is none is 400."""
    assert arm.get(f"/subscriptions/{SUBSCRIPTION}/resourcegroups", version=RESOURCES, **query).status == 400


def test_a_huge_body_is_not_read_to_its_end(arm: Client, group: str) -> None:
    """What is longer than is taken is 413, and the next request is answered."""
    reply = arm.ask("PUT", f"{group}?api-version={RESOURCES}", b" " * ((8 << 20) + 1))

    assert (reply.status, reply.code) == (413, "RequestContentTooLarge")
    assert arm.get(group, version=RESOURCES).status == 200


def test_a_request_that_breaks_off_is_no_fault(arm: Client, group: str, running: RunningSandbox) -> None:
    """A client that is gone in the middle of its body leaves nothing in the log, and the group as it was."""
    context = ssl.create_default_context(cafile=str(running.ca_file))
    head = f"PUT {group}?api-version={RESOURCES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {running.token}\r\n"
    before = (running.directory / "server.log").read_text()
    plain = socket.create_connection(("127.0.0.1", running.port))
    with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
        connection.sendall(f'{head}Content-Length: 500\r\n\r\n{{"location": "we'.encode())
    reply = arm.get(group, version=RESOURCES)

    assert reply.body["location"] == "eastus"
    assert (running.directory / "server.log").read_text() == before


def test_a_subscription_that_cannot_be_is_told_apart_from_an_absent_one(arm: Client) -> None:
    """An ID that is no UUID is 400, one that is nobody's 404."""
    replies = [arm.get(f"/subscriptions/{name}", version=RESOURCES) for name in ("mine", str(uuid.uuid4()))]

    assert [each.code for each in replies] == ["InvalidSubscriptionId", "SubscriptionNotFound"]


def test_a_groups_location_cannot_change(arm: Client, group: str) -> None:
    """A group has a code of its own for that."""
    reply = arm.put(group, {"location": "westeurope"}, version=RESOURCES)

    assert (reply.status, reply.code) == (409, "InvalidResourceGroupLocation")
