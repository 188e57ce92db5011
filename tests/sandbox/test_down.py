"""`down` removes what the fleet made, nothing else, and says what it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration.reports import DownReport
from orchestration.status.listing import api_version
from tests.sandbox.place import Place, copied, opened

pytestmark = pytest.mark.slow

GROUP_API, CLUSTER_API = "2021-04-01", "2026-05-01"
REPOSITORIES = {
    "https://github.com/contoso/contoso-control-plane": "repositories are never deleted",
    "https://github.com/contoso/contoso-platform-gitops": "repositories are never deleted",
}


def left(report: DownReport) -> dict[str, str]:
    """Return why each thing was left."""
    return {item.what: item.why for item in report.left}


@dataclass(frozen=True)
class Down:
    """Contoso taken down, with a resource of others in its group and a cluster under another's tag."""

    place: Place
    report: DownReport
    ids: list[str]
    heads: dict[str, str]
    theirs: str

    def exists(self, resource_id: str, version: str) -> bool:
        """Return whether a resource is in Azure."""
        with self.place.arm() as arm:
            return arm.get(resource_id, version=version).status == 200


@pytest.fixture(scope="module")
def down(contoso_is_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Down]:
    """What `down` did to a copy of contoso."""
    with opened(copied(contoso_is_up, tmp_path_factory.mktemp("down") / "contoso")) as place:
        lyon = place.fleet.clusters["lyon-1"].id
        theirs = lyon.replace("/lyon-1", "/by-hand")
        properties = {"agentPublicKeyCertificate": "a"}
        body = {"location": "eastus2", "identity": {"type": "SystemAssigned"}, "properties": properties}
        with place.arm() as arm:
            assert arm.put(theirs, body, version=CLUSTER_API).status < 300
            assert arm.patch(lyon, {"tags": {"ewo-fleet": "somebody"}}, version=CLUSTER_API).status < 300
        ids, heads = [item for found in place.state_ids().values() for item in found], place.heads()
        yield Down(place, place.down(), ids, heads, theirs)


def test_down_removes_everything_in_state(down: Down) -> None:
    """None of the 81 resources is left, and no state."""
    assert down.report.exit_code == 0 and len(down.ids) == 81
    assert [item for item in down.ids if down.exists(item, api_version(item))] == []
    assert down.place.state_ids() == {}


def test_down_leaves_and_lists_what_it_did_not_make(down: Down) -> None:
    """Three clusters and their group, a resource put by hand, its group and the repositories, each with the reason."""
    clusters = down.place.fleet.clusters
    group, theirs = (clusters[name].id.split("/providers/")[0] for name in ("lyon-1", "lab-1"))
    existing = {clusters[name].id: "it was there before" for name in ("lab-1", "pilot-1", "vigo-1")}
    tagged = {clusters["lyon-1"].id: "it does not carry our tag", down.theirs: "this fleet did not make it"}
    groups = {group: "it is not empty", theirs: "this fleet did not make it"}
    assert left(down.report) == {**existing, **tagged, **groups, **REPOSITORIES}
    assert all(down.exists(item, CLUSTER_API) for item in (*existing, *tagged))
    assert all(down.exists(item, GROUP_API) for item in groups)
    assert down.place.heads() == down.heads


def test_script_clusters_are_deleted_only_with_our_tag(down: Down) -> None:
    """The one that our script connected goes; the one that somebody else connected under its name stays."""
    clusters = down.place.fleet.clusters
    assert down.report.deleted == (clusters["lille-1"].id,)
    assert not down.exists(clusters["lille-1"].id, CLUSTER_API)


@pytest.mark.long
def test_a_second_down_finds_nothing_and_a_new_up_brings_it_back(starter_up: Place) -> None:
    """Running it again is safe, and so is starting anew; a group that was there before is left and listed."""
    first = starter_up.down()
    shards, sites = {"shard-dev-01", "shard-prod-01"}, {"sites-plant-1", "sites-plant-2"}
    assert {row.stack for row in first.removed} == {"core", "links", *shards, *sites}
    group = starter_up.fleet.clusters["lab-1"].id.split("/providers/")[0]
    assert left(first)[group] == "this fleet did not make it"
    since = starter_up.seen()
    second = starter_up.down()
    assert (second.exit_code, second.removed, second.deleted, starter_up.writes(since)) == (0, (), (), [])
    assert starter_up.up().exit_code == 0
    assert starter_up.status().healthy


def test_what_cannot_be_destroyed_keeps_what_it_stands_on(starter_up: Place) -> None:
    """A shard that fails keeps sites and core for the next run, which finishes."""
    starter_up.sandbox.fault(
        status=409, path="lab-1/.*/fluxConfigurations/", times=50, method="DELETE", message="Somebody holds this."
    )
    first = starter_up.down()
    assert first.exit_code == 4
    assert [item.where for item in first.failed] == ["shard-dev-01"] and "Somebody holds this." in first.failed[0].error
    assert {"core", "links", "shard-dev-01"} <= set(starter_up.state_ids())
    starter_up.sandbox.clear_faults()
    assert starter_up.down().exit_code == 0
    assert starter_up.state_ids() == {}


def test_what_could_not_be_removed_is_told_from_what_is_not_ours(starter_up: Place) -> None:
    """A resource that is still in state is not called somebody else's."""
    flux = "lab-1/providers/Microsoft.KubernetesConfiguration/fluxConfigurations/"
    starter_up.sandbox.fault(status=409, path=flux, times=50, method="DELETE", message="Somebody holds this.")
    found = left(starter_up.down())
    reasons = {why for what, why in found.items() if "/Microsoft.Edge/" in what or what.endswith("/extensions/flux")}
    assert reasons == {"it could not be removed"}


def test_an_extension_of_others_is_left_and_listed(starter_is_up: Path, tmp_path: Path) -> None:
    """What was on an existing cluster stays on it."""
    with opened(copied(starter_is_up, tmp_path / "copy")) as place:
        theirs = f"{place.fleet.clusters['lab-1'].id}/providers/Microsoft.KubernetesConfiguration/extensions/theirs"
        properties = {"extensionType": "microsoft.azuremonitor.containers", "scope": {"cluster": {}}}
        body = {"identity": {"type": "SystemAssigned"}, "properties": properties}
        with place.arm() as arm:
            assert arm.finished(arm.put(theirs, body, version="2025-03-01")).status < 300
        assert left(place.down())[theirs] == "this fleet did not make it"


def test_a_cluster_that_left_the_fleet_file_is_deleted_by_its_tag(starter_up: Place) -> None:
    """Its script connected it for this fleet; the fleet file need not name it any more."""
    entry = (
        "  - {name: lab-2, clusterType: lab, site: plant-1, connection: {script: {distribution: k3s}}}\n\nworkloads:"
    )
    starter_up.edit("\nworkloads:", entry)
    assert starter_up.up().exit_code == 0
    lab_2 = starter_up.fleet.clusters["lab-2"].id
    starter_up.edit(entry, "\nworkloads:")
    assert starter_up.up(allow=5).exit_code == 0
    with starter_up.arm() as arm:
        assert arm.get(lab_2, version=CLUSTER_API).status == 200
        assert starter_up.down().deleted == (lab_2,)
        assert arm.get(lab_2, version=CLUSTER_API).status == 404


def test_down_goes_on_where_a_cluster_is_offline(starter_up: Place) -> None:
    """An offline cluster does not keep the fleet from being taken down."""
    starter_up.sandbox.show(starter_up.fleet.clusters["plant-2-a"].id, connectivityStatus="Offline")
    assert starter_up.down().exit_code == 0
    assert starter_up.state_ids() == {}
