"""Clusters keep their place."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from orchestration.fleet import load_fleet
from orchestration.fleet.model import Fleet
from orchestration.provision.shards import place_clusters
from tests.support import CONTOSO

FLEET = load_fleet(CONTOSO)
names = st.lists(st.integers(0, 60), unique=True, max_size=40)


def of(numbers: list[int]) -> Fleet:
    """Return a fleet of lab clusters with these numbers."""
    lab = FLEET.clusters["lab-1"]
    return replace(FLEET, clusters={f"c{n}": replace(lab, name=f"c{n}", targets=()) for n in numbers})


@given(names, names)
def test_nothing_moves_when_the_fleet_changes(before: list[int], after: list[int]) -> None:
    """A cluster that stays keeps its shard, whatever comes and goes."""
    first = place_clusters(of(before), {})
    second = place_clusters(of(after), first)
    for shard, members in first.items():
        for name in members:
            if name in of(after).clusters:
                assert name in second[shard]


@given(names, names)
def test_every_cluster_has_one_place_of_twelve(before: list[int], after: list[int]) -> None:
    """No cluster is lost or doubled and no shard overflows."""
    shards = place_clusters(of(after), place_clusters(of(before), {}))
    placed = [name for members in shards.values() for name in members]
    assert sorted(placed) == sorted(of(after).clusters)
    assert all(len(members) <= 12 for members in shards.values())


def test_a_freed_place_is_reused() -> None:
    """The next new cluster takes the place of one that left."""
    full = place_clusters(of(list(range(13))), {})
    assert [len(members) for members in full.values()] == [12, 1]
    again = place_clusters(of([*range(1, 13), 20]), full)
    assert "c20" in again["shard-dev-01"]


def test_a_cluster_still_in_state_holds_its_place() -> None:
    """A removed cluster keeps its place until its resources are gone."""
    full = place_clusters(of(list(range(12))), {})
    held = place_clusters(of([*range(1, 12), 20]), full, {"shard-dev-01": ["c0"]})
    assert "c20" not in held["shard-dev-01"]


def test_a_cluster_of_another_environment_holds_its_old_place_only_while_it_is_there() -> None:
    """It has a place in each until its resources are out of the first one's state."""
    before = place_clusters(of([1]), {})
    moved = of([1])
    moved = replace(moved, clusters={"c1": replace(moved.clusters["c1"], environment="prod")})
    meanwhile = place_clusters(moved, before, {"shard-dev-01": ["c1"]})
    assert meanwhile == {"shard-dev-01": ("c1",), "shard-prod-01": ("c1",)}
    assert place_clusters(moved, meanwhile, {"shard-prod-01": ["c1"]}) == {"shard-prod-01": ("c1",)}


def test_a_place_goes_to_the_shard_with_the_lowest_number() -> None:
    """A shard that is full is passed over, one in the middle that is gone is made again; places count from 1."""
    full = [f"x{n}" for n in range(12)]
    held = {"shard-dev-01": full, "shard-dev-03": full}
    places = place_clusters(of([1]), {name: tuple(names) for name, names in held.items()}, held)
    assert places == {"shard-dev-01": tuple(full), "shard-dev-02": ("c1",), "shard-dev-03": tuple(full)}


def test_clusters_of_an_environment_stay_among_themselves() -> None:
    """Each environment has its shards, in order of their names; one that is empty is none."""
    places = place_clusters(FLEET, {"shard-prod-02": ("vigo-1",), "shard-prod-01": (), "shard-qa-01": ("gone",)})
    assert list(places.items()) == [
        ("shard-dev-01", ("lab-1",)),
        ("shard-prod-01", ("lyon-1", "lille-1", "bilbao-1")),
        ("shard-prod-02", ("vigo-1",)),
        ("shard-qa-01", ("pilot-1",)),
    ]
