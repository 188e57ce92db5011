"""Two solutions, one of which depends on the other, through whole verbs: brought up, raised, rolled back, taken down.

Every point at which a rollback can be killed is tried by `./scripts/test --long`; a test that runs more often walks
through one from kill to kill.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestration.reports import SolutionsReport
from tests.sandbox.place import Place, copied, opened
from tests.sandbox.two_solutions import write_two
from tests.support import ROOT

LINES = ["lab-line", "line-a", "line-b"]
BOTH = ("line-adapter", "line-app")
STEPS = 20
"""Traces between two kills of the walk; each request has one before and one after it."""


@pytest.fixture(scope="module")
def first_up(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, str, str]]]:
    """The folder of the fleet after one `up`, and the rows of that."""
    folder = write_two(tmp_path_factory.mktemp("two") / "two")
    with opened(folder) as place:
        report = place.up()
        assert not report.failed
    return folder, [(row.solution, row.target, str(row.outcome)) for row in report.solutions]


@pytest.fixture(scope="module")
def raised_folder(first_up: tuple[Path, list[tuple[str, str, str]]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after both solutions were raised to 1.1.0, with other values."""
    folder = copied(first_up[0], tmp_path_factory.mktemp("raised") / "two")
    with opened(folder) as place:
        for name, old, new in (
            ("line-app", "exposure: 12", "exposure: 13"),
            ("line-adapter", "port: 502", "port: 503"),
        ):
            place.edit(f"version: 1.0.0\n    path: solutions/{name}", f"version: 1.1.0\n    path: solutions/{name}")
            place.edit(old, new, f"solutions/{name}/template.yaml")
        assert not place.up().failed
    return folder


@pytest.fixture
def two(first_up: tuple[Path, list[tuple[str, str, str]]], tmp_path: Path) -> Iterator[Place]:
    """A copy of the fleet after `up`."""
    with opened(copied(first_up[0], tmp_path / "two")) as place:
        yield place


@pytest.fixture
def raised(raised_folder: Path, tmp_path: Path) -> Iterator[Place]:
    """A copy of the fleet with both at 1.1.0."""
    with opened(copied(raised_folder, tmp_path / "two")) as place:
        yield place


def there(place: Place) -> dict[str, Any]:
    """Return the version of both solutions on each line, by line, and what the adapter was given."""
    found = {}
    for target in place.status().targets:
        by_name = {row.name: row for row in target.solutions}
        if by_name:
            adapter, app = by_name["line-adapter"], by_name["line-app"]
            found[target.name] = (adapter.version, app.version, adapter.values["apps"])
    return found


def at(adapter: str, app: str, exposure: int) -> dict[str, Any]:
    """Return what every line is to have."""
    return {line: (adapter, app, [{"line": line, "exposure": exposure}]) for line in LINES}


def back(place: Place, solution: str) -> SolutionsReport:
    """Roll a solution back."""
    with place.orchestrator() as orchestrator:
        return orchestrator.rollback(solution)


def test_what_is_depended_on_comes_first(two: Place, first_up: tuple[Path, list[tuple[str, str, str]]]) -> None:
    """It has what was put into it then, and another `up` finds nothing to do."""
    assert first_up[1] == [(name, line, "done") for name in BOTH for line in LINES]
    assert there(two) == at("1.0.0", "1.0.0", 12)
    since = two.seen()
    assert {row.outcome for row in two.up().solutions} == {"unchanged"}
    assert (two.reviews(since), two.writes(since)) == ([], [])


def test_what_depends_goes_first(two: Place) -> None:
    """Where neither is placed any more, and when the fleet goes down."""
    two.edit("      - {environment: prod, rings: [1, 100%]}\n", "")
    report = two.up(allow=4)
    gone = [(row.solution, row.target, row.outcome) for row in report.solutions if row.change == "delete"]
    assert gone == [(name, line, "done") for name in reversed(BOTH) for line in LINES[1:]]
    assert list(there(two)) == ["lab-line"]

    two.events.clear()
    assert two.down().failed == ()
    told = [event.what.split()[1] for event in two.events if event.where == "lab-line" and event.kind == "finished"]
    assert told == ["line-app", "line-adapter"]


@pytest.mark.parametrize(
    ("order", "left"),
    [
        (("line-app",), at("1.1.0", "1.0.0", 12)),
        (("line-adapter",), at("1.0.0", "1.1.0", 13)),
        (("line-adapter", "line-app"), at("1.0.0", "1.0.0", 12)),
        (("line-app", "line-adapter"), at("1.0.0", "1.0.0", 12)),
    ],
    ids=["app", "adapter", "adapter-first", "app-first"],
)
def test_a_rollback_of_one_puts_into_the_other_what_it_is_to_have(
    raised: Place, order: tuple[str, ...], left: dict[str, Any]
) -> None:
    """An app that goes back is reviewed again for that; of an adapter that goes back it is told, and `up` does it."""
    reports = [back(raised, name) for name in order]
    assert {row.outcome for report in reports for row in report.solutions} == {"done"}
    notes = [note for note in reports[-1].notes if "the next `ewo up`" in note]
    assert bool(notes) == (order[-1] == "line-adapter")
    found, since = there(raised), raised.seen()
    report = raised.up()

    assert notes or found == left
    assert there(raised) == left and report.exit_code == 0
    assert bool(raised.reviews(since)) == bool(notes)


def killed(place: Place, solution: str, last: int) -> tuple[bool, int]:
    """Roll back in a process of its own, killed at trace number *last* (0: never); return if it was, and traces."""
    names = place.folder.parent / "names.txt"
    names.write_text("", encoding="utf-8")
    arguments = (place.folder, place.sandbox.directory, solution, last, names)
    argv = (sys.executable, "-m", "tests.sandbox.killed_rollback", *map(str, arguments))
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9, len(names.read_text(encoding="utf-8").splitlines())


def ends_well(place: Place, solution: str, since: int) -> None:
    """Check that the next rollback has it back everywhere, reviewed once at most, and the one after does nothing."""
    report = back(place, solution)
    assert report.exit_code == 0 and {row.outcome for row in report.solutions} <= {"done", "unchanged"}
    versions = {row.name: row.version for target in place.status().targets for row in target.solutions}
    assert place.status().healthy and versions[solution] == "1.0.0"
    assert [item.version for item in place.fleet.solutions[solution].placements] == ["1.0.0"] * 2
    actions = [path.rsplit("/", 1)[1] for path in place.reviews(since)]
    once = 3 if solution == "line-app" else 0
    assert [actions.count(f"{name}SolutionVersion") for name in ("review", "publish")] == [once, once]
    assert actions.count("installSolution") == 3
    done = place.seen()
    assert {row.outcome for row in back(place, solution).solutions} == {"unchanged"}
    assert place.reviews(done) == []


@pytest.mark.slow
@pytest.mark.parametrize("solution", BOTH)
def test_a_rollback_that_is_killed_again_and_again_gets_through(raised: Place, solution: str) -> None:
    """Each goes a little further than the one before, whatever it was killed at."""
    since, last = raised.seen(), STEPS
    while killed(raised, solution, last)[0]:
        last += STEPS
    ends_well(raised, solution, since)


@pytest.mark.long
@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("solution", BOTH)
def test_every_point(raised_folder: Path, tmp_path: Path, solution: str, tenth: int) -> None:
    """Killed at each trace, one after the other, in a place of its own each time; all that fail are named."""
    with opened(copied(raised_folder, tmp_path / "whole" / "two")) as place:
        since = place.seen()
        was_killed, traces = killed(place, solution, 0)
        assert not was_killed
        ends_well(place, solution, since)
    failed: dict[int, str] = {}
    for last in range(tenth + 1, traces + 1, 10):
        with opened(copied(raised_folder, tmp_path / str(last) / "two")) as place:
            since = place.seen()
            try:
                assert killed(place, solution, last)[0], "it was not killed"
                ends_well(place, solution, since)
            except AssertionError as error:  # every point has its turn
                failed[last] = str(error)
    assert failed == {}
