"""Commands that reach nothing: help, init, validate, schema, connect scripts."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from orchestration.fleet import load_fleet
from orchestration.provision.connect import connect_script
from tests.cli.conftest import PROGRAM, Ewo
from tests.support import copy_contoso, replace


def test_init_writes_a_folder_that_validates(ewo: Ewo, tmp_path: Path) -> None:
    """The next command is named; what was written is on stdout."""
    done = ewo("init", "plants")
    assert done.returncode == 0
    assert "plants/fleet.yaml" in done.stdout and "next: ewo up plants --sandbox" in done.stderr
    assert not load_fleet(tmp_path / "plants").warnings
    assert ewo("validate", "plants").returncode == 0


def test_init_overwrites_nothing(ewo: Ewo, starter_folder: Path) -> None:
    """A folder that holds a fleet is left alone."""
    before = (starter_folder / "fleet.yaml").read_text(encoding="utf-8")
    done = ewo("init", "starter")
    assert done.returncode in (1, 2) and done.stderr.startswith("error: ")
    assert (starter_folder / "fleet.yaml").read_text(encoding="utf-8") == before


def test_validate_reports_every_problem_on_stdout(ewo: Ewo, starter_folder: Path) -> None:
    """All problems in one run, each with file, line and column, as JSON too; exit 2."""
    replace(starter_folder / "fleet.yaml", "    clusterType: lab\n", "    clusterType: lap\n")
    replace(starter_folder / "fleet.yaml", "capabilities: [vision]                      #", "capabilties: [vision]  #")
    done = ewo("validate", "starter", "--output", "json")
    found = json.loads(done.stdout)
    assert done.returncode == 2 and found["schema"] == "ewo.problems/1"
    codes = {item["code"] for item in found["problems"]}
    assert {"unknown-key"} <= codes and len(found["problems"]) >= 2
    assert all(item["line"] and item["column"] and item["file"].endswith("fleet.yaml") for item in found["problems"])


def test_a_verb_on_a_broken_fleet_touches_nothing(ewo: Ewo, starter_folder: Path) -> None:
    """All problems on stderr, nothing on stdout, exit 2, and no work folder."""
    replace(starter_folder / "fleet.yaml", "    clusterType: lab\n", "    clusterType: lap\n")
    done = ewo("up", "starter", "--sandbox")
    assert (done.returncode, done.stdout) == (2, "")
    assert "lap" in done.stderr and "nothing was touched" in done.stderr
    assert not (starter_folder / ".ewo").exists()


@pytest.mark.parametrize("verb", ["plan", "up", "solution install"])
def test_a_value_that_breaks_its_rule_goes_nowhere(ewo: Ewo, starter_folder: Path, verb: str) -> None:
    """The service would refuse it on the line; what goes forward refuses it first, with its place."""
    replace(starter_folder / "fleet.yaml", "Greeting: Hello from plant 2", "Greeting: 7")
    done = ewo(*verb.split(), "starter", "--sandbox")
    assert (done.returncode, done.stdout) == (2, "")
    assert "fleet.yaml:96:" in done.stderr and "Greeting" in done.stderr
    assert not (starter_folder / ".ewo").exists()


def test_a_fleet_that_is_not_there_is_exit_2(ewo: Ewo) -> None:
    """The error says how a fleet begins."""
    done = ewo("validate", "nowhere")
    assert done.returncode == 2 and "nowhere" in done.stdout


@pytest.mark.parametrize(
    "arguments", [("plan",), ("up", "x", "--jobs", "0"), ("status", "x", "--output", "xml"), ("bad",)]
)
def test_wrong_usage_is_exit_2(ewo: Ewo, arguments: tuple[str, ...]) -> None:
    """What the command line does not know is said on stderr."""
    done = ewo(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: " in done.stderr


def test_schema_prints_the_schema_of_the_fleet_file(ewo: Ewo) -> None:
    """Data alone on stdout; an unknown kind is exit 2."""
    assert json.loads(ewo("schema", "fleet").stdout)["$schema"].startswith("http://json-schema.org/draft-07")
    assert ewo("schema", "nothing").returncode == 2


def test_down_without_a_terminal_needs_yes(ewo: Ewo, starter_folder: Path) -> None:
    """Nobody can be asked: exit 2, and nothing is opened."""
    done = ewo("down", "starter", "--sandbox")
    assert done.returncode == 2 and "give --yes" in done.stderr
    assert not (starter_folder / ".ewo").exists()


def test_without_a_login_up_says_how_to_log_in(ewo: Ewo, starter_folder: Path) -> None:
    """No login is an error of the person who runs it: exit 1 with the command."""
    replace(starter_folder / "fleet.yaml", "delivery: pull-request", "delivery: push")
    done = ewo("up", "starter", GITHUB_TOKEN="canary-env", GITOPS_READ_TOKEN="canary-env")
    assert done.returncode == 1
    assert "az login --tenant 00000000-0000-0000-0000-000000000001" in done.stderr
    assert "Traceback" not in done.stderr and "canary-env" not in done.stderr


def test_what_is_not_there_yet_is_exit_2(ewo: Ewo, starter_folder: Path) -> None:
    """An accepted key that no verb can serve yet is named."""
    with (starter_folder / "fleet.yaml").open("a", encoding="utf-8") as file:
        file.write("\nscheduler: cluster\n")
    done = ewo("up", "starter", "--sandbox")
    assert done.returncode == 2 and "not yet: scheduler: cluster" in done.stderr


def test_a_fault_needs_a_pattern(ewo: Ewo) -> None:
    """What is no regular expression is a usage error, whether or not a sandbox runs."""
    done = ewo("sandbox", "fault", "arm", "503", "--path", "(")
    assert done.returncode == 2 and "is no regular expression" in done.stderr


def obey_modes() -> None:
    """Make a child of root's obey the modes of files, as everybody else does anyway."""
    if sys.platform == "linux":
        for capability in (1, 2):  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH leave the bounding set
            ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)


@pytest.mark.parametrize("where", ["solutions/line-vision", "control", "control/dev", "fleet.yaml", "."])
def test_what_may_not_be_read_is_a_problem(tmp_path: Path, environment: dict[str, str], where: str) -> None:
    """A folder or file without permission is reported like every other problem: exit 2, with its name."""
    folder = copy_contoso(tmp_path / "contoso")
    (folder / "control" / "dev").mkdir(parents=True)
    replace(folder / "fleet.yaml", "scheduler: embedded", "controlPlane: control\nscheduler: embedded")
    (folder / where).chmod(0)
    argv = (*PROGRAM, "validate", "contoso")
    done = subprocess.run(
        argv, cwd=tmp_path, env=environment, capture_output=True, text=True, preexec_fn=obey_modes, check=False
    )
    (folder / where).chmod(0o700)
    assert done.returncode == 2, done.stderr
    assert "cannot be read: Permission denied" in done.stdout
    assert where.removeprefix("solutions/").rstrip(".") in done.stdout and done.stderr == ""


HOSTILE = "k3s'; touch owned; echo '"


def test_a_connect_script_is_sound_shell_without_a_secret(ewo: Ewo, tmp_path: Path) -> None:
    """It parses, names its cluster, and holds nothing that has to be kept."""
    copy_contoso(tmp_path / "contoso")
    done = ewo("cluster", "script", "contoso", "lyon-1", GITHUB_TOKEN="canary-env", GITOPS_READ_TOKEN="canary-env")
    checked = subprocess.run(("bash", "-n"), input=done.stdout, text=True, capture_output=True)
    assert (done.returncode, done.stderr, checked.returncode, checked.stderr) == (0, "", 0, "")
    assert "cluster=lyon-1\n" in done.stdout and "canary-env" not in done.stdout


def test_a_connect_script_quotes_what_it_is_given(tmp_path: Path) -> None:
    """A value from the fleet file is data to the shell."""
    from dataclasses import replace as changed

    fleet = load_fleet(copy_contoso(tmp_path / "contoso"))
    cluster = fleet.clusters["lyon-1"]
    scope = changed(cluster.scope, resource_group=HOSTILE, location="$(touch owned)\ntouch owned\n#")
    name = "x'; touch owned; '\ntouch owned\n@cluster@"
    text = connect_script(changed(fleet, name=name), changed(cluster, scope=scope))
    values = text[text.index("\nfleet=") : text.index("\nroot=")]
    printed = 'printf "%s" "$resource_group|$location|$fleet"'
    header = text[: text.index("set -euo pipefail")]
    ran = subprocess.run(("bash", "-c", f"{header}{values}\n{printed}"), cwd=tmp_path, capture_output=True, text=True)
    assert ran.stdout == f"{HOSTILE}|{scope.location}|{name}"
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("name", "said"), [("lab-1", "is not connected by a script"), ("nobody", "has no cluster 'nobody'")]
)
def test_a_cluster_without_a_script_is_exit_2(ewo: Ewo, tmp_path: Path, name: str, said: str) -> None:
    """Only clusters that a person connects have a script."""
    copy_contoso(tmp_path / "contoso")
    done = ewo("cluster", "script", "contoso", name)
    assert (done.returncode, done.stdout) == (2, "") and said in done.stderr


def test_problems_can_be_printed_as_yaml(ewo: Ewo, starter_folder: Path) -> None:
    """YAML and JSON say the same."""
    done = ewo("validate", "starter", "--output", "yaml")
    assert yaml.safe_load(done.stdout) == {"schema": "ewo.problems/1", "problems": []}
