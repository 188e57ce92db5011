"""Connected clusters, extensions, Flux configurations and custom locations."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration.sandbox import RunningSandbox
from orchestration.sandbox.githost import seed
from tests.sandbox.bodies import (
    CLUSTER,
    EXTENSION,
    EXTENSIONS,
    FLUX,
    KUBERNETES,
    LOCATIONS,
    cluster_id,
    location_body,
    make_cluster,
    make_extension,
    make_location,
)
from tests.sandbox.client import Client
from tests.sandbox.conftest import TENANT

CONFIG_MAP = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
PROVIDER = "providers/Microsoft.KubernetesConfiguration"


def flux(url: str, branch: str = "dev", path: str = "./lab", **properties: Any) -> dict[str, Any]:
    """Return the body of a Flux configuration with one kustomization."""
    source = {"url": url, "repositoryRef": {"branch": branch}}
    kustomizations = {"platform": {"path": path, "prune": True}}
    base = {"sourceKind": "GitRepository", "namespace": "flux-system", "scope": "cluster"}
    return {"properties": {**base, "gitRepository": source, "kustomizations": kustomizations, **properties}}


def put_flux(arm: Client, group: str, body: dict[str, Any], name: str = "platform-dev") -> tuple[int, dict[str, Any]]:
    """Put a Flux configuration on a cluster of its own; return the status and its properties, or the error."""
    cluster = cluster_id(group, "flux")
    if arm.get(cluster, version=KUBERNETES).status == 404:
        make_cluster(arm, group, "flux")
    id_ = f"{cluster}/{PROVIDER}/fluxConfigurations/{name}"
    reply = arm.put(id_, body, version=FLUX)
    if reply.status >= 400:
        return reply.status, reply.body["error"]
    return reply.status, arm.get(id_, version=FLUX).body["properties"]


def repository(running: RunningSandbox, name: str, files: dict[str, bytes]) -> str:
    """Seed a repository whose branch dev has *files*; return its URL."""
    url = f"https://git.example/contoso/{name}"
    seed(running.git_root, url, {"dev": files})
    return url


def test_a_cluster_with_a_key_is_connected(arm: Client, group: str) -> None:
    """A cluster reports inventory, identity and issuer as its agents would."""
    id_ = cluster_id(group, "c")
    properties = {**CLUSTER["properties"], "oidcIssuerProfile": {"enabled": True}}
    arm.put(id_, {**CLUSTER, "properties": properties}, version=KUBERNETES)
    body = arm.get(id_, version=KUBERNETES).body

    assert body["properties"]["connectivityStatus"] == "Connected"
    assert body["properties"]["totalNodeCount"] > 0
    assert body["properties"]["oidcIssuerProfile"]["issuerUrl"].startswith(
        f"https://eastus.oic.prod-arc.azure.com/{TENANT}"
    )
    assert body["identity"]["tenantId"] == TENANT


def test_a_cluster_without_a_key_is_connecting(arm: Client, group: str) -> None:
    """No key, no heartbeat: nothing but the status is reported."""
    body = {**CLUSTER, "properties": {"agentPublicKeyCertificate": ""}}
    arm.put(cluster_id(group, "c"), body, version=KUBERNETES)
    properties = arm.get(cluster_id(group, "c"), version=KUBERNETES).body["properties"]

    assert properties["connectivityStatus"] == "Connecting"
    assert "agentVersion" not in properties


def test_a_key_cannot_change(arm: Client, group: str) -> None:
    """A connected cluster keeps its key: another one is 400."""
    id_ = make_cluster(arm, group)
    body = {**CLUSTER, "properties": {"agentPublicKeyCertificate": "b3RoZXI="}}

    assert arm.put(id_, body, version=KUBERNETES).status == 400


def test_an_extension_reports_its_version(arm: Client, group: str) -> None:
    """An extension is installed at once; its type comes back in lower case."""
    id_ = make_extension(arm, make_cluster(arm, group))
    properties = arm.get(id_, version=EXTENSIONS).body["properties"]

    assert properties["provisioningState"] == "Succeeded"
    assert properties["currentVersion"]
    assert properties["extensionType"] == "microsoft.workloadorchestration"
    assert arm.get(id_, version="2023-05-01").status == 200


@pytest.mark.parametrize(
    "change",
    [
        {"identity": None},
        {"properties": {"extensionType": "microsoft.flux", "version": "1.0.0", "autoUpgradeMinorVersion": True}},
        {"properties": {"extensionType": "microsoft.flux", "configurationSettings": {"on": True}}},
        {"properties": {"autoUpgradeMinorVersion": True}},
    ],
)
def test_an_extension_that_would_not_install_is_refused(arm: Client, group: str, change: dict[str, Any]) -> None:
    """No identity, a version beside auto-upgrade, a setting that is no text, no type: 400."""
    id_ = f"{make_cluster(arm, group)}/{PROVIDER}/extensions/e"

    assert arm.put(id_, {**EXTENSION, **change}, version=EXTENSIONS).status == 400


@pytest.mark.parametrize(
    ("kind", "namespace"),
    [
        ("microsoft.flux", "flux-system"),
        ("microsoft.iotoperations.platform", "cert-manager"),
        ("Microsoft.WorkloadOrchestration", "workloadorchestration"),
    ],
)
def test_an_extension_left_without_scope_has_its_default(arm: Client, group: str, kind: str, namespace: str) -> None:
    """It is shown; written out and left out are the same, and another one is refused."""
    id_ = f"{make_cluster(arm, group)}/providers/Microsoft.KubernetesConfiguration/extensions/e"
    body = {"identity": {"type": "SystemAssigned"}, "properties": {"extensionType": kind}}
    arm.put(id_, body, version=EXTENSIONS)
    read = arm.get(id_, version=EXTENSIONS).body
    other = {**body, "properties": {"extensionType": kind, "scope": {"namespace": {"targetNamespace": "x"}}}}

    assert read["properties"]["scope"] == {"cluster": {"releaseNamespace": namespace}}
    assert [arm.put(id_, each, version=EXTENSIONS).status for each in (read, body, other, body)] == [200, 200, 400, 200]


def test_a_flux_configuration_left_without_scope_has_its_default(arm: Client, group: str) -> None:
    """Namespace and scope may be left out again, and not be changed to something else."""
    id_ = f"{make_cluster(arm, group)}/providers/Microsoft.KubernetesConfiguration/fluxConfigurations/f"
    properties = {
        "sourceKind": "GitRepository",
        "gitRepository": {"url": "https://git.example/a/b", "repositoryRef": {"branch": "dev"}},
    }
    arm.put(id_, {"properties": properties}, version=FLUX)
    changes: list[dict[str, str]] = [{"namespace": "default"}, {"scope": "cluster"}, {}, {"namespace": "other"}]
    found = [arm.put(id_, {"properties": properties | each}, version=FLUX).status for each in changes]

    assert found == [200, 200, 200, 400]


@pytest.mark.parametrize("kind", ["extensions", "fluxConfigurations"])
def test_only_clusters_have_extensions_and_flux(arm: Client, group: str, kind: str) -> None:
    """On another resource they are refused, which azapi itself would not do."""
    location = make_location(arm, group)
    body = {"properties": {"extensionType": "microsoft.flux"} if kind == "extensions" else {"sourceKind": "Bucket"}}
    version = EXTENSIONS if kind == "extensions" else FLUX
    reply = arm.put(f"{location}/providers/Microsoft.KubernetesConfiguration/{kind}/e", body, version=version)

    assert (reply.status, reply.code) == (400, "BadRequest")


def test_flux_reports_the_commit_at_its_branch(arm: Client, group: str, running: RunningSandbox) -> None:
    """A configuration is Compliant at the head of its branch in the Git host."""
    url = repository(running, "good", {"lab/a.yaml": CONFIG_MAP, "lab/README.md": b"# lab\n"})
    _, properties = put_flux(arm, group, flux(url))
    head = (running.git_root / "git.example/contoso/good.git/refs/heads/dev").read_text().strip()

    assert properties["complianceState"] == "Compliant"
    assert properties["sourceSyncedCommitId"] == f"dev@sha1:{head}"
    assert [each["complianceState"] for each in properties["statuses"]] == ["Compliant", "Compliant"]
    assert properties["kustomizations"]["platform"]["syncIntervalInSeconds"] == 600


@pytest.mark.parametrize(
    ("branch", "path", "message", "synced"),
    [
        ("dev", "./broken", "broken/b.yaml", True),
        ("dev", "./kindless", "no apiVersion and kind", True),
        ("dev", "./absent", "path not found: ./absent", True),
        ("none", "./lab", "refs/heads/none", False),
    ],
)
def test_flux_reports_what_does_not_apply(
    arm: Client, group: str, running: RunningSandbox, branch: str, path: str, message: str, synced: bool
) -> None:
    """A file that does not parse, no object, no such folder or branch: Non-Compliant, and the message says which."""
    files = {"lab/a.yaml": CONFIG_MAP, "broken/b.yaml": b"a: [", "kindless/c.yaml": b"a: 1\n"}
    url = repository(running, "bad", files)
    _, properties = put_flux(arm, group, flux(url, branch, path))

    assert properties["complianceState"] == "Non-Compliant"
    assert message in properties["errorMessage"]
    assert ("sourceSyncedCommitId" in properties) is synced


def test_a_suspended_configuration_says_so(arm: Client, group: str, running: RunningSandbox) -> None:
    """suspend: true is Suspended, and nothing is synced."""
    _, properties = put_flux(arm, group, flux(repository(running, "good", {}), suspend=True))

    assert properties["complianceState"] == "Suspended"
    assert "sourceSyncedCommitId" not in properties


def test_an_unknown_repository_is_non_compliant(arm: Client, group: str) -> None:
    """A repository that the Git host does not have cannot be cloned."""
    _, properties = put_flux(arm, group, flux("https://git.example/contoso/../../etc"))

    assert properties["complianceState"] == "Non-Compliant"
    assert "repository not found" in properties["errorMessage"]


@pytest.mark.parametrize(
    "properties",
    [
        {"gitRepository": {"url": "https://git.example/a/b"}},
        {"gitRepository": {"repositoryRef": {"branch": "dev"}}},
        {"gitRepository": {"url": "https://git.example/a/b", "repositoryRef": {"branch": "a", "tag": "b"}}},
        {"scope": "galaxy"},
        {"sourceKind": "Floppy"},
        {"kustomizations": {"k" * 60: {"path": "."}}},
        {"kustomizations": {"k": {"pruned": True}}},
        {"kustomizations": {"Not_A_Label": {"path": "."}}},
    ],
)
def test_a_configuration_that_flux_could_not_take_is_refused(
    arm: Client, group: str, properties: dict[str, Any]
) -> None:
    """No reference or two, no URL, an unknown scope or kind, names too long together, an unknown key: 400."""
    status, _ = put_flux(arm, group, flux("https://git.example/a/b", **properties))

    assert status == 400


def test_scope_and_namespace_of_a_configuration_cannot_change(arm: Client, group: str) -> None:
    """The namespace that Flux's objects live in is for good."""
    put_flux(arm, group, flux("https://git.example/a/b"))
    status, error = put_flux(arm, group, flux("https://git.example/a/b", namespace="other"))

    assert (status, error["target"]) == (400, "properties.namespace")


def test_a_custom_location_binds_a_namespace_of_a_cluster(arm: Client, group: str) -> None:
    """A custom location shows its host, and a second one in the same namespace is refused."""
    id_ = make_location(arm, group)
    body = arm.get(id_, version=LOCATIONS).body["properties"]
    second = location_body(body["hostResourceId"], body["clusterExtensionIds"][0])
    reply = arm.put(f"{id_}2", second, version=LOCATIONS)

    assert (body["hostType"], body["provisioningState"]) == ("Kubernetes", "Succeeded")
    assert (reply.status, reply.code) == (409, "NamespaceAlreadyInUse")


def test_a_custom_location_needs_its_cluster_and_extensions(arm: Client, group: str) -> None:
    """A host or an extension that does not exist, or is another cluster's, is refused."""
    cluster, other = make_cluster(arm, group, "a"), make_cluster(arm, group, "b")
    extension = make_extension(arm, cluster)
    id_ = f"{group}/providers/Microsoft.ExtendedLocation/customLocations/l"
    bodies = [
        location_body(cluster_id(group, "none"), extension),
        location_body(cluster, f"{extension}-none"),
        location_body(other, extension),
        location_body(extension, extension),
    ]
    statuses = [arm.put(id_, body, version=LOCATIONS).status for body in bodies]

    assert statuses == [404, 404, 400, 400]


def test_a_custom_location_stays_on_its_cluster(arm: Client, group: str) -> None:
    """A custom location cannot be bound to another cluster."""
    id_ = make_location(arm, group)
    other = make_cluster(arm, group, "other")
    reply = arm.put(id_, location_body(other, make_extension(arm, other)), version=LOCATIONS)

    assert (reply.status, reply.code) == (409, "ImmutableProperty")
