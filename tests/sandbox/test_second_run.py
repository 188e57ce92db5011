"""A second run changes nothing, and a changed fleet changes only what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration import PlanChanged
from orchestration.fleet import naming
from orchestration.sandbox import start
from tests.sandbox.place import FirstRun, Place, copied, opened, placed, rows

CONTROL_PLANE, GITOPS = "contoso-control-plane", "contoso-platform-gitops"
LAB_TARGET = "{name: lab-1-line, capabilities: [vision, telemetry]}"


def test_a_second_run_puts_commits_and_reviews_nothing(contoso_up: Place) -> None:
    """Every stack, assignment and solution is unchanged."""
    since, heads = contoso_up.seen(), contoso_up.heads()
    report = contoso_up.up()
    assert report.exit_code == 0
    assert (contoso_up.writes(since), contoso_up.reviews(since), contoso_up.heads()) == ([], [], heads)
    assert report.commits == () and set(report.outcomes) == {"unchanged"}
    assert len(report.assignments) == 4 and len(report.solutions) == 5 and len(rows(report)) == 7


def test_a_plan_after_up_has_no_changes(contoso_seen: Place) -> None:
    """Nothing is to be made, committed, placed or reviewed."""
    report = contoso_seen.plan()
    assert not report.changes
    assert all(row.skipped for row in rows(report).values())
    assert {row.change for row in report.assignments} == {row.change for row in report.solutions} == {"none"}


def test_a_plan_touches_nothing(first_run: FirstRun) -> None:
    """No resource and no repository is made to work out what would be."""
    assert first_run.planned.changes
    assert first_run.written_by_plan == []
    assert first_run.repositories_after_plan == ["hello-gitops.git", "hello.git"]


def test_a_plan_and_its_run_have_one_digest(first_run: FirstRun) -> None:
    """What was reviewed is what is applied, from nothing as well: repositories are made only afterwards."""
    assert first_run.report.digest == first_run.planned.digest


def test_a_digest_is_the_same_once_its_plan_is_applied(first_run: FirstRun, starter_up: Place) -> None:
    """What is made at apply time, such as the commit that an environment runs, is no part of it."""
    assert starter_up.plan().digest == first_run.planned.digest


def test_an_empty_digest_is_not_taken_for_none(starter_up: Place) -> None:
    """A variable that somebody forgot to set does not switch the check off."""
    with pytest.raises(PlanChanged):
        starter_up.up(expect="")


def test_another_digest_is_refused_before_anything_is_touched(starter: Place) -> None:
    """A plan that nobody reviewed makes no resource and no repository."""
    with pytest.raises(PlanChanged) as caught:
        starter.up(expect="0" * 64)
    assert caught.value.expected == "0" * 64 and caught.value.found == starter.plan().digest
    assert starter.writes(0) == []
    assert not list(starter.sandbox.git_root.rglob("starter-*.git"))


def test_a_digest_covers_what_the_fleet_decides(starter_up: Place) -> None:
    """Another configuration is another plan."""
    before = starter_up.plan().digest
    starter_up.edit("hello from the lab", "good morning from the lab")
    assert starter_up.plan().digest != before


def test_another_port_and_another_folder_change_nothing(starter_is_up: Path, tmp_path: Path) -> None:
    """Neither addresses nor paths are part of what is compared."""
    folder = copied(starter_is_up, tmp_path / "elsewhere" / "fleet")
    with start(tmp_path / "other") as other:
        taken = other.port
    with opened(folder, port=taken) as place:
        assert place.sandbox.port == taken
        report = place.up()
        assert set(report.outcomes) == {"unchanged"} and place.writes(0) == []


def test_a_label_of_a_cluster_type_is_one_commit(contoso_up: Place) -> None:
    """Kalypso's object changes on its environment's branch, and nothing in Azure."""
    since, heads = contoso_up.seen(), contoso_up.heads()
    contoso_up.edit("labels: {region: eu, purpose: pilot}", "labels: {region: eu, purpose: pilot, tier: gold}")
    report = contoso_up.up()
    branch = contoso_up.checkout(CONTROL_PLANE)
    changed = branch.changed(heads[f"{CONTROL_PLANE} qa"], "qa")
    assert [(row.repository, row.branch) for row in report.commits] == [(CONTROL_PLANE, "qa")]
    assert changed == [".ewo/owned/contoso.json", "cluster-types/pilot.yaml"]
    assert contoso_up.writes(since) == []


def test_a_config_value_changes_one_file_of_one_environment(contoso_up: Place) -> None:
    """The rendered configuration of one assignment changes; other branches stay, and Flux follows."""
    heads = contoso_up.heads()
    contoso_up.edit('REPLICAS: "3"', 'REPLICAS: "4"')
    report = contoso_up.up()
    moved = {name for name, head in contoso_up.heads().items() if head != heads[name]}
    changed = contoso_up.checkout(GITOPS).changed(heads[f"{GITOPS} prod"], "prod")
    assert moved == {f"{CONTROL_PLANE} prod", f"{GITOPS} prod"}
    assert changed == ["plant-large/shop-plant/platform-config.yaml"]
    assert [row.clusterType for row in report.assignments if row.outcome == "done"] == ["plant-large"]
    assert contoso_up.status().healthy


def test_main_moves_only_the_first_environment(contoso_up: Place) -> None:
    """A new commit of main is pinned in dev; the others stay at theirs and await promotion."""
    heads = contoso_up.heads()
    (contoso_up.folder / "extra" / "main" / "notes").mkdir(parents=True)
    (contoso_up.folder / "extra" / "main" / "notes" / "a.txt").write_text("a note\n", encoding="utf-8")
    contoso_up.edit("scheduler: embedded", "controlPlane: extra\nscheduler: embedded")
    report = contoso_up.up()
    control_plane = contoso_up.checkout(CONTROL_PLANE)
    pins = {name: control_plane.document(name, "base-repo.yaml")["spec"]["commit"] for name in ("dev", "qa", "prod")}
    main = control_plane.heads()["main"]
    assert main != heads[f"{CONTROL_PLANE} main"]
    assert pins == {"dev": main, "qa": heads[f"{CONTROL_PLANE} main"], "prod": heads[f"{CONTROL_PLANE} main"]}
    assert [note.split()[0] for note in report.notes if "awaits promotion" in note] == ["qa", "prod"]
    assert not contoso_up.plan().changes


def test_a_new_target_is_made_and_gets_the_solution(contoso_up: Place) -> None:
    """The target joins its shard and the last ring; nobody else is planned, applied or reviewed again."""
    since, ran = contoso_up.seen(), []

    def trace(when: str, what: str) -> None:
        if when == "before" and what.startswith("terraform "):
            ran.append(what)

    added = "{name: lille-1-line, capabilities: [vision]}, {name: lille-1-line-b, capabilities: [vision]}"
    contoso_up.edit("{name: lille-1-line, capabilities: [vision]}", added)
    with contoso_up.orchestrator(trace=trace) as orchestrator:
        report = orchestrator.up()
    once = [f"terraform {verb} of {stack}" for verb in ("apply", "init", "plan") for stack in ("core", "shard-prod-01")]
    assert sorted(ran) == once
    changed = {name: row.add for name, row in rows(report).items() if row.add + row.change + row.destroy}
    assert changed == {"shard-prod-01": 2}
    done = [row for row in report.solutions if row.outcome == "done"]
    assert [(row.target, row.ring) for row in done] == [("lille-1-line-b", "prod 3")]
    assert {path.split("/targets/")[1].split("/")[0] for path in contoso_up.reviews(since)} == {"lille-1-line-b"}


def test_a_changed_value_reviews_only_its_target(contoso_up: Place) -> None:
    """The value set of the target is put, reviewed anew and installed; nothing else is."""
    since = contoso_up.seen()
    contoso_up.edit("ExposureMs: 8", "ExposureMs: 9")
    report = contoso_up.up()
    found = placed(contoso_up.status())
    assert [row.target for row in report.solutions if row.outcome == "done"] == ["lyon-1-line-a"]
    assert found["lyon-1-line-a"].values["camera"]["exposureMs"] == 9
    assert (found["lyon-1-line-a"].revision, found["lille-1-line"].revision) == ("2", "1")
    assert len([path for path in contoso_up.writes(since) if "dynamicConfigurations" in path]) == 1


def test_a_removed_value_is_taken_back(contoso_up: Place) -> None:
    """The target falls back to what its country says, and the key is no longer ours."""
    contoso_up.edit("lyon-1-line-a: {Camera: {ExposureMs: 8}}", "spain: {Camera: {ExposureMs: 20}}")
    contoso_up.up()
    assert placed(contoso_up.status())["lyon-1-line-a"].values["camera"]["exposureMs"] == 12
    since = contoso_up.seen()
    assert contoso_up.up().exit_code == 0
    assert contoso_up.writes(since) == []


def value_set(place: Place, target: str) -> str:
    """Return the address of the version of a target's values of line-vision."""
    fleet = place.fleet
    with place.arm() as arm:
        item = naming.fleet_target_id(fleet, fleet.targets[target])
        reference = f"{item}/providers/Microsoft.Edge/configurationReferences/default"
        linked = arm.get(reference, version="2025-08-01").body["properties"]["configurationResourceId"]
        template = arm.get(naming.solution_template_id(fleet, "line-vision"), version="2026-03-01").body
    return f"{linked}/dynamicConfigurations/{template['properties']['uniqueIdentifier']}/versions/1.0.0"


def test_an_operators_key_survives(contoso_up: Place) -> None:
    """Keys that the fleet does not name stay as the operator left them, and are reviewed with ours."""
    values = value_set(contoso_up, "lyon-1-line-a")
    text = "Camera:\n  ExposureMs: 8\n  Resolution: uhd\n"
    with contoso_up.arm() as arm:
        arm.put(values, {"properties": {"values": text}}, version="2025-08-01")
        contoso_up.edit("ExposureMs: 8", "ExposureMs: 9")
        contoso_up.up()
        kept = arm.get(values, version="2025-08-01").body["properties"]["values"]
    assert kept == "Camera:\n  ExposureMs: 9\n  Resolution: uhd\n"
    assert placed(contoso_up.status())["lyon-1-line-a"].values["camera"] == {"exposureMs": 9, "resolution": "uhd"}


def test_a_deleted_resource_is_made_again(starter_up: Place) -> None:
    """A stack is skipped only if all its resources exist."""
    (gone,) = (item for item in starter_up.state_ids()["shard-dev-01"] if "fluxConfigurations" in item)
    with starter_up.arm() as arm:
        arm.delete(gone, version="2025-04-01")
        assert arm.get(gone, version="2025-04-01").status == 404
        report = starter_up.up()
        assert arm.get(gone, version="2025-04-01").status == 200
    changed = {name: (row.add, row.change, row.destroy) for name, row in rows(report).items() if not row.skipped}
    assert changed == {"shard-dev-01": (1, 0, 0)}


def test_applying_every_stack_changes_back_what_was_changed_by_hand_and_no_more(starter_up: Place) -> None:
    """With everything applied again, Terraform itself finds one resource to write and no more."""
    fleet = starter_up.fleet
    id_ = naming.fleet_target_id(fleet, fleet.targets["lab-1-line"])
    with starter_up.arm() as arm:
        body = arm.get(id_, version="2026-03-01").body
        written = {key: body[key] for key in ("location", "extendedLocation")}
        writable = {k: v for k, v in body["properties"].items() if k not in ("provisioningState", "status")}
        put = arm.put(id_, {**written, "properties": {**writable, "description": "by hand"}}, version="2026-03-01")
        assert put.status < 300, put.body
        since = starter_up.seen()
        report = starter_up.up(everything=True)
        assert arm.get(id_, version="2026-03-01").body["properties"]["description"] == "lab-1-line"
    assert set(starter_up.writes(since)) == {f"PUT {id_}"} and report.commits == ()
    assert not any(row.skipped for row in rows(report).values())


def test_a_repeated_run_after_a_secret_changed_sends_it(starter_up: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rotated secret is sent to the clusters, and counts as no other change."""
    monkeypatch.setenv("GITOPS_READ_TOKEN", "canary-rotated-51c0aa")
    since = starter_up.seen()
    report = starter_up.up()
    assert {path.rsplit("/", 2)[1] for path in starter_up.writes(since)} == {"fluxConfigurations"}
    assert len(starter_up.writes(since)) == 2 and report.commits == ()


def test_a_value_that_no_solution_reads_is_a_change(contoso_up: Place) -> None:
    """Nothing runs below vigo, and its values are set all the same: a plan says so, and its digest covers them."""
    before = contoso_up.plan()
    contoso_up.edit("mqtt.vigo.contoso.example", "mqtt.vigo-2.contoso.example")
    planned = contoso_up.plan()
    assert planned.changes and planned.digest != before.digest
    assert [(row.template, row.version, row.node, row.change) for row in planned.values] == [
        ("plant-config", "1.0.0", "vigo", "update")
    ]
    assert planned.to_json()["values"] == [
        {"template": "plant-config", "version": "1.0.0", "node": "vigo", "change": "update"}
    ]
    report = contoso_up.up(expect=planned.digest)
    assert {row.node: row.outcome for row in report.values} == {
        "france": "unchanged",
        "spain": "unchanged",
        "vigo": "done",
    }
    contoso_up.edit("      vigo: {Broker: {Host: mqtt.vigo-2.contoso.example}}\n", "")
    assert [(row.node, row.change) for row in contoso_up.plan().values] == [("vigo", "delete")]
    assert contoso_up.up().exit_code == 0
    assert not contoso_up.plan().changes
