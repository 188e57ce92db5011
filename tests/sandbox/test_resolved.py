"""What is resolved offline is what the service resolves, and what would change against it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration import Orchestrator, Sandbox
from orchestration.fleet import load_fleet
from orchestration.solutions import ValuesDiff, resolve_solution
from tests.sandbox.place import Place
from tests.support import copy_contoso, problems_with, replace

Compared = Callable[..., ValuesDiff]


@pytest.fixture
def compared(contoso_seen: Place, tmp_path: Path) -> Compared:
    """Compares a changed copy of the fleet, edited with pairs of old and new text by file, with what runs."""

    def compare(*targets: str, **edits: tuple[str, str]) -> ValuesDiff:
        folder = copy_contoso(tmp_path / "changed")
        for name, (old, new) in edits.items():
            path = "fleet.yaml" if name == "fleet" else f"solutions/line-vision/{name}.yaml"
            replace(folder / path, old, new)
        target = Sandbox(contoso_seen.sandbox.directory)
        with Orchestrator(load_fleet(folder), target=target, work_dir=folder / ".ewo") as orchestrator:
            return orchestrator.compare_values("line-vision", targets)

    return compare


def rows(diff: ValuesDiff) -> dict[str, list[tuple[object, ...]]]:
    """Return key, old value, new value and what decides it, by target."""
    return {
        each.wanted.target: [
            (c.key, c.old, c.new, c.source and c.source.origin, c.source and c.source.node) for c in each.changes
        ]
        for each in diff.targets
    }


def test_targets_run_what_was_resolved_for_them(contoso_seen: Place) -> None:
    """The values of each installed version, from the sandbox's own resolver, are those that ours predicts."""
    with contoso_seen.orchestrator() as orchestrator:
        targets = orchestrator.status().to_json()["targets"]
    installed = {row["name"]: each["values"] for row in targets for each in row["solutions"]}
    resolved = {
        each.target: each.resolution.values for each in resolve_solution(contoso_seen.fleet, "line-vision").targets
    }

    assert len(installed) == 5
    assert installed == resolved


def test_nothing_would_change_of_what_was_just_installed(compared: Compared) -> None:
    """Every target is told with the version that runs there."""
    diff = compared()
    assert not diff.changes and not diff.unread
    found = diff.to_json()
    assert problems_with(found, "resolve") == [] and found["changes"] is False
    assert [each["installed"] for each in found["targets"]] == [
        {"version": "1.0.0", "revision": 1, "state": "Deployed"}
    ] * 5


def test_what_would_change_says_old_new_and_where_from(compared: Compared) -> None:
    """A value of a target, a default, a literal that is new, and a key that goes; elsewhere less."""
    diff = compared(
        fleet=("{ExposureMs: 8}", "{ExposureMs: 9}"),
        schema=("defaultValue: fhd", "defaultValue: uhd"),
        template=("  line: ${{$target(name)}}\n", "  lamps: [left, right]\n"),
    )
    common = [
        ("camera.resolution", "fhd", "uhd", "default", None),
        ("lamps", None, ["left", "right"], "literal", None),
    ]
    found = rows(diff)
    assert diff.changes
    assert found["lyon-1-line-a"] == [
        ("camera.exposureMs", 8, 9, "node", "lyon-1-line-a"),
        *common,
        ("line", "lyon-1-line-a", None, None, None),
    ]
    assert found["bilbao-1-line"] == [*common, ("line", "bilbao-1-line", None, None, None)]
    written = diff.to_json()
    assert problems_with(written, "resolve") == []
    change = written["targets"][2]["changes"][0]
    assert (Path(change["file"]).name, change["line"], change["change"]) == ("fleet.yaml", 130, "update")


def test_a_target_without_the_solution_gets_all_of_it(compared: Compared) -> None:
    """Named alone, it is the only one that is asked."""
    diff = compared("vigo-1-line")
    ((target, changes),) = rows(diff).items()
    assert (target, diff.targets[0].installed, diff.changes) == ("vigo-1-line", None, True)
    assert [change[0] for change in changes] == [
        "camera.exposureMs", "camera.resolution", "broker", "line", "alerts.threshold",
    ]  # fmt: skip


def test_values_with_problems_are_not_compared(compared: Compared) -> None:
    """They are not what the target would get."""
    diff = compared("lyon-1-line-a", fleet=("{ExposureMs: 8}", "{ExposureMs: 80}"))
    assert diff.resolved.failed and rows(diff) == {"lyon-1-line-a": []}
