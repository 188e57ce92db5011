"""Solutions that depend on others: what comes first, what is held up, and what is injected."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from orchestration.fleet.model import Dependency, Fleet, Injection, Ring, Solution, TemplateContent
from orchestration.solutions import RolloutReport, plan_solutions, solution_status, uninstall, uninstall_all
from tests.sandbox.rollout_support import FIVE, World, cluster_of

GATEWAY = "configs:\n  port: 502\n  apps: []\n"


def with_gateway(fleet: Fleet) -> Fleet:
    """Return the fleet whose line-vision depends on a gateway beside it, which stands behind it in the file."""
    vision = fleet.solutions["line-vision"]
    specification = vision.contents["1.0.0"].specification
    contents = {"1.0.0": TemplateContent(None, GATEWAY, "template.yaml", specification)}
    gateway = replace(vision, name="line-gateway", template="line-gateway", contents=contents, values={})
    injected = (Injection("camera", "apps"),)
    vision = replace(vision, version="1.1.0", depends_on=(Dependency("line-gateway", injected),))
    vision = replace(vision, contents={"1.1.0": vision.contents["1.0.0"]})
    return replace(fleet, solutions={"line-vision": vision, "line-gateway": gateway})


def prepared(world: World, fleet: Fleet) -> Fleet:
    """Return the fleet with the gateway, its templates uploaded."""
    depending = with_gateway(fleet)
    for solution in depending.solutions.values():
        world.upload(depending, solution)
    return depending


def rows(report: RolloutReport, solution: Solution) -> list[tuple[str, str, str]]:
    """Return target, outcome and error of a solution's rows."""
    return [(row.target, row.outcome, row.error) for row in report.solutions if row.solution == solution.name]


def test_what_depends_on_something_that_fails_is_held_up(fresh: World, fleet: Fleet) -> None:
    """Nothing of it is done from that environment on, and every row says what it waits for."""
    depending = prepared(fresh, fleet)
    fresh.sandbox.show(cluster_of(fleet, "lab-1-line"), connectivityStatus="Offline")
    report = fresh.roll_out(depending)

    assert [row.solution for row in report.solutions] == ["line-gateway"] * 5 + ["line-vision"] * 5
    held = "depends on line-gateway: lab-1-line failed in ring 1 of dev"
    assert rows(report, depending.solutions["line-vision"]) == [(target, "skipped", held) for target in FIVE]


def test_what_depends_on_an_offline_target_waits_for_it(fresh: World, fleet: Fleet) -> None:
    """It is pending and blocks nothing, though its own cluster is there."""
    depending = prepared(fresh, fleet)
    gateway = depending.solutions["line-gateway"]
    elsewhere = tuple(replace(each, names=("bilbao-1-line",)) for each in gateway.placements[2:])
    dev = tuple(each for each in gateway.placements if each.environment != "prod")
    moved = replace(gateway, placements=(*dev, *elsewhere))
    fleet = replace(depending, solutions={**depending.solutions, "line-gateway": moved})
    report = fresh.roll_out(fleet, through="review", pending=frozenset({"bilbao-1-line"}), only=["line-vision"])
    waiting = "depends on line-gateway: the cluster of bilbao-1-line is not connected"

    assert ("lille-1-line", "pending", waiting) in rows(report, fleet.solutions["line-vision"])


def applications(world: World, fleet: Fleet, target: str) -> object:
    """Return what the gateway on a target has been given."""
    gateway = next(row for row in solution_status(fleet, world.arm)[target] if row.name == "line-gateway")
    assert gateway.healthy
    return gateway.values["apps"]


def test_a_solution_is_reviewed_with_what_runs_beside_it(fresh: World, fleet: Fleet) -> None:
    """Only it is published and installed then; what it depends on has its values, and a second run changes nothing."""
    depending = prepared(fresh, fleet)
    report = fresh.roll_out(depending)
    since = fresh.mark()
    again = fresh.roll_out(depending)

    assert [(row.solution, row.target, row.outcome) for row in report.solutions] == [
        (name, target, "done") for name in ("line-gateway", "line-vision") for target in FIVE
    ]
    assert applications(fresh, depending, "lyon-1-line-a") == [{"exposureMs": 8, "resolution": "fhd"}]
    assert {row.outcome for row in again.solutions} == {"unchanged"}
    assert fresh.did(since) == []
    assert {row.change for row in plan_solutions(depending, fresh.arm)} == {"none"}


def test_an_upgrade_of_what_is_depended_on_reaches_both(fresh: World, fleet: Fleet) -> None:
    """What depends on it is reviewed with the new version, and what it has injected is there afterwards."""
    depending = prepared(fresh, fleet)
    fresh.roll_out(depending)
    gateway = depending.solutions["line-gateway"]
    content = replace(gateway.contents["1.0.0"], template=GATEWAY.replace("502", "503"))
    newer = replace(gateway, version="1.1.0", contents={**gateway.contents, "1.1.0": content})
    upgraded = replace(depending, solutions={**depending.solutions, "line-gateway": newer})
    fresh.upload(upgraded, newer)

    assert {row.change for row in plan_solutions(upgraded, fresh.arm)} == {"update"}
    assert {row.outcome for row in fresh.roll_out(upgraded).solutions} == {"done"}
    assert applications(fresh, upgraded, "lab-1-line") == [{"exposureMs": 12, "resolution": "fhd"}]
    assert {row.outcome for row in fresh.roll_out(upgraded).solutions} == {"unchanged"}


def test_what_depends_on_something_is_uninstalled_first(fresh: World, fleet: Fleet) -> None:
    """When neither is placed any more, and when all is taken down."""
    depending = prepared(fresh, fleet)
    fresh.roll_out(depending)
    dev = {name: replace(item, placements=item.placements[:1]) for name, item in depending.solutions.items()}
    report = fresh.roll_out(replace(depending, solutions=dev))
    removed = [row.solution for row in report.solutions if row.change == "delete"]

    assert removed == ["line-vision"] * 4 + ["line-gateway"] * 4
    assert {row.outcome for row in report.solutions if row.change == "delete"} == {"done"}
    assert [row.solution for row in uninstall_all(depending, fresh.arm)] == ["line-vision", "line-gateway"]


def test_what_was_uninstalled_puts_its_values_in_again(fresh: World, fleet: Fleet) -> None:
    """Its uninstallation took them out, and the installation of an old version alone puts nothing in."""
    depending = prepared(fresh, fleet)
    fresh.roll_out(depending)
    uninstall(depending, fresh.arm, "line-vision", ["lab-1-line"], permit=lambda going: None)
    assert applications(fresh, depending, "lab-1-line") == []
    fresh.roll_out(depending)

    assert applications(fresh, depending, "lab-1-line") == [{"exposureMs": 12, "resolution": "fhd"}]
    assert {row.outcome for row in fresh.roll_out(depending).solutions} == {"unchanged"}


def test_a_ring_that_depends_on_something_is_taken_forward_together(fresh: World, fleet: Fleet) -> None:
    """Each review names what runs on its target; what targets share is changed by one after the other."""
    depending = prepared(fresh, fleet)
    alone = {
        name: replace(item, placements=(replace(item.placements[-1], rings=(Ring(percent=100),)),))
        for name, item in depending.solutions.items()
    }
    together = replace(depending, solutions=alone)
    since = fresh.mark()
    report = fresh.roll_out(together)
    bulk = [name for name in fresh.did(since) if name.startswith("bulk")]

    assert {row.outcome for row in report.solutions} == {"done"} and len(report.solutions) == 6
    assert bulk == ["bulkReviewSolution", "bulkPublishSolution", "bulkDeploySolution"] * 2
    assert applications(fresh, together, "bilbao-1-line") == [{"exposureMs": 20, "resolution": "fhd"}]

    gateway = together.solutions["line-gateway"]
    shared = replace(gateway, placements=(replace(gateway.placements[0], names=("lille-1-line",)),))
    one = replace(together, solutions={**alone, "line-gateway": shared})
    since = fresh.mark()
    assert {row.outcome for row in fresh.roll_out(one, only=["line-vision"]).solutions} == {"done", "unchanged"}
    assert [name for name in fresh.did(since) if name != "PUT"] == [
        "bulkReviewSolution",
        *["publishSolutionVersion", "installSolution"] * 2,
    ]
    assert len(cast("list[object]", applications(fresh, one, "lille-1-line"))) == 3
