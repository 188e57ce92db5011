"""What `up` makes of contoso, from nothing."""

from __future__ import annotations

import re
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from orchestration.status.listing import api_version
from tests.sandbox.place import FirstRun, Place, placed, rows

COUNTS = {
    "core": 9,
    "sites-france": 13,
    "sites-spain": 13,
    "links": 1,
    "shard-dev-01": 7,
    "shard-qa-01": 7,
    "shard-prod-01": 31,
}
VALUES = {
    "lab-1-line": (12, "mqtt.fr.contoso.example"),
    "pilot-1-line": (12, "mqtt.fr.contoso.example"),
    "lyon-1-line-a": (8, "mqtt.fr.contoso.example"),
    "lille-1-line": (12, "mqtt.fr.contoso.example"),
    "bilbao-1-line": (20, "mqtt.es.contoso.example"),
}
EU = "postgres://eu.contoso.example/shop"
CONFIGS = {
    ("dev", "lab/shop-functional-test"): {"DATABASE_URL": "postgres://lab.contoso.example/shop", "REGION": "lab"},
    ("qa", "pilot/shop-performance-test"): {"DATABASE_URL": "postgres://pilot.contoso.example/shop", "REGION": "pilot"},
    ("prod", "plant-large/shop-plant"): {"DATABASE_URL": EU, "REGION": "eu", "REPLICAS": "3"},
    ("prod", "plant-small/shop-plant"): {"DATABASE_URL": EU, "REGION": "eu", "REPLICAS": "1"},
}
FILES = {"dev": 5, "qa": 5, "prod": 9}
CONTROL_PLANE, GITOPS = "contoso-control-plane", "contoso-platform-gitops"


def test_contoso_is_81_resources_in_7_states(contoso_seen: Place) -> None:
    """Each stack's state holds the resources that the design's worked example says."""
    ids = contoso_seen.state_ids()
    assert {name: len(found) for name, found in ids.items()} == COUNTS
    assert len({item.lower() for found in ids.values() for item in found}) == 81


def test_every_resource_in_state_is_in_azure(contoso_seen: Place) -> None:
    """Nothing is in a state that a reader of Azure would not find."""
    with contoso_seen.arm() as arm:
        missing = [
            item
            for found in contoso_seen.state_ids().values()
            for item in found
            if arm.get(item, version=api_version(item)).status != 200
        ]
    assert missing == []


def test_status_is_healthy_with_six_clusters_at_their_commit(contoso_seen: Place) -> None:
    """Every cluster is connected and Flux is at the head of its environment's branch."""
    found = contoso_seen.status().to_json()
    heads = contoso_seen.checkout(GITOPS).heads()
    assert found["healthy"] and found["problems"] == [] and found["pending"] == []
    assert len(found["clusters"]) == 6
    for cluster in found["clusters"]:
        assert cluster["connectivity"] == "Connected"
        head = heads[cluster["environment"]]
        assert cluster["flux"] == {"state": "Compliant", "commit": head, "expectedCommit": head}


def test_line_vision_is_on_exactly_five_targets_with_their_values(contoso_seen: Place) -> None:
    """The nearest value wins, the broker comes from the country, the default where nobody says anything."""
    found = placed(contoso_seen.status())
    assert {name: (i.values["camera"]["exposureMs"], i.values["broker"]) for name, i in found.items()} == VALUES
    assert {name: item.values["line"] for name, item in found.items()} == {name: name for name in VALUES}
    assert {(item.name, item.version, item.revision) for item in found.values()} == {("line-vision", "1.0.0", "1")}


@pytest.mark.parametrize("environment", FILES)
def test_a_gitops_branch_has_exactly_the_generated_files(contoso_seen: Place, environment: str) -> None:
    """Each assignment has three files, each cluster type its README, each branch its promoted commit."""
    expected = {".github/tracking/Promoted_Commit_Id"}
    for branch, place in CONFIGS:
        if branch == environment:
            expected |= {f"{place}/{role}.yaml" for role in ("reconciler", "namespace", "platform-config")}
            expected.add(f"{place.split('/')[0]}/README.md")
    files = contoso_seen.checkout(GITOPS).files(environment)
    assert set(files) == expected
    assert len(files) == FILES[environment]


@pytest.mark.parametrize(("environment", "place"), CONFIGS)
def test_platform_config_is_that_of_its_cluster_type(contoso_seen: Place, environment: str, place: str) -> None:
    """The config map of an assignment holds its cluster type's values as text."""
    document = contoso_seen.checkout(GITOPS).document(environment, f"{place}/platform-config.yaml")
    assert document["data"] == CONFIGS[environment, place]


def test_the_control_plane_is_laid_out_as_upstream_does(contoso_seen: Place) -> None:
    """Main has environments, templates and registrations; a branch its pin, GitOps repo, types, configs, policies."""
    found = contoso_seen.checkout(CONTROL_PLANE)
    assert set(found.heads()) == {"main", "dev", "qa", "prod"}
    templates = {f"templates/{name}.yaml" for name in ("arc-flux", "configmap", "namespace")}
    environments = {f".environments/{name}.yaml" for name in FILES}
    assert set(found.files("main")) == {
        *templates, *environments, ".sourceignore", "README.md", "workloads/shop.yaml", ".ewo/owned/contoso.json",
    }  # fmt: skip
    assert set(found.files("dev")) == {
        "base-repo.yaml", "gitops-repo.yaml", "cluster-types/lab.yaml", "configs/lab-config.yaml",
        "policies/retail-lab.yaml", "README.md", ".ewo/owned/contoso.json",
    }  # fmt: skip


@pytest.mark.parametrize("environment", FILES)
def test_the_promoted_commit_is_the_pin_and_the_head_of_main(contoso_seen: Place, environment: str) -> None:
    """The first run pins every environment to the main branch that it wrote."""
    control_plane = contoso_seen.checkout(CONTROL_PLANE)
    pin = control_plane.document(environment, "base-repo.yaml")["spec"]["commit"]
    promoted = contoso_seen.checkout(GITOPS).text(environment, ".github/tracking/Promoted_Commit_Id").strip()
    assert promoted == pin == control_plane.heads()["main"]


def test_no_object_of_the_control_plane_has_a_label_of_ours(contoso_seen: Place) -> None:
    """A label would change where configurations apply; platform configs have exactly two."""
    found = contoso_seen.checkout(CONTROL_PLANE)
    paths = [(branch, path) for branch in found.heads() for path in found.files(branch) if path.endswith(".yaml")]
    labels: dict[str, Any] = {
        path: (found.document(branch, path)["metadata"].get("labels") or {}) for branch, path in paths
    }
    assert not [path for path, keys in labels.items() if any("ewo" in key for key in keys)]
    assert labels["configs/lab-config.yaml"] == {"platform-config": "true", "cluster-type": "lab"}


def test_commits_and_bodies_hold_the_fleets_urls(contoso_seen: Place) -> None:
    """The sandbox's own address is in no commit and in no Flux configuration."""
    history = contoso_seen.checkout(CONTROL_PLANE).history() + contoso_seen.checkout(GITOPS).history()
    with contoso_seen.arm() as arm:
        id_ = next(item for item in contoso_seen.state_ids()["shard-dev-01"] if "fluxConfigurations" in item)
        url = arm.get(id_, version="2025-04-01").body["properties"]["gitRepository"]["url"]
    assert b"127.0.0.1" not in history
    assert url == f"https://github.com/contoso/{GITOPS}"


def test_the_group_and_script_clusters_carry_our_tag_and_existing_ones_do_not(contoso_seen: Place) -> None:
    """`down` knows by the tag what a run made outside Terraform."""
    fleet = contoso_seen.fleet
    with contoso_seen.arm() as arm:
        tags = {
            name: arm.get(cluster.id, version="2026-05-01").body.get("tags", {})
            for name, cluster in fleet.clusters.items()
        }
        group = arm.get(fleet.clusters["lyon-1"].id.split("/providers/")[0], version="2021-04-01").body
    assert tags["lyon-1"] == tags["lille-1"] == group["tags"] == {"ewo-fleet": "contoso"}
    assert tags["lab-1"] == tags["pilot-1"] == tags["vigo-1"] == {}


def test_secrets_are_in_no_file_and_no_commit(contoso_up: Place, canaries: dict[str, str]) -> None:
    """Neither state, plan, log, record nor the service's store holds a secret in clear, packed files included."""
    contoso_up.edit("lab-1-line, capabilities: [vision, telemetry]", "lab-1-line, capabilities: [vision]")
    assert rows(contoso_up.plan())["shard-dev-01"].change == 1
    assert not list((contoso_up.folder / ".ewo").rglob("*.tfplan"))
    found = [
        (str(path), name)
        for path in (contoso_up.folder / ".ewo").rglob("*")
        if path.is_file()
        for name, secret in canaries.items()
        if any(secret.encode() in content for content in contents(path))
    ]
    history = contoso_up.checkout(CONTROL_PLANE).history() + contoso_up.checkout(GITOPS).history()
    assert found == []
    assert not [name for name, secret in canaries.items() if secret.encode() in history]


def contents(path: Path) -> list[bytes]:
    """Return a file's bytes, and those of its members if it is an archive, as plans are."""
    if not zipfile.is_zipfile(path):
        return [path.read_bytes()]
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name) for name in archive.namelist()]


def test_what_a_run_leaves_is_for_its_owner_alone(contoso_is_up: Path) -> None:
    """State, records and keys are readable by nobody else, because the folder above them is closed."""
    work = contoso_is_up / ".ewo"
    assert stat.S_IMODE(work.stat().st_mode) == 0o700
    states = list(work.glob("sandbox/client/state/*/*.tfstate"))
    records = list(work.glob("runs/*/*"))
    assert len(states) == 7 and records
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (*states, *records)} == {0}


def test_a_run_is_recorded(contoso_is_up: Path) -> None:
    """Events, report and a log for each stack lie in one folder a run."""
    (run,) = (contoso_is_up / ".ewo" / "runs").iterdir()
    names = {path.name for path in run.iterdir()}
    assert names == {"events.jsonl", "report.json", *(f"{stack}.log" for stack in COUNTS)}


def test_git_leaves_the_work_folder_alone(contoso_is_up: Path) -> None:
    """The folder of states and keys brings its own .gitignore."""
    assert (contoso_is_up / ".ewo" / ".gitignore").read_text() == "*\n"


def test_targets_are_put_again_after_their_membership(first_run: FirstRun) -> None:
    """A target learns what is above it from the PUT that follows its membership."""
    target = next(row for row in first_run.written if re.search(r"^PUT .*/targets/[^/]+$", row))
    mine = [row.removeprefix(target) for row in first_run.written if row.startswith(target) and "/config" not in row]
    assert [row.split("/")[-2] if row else "target" for row in mine] == ["target", "serviceGroupMember", "target"]


def test_a_starter_goes_up_and_is_healthy(starter_up: Place) -> None:
    """What `init` writes comes to a healthy fleet of two clusters with a solution on each."""
    report = starter_up.status()
    assert report.healthy
    assert set(placed(report)) == {"lab-1-line", "plant-2-line"}


def test_the_plan_from_nothing_counts_what_is_made(first_run: FirstRun) -> None:
    """Deferred stacks are counted from their inputs, and come out as counted."""
    planned, made = rows(first_run.planned), rows(first_run.report)
    assert planned["core"].deferred is False
    assert all(row.deferred for name, row in planned.items() if name != "core")
    assert {name: row.add for name, row in planned.items()} == {name: row.add for name, row in made.items()}
