"""Service groups, memberships and Resource Graph."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.sandbox.bodies import KUBERNETES, MEMBERSHIPS, SERVICE_GROUPS, make_cluster, make_extension
from tests.sandbox.client import Client, Reply
from tests.sandbox.conftest import SUBSCRIPTION, TENANT

ROOT = f"/providers/Microsoft.Management/serviceGroups/{TENANT}"


def make_service_group(arm: Client, parent: str = ROOT) -> str:
    """Make a service group and return its ID."""
    id_ = f"/providers/Microsoft.Management/serviceGroups/sg-{uuid.uuid4().hex[:8]}"
    body = {"properties": {"displayName": "SG", "parent": {"resourceId": parent}}}
    assert arm.put(id_, body, version=SERVICE_GROUPS).status == 201
    return id_


def graph(arm: Client, query: str, **body: Any) -> Reply:
    """Ask Resource Graph."""
    return arm.post("/providers/Microsoft.ResourceGraph", "resources", {"query": query, **body}, version="2021-03-01")


def test_service_groups_make_a_tree(arm: Client) -> None:
    """A group lies in another, the first in the root; without a parent it is the root."""
    country = make_service_group(arm)
    plant = make_service_group(arm, country)
    loose = f"{country}-loose"
    arm.put(loose, {"properties": {}}, version=SERVICE_GROUPS)

    assert arm.get(plant, version=SERVICE_GROUPS).body["properties"]["parent"] == {"resourceId": country}
    assert arm.get(loose, version=SERVICE_GROUPS).body["properties"]["parent"] == {"resourceId": ROOT}


def test_a_service_group_needs_a_parent_that_exists(arm: Client) -> None:
    """An absent parent is 404, a cycle 400."""
    outer = make_service_group(arm)
    inner = make_service_group(arm, outer)
    cycle = {"properties": {"parent": {"resourceId": inner}}}
    absent = {"properties": {"parent": {"resourceId": f"{outer}-none"}}}

    assert arm.put(f"{outer}x", absent, version=SERVICE_GROUPS).code == "ParentServiceGroupNotFound"
    assert arm.put(outer, cycle, version=SERVICE_GROUPS).code == "InvalidParent"


def test_a_service_group_with_groups_in_it_stays(arm: Client) -> None:
    """Groups are deleted from the leaves; the root never."""
    outer = make_service_group(arm)
    inner = make_service_group(arm, outer)

    assert arm.delete(outer, version=SERVICE_GROUPS).code == "ServiceGroupNotEmpty"
    assert arm.delete(inner, version=SERVICE_GROUPS).status == 202
    assert arm.delete(outer, version=SERVICE_GROUPS).status == 202
    assert arm.delete(ROOT, version=SERVICE_GROUPS).status == 400


def test_a_tenant_level_operation_can_be_followed(arm: Client) -> None:
    """The address of a service group's operation lies in no subscription."""
    id_ = f"/providers/Microsoft.Management/serviceGroups/sg-{uuid.uuid4().hex[:8]}"
    reply = arm.ask("PUT", f"{id_}?api-version={SERVICE_GROUPS}", {"properties": {}})

    assert "/subscriptions/" not in reply.headers["azure-asyncoperation"]
    assert arm.final(reply).body["status"] == "Succeeded"


def test_a_membership_leads_to_a_service_group(arm: Client, group: str) -> None:
    """A resource is a member of a service group that exists, by a name without hyphens, and stays in it."""
    cluster, service_group = make_cluster(arm, group), make_service_group(arm)
    other = make_service_group(arm)
    id_ = f"{cluster}/providers/Microsoft.Relationships/serviceGroupMember/m01"

    def put(path: str, target: str) -> Reply:
        return arm.put(path, {"properties": {"targetId": target}}, version=MEMBERSHIPS)

    assert put(id_, service_group).status == 201
    assert arm.get(id_, version=MEMBERSHIPS).body["properties"]["sourceId"] == cluster
    assert put(id_, other).code == "ImmutableProperty"
    assert put(f"{id_}x", f"{service_group}-none").code == "ServiceGroupNotFound"
    assert put(f"{id_}-x", service_group).code == "InvalidResourceName"
    assert arm.put(f"{id_}x", {"properties": {}}, version=MEMBERSHIPS).status == 400


def test_later_versions_of_memberships_are_refused(arm: Client, group: str) -> None:
    """The versions in which the direction is turned around are not served."""
    id_ = f"{make_cluster(arm, group)}/providers/Microsoft.Relationships/serviceGroupMember/m01"

    assert arm.put(id_, {"properties": {}}, version="2026-03-01-preview").code == "NoRegisteredProviderFound"


def test_a_query_finds_projects_and_orders(arm: Client, group: str) -> None:
    """Rows of a table by type and group, with columns of their own, in order."""
    for name in ("b", "a", "c"):
        make_cluster(arm, group, name)
    query = (
        "resources | where type =~ 'Microsoft.Kubernetes/connectedClusters' "
        f"and resourceGroup =~ '{group.rpartition('/')[2].upper()}' | extend key = tolower(id) "
        "| project key, name, state = tostring(properties.connectivityStatus), properties.provisioningState "
        "| order by name desc | limit 2"
    )
    rows = graph(arm, query).body["data"]

    assert [row["name"] for row in rows] == ["c", "b"]
    assert rows[0]["key"].endswith("/connectedclusters/c")
    assert (rows[0]["state"], rows[0]["provisioningState"]) == ("Connected", "Succeeded")


def test_a_union_reads_several_tables(arm: Client, group: str) -> None:
    """Extensions lie in a table of their own, and an ID can be looked for by its start or in a list."""
    cluster = make_cluster(arm, group)
    extension = make_extension(arm, cluster)
    tables = "union resources, kubernetesconfigurationresources"
    by_start = graph(arm, f"{tables} | where id startswith '{cluster.upper()}' | project id | order by id asc")
    by_list = graph(arm, f"{tables} | where id in~ ('{cluster.upper()}', '{extension}') | project id, type")
    one_table = graph(arm, f"resources | where id startswith '{cluster}' | project id")

    assert [row["id"] for row in by_start.body["data"]] == [cluster, extension]
    assert by_list.body["count"] == 2
    assert [row["id"] for row in one_table.body["data"]] == [cluster]


def test_tenant_level_resources_are_found_without_subscriptions(arm: Client) -> None:
    """A service group is in resourcecontainers for the tenant, and not for a subscription."""
    id_ = make_service_group(arm)
    query = f"resourcecontainers | where id =~ '{id_}' | project id, type"

    assert graph(arm, query).body["data"] == [{"id": id_, "type": "microsoft.management/servicegroups"}]
    assert graph(arm, query, subscriptions=[SUBSCRIPTION]).body["data"] == []


def test_a_query_comes_in_pages(arm: Client, group: str) -> None:
    """$top and $skipToken lead through all rows, each once."""
    made = [make_cluster(arm, group, f"c{number}") for number in range(5)]
    query = f"resources | where id startswith '{group}/' | project id | order by id asc"
    options: dict[str, Any] = {"$top": 2}
    found: list[str] = []
    for _ in range(3):
        page = graph(arm, query, options=options).body
        found += [row["id"] for row in page["data"]]
        options = {"$top": 2, "$skipToken": page.get("$skipToken")}

    assert found == made
    assert (page["totalRecords"], options["$skipToken"]) == (5, None)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "nothing",
        "resources | summarize count() by type",
        "resources | where type has 'x'",
        "resources | where type =~ x",
        "resources | project a = substring(id, 1)",
        "resources | limit many",
        "resources; resources",
        "resources | where type =~ 'x' or name =~ 'y'",
    ],
)
def test_a_query_beyond_the_subset_is_refused(arm: Client, query: str) -> None:
    """What is not understood is 400 InvalidQuery, and the answer says what is."""
    reply = graph(arm, query)

    assert (reply.status, reply.code) == (400, "InvalidQuery")
    assert "union TABLES | where" in reply.body["error"]["message"]


def test_a_seeded_cluster_of_another_kind_can_be_read(arm: Client, group: str) -> None:
    """A managed cluster is seeded, read, and cannot be written."""
    id_ = f"{group}/providers/Microsoft.ContainerService/managedClusters/aks"
    seed = [{"id": id_, "location": "eastus", "properties": {"kubernetesVersion": "1.33"}}]
    arm.running.seed(tenant=TENANT, subscriptions=[SUBSCRIPTION], resources=seed)

    assert arm.get(id_, version=KUBERNETES).body["properties"]["kubernetesVersion"] == "1.33"
    assert arm.put(id_, {"location": "eastus"}, version=KUBERNETES).status == 405


@pytest.mark.parametrize(
    "more",
    [
        {"options": ["$top"]},
        {"options": {"$top": True}},
        {"options": {"$top": 0}},
        {"options": {"$skipToken": "LTU="}},
        {"options": {"$skipToken": "\u00e9"}},
        {"options": {"resultFormat": "table"}},
        {"subscriptions": 5},
    ],
)
def test_a_query_with_bad_options_is_refused(arm: Client, more: dict[str, Any]) -> None:
    """Options and subscriptions of another form are 400, as is a token of nobody's."""
    body = {"query": "resources", **more}
    reply = arm.post("/providers/Microsoft.ResourceGraph", "resources", body, version="2021-03-01")

    assert (reply.status, reply.code) == (400, "BadRequest")
