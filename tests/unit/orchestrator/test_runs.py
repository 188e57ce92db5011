"""Run records: what is kept of each run, and how an error names the run that it ended."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from orchestration.errors import Interrupted, ServiceError
from orchestration.orchestrator.runs import KEPT, Run, run_line


def new_run(work_dir: Path, sandbox: Path | None = None) -> Run:
    return Run(work_dir, "up", fleet="plants", sandbox=sandbox)


def events(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_record_says_what_ran_where_and_how_it_ended(tmp_path: Path) -> None:
    """Verb, version, fleet and target at its beginning, the outcome at its end, for its owner alone."""
    run = new_run(tmp_path / ".ewo", tmp_path / "sandbox")
    with run.opened():
        run.keep({"failed": []})
    begun, target, ended = events(run)
    assert (begun["kind"], begun["what"], begun["where"]) == ("started", "run", "up")
    assert begun["message"].startswith("ewo ") and begun["message"].endswith("fleet plants")
    assert (target["where"], target["message"]) == ("sandbox", str(tmp_path / "sandbox"))
    assert (ended["kind"], ended["what"], ended["outcome"]) == ("finished", "run", "done")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in run.folder.iterdir()}
    assert modes == {0o600} and stat.S_IMODE(run.folder.stat().st_mode) == 0o700


def test_a_report_with_a_failure_ends_a_failed_run(tmp_path: Path) -> None:
    """A part that failed is no error, and the record says so all the same."""
    run = new_run(tmp_path / ".ewo")
    with run.opened():
        run.keep({"failed": [{"what": "stack"}]})
    assert events(run)[-1]["outcome"] == "failed"


def test_an_error_names_the_run_it_ended(tmp_path: Path) -> None:
    """As a field for programs and as a line for people; the record holds its text."""
    run = new_run(tmp_path / "plants" / ".ewo")
    with pytest.raises(ServiceError) as caught, run.opened():
        raise ServiceError("no luck")
    assert caught.value.run == run.id
    assert caught.value.__notes__ == [f"run {run.id}: ewo support-bundle {run.id} --fleet {tmp_path / 'plants'}"]
    assert (events(run)[-1]["outcome"], events(run)[-1]["message"]) == ("failed", "no luck")


def test_a_defect_of_ours_leaves_its_traceback(tmp_path: Path) -> None:
    """Who gets the record sees where it broke."""
    run = new_run(tmp_path / ".ewo")
    with pytest.raises(ZeroDivisionError), run.opened():
        1 / 0  # noqa: B018 - the error is what is wanted
    assert "ZeroDivisionError" in events(run)[-1]["message"] and "test_runs.py" in events(run)[-1]["message"]


def test_an_interrupt_is_no_failure(tmp_path: Path) -> None:
    """Who asked to stop is not sent to the support."""
    run = new_run(tmp_path / ".ewo")
    with pytest.raises(Interrupted) as caught, run.opened():
        raise Interrupted("interrupted")
    assert not getattr(caught.value, "__notes__", None)
    assert events(run)[-1]["outcome"] == "interrupted"


def test_the_last_twenty_are_kept(tmp_path: Path) -> None:
    """Older ones go when a new run begins."""
    made = []
    for number in range(KEPT + 3):
        run = new_run(tmp_path / ".ewo")
        with run.opened():
            made.append(run.folder)
        os.utime(run.folder, (number, number))
    left = {path for path in made if path.exists()}
    assert left == set(made[3:])


def test_the_line_needs_no_option_in_the_fleets_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From elsewhere it names the fleet, quoted for a shell."""
    folder = tmp_path / "our plants"
    folder.mkdir()
    assert run_line("1", folder) == f"run 1: ewo support-bundle 1 --fleet '{folder}'"
    monkeypatch.chdir(folder)
    assert run_line("1", folder / "fleet.yaml") == "run 1: ewo support-bundle 1"


def test_the_last_twenty_are_kept_whatever_the_clock_says(tmp_path: Path) -> None:
    """A clock that is put back gives later runs earlier times; the record being written stays, and twenty in all."""
    for number in range(KEPT + 3):
        run = new_run(tmp_path / ".ewo")
        with run.opened():
            run.keep({"failed": []})
        os.utime(run.folder, (4_000_000_000 - number, 4_000_000_000 - number))
    last = new_run(tmp_path / ".ewo")
    with last.opened():
        last.keep({"failed": []})
    kept = list((tmp_path / ".ewo" / "runs").iterdir())
    assert last.folder in kept and len(kept) == KEPT
    assert events(last)[-1]["outcome"] == "done"
