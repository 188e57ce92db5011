"""State that runners share: nothing of a run's own folder is needed by the next."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.errors import UsageError
from orchestration.fleet.init import write_starter
from orchestration.sandbox import start
from tests.sandbox.place import Place, rows

pytestmark = pytest.mark.slow

SHARED = {
    "http": "state: {http: {address: 'https://state.contoso.example/fleet'}}",
    "azurerm": "state: {azurerm: {resourceGroup: rg-state, storageAccount: contosostate, container: fleet}}",
}


@pytest.fixture(params=["http", pytest.param("azurerm", marks=pytest.mark.long)])
def shared(request: pytest.FixtureRequest, tmp_path: Path, canaries: dict[str, str]) -> Iterator[Place]:
    """The starter with shared state, its sandbox outside the folder of its runs."""
    yield from _place(tmp_path, SHARED[request.param])


@pytest.fixture
def by_http(tmp_path: Path, canaries: dict[str, str]) -> Iterator[Place]:
    """The starter with state on a server of states."""
    yield from _place(tmp_path, SHARED["http"])


def _place(tmp_path: Path, state: str) -> Iterator[Place]:
    write_starter(tmp_path / "starter", "starter")
    file = tmp_path / "starter" / "fleet.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{state}\n", encoding="utf-8")
    with start(tmp_path / "sandbox") as sandbox:
        yield Place(tmp_path / "starter", sandbox)


def lose(place: Place) -> None:
    """Remove everything that a runner keeps: its folder, and the client's side of the sandbox."""
    shutil.rmtree(place.folder / ".ewo")
    shutil.rmtree(place.sandbox.directory / "client")


def test_a_runner_that_keeps_nothing_changes_nothing(shared: Place) -> None:
    """With `.ewo` gone the next run skips every stack, commits, puts and reviews nothing."""
    first = shared.up()
    assert not first.failed
    lose(shared)
    since, heads = shared.seen(), shared.heads()

    second = shared.up()

    assert {row.outcome for row in rows(second).values()} == {"unchanged"}
    assert (second.failed, shared.writes(since), shared.heads()) == ((), [], heads)
    assert not list((shared.folder / ".ewo").rglob("*.tfstate"))


@pytest.mark.long
def test_down_leaves_no_state(by_http: Place) -> None:
    """A runner that keeps nothing takes down what another made; no state, lock or note is left."""
    assert not by_http.up().failed
    lose(by_http)

    report = by_http.down()

    assert report.exit_code == 0
    assert [path for path in (by_http.sandbox.directory / "states").rglob("*") if path.is_file()] == []


def test_a_lock_of_another_run_is_shown_with_its_holder(by_http: Place) -> None:
    """Terraform's lock decides; who holds it since when is in the error, and nothing is changed."""
    assert not by_http.up().failed
    held = {"ID": "8f6e", "Operation": "OperationTypeApply", "Who": "runner@build-7", "Created": "2026-01-02T03:04:05Z"}
    lock = by_http.sandbox.directory / "states/state.contoso.example/fleet/starter/core.tfstate.lock"
    lock.write_text(json.dumps(held), encoding="utf-8")
    by_http.edit("capabilities: [vision]  ", "capabilities: [vision, sound]  ")
    since = by_http.seen()

    with pytest.raises(Exception, match=r"runner@build-7") as caught:
        by_http.up()

    assert "2026-01-02 03:04:05" in str(caught.value)
    assert by_http.writes(since) == []


def test_states_of_another_cloud_are_refused(by_http: Place) -> None:
    """State says which cloud it belongs to; a run against another touches nothing."""
    assert not by_http.up().failed
    state = by_http.sandbox.directory / "states/state.contoso.example/fleet/starter/core.tfstate"
    state.write_text(
        state.read_text(encoding="utf-8").replace('"value": "sandbox"', '"value": "AzureCloud/t"'), "utf-8"
    )

    with pytest.raises(UsageError, match="belong to AzureCloud/t"):
        by_http.up()


def test_a_state_that_could_not_be_stored_is_pushed_back(by_http: Place) -> None:
    """What Terraform left in errored.tfstate is put where it belongs by the next run, which makes nothing twice."""
    by_http.sandbox.fault(status=403, path="/state/.*/shard-dev-01.tfstate", method="POST", times=40)
    first = by_http.up()
    assert [item.where for item in first.failed] == ["shard-dev-01"]
    by_http.sandbox.clear_faults()
    since = by_http.seen()

    second = by_http.up()

    assert second.failed == ()
    stored = by_http.sandbox.directory / "states/state.contoso.example/fleet/starter/shard-dev-01.tfstate"
    assert len(json.loads(stored.read_text(encoding="utf-8"))["resources"]) > 7
    assert not [path for path in by_http.writes(since) if "/extensions/" in path and "/lab-1/" in path]


def test_a_note_that_a_killed_run_left_is_forgotten(gitops_up: Place) -> None:
    """An apply that ended needs none any more; what one that did not end was to create is kept."""
    pending = gitops_up.sandbox.directory / "client/state/starter/pending"
    pending.mkdir(exist_ok=True)
    notes = {"shard-dev-01": gitops_up.state_ids()["shard-dev-01"][0], "shard-prod-01": "/of/no/state"}
    for name, id_ in notes.items():
        (pending / name).write_text(json.dumps({"resources": {"this": id_}, "keys": {}}), encoding="utf-8")

    assert gitops_up.up().failed == ()

    assert [path.name for path in pending.iterdir()] == ["shard-prod-01"]
