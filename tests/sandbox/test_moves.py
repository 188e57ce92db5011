"""Clusters that go to another site, and sites that go: what stood on them is taken off first, with permission."""

from __future__ import annotations

import pytest

from orchestration import DestroyRefused
from tests.sandbox.place import Place, placed, rows

pytestmark = pytest.mark.slow

MEMBERSHIP = 'shard-prod-01: module.target["plant-2-a/plant-2-line"].azapi_resource.membership[0]'


def places(requests: list[str], *ends: str) -> list[int]:
    """Return where each request stands that ends like this; each must be there once."""
    found = [[index for index, path in enumerate(requests) if path.endswith(end)] for end in ends]
    assert all(len(indexes) == 1 for indexes in found), requests
    return [indexes[0] for indexes in found]


def test_a_cluster_that_moves_gets_another_membership(starter_up: Place) -> None:
    """A relationship cannot be turned: it is replaced, which is a destruction, and the target is PUT again."""
    starter_up.edit("clusterType: plant\n    site: plant-2", "clusterType: plant\n    site: plant-1")
    planned = starter_up.plan()
    assert planned.destroys == (MEMBERSHIP,)
    assert (rows(planned)["shard-prod-01"].add, rows(planned)["shard-prod-01"].destroy) == (1, 1)
    with pytest.raises(DestroyRefused):
        starter_up.up()
    since = starter_up.seen()
    report = starter_up.up(allow=1)
    assert report.exit_code == 0
    writes = starter_up.writes(since)
    deleted = next(index for index, path in enumerate(writes) if path.startswith("DELETE"))
    assert "serviceGroupMember" in writes[deleted]
    (second_put,) = places(writes, "/targets/plant-2-line")
    assert deleted < second_put
    assert placed(starter_up.status())["plant-2-line"].values["broker"] == "mqtt.plant-1.example"
    assert not starter_up.plan().changes


def test_a_site_goes_after_the_membership_and_the_link(starter_up: Place) -> None:
    """What refers to a site is taken away before it, in the order shards, links, sites, and made anew after it."""
    for old, new in {
        "name: plant-2\n": "name: hall-2\n",
        "site: plant-2": "site: hall-2",
        "plant-2: {B": "hall-2: {B",
    }.items():
        starter_up.edit(old, new)
    starter_up.edit("plant-2: {Greeting", "hall-2: {Greeting")
    planned = starter_up.plan()
    assert MEMBERSHIP in planned.destroys and len(planned.destroys) == 6
    late = rows(planned)["shard-prod-01"]
    assert (late.deferred, late.add, late.destroy) == (True, 0, 1)
    since = starter_up.seen()
    report = starter_up.up(allow=6)
    assert report.failed == ()
    writes = starter_up.writes(since)
    link = next(index for index, path in enumerate(writes) if "configTemplateMetadatas" in path)
    membership = next(index for index, path in enumerate(writes) if path.startswith("DELETE") and "Member/" in path)
    (site,) = places(writes, "/sites/plant-2")
    assert membership < link < site
    assert starter_up.status().healthy and not starter_up.plan().changes


@pytest.mark.long
def test_a_new_site_counts_nothing_twice(starter_up: Place) -> None:
    """Stacks that wait for the new site's are counted from their inputs, less what they have."""
    starter_up.edit("    - name: plant-2\n", "    - name: plant-2\n    - name: plant-3\n")
    found = {name: (row.deferred, row.add, row.destroy) for name, row in rows(starter_up.plan()).items()}
    assert found["sites-plant-3"] == (False, 5, 0)
    assert found["shard-dev-01"] == found["shard-prod-01"] == (True, 0, 0)
    assert starter_up.up().exit_code == 0
    assert not starter_up.plan().changes
