"""Whatever the fleet, and whatever it was before: a plan is whole, in order, and forgets nothing that is there."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration.fleet import Fleet, load_fleet
from orchestration.provision import Known, Plan, Stack, StackState, plan_fleet
from orchestration.provision.expected import expected_ids

QUICK = settings(max_examples=40, deadline=None)
HASHES = dict.fromkeys(("core", "sites", "links", "shard"), "h")
ENVIRONMENTS = ("dev", "qa", "prod")
NODES = ("alfa", "bravo", "charlie")
CONNECTIONS: dict[str, Any] = {
    "existing": "existing",
    "script": {"script": {}},
    "kubeconfig": {"kubeconfig": {"path": "k"}},
}


class Part(NamedTuple):
    """A cluster: where it is, how it is connected, and how many targets it has."""

    environment: str
    node: str
    connection: str
    targets: int
    is_connected: bool


PARTS = st.builds(
    Part,
    st.sampled_from(ENVIRONMENTS),
    st.sampled_from(NODES),
    st.sampled_from(sorted(CONNECTIONS)),
    st.integers(0, 2),
    st.booleans(),
)
CLUSTERS = st.dictionaries(st.integers(0, 30).map("c{}".format), PARTS, max_size=16)
HALVES = st.sampled_from([(True, True), (True, False), (False, True)])


def fleet_of(clusters: dict[str, Part], halves: tuple[bool, bool]) -> Fleet:
    """Return a fleet of these clusters, with Kalypso, Workload Orchestration or both."""
    kalypso, orchestrated = halves
    document: dict[str, Any] = {
        "version": 1,
        "name": "plants",
        "azure": {
            "tenantId": "11111111-1111-1111-1111-111111111111",
            "subscriptionId": "22222222-2222-2222-2222-222222222222",
            "resourceGroup": "rg",
            "location": "eastus2",
        },
        "environments": [{"name": name} for name in ENVIRONMENTS],
        "clusterTypes": [{"name": f"type-{name}", "environment": name} for name in ENVIRONMENTS],
        "clusters": [_cluster(name, part, orchestrated=orchestrated) for name, part in clusters.items()],
    }
    if kalypso:
        document["repositories"] = {"url": "https://github.com/x", "controlPlane": "cp", "gitops": "go"}
        document["policies"] = [{"name": "all", "environment": "dev", "deploymentTargets": {}, "clusterTypes": {}}]
    if orchestrated:
        nodes = [{"name": name} for name in sorted({part.node for part in clusters.values()} or {"alfa"})]
        document |= {"hierarchy": {"levels": ["plant", "line"], "sites": nodes}, "capabilities": ["vision"]}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fleet.yaml"
        file.write_text(yaml.safe_dump(document, sort_keys=False))
        return load_fleet(file)


def _cluster(name: str, part: Part, *, orchestrated: bool) -> dict[str, Any]:
    cluster = {"name": name, "clusterType": f"type-{part.environment}", "connection": CONNECTIONS[part.connection]}
    if not orchestrated:
        return cluster
    targets = [{"name": f"{name}-line-{n}", "capabilities": ["vision"]} for n in range(part.targets)]
    return {**cluster, "site": part.node, "targets": targets}


def connected(clusters: dict[str, Part]) -> frozenset[str]:
    return frozenset(name for name, part in clusters.items() if part.is_connected)


def applied(plan: Plan) -> dict[str, StackState]:
    """Return the states that an apply of the whole plan leaves."""
    return {stack.name: StackState(_outputs(stack), _ids(stack), tainted=False) for stack in plan.stacks()}


def _outputs(stack: Stack) -> dict[str, Any]:
    if stack.blueprint == "shard":
        return {"clusters": stack.inputs["remembered"]}
    return {key: stack.inputs[key] for key in ("shards", "uploaded", "owned_values")} if stack.name == "core" else {}


def _ids(stack: Stack) -> dict[str, str]:
    return {str(number): item for number, item in enumerate(expected_ids(stack))}


@QUICK
@given(CLUSTERS, HALVES)
def test_a_plan_is_whole_and_in_order(clusters: dict[str, Part], halves: tuple[bool, bool]) -> None:
    """No resource twice, every connected cluster in one shard of its environment, needs in earlier waves."""
    fleet = fleet_of(clusters, halves)
    plan = plan_fleet(fleet, Known(connected=connected(clusters)))

    ids = [item.lower() for stack in plan.stacks() for item in expected_ids(stack)]
    assert len(ids) == len(set(ids))
    placed = [(name, stack.environment) for stack in plan.stacks() for name in stack.inputs.get("clusters", ())]
    assert sorted(placed) == sorted((name, clusters[name].environment) for name in connected(clusters))
    done: set[str] = set()
    for wave in plan.waves:
        assert all(set(stack.needs) <= done for stack in wave)
        done |= {stack.name for stack in wave}
    assert (plan.removals, plan.retired) == ((), ())


@QUICK
@given(CLUSTERS, HALVES)
def test_applied_it_is_what_is_planned_again(clusters: dict[str, Part], halves: tuple[bool, bool]) -> None:
    """After an apply the same fleet makes the same stacks, takes nothing away and has the same digest."""
    fleet = fleet_of(clusters, halves)
    first = plan_fleet(fleet, Known(connected=connected(clusters)))
    again = plan_fleet(fleet, Known(applied(first), connected(clusters)))

    assert (again.waves, again.removals, again.retired) == (first.waves, (), ())
    assert again.digest(HASHES) == first.digest(HASHES)
    assert again.deferred(applied(first)) == frozenset()


@QUICK
@given(CLUSTERS, CLUSTERS, HALVES, HALVES)
@example(
    {"c0": Part("dev", "alfa", "existing", 1, is_connected=True)},
    {"c0": Part("dev", "alfa", "existing", 1, is_connected=False)},
    (True, True),
    (True, False),
)
def test_nothing_that_is_there_is_forgotten(
    before: dict[str, Part], after: dict[str, Part], halves: tuple[bool, bool], later: tuple[bool, bool]
) -> None:
    """From one fleet to any other, what is no longer wanted is retired or taken away first, and nothing made then."""
    states = applied(plan_fleet(fleet_of(before, halves), Known(connected=connected(before))))
    plan = plan_fleet(fleet_of(after, later), Known(states, connected(after)))

    stacks = {stack.name: stack for stack in plan.stacks()}
    removing = {stack.name: stack for wave in plan.removals for stack in wave}
    assert set(plan.retired) == set(states) - set(stacks)
    for name, state in states.items():
        if name in stacks and name != "core":
            lost = {item.lower() for item in state.ids.values()} - {i.lower() for i in expected_ids(stacks[name])}
            assert (name in removing) == bool(lost)
    for name, stack in removing.items():
        if stack.blueprint == "shard":
            assert set(expected_ids(stack)) <= set(states[name].ids.values())


@QUICK
@given(CLUSTERS, HALVES, st.data())
def test_an_offline_cluster_keeps_what_it_has(
    clusters: dict[str, Part], halves: tuple[bool, bool], data: st.DataObject
) -> None:
    """Whichever clusters drop out, no resource of theirs is planned away."""
    fleet = fleet_of(clusters, halves)
    first = plan_fleet(fleet, Known(connected=frozenset(clusters)))
    there = frozenset(data.draw(st.sets(st.sampled_from(sorted(clusters))))) if clusters else frozenset()
    plan = plan_fleet(fleet, Known(applied(first), there))

    assert (plan.removals, plan.retired) == ((), ())
    made, planned = ({stack.name: sorted(expected_ids(stack)) for stack in each.stacks()} for each in (first, plan))
    assert planned == made
