"""`ewo control-plane` on checkouts: what it prints, what it writes, and with which exit code."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Ewo
from tests.support import problems_with, replace
from tests.unit.kalypso.samples import APP, ENVIRONMENT, MAIN, config_map

SOURCES = ("dev", "--source", "env", "--base", "main=main", "--workload", "app=app")
GENERATED = {".github/tracking/Promoted_Commit_Id", "edge/README.md"} | {
    f"edge/shop-web/{name}.yaml" for name in ("namespace", "platform-config", "reconciler")
}


@pytest.fixture(autouse=True)
def checkouts(tmp_path: Path) -> Path:
    """The sample's three checkouts."""
    for root, files in (("env", {**ENVIRONMENT, "c.yaml": config_map("c", {"K": "v"})}), ("main", MAIN), ("app", APP)):
        for path, text in files.items():
            (tmp_path / root / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / root / path).write_text(text, encoding="utf-8")
    return tmp_path


def written(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_render_writes_the_tree_and_nothing_else(ewo: Ewo, checkouts: Path) -> None:
    """As a table for people and as JSON, both times the same files; on top of what the branch held before."""
    before = written(checkouts)
    shown = ewo("control-plane", "render", *SOURCES, "--to", "out")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "shop-web" in shown.stdout and "5 files generated" in shown.stdout
    assert written(checkouts / "out") == GENERATED and written(checkouts) == before | {f"out/{p}" for p in GENERATED}

    (checkouts / "out" / "gone" / "x").mkdir(parents=True)
    (checkouts / "out" / "gone" / "x" / "y.yaml").write_text("", encoding="utf-8")
    (checkouts / "out" / "edge" / "shop-web" / "old.yaml").write_text("", encoding="utf-8")
    again = ewo("control-plane", "render", *SOURCES, "--previous", "out", "--to", "next", "--output", "json")
    found = json.loads(again.stdout)
    assert problems_with(found, "render") == []
    assert {item["path"] for item in found["files"]} == GENERATED
    assert (found["deleted"], found["stale"]) == (["gone/x/y.yaml"], ["edge/shop-web/old.yaml"])
    assert written(checkouts / "next") == GENERATED | {"edge/shop-web/old.yaml"}


def test_a_blocked_environment_writes_nothing_unless_partly(ewo: Ewo, checkouts: Path) -> None:
    """Exit 1 with every issue; with --partial exit 4 with what can be rendered."""
    replace(checkouts / "main" / "templates" / "cfg.yaml", "{{ toYaml .ConfigData }}", "{{ .Nope }}")
    (checkouts / "env" / "bad.yaml").write_text("a: [", encoding="utf-8")
    done = ewo("control-plane", "render", *SOURCES, "--to", "out")
    assert done.returncode == 1 and not (checkouts / "out").exists()
    assert "env:bad.yaml" not in done.stderr and "dev:bad.yaml:2: not YAML" in done.stderr
    assert "shop-shop-web-edge: main:templates/cfg.yaml:7: template: template:1:3" in done.stderr

    partly = ewo("control-plane", "render", *SOURCES, "--to", "out", "--partial", "--output", "json")
    assert partly.returncode == 4 and json.loads(partly.stdout)["blocked"] is True
    assert "edge/shop-web/reconciler.yaml" in written(checkouts / "out")
    assert "edge/shop-web/platform-config.yaml" not in written(checkouts / "out")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--source", "nowhere"), 1, "there is no folder nowhere"),
        (("--base", "main=nowhere"), 1, "there is no folder nowhere"),
        (("--workload", "app=nowhere"), 0, "there is no source for https://git.example/app"),
        (("--base", "typo=main"), 2, "no BaseRepo is called typo"),
        (("--workload", "typo=app"), 2, "no WorkloadRegistration is called typo"),
        (("--workload", "app"), 2, "'app' is not NAME=DIR"),
        (("--previous", "nowhere"), 1, "there is no folder nowhere"),
    ],
)
def test_what_is_absent_blocks_or_is_told(ewo: Ewo, arguments: tuple[str, ...], code: int, said: str) -> None:
    """A branch or base that is not there blocks, a workload does not; an option that names no object is exit 2."""
    given = dict(zip(SOURCES[1::2], SOURCES[2::2], strict=True))
    if arguments[1].partition("=")[0] in ("main", "app", "nowhere"):
        given.pop(arguments[0], None)
    sources = [text for pair in given.items() for text in pair]
    done = ewo("control-plane", "render", "dev", *sources, *arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr and "Traceback" not in done.stderr


def test_revisions_need_no_work_tree(ewo: Ewo, checkouts: Path) -> None:
    """A branch of a repository is as good as a folder."""
    for name in ("env", "main", "app"):
        for command in (("init", "-q", "-b", "trunk"), ("add", "-A"), ("commit", "-qm", "x")):
            identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
            subprocess.run(("git", *identity, *command), cwd=checkouts / name, check=True)
        subprocess.run(("git", "clone", "-q", "--bare", name, f"{name}.git"), cwd=checkouts, check=True)
    revisions = ("dev", "--source", "env.git@trunk", "--base", "main=main.git@trunk", "--workload", "app=app.git@trunk")
    assert ewo("control-plane", "render", *revisions, "-o", "json").stdout == (
        ewo("control-plane", "render", *SOURCES, "-o", "json").stdout
    )


def test_validate_lists_every_problem(ewo: Ewo, checkouts: Path) -> None:
    """Exit 2 with errors, 0 with warnings only."""
    assert ewo("control-plane", "validate", *SOURCES).stdout == "dev: no problems\n"
    (checkouts / "env" / "s.yaml").write_text(config_map("s", {"TOKEN": "abc"}), encoding="utf-8")
    warned = ewo("control-plane", "validate", *SOURCES)
    assert warned.returncode == 0 and "looks like a secret in plain sight" in warned.stdout
    (checkouts / "env" / "bad.yaml").write_text("a: [", encoding="utf-8")
    done = ewo("control-plane", "validate", *SOURCES, "--output", "json")
    found = json.loads(done.stdout)
    assert done.returncode == 2 and problems_with(found, "problems") == []
    assert found["problems"][0]["code"] == "invalid-yaml"


def test_explain_names_file_line_and_label(ewo: Ewo, checkouts: Path) -> None:
    """And of a target that is not assigned what each policy misses."""
    done = ewo("control-plane", "explain", *SOURCES, "edge/shop-web", "K")
    assert done.returncode == 0 and "K = 'v'\n  dev:c.yaml:1: 'v' from ConfigMap c" in done.stdout
    assert "is made by" not in done.stdout
    found = json.loads(ewo("control-plane", "explain", *SOURCES, "edge/shop-web", "-o", "json").stdout)
    assert problems_with(found, "explain") == [] and found["policies"] == ["all"]
    replace(checkouts / "env" / "policies" / "all.yaml", "clusterTypeSelector: {labelSelector: {}", ONLY_US)
    missed = ewo("control-plane", "explain", *SOURCES, "edge/shop-web", "--why-not")
    assert "  labels of the cluster type: region=eu\n    dev:policies/all.yaml:6: all asks for: " in missed.stdout
    assert "clusterTypeSelector: region = us\n" in missed.stdout and "would be made by Template cfg" in missed.stdout
    unknown = ewo("control-plane", "explain", *SOURCES, "edge/nothing")
    assert unknown.returncode == 2 and "there are: shop-web" in unknown.stderr


ONLY_US = "clusterTypeSelector: {labelSelector: {matchLabels: {region: us}}"


def test_diff_shows_what_a_change_does(ewo: Ewo, checkouts: Path) -> None:
    """What is not given for the old side is the same on both; exit 3 with --exit-code, 1 if the new side is blocked."""
    same = ewo("control-plane", "diff", *SOURCES, "--exit-code")
    assert (same.returncode, same.stdout) == (0, "no change\n")
    subprocess.run(("cp", "-r", "env", "was"), cwd=checkouts, check=True)
    replace(checkouts / "env" / "c.yaml", '"v"', '"w"')
    sources = (*SOURCES, "--old-source", "was")
    shown = ewo("control-plane", "diff", *sources, "--exit-code")
    assert shown.returncode == 3 and "-K: v\n+K: w\n" in shown.stdout
    assert shown.stdout.endswith("1 file (1 changed) of 1 target on 1 cluster type\n")
    found = json.loads(ewo("control-plane", "diff", *sources, "-o", "json").stdout)
    assert problems_with(found, "diff") == [] and found["changes"][0]["path"] == "edge/shop-web/platform-config.yaml"
    comment = ewo("control-plane", "diff", *sources, "-o", "markdown").stdout
    assert comment.startswith("### dev: 1 file (1 changed)") and "```diff\n--- old/edge" in comment
    (checkouts / "env" / "bad.yaml").write_text("a: [", encoding="utf-8")
    assert ewo("control-plane", "diff", *sources, "--exit-code").returncode == 1


def test_what_others_wrote_does_not_steer_the_terminal(ewo: Ewo, checkouts: Path) -> None:
    """Control characters of a config are spelled out."""
    (checkouts / "env" / "c.yaml").write_text(config_map("c", {"K": "\x1b[31mred"}), encoding="utf-8")
    (checkouts / "was").mkdir()
    for arguments in (("explain", *SOURCES, "edge/shop-web"), ("diff", *SOURCES, "--old-workload", "app=was")):
        done = ewo("control-plane", *arguments)
        assert "\x1b" not in done.stdout + done.stderr and "red" in done.stdout


def test_a_comment_of_many_changes_fits_and_says_what_is_left_out(ewo: Ewo, checkouts: Path) -> None:
    """A comment in GitHub holds 65,536 characters."""
    subprocess.run(("cp", "-r", "env", "was"), cwd=checkouts, check=True)
    (checkouts / "env" / "large.yaml").write_text(config_map("l", {f"K{n}": "x" * 200 for n in range(400)}))
    comment = ewo("control-plane", "diff", *SOURCES, "--old-source", "was", "-o", "markdown").stdout
    assert comment.startswith("### dev: 1 file (1 changed)") and len(comment) <= 65_536
    assert comment.endswith("\n1 more is not shown: a comment holds 65536 characters.\n")


def test_a_side_that_was_blocked_says_why(ewo: Ewo, checkouts: Path) -> None:
    """What counts as added then, and where the old side failed; nothing of it where the new side is blocked, too."""
    subprocess.run(("cp", "-r", "env", "was"), cwd=checkouts, check=True)
    replace(checkouts / "was" / "cluster-types" / "edge.yaml", "configType: cfg", "configType: none")
    sources = ("control-plane", "diff", *SOURCES, "--old-source", "was")
    shown = ewo(*sources)
    assert 'blocked before: shop-shop-web-edge: dev:cluster-types/edge.yaml:1: config template "none"' in shown.stderr
    assert "everything counts as added" in shown.stderr and shown.returncode == 0
    replace(checkouts / "env" / "cluster-types" / "edge.yaml", "configType: cfg", "configType: none")
    both = ewo(*sources)
    assert both.returncode == 1 and "before" not in both.stderr and "counts as added" not in both.stderr
    assert both.stdout == "the new side is blocked by 1 issue: nothing would be scheduled\n"
