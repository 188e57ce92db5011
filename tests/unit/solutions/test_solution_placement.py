"""Which targets get a solution, and in which ring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestration.fleet import load_fleet
from orchestration.fleet.model import Fleet, Placement, Requirement, Ring, Selector, Solution, Target
from orchestration.solutions import explain_placement, place
from tests.support import replace as rewrite


def with_targets(fleet: Fleet, *names: str) -> Fleet:
    """Return contoso with the targets of lyon-1 replaced by ones with these names, all able to take the solution."""
    lyon = fleet.clusters["lyon-1"]
    targets = tuple(replace(lyon.targets[0], name=name) for name in names)
    others = {name: replace(cluster, targets=()) for name, cluster in fleet.clusters.items()}
    return replace(fleet, clusters={**others, "lyon-1": replace(lyon, targets=targets)})


def solution(fleet: Fleet, **prod: Any) -> Solution:
    """Return contoso's solution with its placement in prod changed."""
    found = fleet.solutions["line-vision"]
    placements = [replace(item, **prod) if item.environment == "prod" else item for item in found.placements]
    return replace(found, placements=tuple(placements))


def rings(fleet: Fleet, *sizes: Ring, present: frozenset[str] = frozenset()) -> list[list[str]]:
    placed = place(fleet, solution(fleet, rings=sizes), present)
    numbers = sorted({item.ring for item in placed})
    return [[item.target.name for item in placed if item.ring == number] for number in numbers]


def test_contoso_is_placed_on_five_targets_in_order(fleet: Fleet) -> None:
    """Environments come in the order of promotion and rings in theirs."""
    placed = place(fleet, fleet.solutions["line-vision"])

    assert [(item.environment, item.ring, item.rings, item.target.name) for item in placed] == [
        ("dev", 1, 1, "lab-1-line"),
        ("qa", 1, 1, "pilot-1-line"),
        ("prod", 1, 3, "lyon-1-line-a"),
        ("prod", 2, 3, "lille-1-line"),
        ("prod", 3, 3, "bilbao-1-line"),
    ]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((), [["a", "b", "c", "d", "e"]]),
        ((Ring(count=1), Ring(percent=50), Ring(percent=100)), [["a"], ["b", "c"], ["d", "e"]]),
        ((Ring(count=3), Ring(percent=50), Ring(percent=100)), [["a", "b", "c"], ["d", "e"]]),
        ((Ring(percent=1), Ring(percent=100)), [["a"], ["b", "c", "d", "e"]]),
        ((Ring(count=9),), [["a", "b", "c", "d", "e"]]),
        ((Ring(count=2),), [["a", "b"]]),
    ],
)
def test_rings_are_cumulative(fleet: Fleet, sizes: tuple[Ring, ...], expected: list[list[str]]) -> None:
    """Percentages round up, a ring that adds nothing is skipped, and no rings means one."""
    assert rings(with_targets(fleet, *"abcde"), *sizes) == expected


HALVES = (Ring(count=1), Ring(percent=50), Ring(percent=100))


def test_an_added_target_joins_the_last_ring(fleet: Fleet) -> None:
    """A target put before ones of later rings that have the solution does not come first."""
    fleet = with_targets(fleet, *"xabcde")

    assert rings(fleet, *HALVES, present=frozenset("abcde")) == [["a"], ["b", "c"], ["x", "d", "e"]]


def test_an_interrupted_first_rollout_keeps_its_rings(fleet: Fleet) -> None:
    """Targets that are still waiting their turn are not taken for added ones."""
    fleet = with_targets(fleet, *"abcde")

    assert rings(fleet, *HALVES, present=frozenset("ab")) == [["a"], ["b", "c"], ["d", "e"]]


def why(fleet: Fleet, target: str, **prod: Any) -> str:
    changed = replace(fleet, solutions={"line-vision": solution(fleet, **prod)})
    (row,) = [row for row in explain_placement(changed) if row.target == target]
    assert row.chosen is False
    assert row.ring is None
    return row.reason


@pytest.mark.parametrize(
    ("target", "prod", "reason"),
    [
        ("lyon-1-line-b", {}, "lacks capability vision"),
        ("lille-1-line", {"names": ("lyon-1-line-a", "x")}, "the placement names lyon-1-line-a, x"),
        ("lille-1-line", {"excepted": ("lille-1-line",)}, "the placement excepts it"),
        ("lille-1-line", {"selector": Selector({"size": "large"})}, "label size is small, not large"),
        ("lille-1-line", {"selector": Selector({"line": "bakery"})}, "label line is absent, not bakery"),
        (
            "lille-1-line",
            {"selector": Selector({}, (Requirement("size", "In", ("large", "huge")),))},
            "label size is small, none of large, huge",
        ),
        (
            "lille-1-line",
            {"selector": Selector({}, (Requirement("size", "NotIn", ("small", "tiny")),))},
            "label size is small, and may be none of small, tiny",
        ),
        ("lille-1-line", {"selector": Selector({}, (Requirement("line", "Exists"),))}, "label line is absent"),
        (
            "lyon-1-line-a",
            {"selector": Selector({}, (Requirement("line", "DoesNotExist"),))},
            "label line is bakery, and has to be absent",
        ),
        ("lille-1-line", {"rings": (Ring(count=1),)}, "the rings end before it"),
    ],
)
def test_the_first_reason_is_given(fleet: Fleet, target: str, prod: dict[str, Any], reason: str) -> None:
    """A target that gets nothing is told the first rule that it does not meet."""
    assert why(fleet, target, **prod) == reason


def test_an_environment_without_placement_gets_nothing(fleet: Fleet) -> None:
    """Targets of an environment that no placement names are told so."""
    only_prod = replace(fleet.solutions["line-vision"], placements=fleet.solutions["line-vision"].placements[2:])
    rows = explain_placement(replace(fleet, solutions={"line-vision": only_prod}))

    assert rows[0].to_json() == {
        "target": "lab-1-line",
        "environment": "dev",
        "solution": "line-vision",
        "version": None,
        "chosen": False,
        "ring": None,
        "reason": "line-vision is not placed in dev",
    }


def test_labels_of_the_target_count(fleet: Fleet) -> None:
    """A placement selects by the merged labels of type, cluster and target."""
    target: Target = fleet.targets["lyon-1-line-a"]
    prod: Placement = solution(fleet, selector=Selector({"line": "bakery", "size": "large"})).placements[2]

    assert prod.selector.matches(target.labels)
    assert [item.target.name for item in place(fleet, replace(solution(fleet), placements=(prod,)))] == [
        "lyon-1-line-a"
    ]


WRITTEN = "        targets: {matchLabels: {region: eu}}    # labels of cluster type, cluster and target together\n"


def chosen(folder: Path, targets: str) -> list[str]:
    """Return the targets in prod that a placement with these `targets` chooses, as the fleet file writes them."""
    rewrite(folder / "fleet.yaml", WRITTEN, f"        targets: {targets}\n")
    rows = explain_placement(load_fleet(folder))
    return [row.target for row in rows if row.chosen and row.environment == "prod"]


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ("{matchLabels: {size: large}}", ["bilbao-1-line"]),
        ("{matchLabels: {size: medium}}", ["lyon-1-line-a"]),
        ("{matchLabels: {size: small}}", ["lille-1-line"]),
        ("{matchLabels: {region: eu, line: bakery}}", ["lyon-1-line-a"]),
        ("{matchExpressions: [{key: size, operator: In, values: [medium, small]}]}", ["lyon-1-line-a", "lille-1-line"]),
        ("{matchExpressions: [{key: size, operator: NotIn, values: [medium, small]}]}", ["bilbao-1-line"]),
        (
            "{matchExpressions: [{key: line, operator: NotIn, values: [x]}]}",
            ["lyon-1-line-a", "lille-1-line", "bilbao-1-line"],
        ),
        ("{matchExpressions: [{key: line, operator: Exists}]}", ["lyon-1-line-a"]),
        ("{matchExpressions: [{key: line, operator: DoesNotExist}]}", ["lille-1-line", "bilbao-1-line"]),
        ("{matchLabels: {size: medium}, matchExpressions: [{key: line, operator: DoesNotExist}]}", []),
        ("{names: [bilbao-1-line, lille-1-line]}", ["lille-1-line", "bilbao-1-line"]),
        ("{names: [bilbao-1-line, lille-1-line], except: [lille-1-line]}", ["bilbao-1-line"]),
    ],
)
def test_the_three_sets_of_labels_are_one(contoso: Path, targets: str, expected: list[str]) -> None:
    """Those of cluster type, cluster and target; of one key the target's counts, then the cluster's."""
    rewrite(contoso / "fleet.yaml", "labels: {line: bakery}", "labels: {line: bakery, size: huge}")
    rewrite(contoso / "fleet.yaml", "{name: lyon-1-line-a, ", "{name: lyon-1-line-a, labels: {size: medium}, ")

    assert chosen(contoso, targets) == expected


def test_instances_of_one_template_are_placed_each_for_itself(contoso: Path) -> None:
    """Two named instances may run on one target; each is a solution with a placement of its own."""
    entry = "\n".join(
        f"  - {{name: line-vision-{name}, template: line-vision, instance: {name}, version: 1.0.0, "
        f"path: solutions/line-vision, capabilities: [vision], placement: [{{environment: {place}}}]}}"
        for name, place in (("left", "dev"), ("right", "dev"), ("far", "prod"))
    )
    rewrite(contoso / "fleet.yaml", "\nscheduler: embedded", f"{entry}\n\nscheduler: embedded")
    rows = explain_placement(load_fleet(contoso))

    on_lab = [row.solution for row in rows if row.chosen and row.target == "lab-1-line"]
    assert on_lab == ["line-vision", "line-vision-left", "line-vision-right"]
    assert [row.target for row in explain_placement(load_fleet(contoso), "line-vision-far") if row.chosen] == [
        "lyon-1-line-a",
        "lille-1-line",
        "bilbao-1-line",
    ]


def test_an_environment_is_held_at_a_version_of_its_own(fleet: Fleet) -> None:
    """Each row has the version that its environment is to have."""
    changed = replace(fleet, solutions={"line-vision": solution(fleet, version="0.9.0")})
    versions = {row.environment: row.version for row in explain_placement(changed, "line-vision")}

    assert versions == {"dev": "1.0.0", "qa": "1.0.0", "prod": "0.9.0"}
