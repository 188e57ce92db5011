"""Which cluster is in which shard: up to twelve clusters of one environment.

The answer is kept as an output of the core stack. A freed place is reused by the next new
cluster and nothing else moves, so that adding or removing one cluster touches one state.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from orchestration.fleet import naming
from orchestration.fleet.model import Fleet

Shards = Mapping[str, tuple[str, ...]]
NOBODY: Mapping[str, Collection[str]] = {}


def place_clusters(fleet: Fleet, present: Shards, held: Mapping[str, Collection[str]] = NOBODY) -> Shards:
    """Return the shards of *fleet*, keeping every place of *present*.

    *held* are the clusters that each shard has in state: they keep their place there, though they have left the
    fleet or the environment, until their resources are gone.
    """
    places: dict[str, list[str]] = {}
    for environment in fleet.environments:
        wanted = [cluster.name for cluster in fleet.clusters_of(environment)]
        kept = _kept(present, environment, wanted, held)
        placed = {name for members in kept.values() for name in members}
        for name in wanted:
            if name not in placed:
                _first_free(kept, environment).append(name)
        places |= kept
    return {shard: tuple(members) for shard, members in sorted(places.items()) if members}


def _kept(
    present: Shards, environment: str, wanted: Collection[str], held: Mapping[str, Collection[str]]
) -> dict[str, list[str]]:
    mine = [shard for shard in present if naming.stack_place(shard)[1] == environment]
    names = {shard: {*wanted, *held.get(shard, ())} for shard in mine}
    return {shard: [name for name in present[shard] if name in names[shard]] for shard in mine}


def _first_free(shards: dict[str, list[str]], environment: str) -> list[str]:
    number = 1
    while len(shards.get(naming.shard_stack(environment, number), ())) >= naming.SHARD_SIZE:
        number += 1
    return shards.setdefault(naming.shard_stack(environment, number), [])
