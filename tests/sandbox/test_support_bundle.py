"""`ewo support-bundle` on runs that really took place: what is in the file, and what must not be."""

from __future__ import annotations

import base64
import json
import os
import signal
import stat
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from orchestration.drivers.process import clean_environment
from orchestration.fleet.init import write_starter
from orchestration.orchestrator.support import Bundle, make_bundle
from tests.sandbox.place import Place
from tests.support import without_edge

pytestmark = pytest.mark.slow

PROGRAM = (sys.executable, "-c", "from orchestration.cli import main; main()")
DOCUMENTS = {"bundle.json", "doctor.json", "versions.json"}


def members(bundle: Path) -> dict[str, bytes]:
    """Return the files of a bundle by their path in its folder."""
    with tarfile.open(bundle) as archive:
        found = archive.getmembers()
        assert all(item.isfile() and item.mode == 0o600 for item in found)
        (root,) = {item.name.split("/")[0] for item in found}
        assert root.startswith("ewo-support-")
        return {item.name.partition("/")[2]: archive.extractfile(item).read() for item in found}  # type: ignore[union-attr]


def document(bundle: Bundle, name: str) -> Any:
    return json.loads(members(bundle.path)[name])


def leaks(bundle: Path, secrets: list[str]) -> list[str]:
    """Return where a secret is in a bundle, plain or as base64."""
    forms = [form for secret in secrets for form in (secret.encode(), base64.b64encode(secret.encode()))]
    return [name for name, content in members(bundle).items() if any(form in content for form in forms)]


def test_a_bundle_tells_all_but_the_secrets(gitops_only: Place, canaries: dict[str, str], tmp_path: Path) -> None:
    """Whatever got into a record, as a service said it or by an older version: the bundle holds none of it."""
    sandbox = gitops_only.sandbox
    secrets = [sandbox.token, sandbox.identity_header, *canaries.values()]
    said = (
        f"sent: {' '.join(secrets)}; Bearer {'x' * 20}canary; https://me:canary-info@example.com; password=canary-word"
    )
    gitops_only.plan()
    sandbox.fault(status=400, path="/extensions/flux$", times=50, method="PUT", message=said)
    report = gitops_only.up()
    assert report.failed
    record = gitops_only.folder / ".ewo" / "runs" / report.run
    for name in ("shard-dev-01.log", "events.jsonl"):
        line = said if name.endswith(".log") else json.dumps({"what": "stack", "message": said})
        with (record / name).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    (record / "terraform.tfstate").write_text("canary-state", encoding="utf-8")
    (record / "other.log").symlink_to(sandbox.directory / "keys.json")

    bundle = make_bundle("latest", fleet=gitops_only.folder, to=tmp_path)

    assert bundle.path == tmp_path / f"ewo-support-{report.run}.tar.gz"
    assert stat.S_IMODE(bundle.path.stat().st_mode) == 0o600
    names = {path.name for path in record.iterdir()} - {"terraform.tfstate", "other.log"}
    assert set(members(bundle.path)) == {*DOCUMENTS, *(f"run/{name}" for name in names)}
    assert "run/shard-dev-01.log" in members(bundle.path)
    assert leaks(bundle.path, [*secrets, "canary"]) == [] and bundle.taken_out > 0
    assert sorted(note for note in bundle.notes if "no part of a record" in note) == [
        "other.log is left out: it is no part of a record",
        "terraform.tfstate is left out: it is no part of a record",
    ]
    assert document(bundle, "run/report.json")["run"] == report.run
    for name in ("run/shard-dev-01.log", "run/events.jsonl"):
        assert "sent: (secret) (secret) (secret) (secret); Bearer (secret);" in members(bundle.path)[name].decode()
    events = members(bundle.path)["run/events.jsonl"].decode().splitlines()
    assert len(events) == len((record / "events.jsonl").read_text(encoding="utf-8").splitlines())


def test_a_bundle_says_with_what_it_ran(starter_up: Place, tmp_path: Path) -> None:
    """Versions of all that took part, and the doctor's report on the target of the run."""
    bundle = make_bundle("latest", fleet=starter_up.folder / "fleet.yaml", to=tmp_path / "it.tar.gz")
    versions = document(bundle, "versions.json")
    assert bundle.path == tmp_path / "it.tar.gz"
    assert {"ewo", "platform", "python", "terraform", "git", "azapi", "azapiTaken", "libraries"} == set(versions)
    assert {"azure-core", "click", "pydantic", "starlette"} <= set(versions["libraries"])
    assert "pytest" not in versions["libraries"] and "not installed" not in versions["libraries"].values()
    assert len(versions["azapiTaken"]) == 1
    doctor = document(bundle, "doctor.json")
    assert doctor["schema"] == "ewo.doctor/1"
    assert {"terraform", "fleet", "sandbox"} <= {row["name"] for row in doctor["checks"]}
    assert document(bundle, "bundle.json")["run"] == bundle.run


def ewo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = {"PYTHONPATH": os.pathsep.join(sys.path), "AZURE_CONFIG_DIR": str(folder / "azure")}
    return subprocess.run(
        (*PROGRAM, *arguments),
        cwd=folder,
        env=clean_environment(extra=given),
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_a_killed_run_can_be_packed(tmp_path: Path) -> None:
    """A record without end or report, its last line torn: what is there is packed, what is not is told."""
    folder = tmp_path / "starter"
    write_starter(folder, "starter")
    without_edge(folder)
    given = {"PYTHONPATH": os.pathsep.join(sys.path)}
    argv = (*PROGRAM, "up", "starter", "--sandbox", "-v")
    with subprocess.Popen(
        argv, cwd=tmp_path, env=clean_environment(extra=given), stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        assert any("stack" in line for line in running.stderr)
        running.send_signal(signal.SIGKILL)
        running.stderr.read()
    (record,) = (folder / ".ewo" / "runs").iterdir()
    events = record / "events.jsonl"
    with events.open("ab") as file:
        file.write(b'{"time": 1, "kind": "finished", "message": "canary-cut-o')
    done = ewo(tmp_path, "support-bundle", record.name[:8], "--fleet", "starter")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"ewo-support-{record.name}.tar.gz\n"
    for told in ("the last line of events.jsonl is torn", "the run did not end by itself", "there is no report"):
        assert f"note: {told}" in done.stderr
    assert "GITHUB_TOKEN) is not set now: its value could not be looked for" in done.stderr
    assert "look through it before you give it away" in done.stderr
    assert leaks(tmp_path / done.stdout.strip(), ["canary"]) == []


def test_an_unknown_run_lists_those_there_are(starter_up: Place) -> None:
    """Exit 2 with ids, times, verbs and outcomes; without runs, where they are looked for."""
    (record,) = (starter_up.folder / ".ewo" / "runs").iterdir()
    done = ewo(starter_up.folder, "support-bundle", "zzz")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no run 'zzz'" in done.stderr and record.name in done.stderr and "up  done" in done.stderr
    assert ewo(starter_up.folder.parent, "support-bundle", "latest").returncode == 2
    refused = ewo(starter_up.folder, "support-bundle", "latest", "--to", "nowhere/at/all.tar.gz")
    assert refused.returncode == 1 and "--to FILE" in refused.stderr and "Traceback" not in refused.stderr


@pytest.mark.parametrize("text", ["version: 1\nname: [", None])
def test_a_record_can_be_packed_without_a_valid_fleet(starter_up: Place, tmp_path: Path, text: str | None) -> None:
    """What the fleet refers to is then not known, and that is said."""
    if text is None:
        (starter_up.folder / "fleet.yaml").unlink()
    else:
        (starter_up.folder / "fleet.yaml").write_text(text, encoding="utf-8")
    bundle = make_bundle("latest", fleet=starter_up.folder, to=tmp_path)
    assert any("there is no valid fleet" in note for note in bundle.notes)
    assert leaks(bundle.path, [starter_up.sandbox.token, starter_up.sandbox.identity_header]) == []
    names = [row["name"] for row in document(bundle, "doctor.json")["checks"]]
    assert ("fleet" in names) == (text is not None)
