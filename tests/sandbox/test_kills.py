"""Killed without warning at any effect of `up`: the next `up` finishes, and nothing is lost, done twice or left over.

Every point is tried by `./scripts/test --all`; the test that always runs walks through one run from kill to kill.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.sandbox import start
from tests.sandbox.found import Found
from tests.sandbox.kill_points import World, killed_during, kind, nearest, recovers, settled, small, up, worlds_along
from tests.sandbox.place import Place
from tests.sandbox.small import write_small

pytestmark = pytest.mark.slow

STEPS = 12
"""Effects between two kills of the walk."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, canaries: dict[str, str]) -> tuple[Found, list[str]]:
    """What an unbroken run leaves, and its traces."""
    with small(tmp_path_factory.mktemp("whole")) as place:
        killed, traces = up(place, 0)
        assert not killed
        return settled(place), traces


def test_an_unbroken_run_is_what_the_others_are_held_against(whole: tuple[Found, list[str]]) -> None:
    """It has one solution version of revision 1, leaves nothing over, and traces every kind of effect."""
    there, traces = whole
    versions = [key for key in there.resources.elements() if "/solutions/" in key and "/versions/" in key]
    kinds = {trace.split(" ")[1] for trace in traces}
    assert len(versions) == 1 and versions[0].endswith("/versions/1.0.0.1")
    assert there.left_over == []
    assert {"terraform", "GET", "PUT", "POST", "git", "repository", "write", "removal"} <= kinds


def test_a_run_that_is_killed_again_and_again_gets_through(
    whole: tuple[Found, list[str]], tmp_path: Path, canaries: dict[str, str]
) -> None:
    """Each run goes a little further than the one before, whatever it was killed at."""
    there, _ = whole
    with small(tmp_path) as place:
        last = STEPS
        while up(place, last)[0]:
            last += STEPS
        recovers(place, there)


@pytest.mark.long
@pytest.mark.parametrize("pattern", ["/connectedClusters/lab-1$", "/extensions/flux$", "/targets/lab-1-line$"])
def test_what_terraform_was_making_when_it_was_killed_is_taken_over(
    whole: tuple[Found, list[str]], pattern: str, tmp_path: Path, canaries: dict[str, str]
) -> None:
    """It is in no state, and the service finishes it later: the next run waits for it and makes nothing twice."""
    with start(tmp_path / "sandbox", lro_ms=500) as sandbox:
        place = Place(write_small(tmp_path / "fleet"), sandbox)
        killed_during(place, pattern, alone=False)
        recovers(place, whole[0])


@pytest.fixture(scope="module")
def worlds(whole: tuple[Found, list[str]], tmp_path_factory: pytest.TempPathFactory) -> list[World]:
    """Worlds in which a run was killed after each stack: points that lie later are reached from there."""
    return worlds_along(whole[1], tmp_path_factory.mktemp("worlds"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the exhaustive test one parameter for each tenth of the points."""
    if "tenth" in metafunc.fixturenames:
        metafunc.parametrize("tenth", range(10))


@pytest.mark.long
def test_every_point(
    whole: tuple[Found, list[str]],
    worlds: list[World],
    tenth: int,
    tmp_path: Path,
    canaries: dict[str, str],
    record_property: Callable[[str, object], None],
) -> None:
    """Killed at each trace, one after the other, in a world of its own each time; all that fail are named."""
    there, traces = whole
    failed = {}
    for last in range(tenth + 1, len(traces) + 1, 10):
        world = nearest(worlds, last)
        trace = traces[last - 1]
        try:
            with world.copied(tmp_path / "world") as place:
                killed, run = up(place, last + world.offset)
                assert killed, f"it was not killed at {trace}"
                trace = run[-1]
                recovers(place, there)
        except Exception as error:  # every point has its turn
            failed[last] = f"{trace}: {error}"
        finally:
            shutil.rmtree(tmp_path / "world", ignore_errors=True)
        record_property("kill", json.dumps([kind(trace), last not in failed]))
    assert failed == {}
