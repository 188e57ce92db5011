"""`ewo doctor`: what is there, what is not, and what to do about it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestration.sandbox.process import start as start_sandbox
from tests.cli.conftest import Ewo
from tests.support import replace

TOOLS = ["python", "git", "terraform", "disk", "folder", "sandbox packages", "azapi"]
SECRETS = {"GITHUB_TOKEN": "canary-writes-1f", "GITOPS_READ_TOKEN": "canary-reads-2e"}


def checks(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """Return the checks of a doctor's JSON by name."""
    document = json.loads(done.stdout)
    assert document["schema"] == "ewo.doctor/1"
    rows = document["checks"]
    assert all(set(row) == {"name", "outcome", "detail", "fix"} for row in rows)
    assert all(bool(row["fix"]) == (row["outcome"] != "ok") for row in rows)
    return {row["name"]: row for row in rows}


def programs(folder: Path, **texts: str) -> str:
    """Return a PATH of one folder: Git and Terraform as they are here, but for the shell scripts given."""
    folder.mkdir()
    for name in ("git", "terraform"):
        found = shutil.which(name)
        assert found is not None
        if name not in texts:
            (folder / name).symlink_to(found)
    for name, text in texts.items():
        if text:
            (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
            (folder / name).chmod(0o755)
    return str(folder)


def test_without_a_fleet_only_tools_count(ewo: Ewo) -> None:
    """On a machine that has them all is well, and the versions are told."""
    done = ewo("doctor", "--output", "json")
    found = checks(done)
    assert done.returncode == 0 and list(found) == TOOLS
    assert {row["outcome"] for row in found.values()} == {"ok"}
    assert found["python"]["detail"].startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")
    assert "1." in found["terraform"]["detail"] and "2." in found["git"]["detail"]


def test_people_get_a_line_a_check(ewo: Ewo) -> None:
    """The outcome comes first, the verdict last."""
    lines = ewo("doctor").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["ok"] * len(TOOLS) + ["healthy"]


def test_a_missing_tool_fails_alone(ewo: Ewo, tmp_path: Path) -> None:
    """What is not there is named with where to get it; the other checks are made all the same."""
    done = ewo("doctor", "--output", "json", PATH=programs(tmp_path / "bin", git=""))
    found = checks(done)
    assert done.returncode == 1
    assert [name for name, row in found.items() if row["outcome"] == "fail"] == ["git"]
    assert "2.31 or newer is needed" in found["git"]["detail"]
    assert "https://git-scm.com/downloads" in found["git"]["fix"]
    told = ewo("doctor", PATH=str(tmp_path / "bin"))
    assert "fix: install it" in told.stdout and "not healthy: 1 of 7 checks failed" in told.stdout


def test_a_tool_that_is_too_old_is_told(ewo: Ewo, tmp_path: Path) -> None:
    """Both versions are in the line."""
    done = ewo("doctor", "-o", "json", PATH=programs(tmp_path / "bin", git="echo git version 2.20.1"))
    assert "2.20.1; 2.31 or newer is needed" in checks(done)["git"]["detail"]


def test_a_file_in_the_way_of_the_work_folder_is_told(ewo: Ewo, tmp_path: Path) -> None:
    """A verb could not write its state."""
    (tmp_path / ".ewo").write_text("", encoding="utf-8")
    assert checks(ewo("doctor", "-o", "json"))["folder"]["outcome"] == "fail"


def test_a_broken_fleet_fails_and_tools_are_checked(ewo: Ewo, starter_folder: Path) -> None:
    """The first problem is shown, and the command that shows all."""
    replace(starter_folder / "fleet.yaml", "    clusterType: lab\n", "    clusterType: lap\n")
    done = ewo("doctor", "starter", "--output", "json")
    found = checks(done)
    assert done.returncode == 1 and list(found) == [*TOOLS, "fleet"]
    assert "lap" in found["fleet"]["detail"] and "ewo validate starter" in found["fleet"]["fix"]


def test_a_fleet_that_is_not_there_is_told(ewo: Ewo) -> None:
    """Exit 1, not a traceback."""
    done = ewo("doctor", "nowhere", "-o", "json")
    assert (done.returncode, done.stderr) == (1, "") and "nowhere" in checks(done)["fleet"]["detail"]


def test_what_this_version_cannot_do_fails(ewo: Ewo, starter_folder: Path) -> None:
    """A doctor does not call healthy what `up` would refuse."""
    with (starter_folder / "fleet.yaml").open("a", encoding="utf-8") as file:
        file.write("\nscheduler: cluster\n")
    found = checks(ewo("doctor", "starter", "--sandbox", "-o", "json"))
    assert found["fleet"]["outcome"] == "fail" and "not yet: scheduler: cluster" in found["fleet"]["detail"]


def test_in_the_sandbox_a_fresh_fleet_is_healthy(ewo: Ewo, starter_folder: Path) -> None:
    """No secret is needed, the sandbox starts, and looking leaves nothing behind."""
    done = ewo("doctor", "starter", "--sandbox", "-o", "json")
    found = checks(done)
    assert done.returncode == 0, done.stdout
    assert list(found) == [*TOOLS, "fleet", "secrets", "sandbox", "sandbox git"]
    assert "env GITHUB_TOKEN" in found["secrets"]["detail"]
    assert not (starter_folder / ".ewo").exists()


def test_a_sandbox_that_runs_is_joined(ewo: Ewo, starter_folder: Path) -> None:
    """One of another tenant is told before a verb stumbles over it."""
    with start_sandbox(starter_folder / ".ewo" / "sandbox") as running:
        joined = checks(ewo("doctor", "starter", "--sandbox", "-o", "json"))["sandbox"]
        assert joined["outcome"] == "ok" and f"port {running.port}" in joined["detail"]
        running.seed(tenant="00000000-0000-0000-0000-00000000000f", subscriptions=[])
        refused = checks(ewo("doctor", "starter", "--sandbox", "-o", "json"))["sandbox"]
    assert refused["outcome"] == "fail" and "--sandbox-dir" in refused["fix"]


def test_a_damaged_sandbox_is_told(ewo: Ewo, starter_folder: Path) -> None:
    """What cannot start says why and what to do."""
    folder = starter_folder / ".ewo" / "sandbox"
    folder.mkdir(parents=True)
    (folder / "keys.json").write_text("{", encoding="utf-8")
    found = checks(ewo("doctor", "starter", "--sandbox", "-o", "json"))["sandbox"]
    assert found["outcome"] == "fail" and "keys.json cannot be read" in found["detail"] and found["fix"]


@pytest.mark.parametrize("given", [SECRETS, {}])
def test_secrets_are_looked_for_by_name(ewo: Ewo, starter_folder: Path, given: dict[str, str]) -> None:
    """Which is there and which is not, and never what it says."""
    replace(starter_folder / "fleet.yaml", "delivery: pull-request", "delivery: push")
    done = ewo("doctor", "starter", "-o", "json", HTTPS_PROXY="http://127.0.0.1:9", **given)
    found = checks(done)["secrets"]
    assert found["outcome"] == ("ok" if given else "fail")
    assert all(name in found["detail"] for name in SECRETS)
    assert not [value for value in SECRETS.values() if value in done.stdout + done.stderr]
