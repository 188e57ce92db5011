"""What the verbs return is what their JSON Schemas say."""

from __future__ import annotations

import pytest

from orchestration.reports import PlanReport, UpReport
from tests.sandbox.place import FirstRun, Place
from tests.support import problems_with

pytestmark = pytest.mark.slow


def test_a_first_run(first_run: FirstRun) -> None:
    """A plan and a run from nothing: every list has something in it."""
    assert problems_with(first_run.planned.to_json(), "plan") == []
    assert problems_with(first_run.report.to_json(), "up") == []
    for report in (first_run.planned.to_json(), first_run.report.to_json()):
        assert all(report[key] for key in ("waves", "commits", "assignments", "solutions", "notes"))


def test_a_second_run_and_the_status(contoso_seen: Place) -> None:
    """Nothing changes, and everything stands."""
    assert problems_with(contoso_seen.plan().to_json(), "plan") == []
    assert problems_with(contoso_seen.up().to_json(), "up") == []
    assert problems_with(contoso_seen.status().to_json(), "status") == []


def test_a_run_that_fails_and_an_end(starter_up: Place) -> None:
    """Failures, what is destroyed, what is left, and every event in between."""
    starter_up.edit("hello from the lab", "good morning from the lab")
    starter_up.edit("      - {name: lab-1-line, capabilities: [vision]}\n", "      []\n")
    starter_up.sandbox.fault(status=409, path="/targets/lab-1-line", times=50, method="DELETE")
    planned, report = starter_up.plan(), starter_up.up(allow=2)
    assert planned.destroys and planned.commits and report.failed
    assert problems_with(planned.to_json(), "plan") == []
    assert problems_with(report.to_json(), "up") == []
    assert problems_with(starter_up.status().to_json(), "status") == []
    assert problems_with(starter_up.down().to_json(), "down") == []
    assert starter_up.events
    assert [found for event in starter_up.events for found in problems_with(event.to_json(), "event")] == []


@pytest.mark.parametrize(
    "report", [PlanReport("0" * 64, (), (), (), (), ()), UpReport("0" * 64, (), (), (), (), (), {}, (), "x")]
)
def test_nothing_at_all(report: PlanReport | UpReport) -> None:
    """Empty lists are there, too."""
    assert problems_with(report.to_json(), "plan" if isinstance(report, PlanReport) else "up") == []
