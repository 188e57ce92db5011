"""Fleet -> Plan: waves of stacks, whose inputs may refer to what is minted at apply time.

Waves: core, then the sites of each top-level node, then links and shards. What goes away goes
first and in reverse: a stack that loses something is applied without it before the first wave,
and a stack that is no longer planned is destroyed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from orchestration.fleet import naming
from orchestration.fleet.model import Fleet
from orchestration.provision.inputs import (
    Passing,
    cluster_inputs,
    core_inputs,
    links_inputs,
    shard_inputs,
    sites_inputs,
)
from orchestration.provision.known import CORE, LINKS, Known, teardown_order
from orchestration.provision.outputs import StackState
from orchestration.provision.removals import going, released, removals
from orchestration.provision.shards import Shards, place_clusters
from orchestration.provision.stack import Secret, Stack, sha256

GIT_SECRET = "git_https_key"  # noqa: S105 - the name of a variable, not a secret


@dataclass(frozen=True, slots=True)
class Plan:
    """Stacks in waves; before the first, `removals` are applied and `retired` destroyed: shards, links, then sites."""

    waves: tuple[tuple[Stack, ...], ...]
    removals: tuple[tuple[Stack, ...], ...] = ()
    retired: tuple[str, ...] = ()

    def stacks(self) -> Iterator[Stack]:
        """Yield every stack, wave by wave."""
        return (stack for wave in self.waves for stack in wave)

    def deferred(self, states: Mapping[str, StackState]) -> frozenset[str]:
        """Return the stacks whose inputs Terraform cannot judge yet: a wave before them has no state."""
        found: set[str] = set()
        for before, wave in pairwise(self.waves):
            if found or any(stack.name not in states for stack in before):
                found |= {stack.name for stack in wave}
        return frozenset(found)

    def digest(self, blueprint_hashes: Mapping[str, str], *others: Any) -> str:
        """Return the SHA-256 of the stacks and of *others*: what the fleet decides."""
        stacks = [stack.plan_entry(blueprint_hashes[stack.blueprint]) for stack in self.stacks()]
        return sha256([stacks, sorted(self.retired), *others])


def plan_fleet(fleet: Fleet, known: Known) -> Plan:
    """Return the plan that brings *fleet* about from what is *known*; raise `InvalidFleet`."""
    shards = _shards(fleet, known)
    sites = tuple(_sites(fleet))
    leaving = going(sites, known)
    leaves = (*_links(fleet, sites), *_shard_stacks(fleet, known, shards, sites, leaving))
    names = {stack.name for stack in (*sites, *leaves)}
    kept = names | (known.states.keys() - {CORE})
    uploaded = known.output(CORE, "uploaded", {})
    passing = Passing(shards, _owned(known), uploaded, tuple(sorted(kept)), known.cloud)
    core = Stack(CORE, "core", core_inputs(fleet, passing))
    waves = tuple(wave for wave in ((core,), sites, leaves) if wave)
    retired = sorted((name for name in known.states if name not in {CORE, *names}), key=teardown_order)
    return Plan(waves, tuple(removals(waves, known, leaving)), tuple(retired))


def _shards(fleet: Fleet, known: Known) -> Shards:
    present = {name: tuple(members) for name, members in known.output(CORE, "shards", {}).items()}
    held = {shard: known.output(shard, "clusters", {}) for shard in present}
    return place_clusters(fleet, present, held)


def _owned(known: Known) -> Mapping[str, tuple[str, ...]]:
    """Widen what we own before a write: what we owned before stays until it has been taken back."""
    before = known.output(CORE, "owned_values", {})
    documents = sorted({*before, *known.owned})
    return {key: tuple(sorted({*before.get(key, ()), *known.owned.get(key, ())})) for key in documents}


def settled(
    fleet: Fleet, core: Stack, owned: Mapping[str, tuple[str, ...]], held: Mapping[str, Collection[str]]
) -> Stack:
    """Return the core stack without what is no longer ours once a run is through.

    It owns only *owned*: the other keys have been taken back. It keeps the places of the fleet's clusters and
    of those that each shard in *held* still has in state; *held* names every stack that has a state.
    """
    paths = {key: list(paths) for key, paths in sorted(owned.items())}
    places = {name: tuple(members) for name, members in core.inputs["shards"].items()}
    shards = {name: list(members) for name, members in place_clusters(fleet, places, held).items()}
    return replace(
        core, inputs={**core.inputs, "owned_values": paths, "shards": shards, "stacks": sorted(held.keys() - {CORE})}
    )


def _sites(fleet: Fleet) -> Iterator[Stack]:
    for top in fleet.hierarchy.tops() if fleet.hierarchy else ():
        yield Stack(naming.sites_stack(top), "sites", sites_inputs(fleet, top), needs=(CORE,))


def _links(fleet: Fleet, sites: Iterable[Stack]) -> Iterator[Stack]:
    inputs = links_inputs(fleet)
    if inputs["links"]:
        yield Stack(LINKS, "links", inputs, needs=(CORE, *(stack.name for stack in sites)))


def _shard_stacks(
    fleet: Fleet, known: Known, shards: Shards, sites: Iterable[Stack], leaving: frozenset[str]
) -> Iterator[Stack]:
    credentials = fleet.repositories.cluster_credentials if fleet.repositories else None
    needed = fleet.uses_kalypso and credentials is not None and credentials.secret is not None
    secrets = {GIT_SECRET: Secret("clusterCredentials")} if needed else {}
    for name, members in shards.items():
        clusters = dict(_clusters(fleet, known, name, members, leaving))
        if clusters:
            needs = (CORE, *_sites_of(fleet, clusters, sites))
            yield Stack(name, "shard", shard_inputs(clusters), naming.stack_place(name)[1], needs, secrets)


def _clusters(
    fleet: Fleet, known: Known, shard: str, members: Iterable[str], leaving: frozenset[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the shard's clusters; one that is not connected keeps what it had, if it had anything.

    Only its memberships in service groups that go away are not kept: they could not be made again.

    One that goes to another environment leaves when it is connected and can be worked with.
    """
    remembered = known.output(shard, "clusters", {})
    for name in members:
        if name not in fleet.clusters:
            continue
        if name in known.connected:
            if naming.stack_place(shard)[1] != fleet.clusters[name].environment:
                continue
            yield name, cluster_inputs(fleet, fleet.clusters[name], known.foreign.get(name, {}))
        elif name in remembered:
            yield name, released(_recalled(fleet, name, json.loads(remembered[name])), leaving)


def _recalled(fleet: Fleet, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return a cluster's remembered inputs, with its key by reference again."""
    if not inputs["connect"]:
        return inputs
    now = cluster_inputs(fleet, fleet.clusters[name], {})["connect"]
    return {**inputs, "connect": {**inputs["connect"], "agent_public_key": now["agent_public_key"]}} if now else inputs


def _sites_of(fleet: Fleet, clusters: Iterable[str], sites: Iterable[Stack]) -> tuple[str, ...]:
    if fleet.hierarchy is None:
        return ()
    nodes = fleet.hierarchy.nodes
    tops = {nodes[site].top for name in clusters if (site := fleet.clusters[name].site) is not None}
    return tuple(stack.name for stack in sites if stack.inputs["top"] in tops)
