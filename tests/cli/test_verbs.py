"""The program from end to end: exit codes, what goes where, signals, a sandbox of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.sandbox.process import join
from tests.cli.conftest import Ewo, gone, stderr_until
from tests.support import replace, without_edge

Start = Callable[..., subprocess.Popen[str]]
SECRETS = {"GITHUB_TOKEN": "canary-env-1f", "GITOPS_READ_TOKEN": "canary-env-2e"}


def test_the_program_from_init_to_down(ewo: Ewo, tmp_path: Path) -> None:
    """A stranger's first session: every command's exit code, and data on stdout alone."""
    assert ewo("init", "plants").returncode == 0
    planned = ewo("plan", "plants", "--sandbox", "--exit-code", "--output", "json", **SECRETS)
    assert planned.returncode == 3
    plan = json.loads(planned.stdout)
    assert plan["schema"] == "ewo.plan/1" and plan["changes"] is True
    assert ewo("up", "plants", "--sandbox", "--expect", "0" * 64, **SECRETS).returncode == 1

    made = ewo("up", "plants", "--sandbox", "--expect", plan["digest"], "-o", "json", "--log-format", "json", **SECRETS)
    report = json.loads(made.stdout)
    events = [json.loads(line) for line in made.stderr.splitlines()]
    assert made.returncode == 0 and report["schema"] == "ewo.up/1" and report["failed"] == []
    assert {"started", "progress", "finished"} == {event["kind"] for event in events}
    assert not [name for name, secret in SECRETS.items() if secret in made.stdout + made.stderr]

    again = ewo("plan", "plants", "--sandbox", "--exit-code", **SECRETS)
    assert again.returncode == 0 and "nothing to change" in again.stdout
    status = ewo("status", "plants", "--sandbox", "--output", "json", **SECRETS)
    assert status.returncode == 0 and json.loads(status.stdout)["healthy"] is True

    compare = ("solution", "resolve", "plants", "line-hello", "--diff", "--sandbox", "--exit-code")
    same = ewo(*compare, **SECRETS)
    assert same.returncode == 0 and "1.0.0 revision 1 runs (Deployed); nothing would change" in same.stdout
    replace(tmp_path / "plants" / "fleet.yaml", "{Greeting: Hello from plant 2}", "{Greeting: Hello}")
    differs = ewo(*compare, **SECRETS)
    assert differs.returncode == 3 and "line-hello 1.0.0 would change 1 value" in differs.stdout
    (row,) = (line for line in differs.stdout.splitlines() if '"Hello from plant 2"' in line)
    assert '"Hello"' in row and "node plant-2" in row and "plants/fleet.yaml:" in row

    targets = "    targets:\n      - {name: lab-1-line, capabilities: [vision]}\n"
    replace(tmp_path / "plants" / "fleet.yaml", targets, "")
    refused = ewo("up", "plants", "--sandbox", "--allow-destroy", "1", **SECRETS)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "the plan destroys 2 things, 1 are allowed" in refused.stderr and "--allow-destroy 2" in refused.stderr
    named = re.search(r"^run (\S+): ewo support-bundle \1 --fleet (\S+)$", refused.stderr, re.MULTILINE)
    assert named and Path(named[2]) == tmp_path / "plants"

    removed = ewo("down", "plants", "--sandbox", "--yes", "--output", "json", **SECRETS)
    assert removed.returncode == 0 and json.loads(removed.stdout)["failed"] == []
    assert ewo("status", "plants", "--sandbox").returncode == 1


@pytest.mark.long
def test_an_interrupt_during_terraform_is_safe(start: Start, ewo: Ewo, starter_folder: Path) -> None:
    """Exit 130, the sandbox gone, state kept and the lock released; the next run completes the fleet."""
    without_edge(starter_folder)
    process = start("up", "starter", "--sandbox", "-v")
    stderr_until(process, r"stack +shard-.*Creating")
    sandbox = json.loads((starter_folder / ".ewo/sandbox/sandbox.json").read_text(encoding="utf-8"))
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert output == "" and "Traceback" not in errors and "again" in errors
    assert gone(sandbox["pid"])
    assert (starter_folder / ".ewo/sandbox/client/state/starter/core.tfstate").exists()
    done = ewo("up", "starter", "--sandbox")
    assert done.returncode == 0, done.stderr
    assert ewo("status", "starter", "--sandbox").returncode == 0


@pytest.mark.slow
def test_a_sandbox_of_its_own_is_joined_and_fails_on_command(start: Start, ewo: Ewo, starter_folder: Path) -> None:
    """A server runs until it is interrupted; verbs join it, a 400 fails a run by its name, a 503 costs a retry."""
    without_edge(starter_folder)
    folder = "starter/.ewo/sandbox"
    server = start("sandbox", "run", "--sandbox-dir", folder)
    stderr_until(server, "Ctrl-C stops it")
    ewo("sandbox", "fault", "arm", "400", "--path", "lab-1/.*/extensions/flux", "--sandbox-dir", folder)
    failed = ewo("up", "starter", "--sandbox")
    assert failed.returncode == 4
    assert re.search(r"^run (\S+): ewo support-bundle \1 --fleet starter$", failed.stderr, re.MULTILINE)
    armed = ewo(
        "sandbox", "fault", "arm", "503", "--path", "lab-1/.*/extensions/flux", "--times", "1", "--sandbox-dir", folder
    )
    assert armed.returncode == 0
    done = ewo("up", "starter", "--sandbox")
    assert done.returncode == 0, done.stderr
    seen = join(starter_folder / ".ewo" / "sandbox").requests()
    assert [row["status"] for row in seen].count(503) == 1
    server.send_signal(signal.SIGINT)
    assert server.wait(30) == 0
    refused = ewo("sandbox", "fault", "arm", "503", "--path", "x", "--sandbox-dir", folder)
    assert refused.returncode == 1 and "no sandbox runs on" in refused.stderr


def test_a_sandbox_for_terraform_by_hand(start: Start, starter_folder: Path) -> None:
    """With a fleet it lies beside that, has the fleet's subscription, and says what to source."""
    without_edge(starter_folder)
    server = start("sandbox", "run", "starter")
    line = stderr_until(server, "for Terraform by hand: source ")
    stderr_until(server, "Ctrl-C stops it")
    file = Path(line.partition(": source ")[2].strip())
    assert file.parent == starter_folder / ".ewo" / "sandbox"
    assert "export ARM_SUBSCRIPTION_ID=00000000-0000-0000-0000-000000000002\n" in file.read_text(encoding="utf-8")
    server.send_signal(signal.SIGINT)
    assert server.wait(30) == 0 and not file.exists()


@pytest.mark.slow
def test_pending_is_exit_0_and_with_strict_4(ewo: Ewo, start: Start, starter_folder: Path) -> None:
    """A fleet that waits for a cluster has not failed, unless that is asked for."""
    without_edge(starter_folder)
    server = start("sandbox", "run", "--sandbox-dir", "starter/.ewo/sandbox")
    stderr_until(server, "Ctrl-C stops it")
    assert ewo("plan", "starter", "--sandbox").returncode == 0
    cluster = "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/rg-starter"
    running = join(starter_folder / ".ewo" / "sandbox")
    running.show(f"{cluster}/providers/Microsoft.Kubernetes/connectedClusters/lab-1", connectivityStatus="Offline")
    done = ewo("up", "starter", "--sandbox")
    assert done.returncode == 0 and "pending: lab-1: it is Offline" in done.stdout
    assert ewo("up", "starter", "--sandbox", "--strict").returncode == 4


def test_a_port_in_use_is_one_line(ewo: Ewo, start: Start) -> None:
    """What listens there is to be stopped, or another port chosen: exit 1 without a traceback."""
    server = start("sandbox", "run", "--sandbox-dir", "one")
    line = stderr_until(server, "Ctrl-C stops it")
    port = re.search(r":(\d+);", line)
    assert port is not None
    done = ewo("sandbox", "run", "--sandbox-dir", "two", "--port", port[1])
    assert done.returncode == 1
    assert f"port {port[1]} of 127.0.0.1 cannot be used" in done.stderr and "Traceback" not in done.stderr


def test_a_sandbox_that_runs_already_is_told(ewo: Ewo, start: Start) -> None:
    """A second server on its folder is refused: Ctrl-C would not stop the first."""
    server = start("sandbox", "run", "--sandbox-dir", "one")
    stderr_until(server, "Ctrl-C stops it")
    done = ewo("sandbox", "run", "--sandbox-dir", "one")

    assert done.returncode == 1 and "a sandbox already runs on one, at https://127.0.0.1:" in done.stderr
    assert server.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sandbox_ends_with_its_signal(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    """Its server goes with it."""
    server = start("sandbox", "run", "--sandbox-dir", "one")
    stderr_until(server, "Ctrl-C stops it")
    pid = json.loads((tmp_path / "one" / "sandbox.json").read_text(encoding="utf-8"))["pid"]
    server.send_signal(number)
    assert server.wait(30) == 0 and gone(pid)
