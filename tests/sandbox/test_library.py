"""The library: events, threads, executors, several orchestrators at a time, cancelling."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from orchestration import Event, Interrupted, Orchestrator, Sandbox, load_fleet
from tests.sandbox.place import Place, copied, opened, placed

pytestmark = pytest.mark.slow


def test_events_come_from_one_thread_and_in_order(starter_up: Place) -> None:
    """A listener needs no lock, and every event is there when the verb returns."""
    threads: set[int] = set()
    seen: list[Event] = []

    def listen(event: Event) -> None:
        threads.add(threading.get_ident())
        seen.append(event)

    target = Sandbox(starter_up.sandbox.directory)
    work = starter_up.folder / ".ewo"
    with Orchestrator(starter_up.fleet, target=target, work_dir=work, on_event=listen) as orchestrator:
        orchestrator.up()
    steps = [(event.kind, event.where) for event in seen if event.what == "step"]
    names = ["plan", "repositories", "provision", "wire", "schedule", "roll out"]
    assert len(threads) == 1 and threading.get_ident() not in threads
    assert steps == [(kind, name) for name in names for kind in ("started", "finished")]


def test_a_listener_that_fails_does_not_end_the_run(starter_up: Place) -> None:
    """The run's own record is complete whatever a listener does."""
    calls: list[Event] = []

    def listen(event: Event) -> None:
        calls.append(event)
        raise ValueError("a listener's mistake")

    target = Sandbox(starter_up.sandbox.directory)
    with (
        Orchestrator(
            starter_up.fleet, target=target, work_dir=starter_up.folder / ".ewo", on_event=listen
        ) as orchestrator,
        pytest.raises(ValueError, match="a listener's mistake"),
    ):
        orchestrator.up()
    assert calls


def test_two_orchestrators_in_one_process_do_not_disturb_each_other(starter_is_up: Path, tmp_path: Path) -> None:
    """Two fleets are changed at once, each in its own sandbox, and each gets its own."""
    found: dict[str, Any] = {}

    def change(name: str) -> None:
        with opened(copied(starter_is_up, tmp_path / name)) as place:
            place.edit("Hello from plant 2", f"Hello from {name}")
            found[name] = place.up(), placed(place.status())["plant-2-line"].values["greeting"], list(place.events)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(change, ("one", "two")))
    assert {name: item[0].exit_code for name, item in found.items()} == {"one": 0, "two": 0}
    assert {name: item[1] for name, item in found.items()} == {"one": "Hello from one", "two": "Hello from two"}
    assert not set(map(id, found["one"][2])) & set(map(id, found["two"][2]))


def test_an_executor_that_was_given_stays_open(starter_up: Place) -> None:
    """Whoever passes an executor goes on using it; one thread is enough."""
    with ThreadPoolExecutor(1) as pool:
        with starter_up.orchestrator(executor=pool) as orchestrator:
            assert orchestrator.up().exit_code == 0
        assert pool.submit(lambda: "open").result() == "open"


@pytest.mark.long
def test_a_cancelled_run_stops_and_the_next_finishes(starter: Place) -> None:
    """Cancelled while Terraform runs: state is kept, and nothing is made twice."""
    cancel = threading.Event()

    def stop(event: Event) -> None:
        if event.what == "stack" and event.where.startswith("sites") and event.kind == "progress":
            cancel.set()

    target, work = Sandbox(starter.sandbox.directory), starter.folder / ".ewo"
    with (
        Orchestrator(starter.fleet, target=target, work_dir=work, on_event=stop) as orchestrator,
        pytest.raises(Interrupted),
    ):
        orchestrator.up(cancel=cancel)
    assert "core" in starter.state_ids() and "shard-prod-01" not in starter.state_ids()
    assert starter.up().exit_code == 0
    assert starter.status().healthy


def test_the_parts_of_up_can_be_called_one_by_one(starter: Place) -> None:
    """provision, wire, schedule and roll_out come to what `up` comes to."""
    with starter.orchestrator() as orchestrator:
        outputs = orchestrator.provision(orchestrator.plan())
        assert set(outputs.stacks) == {
            "core",
            "sites-plant-1",
            "sites-plant-2",
            "links",
            "shard-dev-01",
            "shard-prod-01",
        }
        assert {row.branch for row in orchestrator.wire(outputs).commits} == {"main", "dev", "prod"}
        assert {row.branch for row in orchestrator.schedule().commits} == {"dev", "prod"}
        assert {row.outcome for row in orchestrator.roll_out().solutions} == {"done"}
        assert orchestrator.status().healthy
        assert not orchestrator.plan().changes


def test_reports_are_frozen(starter_up: Place) -> None:
    """What a verb returned stays what it was."""
    report = starter_up.status()
    with pytest.raises(AttributeError):
        report.problems = ()  # type: ignore[misc]  # that it cannot be set is the point


def test_loading_a_fleet_and_planning_need_no_secret(
    starter_is_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox makes its own tokens where none is set."""
    monkeypatch.delenv("GITHUB_TOKEN")
    monkeypatch.delenv("GITOPS_READ_TOKEN")
    folder = copied(starter_is_up, tmp_path / "copy")
    assert load_fleet(folder).repositories is not None
    with opened(folder) as place:
        assert place.status().healthy


def test_a_runs_id_goes_with_every_request(starter: Place) -> None:
    """Ours, the SDK's and Terraform's: Azure's logs can be searched for a run."""
    with starter.orchestrator() as orchestrator:
        since = starter.seen()
        report = orchestrator.up()
    asked = [row for row in starter.sandbox.requests(since) if row["path"].startswith(("/subscriptions", "/providers"))]
    assert {"Terraform", "azsdk", "edge-workload"} <= {
        sign for row in asked for sign in ("Terraform", "azsdk", "edge-workload") if sign in row["userAgent"]
    }
    assert {row["correlationId"] for row in asked} == {report.run}
