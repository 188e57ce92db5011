"""What a run leaves behind about itself, and what it leaves out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestration import DestroyRefused, ServiceError
from tests.sandbox.place import Place

pytestmark = pytest.mark.slow


def records(place: Place) -> list[Path]:
    """Return the folders of the run records, oldest first."""
    return sorted((place.folder / ".ewo" / "runs").iterdir(), key=lambda path: path.stat().st_mtime_ns)


def test_a_service_that_repeats_a_secret_does_not_get_it_into_the_record(gitops_only: Place) -> None:
    """Neither Terraform's logs nor the events and the report hold it, whoever told it."""
    sandbox = gitops_only.sandbox
    secret, token = sandbox.identity_header, sandbox.token
    gitops_only.plan()
    said = f"The caller sent {secret}."
    sandbox.fault(status=400, path="rg-starter$", method="GET", message=f"You are {token}.", times=50)
    with pytest.raises(ServiceError, match=token):
        gitops_only.up()
    sandbox.clear_faults()
    sandbox.fault(status=400, path="/extensions/flux$", times=50, method="PUT", message=said)
    report = gitops_only.up()
    assert "The caller sent (secret)." in report.failed[0].error
    refused, record = records(gitops_only)
    assert "You are (secret)." in (refused / "events.jsonl").read_text(encoding="utf-8")
    assert token not in (refused / "events.jsonl").read_text(encoding="utf-8")
    texts = {path.name: path.read_text(encoding="utf-8") for path in record.iterdir()}
    assert "The caller sent (secret)." in texts["shard-dev-01.log"]
    assert not [name for name, text in texts.items() if secret in text]


def test_a_refused_run_is_named_and_recorded(starter_up: Place) -> None:
    """The record of a run that destroyed nothing says what it would have destroyed."""
    starter_up.edit("    targets:\n      - {name: lab-1-line, capabilities: [vision]}\n", "")
    with pytest.raises(DestroyRefused) as caught:
        starter_up.up()
    record = records(starter_up)[-1]
    assert caught.value.run == record.name
    last = json.loads((record / "events.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (last["what"], last["outcome"]) == ("run", "failed") and "the plan destroys 2 things" in last["message"]
