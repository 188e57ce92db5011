"""Bodies are checked against the published types."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.bodies import CLUSTER, EXTENSION, EXTENSIONS, FLUX, KUBERNETES, cluster_id, make_cluster
from tests.sandbox.client import Client, Reply

RESOURCES = "2021-04-01"


def targets(reply: Reply) -> list[str]:
    """Return the places that an error's details name."""
    return sorted(each["target"] for each in reply.body["error"]["details"])


def cluster(**properties: Any) -> dict[str, Any]:
    """Return a connected cluster's body with *properties* besides the key."""
    return {**CLUSTER, "properties": {**CLUSTER["properties"], **properties}}


@pytest.mark.parametrize(
    ("body", "target"),
    [
        (cluster(distribution=3), "properties.distribution"),
        (cluster(distrubution="k3s"), "properties.distrubution"),
        (cluster(connectivityStatus="Connected"), "properties.connectivityStatus"),
        (cluster(oidcIssuerProfile={"issuerUrl": "https://x"}), "properties.oidcIssuerProfile.issuerUrl"),
        (cluster(aadProfile={"adminGroupObjectIDs": ["a", 1]}), "properties.aadProfile.adminGroupObjectIDs.1"),
        ({**CLUSTER, "identity": {"type": "UserAssigned"}}, "identity.type"),
        ({**CLUSTER, "properties": {}}, "properties.agentPublicKeyCertificate"),
        ({**CLUSTER, "tags": {"a": 1}}, "tags.a"),
        ({**CLUSTER, "colour": "red"}, "colour"),
        ({**CLUSTER, "name": "other"}, "name"),
    ],
)
def test_a_body_that_breaks_the_published_type_is_refused(
    arm: Client, group: str, body: dict[str, Any], target: str
) -> None:
    """A wrong type, an unknown, read-only or missing property, a bad closed enum value: 400 that names the place."""
    reply = arm.put(cluster_id(group, "c"), body, version=KUBERNETES)

    assert (reply.status, reply.code) == (400, "InvalidRequestContent")
    assert targets(reply) == [target]
    assert arm.get(cluster_id(group, "c"), version=KUBERNETES).status == 404


def test_every_violation_is_reported(arm: Client, group: str) -> None:
    """One answer has all that is wrong with a body."""
    body = {**cluster(distribution=3, nope=1), "extra": True}
    body.pop("location")
    reply = arm.put(cluster_id(group, "c"), body, version=KUBERNETES)

    assert targets(reply) == ["extra", "location", "properties.distribution", "properties.nope"]


def test_a_missing_location_has_its_own_code(arm: Client, group: str) -> None:
    """A tracked resource without a location is LocationRequired."""
    body = {key: value for key, value in CLUSTER.items() if key != "location"}

    assert arm.put(cluster_id(group, "c"), body, version=KUBERNETES).code == "LocationRequired"


def test_an_error_does_not_repeat_a_value(arm: Client, group: str) -> None:
    """A value of the wrong type may be a secret: the error names its place only."""
    cluster_ = make_cluster(arm, group)
    id_ = f"{cluster_}/providers/Microsoft.KubernetesConfiguration/extensions/e"
    secrets = {"configurationProtectedSettings": {"key": {"nested": "CANARY"}}}
    reply = arm.put(id_, {**EXTENSION, "properties": {**EXTENSION["properties"], **secrets}}, version=EXTENSIONS)

    assert reply.status == 400
    assert "CANARY" not in str(reply.body)


@pytest.mark.parametrize("name", ["-starts", "ends-", "x" * 64, "a$b"])
def test_a_bad_name_is_refused(arm: Client, group: str, name: str) -> None:
    """A name that the type does not allow is 400 InvalidResourceName."""
    assert arm.put(cluster_id(group, name), CLUSTER, version=KUBERNETES).code == "InvalidResourceName"


def test_what_was_read_may_be_sent_back(arm: Client, group: str) -> None:
    """A PUT of exactly what a GET answered is accepted and changes nothing."""
    id_ = make_cluster(arm, group)
    before = arm.get(id_, version=KUBERNETES).body
    reply = arm.put(id_, before, version=KUBERNETES)
    after = arm.get(id_, version=KUBERNETES).body

    assert reply.status == 200
    assert after["properties"] == before["properties"]


def test_a_read_only_value_that_differs_is_refused(arm: Client, group: str) -> None:
    """A read-only property may be sent back only as it was read."""
    id_ = make_cluster(arm, group)
    body = arm.get(id_, version=KUBERNETES).body
    body["properties"]["offering"] = "mine"

    assert targets(arm.put(id_, body, version=KUBERNETES)) == ["properties.offering"]


def test_null_counts_as_absent(arm: Client, group: str) -> None:
    """A null, as Terraform sends for what is not set, is no wrong type."""
    assert arm.put(cluster_id(group, "c"), cluster(distribution=None), version=KUBERNETES).status == 201


def test_a_location_cannot_change(arm: Client, group: str) -> None:
    """A PUT with another location is 409 InvalidResourceLocation."""
    id_ = make_cluster(arm, group)
    reply = arm.put(id_, {**CLUSTER, "location": "westeurope"}, version=KUBERNETES)

    assert (reply.status, reply.code) == (409, "InvalidResourceLocation")
    assert arm.put(id_, {**CLUSTER, "location": "East US"}, version=KUBERNETES).status == 200


def test_a_patch_merges(arm: Client, group: str) -> None:
    """A PATCH changes what it names, takes away what is null, leaves the rest; its result is checked too."""
    id_ = make_cluster(arm, group)
    arm.patch(id_, {"tags": {"a": "1", "b": "2"}}, version=KUBERNETES)
    arm.patch(id_, {"tags": {"a": None}, "properties": {"distribution": "k3s"}}, version=KUBERNETES)
    body = arm.get(id_, version=KUBERNETES).body
    refused = arm.patch(id_, {"properties": {"nope": 1}}, version=KUBERNETES)

    assert (body["tags"], body["properties"]["distribution"]) == ({"b": "2"}, "k3s")
    assert body["properties"]["agentPublicKeyCertificate"] == CLUSTER["properties"]["agentPublicKeyCertificate"]
    assert refused.status == 400


def test_protected_settings_are_never_shown_nor_kept(arm: Client, group: str) -> None:
    """What is write-only comes back in no answer and lies in no file of the sandbox."""
    id_ = f"{make_cluster(arm, group)}/providers/Microsoft.KubernetesConfiguration/fluxConfigurations/platform-dev"
    properties = {
        "sourceKind": "GitRepository",
        "gitRepository": {"url": "https://git.example/a/b", "repositoryRef": {"branch": "dev"}},
        "configurationProtectedSettings": {"httpsKey": "CANARY-IN-FLUX"},
    }
    reply = arm.put(id_, {"properties": properties}, version=FLUX)
    shown = arm.get(id_, version=FLUX)
    files = [path.read_bytes() for path in arm.running.directory.glob("state*")]

    assert reply.status == 201
    assert "CANARY-IN-FLUX" not in f"{reply.body}{shown.body}"
    assert not any(b"CANARY-IN-FLUX" in content for content in files)


@pytest.mark.parametrize(
    "content",
    [
        b'{"location": "eastus", "tags": {"a": "\\ud800"}}',
        b'{"location": NaN}',
        b'{"location": 1e999}',
        b'{"location": ' + b"9" * 5000 + b"}",
        b'{"tags": ' + b"[" * 101 + b"]" * 101 + b"}",
        b'{"tags": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"location": "\xff"}',
    ],
    ids=["half a surrogate pair", "NaN", "infinite", "long", "deep", "very deep", "no UTF-8"],
)
def test_what_could_not_be_given_back_as_json_is_refused(arm: Client, group: str, content: bytes) -> None:
    """Such a body is 400, and what lies there is read as before, alone and in its list."""
    refused = arm.ask("PUT", f"{group}?api-version={RESOURCES}", content)
    listed = arm.get(f"{group.rpartition('/')[0]}", version=RESOURCES)

    assert (refused.status, refused.code) == (400, "InvalidRequestContent")
    assert (arm.get(group, version=RESOURCES).status, listed.status) == (200, 200)


def test_a_pair_of_escapes_is_one_character(arm: Client, group: str) -> None:
    """Both halves of a surrogate pair together are kept."""
    arm.ask("PUT", f"{group}?api-version={RESOURCES}", b'{"location": "eastus", "tags": {"a": "\\ud83d\\ude00"}}')

    assert arm.get(group, version=RESOURCES).body["tags"] == {"a": "\N{GRINNING FACE}"}


def test_what_takes_no_patch_says_so(arm: Client, group: str) -> None:
    """A configuration has no PATCH: 405, not a complaint about the content."""
    id_ = f"{group}/providers/Microsoft.Edge/configurations/plant"
    arm.put(id_, {"location": "eastus"}, version="2025-08-01")
    reply = arm.patch(id_, {"tags": {"a": "b"}}, version="2025-08-01")

    assert (reply.status, reply.code) == (405, "MethodNotAllowed")
