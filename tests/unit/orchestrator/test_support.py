"""What a support bundle is made of: records in any state, and texts without secrets."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from orchestration.errors import UsageError
from orchestration.orchestrator.runs import Run
from orchestration.orchestrator.support.records import find_record, read_record, read_records
from orchestration.orchestrator.support.redaction import Redaction

CANARY = "canary/writes+3f9d1c"
JWT = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJjYW5hcnkifQ.canary-signature"
KEY = "-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "text",
    [
        f"refused: {CANARY}",
        json.dumps({"a": f"{CANARY}<&>"}),
        base64.b64encode(f"x-access-token:{CANARY}".encode()).decode(),
        "https://x-access-token:canary%2Fwrites%2B3f9d1c@github.com/a/b",
    ],
)
def test_a_known_secret_is_taken_out_however_it_is_spelled(text: str) -> None:
    """Plain, in JSON, as Git's header, in an address."""
    redaction = Redaction([CANARY])
    found = redaction.text(text)
    assert "(secret)" in found and redaction.count
    assert not [form for form in ("canary", "Y2FuYXJ5", CANARY) if form in found]
    assert "canary" not in repr(redaction)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer canary-0123456789abcdef",
        "authorization: Basic Y2FuYXJ5LWJhc2ljLWNhbmFyeQ==",
        f"the token was {JWT}.",
        "fatal: https://canary:canary@git.example.com/a is gone",
        "https://canary@git.example.com/a",
        "clientSecret=canary-1",
        'said {"password": "canary 1 2"}',
        'said {\\"access_token\\": \\"canary\\"}',
        "DefaultEndpointsProtocol=https;AccountKey=canary0123==;x=y",
        "https://x.blob.core.windows.net/c?sv=2020&sig=canary%2Fabc",
        "IDENTITY_HEADER: canary-header",
        "ghp_canary0123456789canary0123456789",
        f"key:\n{KEY}\nend",
        "-----BEGIN PRIVATE KEY-----\ncanary that was cut off",
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str) -> None:
    """Tokens, passwords, keys and user info, known or not."""
    found = Redaction().text(text)
    assert "(secret)" in found
    assert "canary" not in found and "Y2FuYXJ5" not in found


@pytest.mark.parametrize(
    "text",
    [
        "clusterCredentials is to come from env GITOPS_READ_TOKEN, and there is nothing",
        "check the token for github.com: is it set, is it still valid",
        "repositories.credentials: env GITHUB_TOKEN",
        "https://github.com/contoso/contoso-control-plane at 1a2b3c4d5e6f",
        "PUT /subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg was refused: 403",
        "basic information about the bearer of it",
    ],
)
def test_prose_is_left_alone(text: str) -> None:
    """What helps is still there."""
    redaction = Redaction([CANARY])
    assert redaction.text(text) == text and redaction.count == 0


def test_a_document_keeps_its_shape() -> None:
    """Values go by their own looks and by their names', at any depth; numbers and truth stay."""
    document = {
        "failed": [{"error": f"no: {CANARY}", "count": 2}],
        "adminPassword": ["canary"],
        CANARY: None,
        "ok": True,
    }
    found = Redaction([CANARY]).document(document)
    assert found["failed"] == [{"error": "no: (secret)", "count": 2}]
    assert found["adminPassword"] == "(secret)" and found["ok"] is True
    assert "canary" not in json.dumps(found)


def recorded(work_dir: Path, *, keep: bool = True) -> Run:
    run = Run(work_dir, "up", fleet="plants", sandbox=work_dir / "sandbox")
    with run.opened():
        if keep:
            run.keep({"failed": []})
    return run


def test_a_record_tells_what_ran(tmp_path: Path) -> None:
    """Verb, time, outcome and the sandbox's folder, by its events."""
    run = recorded(tmp_path / ".ewo")
    found = read_record(run.folder)
    assert (found.id, found.verb, found.outcome, found.torn) == (run.id, "up", "done", False)
    assert found.sandbox == tmp_path / ".ewo" / "sandbox"
    assert run.id in str(found) and "up  done" in str(found)


def test_a_torn_line_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    """Cut anywhere in its last line a record can be read; damage elsewhere is told by its line."""
    run = recorded(tmp_path / ".ewo")
    file = run.folder / "events.jsonl"
    whole = file.read_bytes()
    begins = whole[:-1].rindex(b"\n") + 1
    for cut in range(begins + 1, len(whole) - 1):
        file.write_bytes(whole[:cut])
        found = read_record(run.folder)
        assert (len(found.events), found.torn, found.outcome, found.unreadable) == (2, True, "", ())
    file.write_bytes(whole[:-1])
    assert not read_record(run.folder).torn and read_record(run.folder).outcome == "done"
    file.write_bytes(b'{"a"\n\xff\xfe\n[]\n' + whole[:-5])
    found = read_record(run.folder)
    assert (found.unreadable, found.torn, found.verb) == ((1, 2, 3), True, "up")


def test_runs_are_found_by_id_beginning_or_as_the_latest(tmp_path: Path) -> None:
    """What names none or several is refused with the list."""
    runs = [recorded(tmp_path / ".ewo") for _ in range(3)]
    assert [item.id for item in read_records(tmp_path / ".ewo")] == [run.id for run in reversed(runs)]
    assert find_record(tmp_path / ".ewo", "latest").id == runs[-1].id
    assert find_record(tmp_path / ".ewo", runs[0].id).id == runs[0].id
    assert find_record(tmp_path / ".ewo", runs[0].id[:13]).id == runs[0].id
    (tmp_path / ".ewo" / "runs" / f"{runs[0].id}-more").mkdir()
    for wanted in ("nothing", "", "../runs", runs[0].id[:13]):
        with pytest.raises(UsageError) as caught:
            find_record(tmp_path / ".ewo", wanted)
        assert runs[0].id in caught.value.hint
    with pytest.raises(UsageError, match="there are no runs in") as caught:
        find_record(tmp_path / "elsewhere", "latest")
    assert "--fleet" in caught.value.hint
