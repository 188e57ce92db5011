"""Solutions that depend on others: what comes first, what is held up, and what is injected."""

from __future__ import annotations

from dataclasses import replace

from orchestration.fleet.model import Dependency, Fleet, Injection, Solution, TemplateContent
from orchestration.solutions import RolloutReport
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
