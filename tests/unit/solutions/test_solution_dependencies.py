"""What solutions depend on: order, the target that has it, and what counts as the same version of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orchestration.fleet.model import Dependency, Fleet, Injection, Placement
from orchestration.solutions.decision import Parent, Step, Wanted, decide, parent_of
from orchestration.solutions.dependencies import in_order, needs, received
from orchestration.solutions.installed import Installed, newest_first, read_instance, read_version

TEMPLATES = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Edge/solutionTemplates"


def with_gateway(fleet: Fleet, **changes: Any) -> Fleet:
    """Return the fleet whose line-vision depends on a gateway that stands behind it in the file."""
    vision = fleet.solutions["line-vision"]
    depending = replace(vision, depends_on=(Dependency("gateway", (Injection("line", "apps.vision"),)),))
    gateway = replace(vision, name="gateway", template="gateway", **changes)
    return replace(fleet, solutions={"line-vision": depending, "gateway": gateway})


def placed(fleet: Fleet, *names: str) -> tuple[Placement, ...]:
    """Return placements on just these targets."""
    placements = fleet.solutions["line-vision"].placements
    return tuple(
        replace(each, names=tuple(name for name in names if fleet.targets[name].environment == each.environment))
        for each in placements
    )


def test_what_is_depended_on_comes_first(fleet: Fleet) -> None:
    """By whatever way round; otherwise the file's order stays."""
    vision = fleet.solutions["line-vision"]
    chained = {
        "c": replace(vision, name="c", depends_on=(Dependency("b"), Dependency("d"))),
        "a": replace(vision, name="a"),
        "b": replace(vision, name="b", depends_on=(Dependency("d"),)),
        "d": replace(vision, name="d"),
    }

    assert [item.name for item in in_order(fleet)] == ["line-vision"]
    assert [item.name for item in in_order(with_gateway(fleet))] == ["gateway", "line-vision"]
    assert [item.name for item in in_order(replace(fleet, solutions=chained))] == ["d", "b", "c", "a"]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (("lyon-1-line-a", "lille-1-line"), "lyon-1-line-a"),
        (("lyon-1-line-b", "lille-1-line"), "lyon-1-line-b"),
        (("lille-1-line", "bilbao-1-line"), "lille-1-line"),
        (("bilbao-1-line",), "bilbao-1-line"),
    ],
    ids=["itself", "its cluster", "its country", "its environment"],
)
def test_the_nearest_is_depended_on(fleet: Fleet, where: tuple[str, ...], found: str) -> None:
    """The target itself, else one on its cluster, its site or a site above, or the only one there is."""
    everywhere = replace(fleet.solutions["line-vision"], capabilities=())
    bare = replace(fleet, solutions={"line-vision": everywhere})
    depending = with_gateway(bare, placements=placed(bare, *where))
    (need,) = needs(depending, depending.solutions["line-vision"], depending.targets["lyon-1-line-a"])

    assert need.target is not None
    assert need.target.name == found


def test_nobody_can_say_which_is_told(fleet: Fleet) -> None:
    """Where none is nearest, and where there is none at all."""
    bare = replace(fleet, solutions={"line-vision": replace(fleet.solutions["line-vision"], capabilities=())})
    two = with_gateway(bare, placements=placed(bare, "lyon-1-line-a", "lyon-1-line-b"))
    none = with_gateway(bare, placements=())
    reasons = [
        needs(each, each.solutions["line-vision"], each.targets["lille-1-line"])[0].reason for each in (two, none)
    ]

    assert reasons == [
        "it depends on gateway, which lyon-1-line-a, lyon-1-line-b have: nobody can say on which",
        "it depends on gateway, which is placed on no target of prod",
    ]


def test_injected_keys_are_those_of_all_that_inject(fleet: Fleet) -> None:
    """By dotted path, and of no other solution."""
    depending = with_gateway(fleet)

    assert received(depending, depending.solutions["gateway"]) == {("apps", "vision")}
    assert received(depending, depending.solutions["line-vision"]) == frozenset()


def version(name: str, configuration: str, state: str = "Undeployed", *dependencies: str) -> dict[str, Any]:
    template, number, revision = name.split("/")[0], *name.split("/")[1].rsplit(".", 1)
    properties = {
        "solutionTemplateVersionId": f"{TEMPLATES}/{template}/versions/{number}",
        "configuration": configuration,
        "state": state,
        "revision": int(revision),
        "solutionDependencies": [{"solutionVersionId": item} for item in dependencies],
    }
    return {"id": version_id(name), "properties": properties}


def version_id(name: str) -> str:
    template, number = name.split("/")
    return f"/T/solutions/{template}/versions/{number}"


def there(*versions: dict[str, Any], at: str) -> Installed:
    solution = at.split("/")[0]
    read = newest_first([read_version(item, solution) for item in versions])
    status = {"status": "Succeeded", "targetStatuses": []}
    instance = {"id": "/i", "name": solution, "properties": {"solutionVersionId": version_id(at), "status": status}}
    return Installed(solution, f"{TEMPLATES}/{solution}", read, {solution: read_instance(instance)})


def test_what_others_inject_is_no_change() -> None:
    """The newest revision that says the same but for what is received is the one that is wanted."""
    found = there(
        version("gateway/1.0.0.1", "port: 1\napps: {vision: []}"),
        version("gateway/1.0.0.2", "apps: {vision: [{line: 1}]}\nport: 1", "Deployed"),
        at="gateway/1.0.0.2",
    )
    wanted = Wanted(f"{TEMPLATES}/gateway/versions/1.0.0", "", "port: 1\napps: {vision: []}\n")

    assert decide(found, wanted).step is Step.INSTALL
    assert decide(found, replace(wanted, received=frozenset({("apps", "vision")}))).step is Step.NOTHING
    other = replace(wanted, configuration="port: 2\napps: {vision: []}\n", received=frozenset({("apps", "vision")}))
    assert decide(found, other).step is Step.REVIEW


def test_a_version_counts_with_what_it_was_reviewed_with() -> None:
    """Revisions of the other solution that say the same are one; another version or configuration of it is not."""
    apps = frozenset({("apps",)})
    gateway = there(
        version("gateway/1.0.0.1", "port: 1\napps: []"),
        version("gateway/1.0.0.2", "port: 1\napps: [{line: 1}]", "Deployed"),
        version("gateway/1.0.0.3", "port: 2\napps: []"),
        at="gateway/1.0.0.2",
    )
    parent = parent_of(gateway, gateway.versions[1], apps)
    vision = there(version("vision/1.0.0.1", "a: 1", "Deployed", version_id("gateway/1.0.0.1")), at="vision/1.0.0.1")
    wanted = Wanted(f"{TEMPLATES}/vision/versions/1.0.0", "", "a: 1", (parent,))

    assert parent == Parent(
        version_id("gateway/1.0.0.2"),
        frozenset(version_id(f"gateway/1.0.0.{number}").lower() for number in (1, 2)),
    )
    assert decide(vision, wanted).step is Step.NOTHING
    moved = parent_of(gateway, gateway.versions[0], apps)
    assert decide(vision, replace(wanted, parents=(moved,))).step is Step.REVIEW
