"""Rollback: what got the newest version goes back to what ran before, and the fleet file says so."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from orchestration import Event, Interrupted, Orchestrator, Sandbox, UsageError
from orchestration.reports import SolutionsReport
from tests.sandbox.place import Place
from tests.sandbox.test_solution_verbs import FIVE, outcomes, raise_version, take, versions
from tests.support import problems_with

pytestmark = pytest.mark.slow


def back(place: Place, *targets: str, **options: Any) -> SolutionsReport:
    """Roll line-vision back."""
    with place.orchestrator() as orchestrator:
        report = orchestrator.rollback("line-vision", targets, **options)
    assert problems_with(report.to_json(), "rollout") == []
    return report


def held(place: Place) -> list[str | None]:
    """Return the versions that the placements hold their environments at."""
    return [item.version for item in place.fleet.solutions["line-vision"].placements]


@pytest.fixture
def raised(contoso_up: Place) -> Place:
    """Contoso raised to 1.1.0, which failed at lille in the second ring."""
    raise_version(contoso_up)
    contoso_up.sandbox.fault_target("lille-1-line", what="fail")
    assert contoso_up.up().exit_code == 4
    return contoso_up


def test_what_changed_goes_back_and_stays_there(raised: Place) -> None:
    """Also the target that failed; the one that was never reached is left, and `up` has nothing to do after it."""
    text = (raised.folder / "fleet.yaml").read_text("utf-8")
    since = raised.seen()
    report = back(raised)

    assert outcomes(report) == dict.fromkeys(FIVE[:4], "done") | {"bilbao-1-line": "unchanged"}
    assert report.exit_code == 0 and versions(raised) == ["1.0.0"] * 5
    assert {path.rsplit("/", 1)[1] for path in raised.reviews(since)} == {"installSolution"}
    assert "line-vision on bilbao-1-line is left as it is: it has 1.0.0 there" in report.notes
    written = text.replace("{environment: dev}", "{environment: dev, version: 1.0.0}")
    written = written.replace("{environment: qa}", "{environment: qa, version: 1.0.0}")
    written = written.replace(
        "environment: prod\n        targets", "environment: prod\n        version: 1.0.0\n        targets"
    )
    assert (raised.folder / "fleet.yaml").read_text("utf-8") == written
    assert [(row.environment, row.text, row.outcome) for row in report.edits] == [
        (name, "version: 1.0.0", "done") for name in ("dev", "qa", "prod")
    ]

    after = raised.up()
    assert {row.outcome for row in after.solutions} == {"unchanged"} and after.exit_code == 0
    with raised.orchestrator() as orchestrator:
        assert orchestrator.solution_status().healthy


def test_a_second_rollback_changes_nothing(raised: Place) -> None:
    """It does not go back further, and does not touch the file."""
    back(raised)
    text, since = (raised.folder / "fleet.yaml").read_bytes(), raised.seen()
    again = back(raised)

    assert set(outcomes(again).values()) == {"unchanged"} and again.edits == ()
    assert raised.reviews(since) == raised.writes(since) == []
    assert (raised.folder / "fleet.yaml").read_bytes() == text


def test_the_rollback_of_one_target_says_what_follows(raised: Place) -> None:
    """Its environment is held, so the others of it follow with the next `up`."""
    report = back(raised, "lille-1-line")

    assert outcomes(report) == {"lille-1-line": "done"}
    assert held(raised) == [None, None, "1.0.0"]
    assert any("the next `ewo up` brings lyon-1-line-a, bilbao-1-line there, too" in note for note in report.notes)
    assert versions(raised) == ["1.1.0", "1.1.0", "1.1.0", "1.0.0", "1.0.0"]
    assert {row.outcome for row in take(raised, "install").solutions} == {"unchanged", "done"}
    assert versions(raised) == ["1.1.0", "1.1.0", "1.0.0", "1.0.0", "1.0.0"]


def test_an_environment_and_a_file_that_is_left(raised: Place) -> None:
    """With `edit=False` the line is told, and a later run goes forward again."""
    report = back(raised, environment="qa", edit=False)

    assert outcomes(report) == {"pilot-1-line": "done"} and held(raised) == [None] * 3
    assert [(row.environment, row.outcome, row.line) for row in report.edits] == [("qa", "skipped", 124)]
    assert take(raised, "install", environment="qa").solutions[0].outcome == "done"


def test_what_never_had_another_version_has_nothing_to_go_back_to(contoso_up: Place) -> None:
    """It is told, and nothing is touched: neither the target nor the file."""
    text, since = (contoso_up.folder / "fleet.yaml").read_bytes(), contoso_up.seen()
    report = back(contoso_up)

    assert set(outcomes(report).values()) == {"skipped"} and report.exit_code == 0
    assert report.notes[0].endswith("was skipped: no version before 1.0.0 ever ran there")
    assert contoso_up.reviews(since) == [] and (contoso_up.folder / "fleet.yaml").read_bytes() == text


def test_a_rollback_that_was_cut_short_is_gone_on_with(raised: Place) -> None:
    """The file says so from the start; another rollback brings the rest, and so would `up`."""
    cancel = threading.Event()

    def stop(event: Event) -> None:
        if event.kind == "progress" and "install done" in event.message:
            cancel.set()

    target, work = Sandbox(raised.sandbox.directory), raised.folder / ".ewo"
    with (
        Orchestrator(raised.fleet, target=target, work_dir=work, on_event=stop, jobs=1) as orchestrator,
        pytest.raises(Interrupted),
    ):
        orchestrator.rollback("line-vision", cancel=cancel)
    assert held(raised) == ["1.0.0"] * 3 and "1.1.0" in versions(raised)

    assert set(outcomes(back(raised)).values()) <= {"done", "unchanged"}
    assert versions(raised) == ["1.0.0"] * 5


def test_an_installation_that_was_begun_is_waited_for(raised: Place) -> None:
    """The run before ended while the version before was being deployed: the target is not there yet."""
    raised.sandbox.fault_target("lab-1-line", what="slow", seconds=4)
    cancel = threading.Event()
    threading.Timer(2, cancel.set).start()
    with pytest.raises(Interrupted):
        back(raised, "lab-1-line", cancel=cancel)

    report = back(raised, "lab-1-line")
    assert [(row.version, row.outcome) for row in report.solutions] == [("1.0.0", "done")]
    assert outcomes(back(raised, "lab-1-line")) == {"lab-1-line": "unchanged"}


def test_a_target_that_fails_to_go_back_is_told(raised: Place) -> None:
    """Rings after it are left as they are and told why; the next rollback, or `up`, tries it again."""
    raised.sandbox.fault_target("pilot-1-line", what="fail")
    report = back(raised)
    told = "line-vision on lyon-1-line-a, lille-1-line was skipped: pilot-1-line failed in ring 1 of qa"

    assert list(outcomes(report).values()) == ["done", "failed", "skipped", "skipped", "unchanged"]
    assert report.exit_code == 4 and told in report.notes
    assert report.failed[0].where == "line-vision on pilot-1-line"
    raised.sandbox.clear_fault("target", "pilot-1-line")
    assert take(raised, "install", continue_failed=True).exit_code == 0
    assert versions(raised) == ["1.0.0"] * 5


def test_a_rollback_goes_ring_by_ring(raised: Place) -> None:
    """A ring begins when the one before is healthy; what a placement tolerates does not stop it."""
    raised.edit("rings: [1, 50%, 100%]", "maxUnavailable: 1\n        rings: [2, 100%]")
    raised.sandbox.fault_target("lyon-1-line-a", what="fail")
    raised.sandbox.fault_target("lab-1-line", what="slow", seconds=1)
    report = back(raised)
    ended = [event.where for event in raised.events if event.kind == "finished" and event.where in FIVE]

    assert list(outcomes(report).values()) == ["done", "done", "failed", "done", "unchanged"]
    assert ended[-4:-2] == ["lab-1-line", "pilot-1-line"]


def test_a_file_that_cannot_be_changed_is_told_with_the_line(raised: Place) -> None:
    """The targets go back all the same."""
    with raised.orchestrator() as orchestrator:
        raised.edit("# The fleet", "# Changed meanwhile.\n# The fleet")
        report = orchestrator.rollback("line-vision", environment="dev")

    assert outcomes(report) == {"lab-1-line": "done"} and report.exit_code == 4
    assert [(row.text, row.outcome) for row in report.edits] == [("version: 1.0.0", "failed")]
    assert "was changed since it was read" in report.failed[0].error
    assert "write version: 1.0.0 into the placement" in report.failed[0].hint


@pytest.mark.parametrize(
    ("targets", "options", "told"),
    [
        (("vigo-1-line",), {}, "line-vision is not placed on vigo-1-line"),
        (("line",), {}, "no target 'line'"),
        ((), {"environment": "test"}, "no environment 'test'"),
        (("lab-1-line",), {"environment": "dev"}, "targets and an environment are given"),
    ],
    ids=["unplaced", "target", "environment", "both"],
)
def test_what_cannot_be_rolled_back_is_refused(
    contoso_seen: Place, targets: tuple[str, ...], options: dict[str, Any], told: str
) -> None:
    """Before anything is touched."""
    with pytest.raises(UsageError, match=told):
        back(contoso_seen, *targets, **options)
