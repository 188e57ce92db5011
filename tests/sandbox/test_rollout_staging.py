"""Images that cannot be staged: what a rollout tells of them, and that it goes on once there is room."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
import yaml

from orchestration.fleet.model import Fleet, Ring
from orchestration.solutions import solution_status
from orchestration.solutions.decision import SEE_TO_REGISTRY, STAGE
from tests.sandbox.place import Place
from tests.sandbox.rollout_support import FIVE, World, by_target, in_production, with_solution
from tests.sandbox.test_solution_verbs import outcomes, raise_version, take, versions

IMAGE = "contoso.azurecr.io/line-vision:1.4.2"
REGISTRY = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso"
SAYS = f"image '{IMAGE}' cannot be staged: the connected registry has no space left on device"


def staged(specification: Any) -> Any:
    """Return a specification whose first component has an image to be staged."""
    changed = copy.deepcopy(specification)
    changed["components"][0]["properties"]["staged"] = {"acrResourceId": REGISTRY, "images": [IMAGE]}
    return changed


@pytest.fixture
def with_images(fresh: World, fleet: Fleet) -> Fleet:
    """The fleet whose solution is 1.1.0, which has an image to be staged."""
    solution = fleet.solutions["line-vision"]
    content = solution.contents["1.0.0"]
    content = replace(content, specification=staged(content.specification))
    changed = with_solution(fleet, version="1.1.0", contents={**solution.contents, "1.1.0": content})
    fresh.upload(changed, changed.solutions["line-vision"])
    return changed


def test_it_is_told_by_up_and_goes_on_when_asked(contoso_up: Place) -> None:
    """Target, solution, step, the service's words and what to do; then it is staged as a new revision."""
    raise_version(contoso_up)
    file = contoso_up.folder / "solutions" / "line-vision" / "specification.yaml"
    file.write_text(yaml.safe_dump(staged(yaml.safe_load(file.read_text("utf-8")))), "utf-8")
    contoso_up.sandbox.fault_target("lab-1-line", what="unstaged")

    report = contoso_up.up()

    (failure,) = report.failed
    assert report.exit_code == 4 and (failure.what, failure.where) == ("solution", "line-vision on lab-1-line")
    assert failure.error.startswith("publish ") and "StagingFailed" in failure.error and SAYS in failure.error
    assert failure.hint == f"{SEE_TO_REGISTRY}; then run again with --continue"

    again = take(contoso_up, "install")
    assert outcomes(again) == dict(zip(FIVE, ["failed", *["skipped"] * 4], strict=True))
    assert again.failed[0].error == f"its images could not be staged: {IMAGE}: {SAYS}"
    assert take(contoso_up, "install", continue_failed=True).exit_code == 0
    assert versions(contoso_up) == ["1.1.0"] * 5


def test_one_of_a_ring_does_not_hold_up_the_others(fresh: World, with_images: Fleet) -> None:
    """Published at once, each is told by itself; the one goes on alone, the images of the others stay."""
    fleet = in_production(with_images, Ring(percent=100))
    fresh.sandbox.fault_target("lille-1-line", what="unstaged")
    report = fresh.roll_out(fleet)

    failed = {"lyon-1-line-a": "done", "lille-1-line": "failed", "bilbao-1-line": "done"}
    assert by_target(report) == failed
    row = report.solutions[1]
    assert row.error == f"its images could not be staged: {IMAGE}: {SAYS}" and row.hint == STAGE
    assert by_target(fresh.roll_out(fleet)) == failed | {"lyon-1-line-a": "unchanged", "bilbao-1-line": "unchanged"}

    assert by_target(fresh.roll_out(fleet, continue_failed=True))["lille-1-line"] == "done"
    status = solution_status(fleet, fresh.arm)
    assert [(status[name][0].revision, status[name][0].healthy) for name in failed] == [(1, True), (2, True), (1, True)]
