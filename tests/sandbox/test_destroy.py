"""What is destroyed is listed and needs permission; what stays is not touched."""

from __future__ import annotations

import pytest

from orchestration import DestroyRefused
from orchestration.fleet import naming
from tests.sandbox.place import Place, placed, rows

pytestmark = pytest.mark.slow

LYON_B = """      - {name: lyon-1-line-b, capabilities: [telemetry]}
"""
PILOT_POLICY = """  - name: retail-pilot
    environment: qa
    deploymentTargets: {workspace: retail, matchLabels: {purpose: performance-test}}
    clusterTypes: {matchLabels: {purpose: pilot}}
"""
BILBAO = """  - name: bilbao-1
    clusterType: plant-large
    site: bilbao
    connection: {kubeconfig: {path: ./kubeconfig.yaml, context: bilbao-1}}   # we connect it
    targets: [{name: bilbao-1-line, capabilities: [vision, telemetry]}]
"""


def refused(place: Place, allow: int) -> DestroyRefused:
    """Return the refusal of a run that may destroy *allow* things, which has touched nothing."""
    since, heads, states = place.seen(), place.heads(), place.state_ids()
    with pytest.raises(DestroyRefused) as caught:
        place.up(allow=allow)
    assert (place.writes(since), place.heads(), place.state_ids()) == ([], heads, states)
    return caught.value


def test_a_removed_target_is_destroyed_with_permission_only(contoso_up: Place) -> None:
    """Target and membership are two things; one too few allowed, and nothing is touched."""
    contoso_up.edit(LYON_B, "")
    listed = refused(contoso_up, 1).destroys
    assert len(listed) == 2 and all(item.startswith("shard-prod-01: ") and "lyon-1-line-b" in item for item in listed)
    since = contoso_up.seen()
    report = contoso_up.up(allow=2)
    assert report.exit_code == 0
    assert rows(report)["shard-prod-01"].destroy == 2
    assert all("lyon-1-line-b" in path for path in contoso_up.writes(since))
    assert set(placed(contoso_up.status())) >= {"lyon-1-line-a"} and contoso_up.status().healthy


def test_a_removed_existing_cluster_stays_in_azure(starter_up: Place) -> None:
    """The last cluster of an environment takes its shard along, and is itself left alone."""
    fleet = starter_up.fleet
    text = (starter_up.folder / "fleet.yaml").read_text(encoding="utf-8")
    begin, end = text.index("  - name: plant-2-a"), text.index("workloads:")
    (starter_up.folder / "fleet.yaml").write_text(text[:begin] + text[end:], encoding="utf-8")
    assert len(refused(starter_up, 0).destroys) == 7
    assert rows(starter_up.plan())["shard-prod-01"].destroy == 7
    report = starter_up.up(allow=7)
    assert report.exit_code == 0
    gone = report.waves[0][0]
    assert (gone.stack, gone.environment, gone.destroy, gone.outcome) == ("shard-prod-01", "prod", 7, "done")
    assert "shard-prod-01" not in starter_up.state_ids()
    with starter_up.arm() as arm:
        assert arm.get(fleet.clusters["plant-2-a"].id, version="2026-05-01").status == 200
    assert starter_up.status().healthy


def test_a_removed_policy_takes_its_assignment_away_with_permission(contoso_up: Place) -> None:
    """A scheduled assignment counts, though no resource goes."""
    contoso_up.edit(PILOT_POLICY, "")
    assert refused(contoso_up, 0).destroys == ("qa: assignment of shop-performance-test to pilot",)
    report = contoso_up.up(allow=1)
    assert report.exit_code == 0
    assert "pilot/shop-performance-test/reconciler.yaml" not in contoso_up.checkout("contoso-platform-gitops").files(
        "qa"
    )
    assert contoso_up.status().healthy


@pytest.mark.long
def test_a_removed_site_is_destroyed_after_what_is_on_it(contoso_up: Place) -> None:
    """Its cluster's target goes first; nothing else is touched or moves, and the next run has nothing to do."""
    contoso_up.edit(BILBAO, "")
    contoso_up.edit("{name: bilbao}, {name: vigo}", "{name: vigo}")
    listed = refused(contoso_up, 11).destroys
    assert len([item for item in listed if item.startswith("shard-prod-01: ")]) == 8
    assert len([item for item in listed if item.startswith("sites-spain: ")]) == 4
    since = contoso_up.seen()
    report = contoso_up.up(allow=12)
    assert report.failed == ()
    deleted = [path for path in contoso_up.writes(since) if path.startswith("DELETE")]
    target = next(index for index, path in enumerate(deleted) if path.endswith("/targets/bilbao-1-line"))
    group = next(index for index, path in enumerate(deleted) if path.endswith("/serviceGroups/contoso-bilbao"))
    assert target < group and all("bilbao" in path for path in deleted)
    shards = {name: len(ids) for name, ids in contoso_up.state_ids().items() if name.startswith("shard")}
    assert shards == {"shard-dev-01": 7, "shard-qa-01": 7, "shard-prod-01": 23}
    since, heads = contoso_up.seen(), contoso_up.heads()
    assert set(contoso_up.up().outcomes) == {"unchanged"}
    assert (contoso_up.writes(since), contoso_up.heads()) == ([], heads)


def test_a_hand_edited_control_plane_file_is_kept_and_reported(contoso_up: Place) -> None:
    """Somebody's edit of a file of ours stays, until it is to be taken over."""
    control_plane = contoso_up.checkout("contoso-control-plane")
    path = "configs/lab-config.yaml"
    ours = control_plane.text("dev", path)
    head = control_plane.write("dev", path, ours.replace("REGION: lab", "REGION: by-hand"))
    report = contoso_up.up()
    assert f"dev:{path} of the control plane was edited by hand and is kept; --take-over overwrites it" in report.notes
    assert control_plane.heads()["dev"] == head
    gitops = contoso_up.checkout("contoso-platform-gitops")
    assert "by-hand" in gitops.text("dev", "lab/shop-functional-test/platform-config.yaml")
    contoso_up.up(take_over=True)
    assert control_plane.text("dev", path) == ours
    assert "by-hand" not in gitops.text("dev", "lab/shop-functional-test/platform-config.yaml")


def test_a_file_of_others_in_the_control_plane_is_never_touched(starter_up: Place) -> None:
    """What no fleet wrote stays where it is, and is no change."""
    control_plane = starter_up.checkout("starter-control-plane")
    head = control_plane.write("dev", "configs/theirs.md", "not ours\n")
    assert not starter_up.plan().changes
    starter_up.up()
    assert control_plane.heads()["dev"] == head


def test_a_hand_edit_of_generated_files_is_written_over(starter_up: Place) -> None:
    """The GitOps repository holds what the schedule says, whoever wrote there last."""
    gitops = starter_up.checkout("starter-gitops")
    path = "lab/hello-lab/namespace.yaml"
    ours = gitops.text("dev", path)
    gitops.write("dev", path, "kind: Namespace\n")
    assert [(row.branch, row.files) for row in starter_up.plan().commits] == [("dev", (path,))]
    assert starter_up.up().exit_code == 0
    assert gitops.text("dev", path) == ours


def cut(place: Place, begin: str, end: str) -> None:
    """Take a part out of the fleet file."""
    file = place.folder / "fleet.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text[: text.index(begin)] + text[text.index(end) :], encoding="utf-8")


def test_a_solution_that_leaves_the_fleet_file_leaves_its_targets(contoso_up: Place) -> None:
    """It is uninstalled before its template goes: nothing runs that the fleet no longer knows."""
    cut(contoso_up, "solutions:", "scheduler:")
    assert len(refused(contoso_up, 3).destroys) == 4
    report = contoso_up.up(allow=4)
    assert report.failed == ()
    assert placed(contoso_up.status()) == {} and contoso_up.status().healthy
    assert not contoso_up.plan().changes


def test_a_fleet_without_kalypso_gives_flux_up(starter_up: Place) -> None:
    """Extensions and Flux configurations go with the secret they had, in one run."""
    cut(starter_up, "workloads:", "configTemplates:")
    listed = refused(starter_up, 0).destroys
    assert len(listed) == 4 and all(".flux" in item for item in listed)
    report = starter_up.up(allow=4)
    assert report.failed == ()
    assert starter_up.status().healthy and not starter_up.plan().changes


def test_a_cluster_that_goes_to_another_environment_leaves_the_first(starter_up: Place) -> None:
    """Its resources are destroyed in one shard, with permission, before they are made in the other."""
    starter_up.edit("name: lab-1\n    clusterType: lab", "name: lab-1\n    clusterType: plant")
    assert len(refused(starter_up, 6).destroys) == 7
    report = starter_up.up(allow=7)
    assert report.failed == ()
    assert {name: len(ids) for name, ids in starter_up.state_ids().items() if "shard" in name} == {"shard-prod-01": 14}
    assert starter_up.status().healthy and not starter_up.plan().changes


def test_a_retired_version_is_destroyed_with_permission_only(starter_up: Place) -> None:
    """A newer one leaves it where it is; retiring it is a destruction, and takes nothing else."""
    version = f"{naming.solution_template_id(starter_up.fleet, 'line-hello')}/versions/1.0.0"
    starter_up.edit("name: line-hello\n    version: 1.0.0 ", "name: line-hello\n    version: 1.0.1 ")
    assert starter_up.up().exit_code == 0
    with starter_up.arm() as arm:
        assert arm.get(version, version="2026-03-01").status == 200

    starter_up.edit("    path: solutions/line-hello\n", "    path: solutions/line-hello\n    retire: [1.0.0]\n")
    (listed,) = refused(starter_up, 0).destroys
    assert listed.startswith("core: ") and "1.0.0" in listed
    since = starter_up.seen()
    assert starter_up.up(allow=1).exit_code == 0
    assert [path for path in starter_up.writes(since) if path.startswith("DELETE")] == [f"DELETE {version}"]
    with starter_up.arm() as arm:
        assert arm.get(version, version="2026-03-01").status == 404
    assert starter_up.status().healthy
