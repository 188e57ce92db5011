"""What goes away, and what is kept of a stack meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from orchestration.fleet.model import Cluster, Fleet
from orchestration.provision import Known, Plan, Ref, Stack, StackState, plan_fleet
from orchestration.provision.expected import expected_resources
from orchestration.provision.removals import lost

SHARD = "shard-prod-01"
LINK = 'module.links["plant-config"].azapi_resource.this'


def applied(fleet: Fleet, **changes: Any) -> Known:
    """Return what is known once the fleet has been applied, ids as the service may write them."""
    plan = plan_fleet(fleet, Known(connected=frozenset(fleet.clusters)))
    states = {
        stack.name: StackState(
            {"clusters": stack.inputs["remembered"]} if stack.blueprint == "shard" else {},
            {address: item.replace("Microsoft", "microsoft") for address, item in expected_resources(stack).items()},
            tainted=False,
        )
        for stack in plan.stacks()
    }
    return Known(states, frozenset(fleet.clusters), **changes)


def planned(fleet: Fleet, known: Known) -> tuple[Plan, dict[str, Stack]]:
    """Return the plan, and the stacks that are reduced before its first wave."""
    plan = plan_fleet(fleet, known)
    return plan, {stack.name: stack for wave in plan.removals for stack in wave}


def with_cluster(fleet: Fleet, name: str, change: Callable[[Cluster], Cluster]) -> Fleet:
    return replace(fleet, clusters={**fleet.clusters, name: change(fleet.clusters[name])})


def to_site(cluster: Cluster, site: str) -> Cluster:
    return replace(cluster, site=site, targets=tuple(replace(target, site=site) for target in cluster.targets))


def without_node(fleet: Fleet, gone: str) -> Fleet:
    """Return the fleet without a node: whatever stood there stands at bilbao."""
    assert fleet.hierarchy is not None
    nodes = {name: node for name, node in fleet.hierarchy.nodes.items() if name != gone}
    clusters = {
        name: to_site(cluster, "bilbao") if cluster.site == gone else cluster
        for name, cluster in fleet.clusters.items()
    }
    return replace(fleet, hierarchy=replace(fleet.hierarchy, nodes=nodes), clusters=clusters)


def added(cluster: Cluster) -> Cluster:
    """Return the cluster with one target more."""
    return replace(cluster, targets=(*cluster.targets, replace(cluster.targets[0], name="new-line")))


def test_nothing_goes_when_nothing_changes(fleet: Fleet) -> None:
    """Azure may write an id in another case: that is no removal."""
    known = applied(fleet)
    plan, reduced = planned(fleet, known)
    assert (reduced, plan.retired) == ({}, ())
    assert all(lost(stack, known) == () for stack in plan.stacks())


def test_what_only_comes_is_no_removal(fleet: Fleet) -> None:
    """A target more is made in the shard's own wave."""
    assert planned(with_cluster(fleet, "lyon-1", added), applied(fleet))[1] == {}


def test_a_shard_without_state_has_nothing_to_lose(fleet: Fleet) -> None:
    """It is not reduced, and loses no address."""
    known = applied(fleet)
    states = {name: state for name, state in known.states.items() if name != SHARD}
    smaller = replace(fleet, clusters={name: item for name, item in fleet.clusters.items() if name != "lyon-1"})
    plan, reduced = planned(smaller, replace(known, states=states))
    assert reduced == {}
    (shard,) = (stack for stack in plan.stacks() if stack.name == SHARD)
    assert lost(shard, replace(known, states=states)) == ()


def test_a_reduced_shard_is_as_it_was_less_what_goes(fleet: Fleet) -> None:
    """A cluster goes, another one gets something new: what is new is not made yet."""
    known = applied(fleet)
    smaller = replace(fleet, clusters={name: item for name, item in fleet.clusters.items() if name != "lyon-1"})
    _, reduced = planned(with_cluster(smaller, "vigo-1", added), known)
    before = {name: json.loads(text) for name, text in known.output(SHARD, "clusters").items() if name != "lyon-1"}
    before["bilbao-1"]["connect"]["agent_public_key"] = Ref("keys", "bilbao-1")

    assert list(reduced) == [SHARD]
    assert reduced[SHARD].inputs["clusters"] == before
    assert (reduced[SHARD].needs, reduced[SHARD].environment) == (("core", "sites-france", "sites-spain"), "prod")
    assert {address.split('"')[1] for address in lost(reduced[SHARD], known)} == {
        "lyon-1", "lyon-1/lyon-1-line-a", "lyon-1/lyon-1-line-b",
    }  # fmt: skip


def test_a_shard_that_was_never_applied_keeps_nothing(fleet: Fleet) -> None:
    """Its state has what was imported but not what it was given: what it would keep is not known."""
    known = applied(fleet)
    state = replace(known.states[SHARD], outputs={})
    smaller = with_cluster(fleet, "vigo-1", lambda item: replace(item, targets=()))
    _, reduced = planned(smaller, replace(known, states={**known.states, SHARD: state}))
    assert reduced[SHARD].inputs == {"clusters": {}, "remembered": {}}


def test_a_cluster_that_the_shard_never_had_is_not_made_in_a_removal(fleet: Fleet) -> None:
    """It has its place in the wave."""
    lyon = fleet.clusters["lyon-1"]
    known = applied(replace(fleet, clusters={name: item for name, item in fleet.clusters.items() if name != "lyon-1"}))
    fewer = {**fleet.clusters, "lyon-1": lyon, "vigo-1": replace(fleet.clusters["vigo-1"], targets=())}
    _, reduced = planned(replace(fleet, clusters=fewer), known)
    assert set(reduced[SHARD].inputs["clusters"]) == {"bilbao-1", "lille-1", "vigo-1"}
    assert reduced[SHARD].inputs["clusters"]["vigo-1"]["targets"] == {}


def test_parts_of_a_cluster_go_and_new_ones_wait(fleet: Fleet) -> None:
    """Neither an extension nor a custom location nor Flux nor a connection is made where there was none."""
    known = applied(fleet)
    bare = with_cluster(fleet, "vigo-1", lambda item: replace(item, site=None, targets=()))
    vigo = planned(bare, known)[1][SHARD].inputs["clusters"]["vigo-1"]
    assert (set(vigo["extensions"]), vigo["custom_location"], vigo["targets"]) == ({"flux"}, None, {})
    assert vigo["flux_configuration"]["name"] == "platform-prod"

    without_flux = replace(fleet, workloads={}, policies={})
    reduced = planned(without_flux, known)[1][SHARD].inputs["clusters"]["vigo-1"]
    assert (set(reduced["extensions"]), reduced["flux_configuration"]) == (
        {"cert_manager", "workload_orchestration"}, None,
    )  # fmt: skip

    less = with_cluster(bare, "lyon-1", lambda item: replace(item, targets=()))
    back = planned(less, applied(with_cluster(without_flux, "vigo-1", lambda item: bare.clusters["vigo-1"])))[1]
    lyon, vigo = (back[SHARD].inputs["clusters"][name] for name in ("lyon-1", "vigo-1"))
    assert (lyon["flux_configuration"], vigo["custom_location"]) == (None, None)
    assert (set(lyon["extensions"]), set(vigo["extensions"])) == ({"cert_manager", "workload_orchestration"}, set())


def test_a_connection_that_is_given_up_goes(fleet: Fleet) -> None:
    """And one that is new is not made in a removal."""
    existing = fleet.clusters["vigo-1"].connection
    given_up = with_cluster(fleet, "bilbao-1", lambda item: replace(item, connection=existing))
    assert planned(given_up, applied(fleet))[1][SHARD].inputs["clusters"]["bilbao-1"]["connect"] is None

    new = with_cluster(fleet, "lyon-1", lambda item: replace(item, targets=()))
    assert planned(new, applied(given_up))[1][SHARD].inputs["clusters"]["bilbao-1"]["connect"] is None


def test_memberships_and_links_go_before_their_group_and_site(fleet: Fleet) -> None:
    """Shards, then links, then sites, each less what leads to the node that goes."""
    known = applied(fleet)
    plan, reduced = planned(without_node(fleet, "vigo"), known)
    targets = reduced[SHARD].inputs["clusters"]["vigo-1"]["targets"]
    others = [
        item["membership_name"]
        for name in ("lyon-1", "lille-1", "bilbao-1")
        for item in reduced[SHARD].inputs["clusters"][name]["targets"].values()
    ]
    hierarchies = reduced["links"].inputs["links"]["plant-config"]["hierarchies"]

    assert [[stack.name for stack in wave] for wave in plan.removals] == [[SHARD], ["links"], ["sites-spain"]]
    assert (targets["vigo-1-line"]["service_group_id"], targets["vigo-1-line"]["membership_name"]) == (None, None)
    assert all(others)
    assert [(item["level"], len(item["ids"])) for item in hierarchies] == [("country", 2)]
    assert set(reduced["sites-spain"].inputs["nodes"]) == {"spain", "bilbao"}


def test_a_link_leads_only_to_sites_that_are_there(fleet: Fleet) -> None:
    """One to a site that is still to be made waits for the links' own wave; so do all, if one would lead nowhere."""
    template = fleet.config_templates["plant-config"]
    given = without_node(fleet, "vigo")
    assert fleet.hierarchy is not None
    assert given.hierarchy is not None
    cadiz = replace(fleet.hierarchy.nodes["vigo"], name="cadiz")
    larger = replace(given, hierarchy=replace(given.hierarchy, nodes={**given.hierarchy.nodes, "cadiz": cadiz}))

    def linked(*nodes: str) -> tuple[Stack, Stack]:
        """Return the links as they are planned and as they are reduced to, if these nodes set values."""
        values = {name: {"a": 1} for name in nodes}
        templates = {"plant-config": replace(template, values=values)}
        plan, reduced = planned(replace(larger, config_templates=templates), applied(fleet))
        return next(stack for stack in plan.stacks() if stack.name == "links"), reduced["links"]

    (wanted, kept), (nowhere, still) = linked("spain", "bilbao", "cadiz"), linked("cadiz")
    country, plant = wanted.inputs["links"]["plant-config"]["hierarchies"]
    assert [len(item["ids"]) for item in (country, plant)] == [1, 2]
    assert kept.inputs == {
        "links": {
            "plant-config": {
                **wanted.inputs["links"]["plant-config"],
                "hierarchies": [country, {"level": "plant", "ids": plant["ids"][:1]}],
            }
        }
    }
    assert still == nowhere


@pytest.mark.parametrize("site", ["bilbao", "lyon"])
def test_a_target_that_goes_to_another_site_gets_another_membership(fleet: Fleet, site: str) -> None:
    """That is one to be destroyed, though its address and id stay the same; nothing is reduced for it."""
    known = applied(fleet)
    moved = with_cluster(fleet, "vigo-1", lambda item: to_site(item, site))
    plan, reduced = planned(moved, known)
    (shard,) = (stack for stack in plan.stacks() if stack.name == SHARD)
    assert reduced == {}
    assert lost(shard, known) == ('module.target["vigo-1/vigo-1-line"].azapi_resource.membership[0]',)


def test_a_membership_that_goes_with_its_target_is_lost_once(fleet: Fleet) -> None:
    """A cluster, a target or the groups that are gone turn nothing."""
    known = applied(fleet)
    assert fleet.hierarchy is not None
    address = 'module.target["vigo-1/vigo-1-line"].azapi_resource'
    both = (f"{address}.this", f"{address}.membership[0]")
    flat = replace(fleet, hierarchy=replace(fleet.hierarchy, scope="resourceGroup"))
    for given, expected in (
        (with_cluster(fleet, "vigo-1", lambda item: replace(item, targets=())), both),
        (flat, (both[1],)),
    ):
        (shard,) = (stack for stack in plan_fleet(given, known).stacks() if stack.name == SHARD)
        assert tuple(item for item in lost(shard, known) if "vigo-1" in item) == expected
    gone = replace(fleet, clusters={name: item for name, item in fleet.clusters.items() if name != "vigo-1"})
    (shard,) = (stack for stack in plan_fleet(gone, known).stacks() if stack.name == SHARD)
    assert all('"vigo-1' in item for item in lost(shard, known))
    assert len(lost(shard, known)) == 7


def test_a_link_that_goes_is_lost(fleet: Fleet) -> None:
    """A template that sets no value any more is linked to nothing, and the stack of links is retired."""
    known = applied(fleet)
    template = fleet.config_templates["plant-config"]
    two = {"plant-config": template, "other": replace(template, name="other")}
    plan, reduced = planned(fleet, applied(replace(fleet, config_templates=two)))
    assert set(reduced) == {"links"}
    assert reduced["links"].inputs == next(s for s in plan.stacks() if s.name == "links").inputs
    unlinked = replace(fleet, config_templates={"plant-config": replace(template, values={})})
    assert planned(unlinked, known)[0].retired == ("links",)
    assert lost(reduced["links"], replace(known, states={"links": StackState({}, {LINK: "/x"}, tainted=False)})) == (
        LINK,
    )
