"""The fleet as waves of stacks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestration.errors import InvalidFleet
from orchestration.fleet.model import Fleet
from orchestration.provision import Known, Plan, Ref, Stack, StackState, plan_fleet
from orchestration.provision.expected import expected_ids
from orchestration.provision.stack import canonical


def connected(fleet: Fleet, *states: tuple[str, StackState]) -> Known:
    return Known(dict(states), frozenset(fleet.clusters))


def counts(fleet: Fleet) -> list[dict[str, int]]:
    plan = plan_fleet(fleet, connected(fleet))
    return [{stack.name: len(expected_ids(stack)) for stack in wave} for wave in plan.waves]


def test_contoso_is_81_resources_in_7_stacks(fleet: Fleet) -> None:
    """The waves and counts of the design's worked example come out."""
    assert counts(fleet) == [
        {"core": 9},
        {"sites-france": 13, "sites-spain": 13},
        {"links": 1, "shard-dev-01": 7, "shard-prod-01": 31, "shard-qa-01": 7},
    ]


def test_ids_are_unique(fleet: Fleet) -> None:
    """No two stacks make the same resource."""
    ids = [item.lower() for stack in plan_fleet(fleet, connected(fleet)).stacks() for item in expected_ids(stack)]
    assert len(ids) == len(set(ids)) == 81


def test_everything_after_core_is_deferred_at_first(fleet: Fleet) -> None:
    """Without any state only core can be judged by Terraform."""
    plan = plan_fleet(fleet, connected(fleet))
    assert plan.deferred({}) == {stack.name for stack in plan.stacks()} - {"core"}


def test_leaves_are_deferred_until_every_site_has_state(fleet: Fleet) -> None:
    """Core and one country are not enough for links and shards."""
    plan = plan_fleet(fleet, connected(fleet))
    state = StackState({}, {}, False)
    waiting = plan.deferred({"core": state, "sites-france": state})
    assert waiting == {"links", "shard-dev-01", "shard-prod-01", "shard-qa-01"}


def test_a_pending_cluster_is_left_out(fleet: Fleet) -> None:
    """A cluster that never connected and was never applied contributes nothing."""
    known = Known(connected=frozenset(fleet.clusters) - {"lille-1"})
    shard = next(stack for stack in plan_fleet(fleet, known).stacks() if stack.name == "shard-prod-01")
    assert set(shard.inputs["clusters"]) == {"lyon-1", "bilbao-1", "vigo-1"}


def test_an_offline_cluster_keeps_the_inputs_of_its_last_apply(fleet: Fleet) -> None:
    """A cluster that dropped out is neither changed nor removed."""
    before = next(s for s in plan_fleet(fleet, connected(fleet)).stacks() if s.name == "shard-prod-01")
    remembered = StackState({"clusters": before.inputs["remembered"]}, {}, False)
    known = Known({"shard-prod-01": remembered}, frozenset(fleet.clusters) - {"lyon-1"})
    after = next(s for s in plan_fleet(fleet, known).stacks() if s.name == "shard-prod-01")
    assert canonical_inputs(after.inputs["clusters"]["lyon-1"]) == canonical_inputs(before.inputs["clusters"]["lyon-1"])


def canonical_inputs(inputs: object) -> str:
    from orchestration.provision.stack import by_name, filled

    return canonical(filled(inputs, by_name))


def test_a_membership_of_an_offline_cluster_goes_with_its_group(fleet: Fleet) -> None:
    """Nothing else of a cluster that dropped out changes; the membership could not be made again without the group."""
    hierarchy, vigo = fleet.hierarchy, fleet.clusters["vigo-1"]
    assert hierarchy is not None
    nodes = {name: node for name, node in hierarchy.nodes.items() if name != "vigo"}
    moved = replace(vigo, site="bilbao", targets=tuple(replace(target, site="bilbao") for target in vigo.targets))
    smaller = replace(
        fleet,
        hierarchy=replace(hierarchy, nodes=nodes),
        clusters={**fleet.clusters, "vigo-1": moved},
    )
    before = plan_fleet(fleet, connected(fleet))
    states = {stack.name: applied(stack) for stack in before.stacks()}
    plan = plan_fleet(smaller, Known(states, frozenset(fleet.clusters) - {"vigo-1"}))

    ids = {name: expected_ids(stack) for name, stack in named(plan).items()}
    lost = set(states["shard-prod-01"].ids.values()) - set(ids["shard-prod-01"])
    removed = {stack.name: set(expected_ids(stack)) for wave in plan.removals for stack in wave}
    assert [item.rsplit("/", 2)[1] for item in lost] == ["serviceGroupMember"]
    assert removed["shard-prod-01"] == set(ids["shard-prod-01"])


def applied(stack: Stack) -> StackState:
    """Return the state that an apply of the stack leaves."""
    outputs = {"clusters": stack.inputs["remembered"]} if stack.blueprint == "shard" else {}
    return StackState(outputs, {str(number): item for number, item in enumerate(expected_ids(stack))}, False)


def named(plan: Plan) -> dict[str, Stack]:
    return {stack.name: stack for stack in plan.stacks()}


def test_a_public_key_enters_by_name(fleet: Fleet) -> None:
    """What is minted at apply time is a Ref, so that a plan is the same before and after."""
    shard = next(s for s in plan_fleet(fleet, connected(fleet)).stacks() if s.name == "shard-prod-01")
    assert shard.inputs["clusters"]["bilbao-1"]["connect"]["agent_public_key"] == Ref("keys", "bilbao-1")


def test_an_extension_of_somebody_else_is_used(fleet: Fleet) -> None:
    """An extension that is there and not ours is not made again, and the custom location stands on it."""
    foreign = {"lab-1": {"microsoft.workloadorchestration": "/their/extension"}}
    known = Known(connected=frozenset(fleet.clusters), foreign=foreign)
    shard = next(s for s in plan_fleet(fleet, known).stacks() if s.name == "shard-dev-01")
    lab = shard.inputs["clusters"]["lab-1"]
    assert "workload_orchestration" not in lab["extensions"]
    assert lab["custom_location"]["extension_id"] == "/their/extension"


def test_a_removed_target_is_taken_away_before_the_first_wave(fleet: Fleet) -> None:
    """The shard that loses something is applied first, with what it keeps of its last apply."""
    plan = plan_fleet(fleet, connected(fleet))
    before = next(stack for stack in plan.stacks() if stack.name == "shard-prod-01")
    ids = {str(number): item for number, item in enumerate(expected_ids(before))}
    state = StackState({"clusters": before.inputs["remembered"]}, ids, False)
    lyon = fleet.clusters["lyon-1"]
    smaller = replace(fleet, clusters={**fleet.clusters, "lyon-1": replace(lyon, targets=lyon.targets[:1])})
    (wave,) = plan_fleet(smaller, connected(smaller, ("shard-prod-01", state))).removals
    assert [stack.name for stack in wave] == ["shard-prod-01"]
    assert set(wave[0].inputs["clusters"]["lyon-1"]["targets"]) == {"lyon-1-line-a"}


def test_a_stack_no_longer_planned_is_retired_shards_first(fleet: Fleet) -> None:
    """What goes away goes in reverse: shards, links, sites."""
    state = StackState({}, {"a": "/x"}, False)
    known = connected(fleet, ("sites-italy", state), ("shard-old-01", state))
    assert plan_fleet(fleet, known).retired == ("shard-old-01", "sites-italy")


def test_an_uploaded_version_with_other_content_is_refused(fleet: Fleet) -> None:
    """Versions are immutable: the error names the next free one."""
    core = next(plan_fleet(fleet, connected(fleet)).stacks())
    uploaded = {**core.inputs["uploaded"], "solution_templates/line-vision/1.0.0": "{}"}
    known = connected(fleet, ("core", StackState({"uploaded": uploaded}, {}, False)))
    with pytest.raises(InvalidFleet) as caught:
        plan_fleet(fleet, known)
    (problem,) = caught.value.problems
    assert problem.code == "version-changed"
    assert "1.0.1" in problem.hint


def test_the_next_free_version_is_not_one_of_the_fleet_s(fleet: Fleet) -> None:
    """A version that was never uploaded may be in its folder all the same."""
    core = next(plan_fleet(fleet, connected(fleet)).stacks())
    other = '{"configurations": "configs: {}", "specification": null}'
    uploaded = {**core.inputs["uploaded"], "solution_templates/line-vision/1.0.0": other}
    vision = fleet.solutions["line-vision"]
    newer = replace(vision, version="1.0.1", contents={**vision.contents, "1.0.1": vision.contents["1.0.0"]})
    fleet = replace(fleet, solutions={"line-vision": newer})
    with pytest.raises(InvalidFleet) as caught:
        plan_fleet(fleet, connected(fleet, ("core", StackState({"uploaded": uploaded}, {}, False))))
    assert [problem.hint[:34] for problem in caught.value.problems] == ["give the new content version 1.0.2"]


def test_an_older_uploaded_version_stays(fleet: Fleet) -> None:
    """What was uploaded stays in core's inputs until it is retired."""
    core = next(plan_fleet(fleet, connected(fleet)).stacks())
    old = core.inputs["uploaded"]["solution_templates/line-vision/1.0.0"]
    uploaded = {**core.inputs["uploaded"], "solution_templates/line-vision/0.9.0": old}
    known = connected(fleet, ("core", StackState({"uploaded": uploaded}, {}, False)))
    template = next(plan_fleet(fleet, known).stacks()).inputs["solution_templates"]["line-vision"]
    assert set(template["versions"]) == {"0.9.0", "1.0.0"}


def test_owned_keys_are_widened_before_a_write(fleet: Fleet) -> None:
    """A key that was ours and is no longer named stays ours until it has been taken back."""
    state = StackState({"owned_values": {"doc": ["A", "B"]}}, {}, False)
    known = Known({"core": state}, frozenset(fleet.clusters), owned={"doc": ("B", "C")})
    assert next(plan_fleet(fleet, known).stacks()).inputs["owned_values"] == {"doc": ["A", "B", "C"]}


def test_the_digest_depends_on_the_fleet_only(fleet: Fleet) -> None:
    """Two plans of one fleet have one digest; another label has another."""
    hashes = dict.fromkeys(("core", "sites", "links", "shard"), "h")
    first, again = (plan_fleet(fleet, connected(fleet)).digest(hashes) for _ in range(2))
    moved = replace(fleet, capabilities=(*fleet.capabilities, "audio"))
    assert first == again != plan_fleet(moved, connected(moved)).digest(hashes)
