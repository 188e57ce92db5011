"""What the stacks of a plan are, what they stand on, and what is kept of an earlier run."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from orchestration.fleet.model import ClusterCredentials, Fleet
from orchestration.provision import Known, Plan, Ref, Secret, Stack, StackState, plan_fleet
from orchestration.provision.plan import settled
from orchestration.provision.stack import sha256

HASHES = {"core": "c", "sites": "s", "links": "l", "shard": "h"}
STATE = StackState({}, {}, tainted=False)
GONE = '{"targets": {}}'


def planned(fleet: Fleet, known: Known | None = None) -> dict[str, Stack]:
    return {stack.name: stack for stack in plan_fleet(fleet, known or connected(fleet)).stacks()}


def connected(fleet: Fleet, **more: Any) -> Known:
    return Known(**{"connected": frozenset(fleet.clusters), "cloud": "AzureCloud"} | more)


def core(**outputs: Any) -> dict[str, StackState]:
    return {"core": StackState(outputs, {}, tainted=False)}


def test_each_stack_has_its_blueprint_and_what_it_stands_on(fleet: Fleet) -> None:
    """Links stand on all sites; a shard stands on those of its clusters, and belongs to its environment."""
    found = {name: (item.blueprint, item.environment, item.needs) for name, item in planned(fleet).items()}
    both = ("core", "sites-france", "sites-spain")
    assert found == {
        "core": ("core", None, ()),
        "sites-france": ("sites", None, ("core",)),
        "sites-spain": ("sites", None, ("core",)),
        "links": ("links", None, both),
        "shard-dev-01": ("shard", "dev", ("core", "sites-france")),
        "shard-qa-01": ("shard", "qa", ("core", "sites-france")),
        "shard-prod-01": ("shard", "prod", both),
    }


def test_clusters_that_stand_nowhere_need_core_alone(fleet: Fleet) -> None:
    """With a hierarchy, in which others stand, and without one."""
    lab = replace(fleet.clusters["lab-1"], site=None, targets=())
    apart = replace(fleet, clusters={**fleet.clusters, "lab-1": lab})
    assert planned(apart)["shard-dev-01"].needs == ("core",)
    flat = replace(apart, clusters={"lab-1": lab}, hierarchy=None, config_templates={}, solutions={})
    assert [(item.name, item.needs) for item in planned(flat).values()] == [("core", ()), ("shard-dev-01", ("core",))]


@pytest.mark.parametrize(
    "credentials", [None, ClusterCredentials(local_secret="x"), ClusterCredentials(provider="Azure")]
)
def test_only_a_secret_of_ours_is_given_to_shards(fleet: Fleet, credentials: ClusterCredentials | None) -> None:
    """It is what clusters read their repository with, where Kalypso is used."""
    assert fleet.repositories is not None
    other = replace(fleet, repositories=replace(fleet.repositories, cluster_credentials=credentials))
    without = replace(fleet, workloads={}, policies={})

    assert planned(fleet)["shard-dev-01"].secrets == {"git_https_key": Secret("clusterCredentials")}
    for given in (other, without, replace(without, repositories=None)):
        assert planned(given)["shard-dev-01"].secrets == {}
    assert planned(fleet)["core"].secrets is None


def test_core_keeps_what_the_next_run_must_know(fleet: Fleet) -> None:
    """Places, uploads, the cloud, and every stack that has or gets a state, core itself not among them."""
    uploaded = planned(fleet)["core"].inputs["uploaded"]
    old = {"solution_templates/line-vision/0.9.0": uploaded["solution_templates/line-vision/1.0.0"]}
    known = connected(fleet, states={**core(uploaded=old), "sites-italy": STATE}, cloud="AzureChinaCloud")
    inputs = planned(fleet, known)["core"].inputs
    assert inputs["stacks"] == [
        "links", "shard-dev-01", "shard-prod-01", "shard-qa-01", "sites-france", "sites-italy", "sites-spain",
    ]  # fmt: skip
    assert inputs["cloud"] == "AzureChinaCloud"
    assert inputs["uploaded"] == uploaded | old
    assert inputs["shards"] == {
        "shard-dev-01": ["lab-1"],
        "shard-prod-01": ["lyon-1", "lille-1", "bilbao-1", "vigo-1"],
        "shard-qa-01": ["pilot-1"],
    }


def test_clusters_keep_the_places_that_core_remembers(fleet: Fleet) -> None:
    """So does one that left the fleet, until it is out of its shard's state."""
    places = {"shard-prod-01": ["gone", "lyon-1"], "shard-prod-02": ["vigo-1"]}
    held = {"shard-prod-01": StackState({"clusters": {"gone": GONE}}, {}, tainted=False)}
    stacks = planned(fleet, connected(fleet, states=core(shards=places) | held))
    shards = stacks["core"].inputs["shards"]
    assert shards["shard-prod-01"] == ["gone", "lyon-1", "lille-1", "bilbao-1"]
    assert shards["shard-prod-02"] == ["vigo-1"]
    assert set(stacks["shard-prod-01"].inputs["clusters"]) == {"lyon-1", "lille-1", "bilbao-1"}
    left = planned(fleet, connected(fleet, states=core(shards=places)))["core"].inputs["shards"]
    assert left["shard-prod-01"][0] == "lyon-1"


def test_owned_keys_of_all_documents_are_kept(fleet: Fleet) -> None:
    """Of those named now, of those named before, and of both together, in order."""
    known = connected(fleet, states=core(owned_values={"b": ["Z", "A"], "c": ["X"]}), owned={"b": ("M",), "a": ("K",)})
    owned = planned(fleet, known)["core"].inputs["owned_values"]
    assert list(owned.items()) == [("a", ["K"]), ("b", ["A", "M", "Z"]), ("c", ["X"])]


def test_retired_are_all_states_that_no_stack_has(fleet: Fleet) -> None:
    """Shards go first, then links, then sites; core never goes."""
    states = dict.fromkeys(("core", "links", "sites-italy", "shard-old-01", "sites-spain"), STATE)
    template = replace(fleet.config_templates["plant-config"], values={})
    plan = plan_fleet(replace(fleet, config_templates={"plant-config": template}), connected(fleet, states=states))
    assert plan.retired == ("shard-old-01", "links", "sites-italy")


def test_a_fleet_of_nothing_is_core_alone(fleet: Fleet) -> None:
    """A wave without stacks is no wave."""
    bare = replace(fleet, hierarchy=None, clusters={}, config_templates={}, solutions={})
    assert [[stack.name for stack in wave] for wave in plan_fleet(bare, Known()).waves] == [["core"]]


def test_a_cluster_in_another_environment_leaves_the_first_ones_shard(fleet: Fleet) -> None:
    """It goes when it is connected; while it is not, it keeps there what it had, and gets nothing new."""
    lyon = fleet.clusters["lyon-1"]
    moved = replace(fleet, clusters={**fleet.clusters, "lyon-1": replace(lyon, environment="qa")})
    before = planned(fleet)["shard-prod-01"]
    state = StackState({"clusters": before.inputs["remembered"]}, {}, tainted=False)
    states = core(shards={"shard-prod-01": list(before.inputs["clusters"])}) | {"shard-prod-01": state}

    there = planned(moved, connected(moved, states=states))
    away = planned(moved, Known(states, frozenset(fleet.clusters) - {"lyon-1"}))
    assert [set(there[name].inputs["clusters"]) for name in ("shard-prod-01", "shard-qa-01")] == [
        {"lille-1", "bilbao-1", "vigo-1"},
        {"lyon-1", "pilot-1"},
    ]
    assert "lyon-1" in away["shard-prod-01"].inputs["clusters"]
    assert set(away["shard-qa-01"].inputs["clusters"]) == {"pilot-1"}


def test_a_recalled_connection_gets_its_key_by_name_again(fleet: Fleet) -> None:
    """One that the fleet has given up meanwhile stays as it was, without a key, and so does one that was none."""
    before = planned(fleet)["shard-prod-01"]
    remembered = dict(before.inputs["remembered"])
    states = {"shard-prod-01": StackState({"clusters": remembered}, {}, tainted=False)}
    bilbao, vigo = (fleet.clusters[name] for name in ("bilbao-1", "vigo-1"))
    swapped = {
        "bilbao-1": replace(bilbao, connection=vigo.connection),
        "vigo-1": replace(vigo, connection=bilbao.connection),
    }
    offline = Known(states, frozenset(fleet.clusters) - {"bilbao-1", "vigo-1"})

    same, other = (
        planned(given, offline)["shard-prod-01"].inputs["clusters"]
        for given in (fleet, replace(fleet, clusters={**fleet.clusters, **swapped}))
    )
    kept = json.loads(remembered["bilbao-1"])
    assert same["bilbao-1"] == {**kept, "connect": {**kept["connect"], "agent_public_key": Ref("keys", "bilbao-1")}}
    assert other["bilbao-1"] == kept
    assert same["vigo-1"] == other["vigo-1"] == json.loads(remembered["vigo-1"])


def test_extensions_of_others_count_for_their_own_cluster(fleet: Fleet) -> None:
    """The other clusters get theirs."""
    known = connected(fleet, foreign={"lyon-1": {"microsoft.flux": "/theirs"}})
    clusters = planned(fleet, known)["shard-prod-01"].inputs["clusters"]
    assert {name for name, item in clusters.items() if "flux" not in item["extensions"]} == {"lyon-1"}


def test_a_digest_covers_stacks_what_is_retired_and_what_else_is_given() -> None:
    """In the order of the waves, with the hash of each blueprint; retired in order of names."""
    stacks = Stack("core", "core", {"a": 1}), Stack("links", "links", {}, secrets={"k": Secret("s")})
    plan = Plan(tuple((stack,) for stack in stacks), (), ("sites-b", "links-a"))
    entries = [
        {"name": "core", "blueprint": "c", "inputs": {"a": 1}, "secrets": {}},
        {"name": "links", "blueprint": "l", "inputs": {}, "secrets": {"k": {"$secret": "s"}}},
    ]
    assert plan.digest(HASHES, {"x": 1}, "y") == sha256([entries, ["links-a", "sites-b"], {"x": 1}, "y"])
    assert plan.digest(HASHES) == sha256([entries, ["links-a", "sites-b"]])


def test_what_follows_a_wave_without_state_is_deferred() -> None:
    """A stack is, if any wave before its own has none; those that have one are judged."""
    one, two, three = ((Stack(name, "x", {}),) for name in ("a", "b", "c"))
    plan = Plan((one, two, three))
    assert plan.deferred({"a": STATE, "b": STATE}) == frozenset()
    assert plan.deferred({"a": STATE, "c": STATE}) == {"c"}
    assert plan.deferred({"b": STATE, "c": STATE}) == {"b", "c"}


def test_settled_core_keeps_only_what_is_still_ours(fleet: Fleet) -> None:
    """Owned keys, places of what is in state or in the fleet, and the stacks that have a state."""
    places = {"shard-prod-01": ["gone", "lyon-1"], "shard-dev-01": ["held", "left"]}
    states = core(shards=places, owned_values={"b": ["old"]}) | {
        name: StackState({"clusters": dict.fromkeys(members, GONE)}, {}, tainted=False)
        for name, members in places.items()
    }
    before = planned(fleet, connected(fleet, states=states))["core"]
    held = {"sites-france": (), "core": (), "shard-dev-01": ("held",)}
    after = settled(fleet, before, {"b": ("B", "A"), "a": ("X",)}, held)

    assert before.inputs["shards"]["shard-prod-01"][0] == "gone"
    assert list(after.inputs["owned_values"].items()) == [("a", ["X"]), ("b", ["B", "A"])]
    assert after.inputs["stacks"] == ["shard-dev-01", "sites-france"]
    assert after.inputs["shards"] == {
        "shard-dev-01": ["held", "lab-1"],
        "shard-prod-01": ["lyon-1", "lille-1", "bilbao-1", "vigo-1"],
        "shard-qa-01": ["pilot-1"],
    }
    same = after.inputs.keys() - {"owned_values", "stacks", "shards"}
    assert all(after.inputs[key] == before.inputs[key] for key in same)
    assert (after.name, after.blueprint) == ("core", "core")
