"""`ewo solution status`: who has a solution, by how many requests that is known, and what is said of each target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestration.drivers.azure.graph import query
from orchestration.errors import UsageError
from orchestration.fleet import naming
from orchestration.fleet.model import Fleet
from orchestration.solutions import StandingReport, solution_standings
from tests.sandbox.place import Place
from tests.sandbox.rollout_support import FIVE, World, cluster_of, with_placement, with_version
from tests.sandbox.test_solution_verbs import raise_version
from tests.support import problems_with

DONE = {"stage": "Deployment", "status": "Completed", "endTime": "2026-05-04T03:02:01Z"}


def hundred(fleet: Fleet) -> Fleet:
    """Return contoso with a hundred targets on lyon-1 and none elsewhere."""
    lyon = fleet.clusters["lyon-1"]
    targets = tuple(replace(lyon.targets[0], name=f"line-{number:03}") for number in range(100))
    others = {name: replace(cluster, targets=()) for name, cluster in fleet.clusters.items()}
    return replace(fleet, clusters={**others, "lyon-1": replace(lyon, targets=targets)})


def version(fleet: Fleet, target: str, name: str = "1.0.0.1", **properties: Any) -> dict[str, Any]:
    """Return a solution version on a target as it is when it is deployed and at rest, but for *properties*."""
    number, revision = name.rsplit(".", 1)
    template = naming.solution_template_id(fleet, "line-vision")
    known = {
        "solutionTemplateVersionId": f"{template}/versions/{number}",
        "solutionInstanceName": "line-vision",
        "revision": int(revision),
        "state": "Deployed",
        "currentStage": DONE,
        "latestActionTriggeredBy": "olga@contoso.example",
    }
    return {"id": f"{solution(fleet, target)}/versions/{name}", "properties": known | properties}


def instance(fleet: Fleet, target: str, name: str = "1.0.0.1", status: str = "Succeeded") -> dict[str, Any]:
    """Return the instance that points at a solution version of a target."""
    parts = [{"name": target, "status": status, "componentStatuses": [{"name": "line-vision", "status": status}]}]
    known = {
        "solutionVersionId": f"{solution(fleet, target)}/versions/{name}",
        "status": {"status": status, "targetStatuses": parts},
    }
    return {"id": f"{solution(fleet, target)}/instances/line-vision", "properties": known}


def solution(fleet: Fleet, target: str) -> str:
    return f"{naming.fleet_target_id(fleet, fleet.targets[target])}/solutions/line-vision"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[World]:
    """A sandbox that holds nothing."""
    world = World.open(tmp_path / "sandbox")
    with world.sandbox:
        yield world


def seed(world: World, fleet: Fleet, *resources: dict[str, Any]) -> None:
    """Put resources into the sandbox, with what they lie in."""
    above = {naming.resource_group_id(fleet.azure.scope)}
    for each in resources:
        above |= {each["id"].rsplit("/", 4)[0], each["id"].rsplit("/", 2)[0]}
    resources = (*({"id": each, "location": "eastus2"} for each in sorted(above)), *resources)
    azure = fleet.azure
    world.sandbox.seed(tenant=azure.tenant_id, subscriptions=[azure.scope.subscription_id], resources=resources)


def stand(world: World, fleet: Fleet, **options: Any) -> tuple[StandingReport, list[str]]:
    """Return where solutions stand, and the paths that were asked for it."""

    def ask(text: str) -> Iterator[dict[str, Any]]:
        return query(world.arm, text, [fleet.azure.scope.subscription_id])

    since = world.mark()
    report = solution_standings(fleet, world.arm, ask, **options)
    assert problems_with(report.to_json(), "solution-status") == []
    paths = [row["path"] for row in world.sandbox.requests(since)]
    return report, [path for path in paths if not path.endswith("/token")]


def test_a_hundred_targets_at_rest_are_one_query(empty: World, fleet: Fleet) -> None:
    """Nothing is read from a target of what Resource Graph answers: only its instance, which is not indexed."""
    fleet = hundred(fleet)
    there = {target: "1.0.0.1" if number < 60 else "0.9.0.4" for number, target in enumerate(fleet.targets)}
    seed(empty, fleet, *(make(fleet, *item) for item in there.items() for make in (version, instance)))

    report, asked = stand(empty, fleet)

    kinds = [path.rsplit("/", 1)[1] for path in asked]
    assert kinds == ["resources", *["instances"] * 100]
    assert report.headlines() == ("line-vision 1.0.0: 60 of 100 targets have it; 40 at 0.9.0",)
    first = report.rows[0].to_json()
    assert (first["has"], first["version"], first["revision"], first["state"]) == (True, "1.0.0", 1, "Deployed")
    assert (first["since"], first["by"]) == ("2026-05-04T03:02:01Z", "olga@contoso.example")
    assert first["components"] == [{"name": "line-vision", "status": "Succeeded"}]


def test_a_query_goes_on_after_a_thousand_rows(empty: World, fleet: Fleet) -> None:
    """What was undeployed is not listed; what was reviewed and published is, page by page."""
    fleet = hundred(fleet)
    names = [f"1.1.0.{number}" for number in range(1, 12)]
    for state, listed in (("ReadyToDeploy", names), ("Undeployed", ["0.9.0.1"])):
        seed(empty, fleet, *(version(fleet, target, name, state=state) for target in fleet.targets for name in listed))

    report, asked = stand(empty, fleet)

    assert [path.rsplit("/", 1)[1] for path in asked] == ["resources"] * 2
    assert report.headlines() == ("line-vision 1.0.0: 0 of 100 targets have it; 100 at 1.1.0",)
    assert {(row.state, row.revision) for row in report.rows} == {("ReadyToDeploy", 11)}


def test_only_what_is_in_flight_is_read_from_its_target(empty: World, fleet: Fleet) -> None:
    """A version that is being deployed, and one in a state that nobody knows."""
    fleet = hundred(fleet)
    names = list(fleet.targets)
    odd = {names[0]: {"state": "Deploying"}, names[1]: {"state": "Dreaming"}}
    seed(empty, fleet, *(version(fleet, target, **odd.get(target, {})) for target in names))
    seed(empty, fleet, *(instance(fleet, target) for target in names))

    report, asked = stand(empty, fleet)

    read = [path.split("/targets/")[1] for path in asked if path.endswith("/versions")]
    assert sorted(read) == [f"{name}/solutions/line-vision/versions" for name in names[:2]]
    assert report.headlines() == ("line-vision 1.0.0: 98 of 100 targets have it; 2 in flight",)


def test_each_target_is_told_what_keeps_it(world: World, fleet: Fleet) -> None:
    """Rolled out, then raised: one failed, one taken from the placement, one on a cluster that is away."""
    newer = with_version(fleet, "1.1.0")
    world.upload(newer, newer.solutions["line-vision"])
    world.roll_out(newer, through="review", environments=["dev"])
    world.sandbox.show(cluster_of(fleet, "lab-1-line"), connectivityStatus="Offline")
    world.roll_out(newer, environments=["dev"])
    smaller = with_placement(newer, "prod", excepted=("lille-1-line",))

    for direct in (False, True):
        report, _ = stand(world, smaller, pending={"bilbao-1-line": "its cluster bilbao-1 is Offline"}, direct=direct)
        rows = {row.target: row for row in report.rows}
        assert list(rows) == FIVE and not report.healthy
        assert report.headlines() == (
            "line-vision 1.1.0: 0 of 4 targets have it; 1 failed, 2 at 1.0.0, 1 not placed any more, 1 pending",
        )
        assert rows["lab-1-line"].state == "Failed" and "lab-1" in rows["lab-1-line"].message
        assert (rows["lille-1-line"].desired, rows["lille-1-line"].version) == (None, "1.0.0")
        assert rows["bilbao-1-line"].pending == "its cluster bilbao-1 is Offline"


def test_what_azure_refuses_to_tell_is_told(world: World, fleet: Fleet) -> None:
    """The target cannot be read; the others can."""
    world.sandbox.fault(status=403, path="/targets/lille-1-line/solutions", method="GET", times=9)
    report, _ = stand(world, fleet, direct=True)

    assert report.headlines() == ("line-vision 1.0.0: 4 of 5 targets have it; 1 not readable",)
    assert "403" in next(row.message for row in report.rows if row.target == "lille-1-line")


def test_before_a_rollout_nobody_has_it(fresh: World, fleet: Fleet) -> None:
    """Nothing is indexed, so every target is asked once: the index might be what lacks it."""
    report, asked = stand(fresh, fleet)

    assert report.headlines() == ("line-vision 1.0.0: 0 of 5 targets have it; 5 without it",)
    assert [row.state for row in report.rows] == ["Absent"] * 5 and len(asked) == 1 + len(fleet.targets)


def test_a_fleet_that_is_up_has_it(contoso_seen: Place) -> None:
    """The whole verb: two queries, one of them for the clusters, and the instances; nothing is recorded."""
    runs = sorted((contoso_seen.folder / ".ewo" / "runs").iterdir())
    since = contoso_seen.seen()
    with contoso_seen.orchestrator() as orchestrator:
        report = orchestrator.solution_status("line-vision")
        asked = [row["path"].rsplit("/", 1)[1] for row in contoso_seen.sandbox.requests(since)]
        direct = orchestrator.solution_status(direct=True)
        with pytest.raises(UsageError, match="the fleet has no solution 'line'"):
            orchestrator.solution_status("line")

    assert report == direct and report.healthy
    assert sorted(name for name in asked if name != "token") == [*["instances"] * 5, *["resources"] * 2]
    assert sorted((contoso_seen.folder / ".ewo" / "runs").iterdir()) == runs


def test_a_cluster_that_is_away_is_pending(contoso_up: Place) -> None:
    """It does not make the fleet unhealthy."""
    contoso_up.sandbox.fault_cluster("lille-1", what="offline")
    with contoso_up.orchestrator() as orchestrator:
        report = orchestrator.solution_status()
        raise_version(contoso_up)
    with contoso_up.orchestrator() as orchestrator:
        behind = orchestrator.solution_status()

    assert report.healthy and not behind.healthy
    assert behind.headlines() == ("line-vision 1.1.0: 0 of 5 targets have it; 4 at 1.0.0, 1 pending",)
