"""How checks are run: bounded in time, and none in the way of another."""

from __future__ import annotations

import time
from pathlib import Path

from orchestration.drivers import programs
from orchestration.errors import ServiceError
from orchestration.orchestrator.doctor.examine import DEFECT, Check, run_checks
from orchestration.orchestrator.doctor.place import Place
from orchestration.orchestrator.doctor.report import Finding, ok


def fine(place: Place) -> Finding:
    return ok("it is there")


def refused(place: Place) -> Finding:
    raise ServiceError("no luck", hint="try harder")


def broken(place: Place) -> Finding:
    raise KeyError("a defect")


def test_a_check_that_fails_or_breaks_stops_no_other(tmp_path: Path) -> None:
    """Errors raised on purpose are findings with their hint; a defect is told as one."""
    table = [Check("broken", broken), Check("refused", refused), Check("fine", fine)]
    report = run_checks(table, Place(tmp_path))
    assert not report.healthy
    assert [(row.name, row.outcome, row.fix) for row in report.checks] == [
        ("broken", "fail", DEFECT),
        ("refused", "fail", "try harder"),
        ("fine", "ok", ""),
    ]


def test_a_check_that_hangs_is_given_up_and_its_program_ended(tmp_path: Path) -> None:
    """The others are reported in time, and nothing is left running, not even what takes no notice of an interrupt."""
    seen, tool = tmp_path / "pid", tmp_path / "tool"
    tool.write_text(f"#!/bin/sh\ntrap '' INT\necho $$ > {seen}\nexec sleep 60\n")
    tool.chmod(0o755)

    def hanging(place: Place) -> Finding:
        programs.version((str(tool),), cancel=place.stop)
        return ok("too late")

    began = time.monotonic()
    report = run_checks([Check("hanging", hanging), Check("fine", fine)], Place(tmp_path), seconds=1)
    assert time.monotonic() - began < 5
    assert [(row.name, row.outcome) for row in report.checks] == [("hanging", "fail"), ("fine", "ok")]
    assert "no answer within 1 seconds" in report.checks[0].detail
    assert not Path(f"/proc/{seen.read_text().strip()}").exists()


def test_checks_run_at_once(tmp_path: Path) -> None:
    """Ten slow answers take no longer than one."""

    def slow(place: Place) -> Finding:
        place.stop.wait(0.5)
        return ok("")

    began = time.monotonic()
    assert run_checks([Check(str(number), slow) for number in range(10)], Place(tmp_path)).healthy
    assert time.monotonic() - began < 3
