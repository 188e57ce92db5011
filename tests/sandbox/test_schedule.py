"""What an environment is made of: its pin, its registrations, its workloads; and what keeps it as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.fleet.init import write_starter
from orchestration.gitops.scheduling import PREPARED
from tests.sandbox.place import Place
from tests.support import replace, without_edge

CONTROL_PLANE, GITOPS = "starter-control-plane", "starter-gitops"
RECONCILER = "lab/hello-lab/reconciler.yaml"

REGISTRATION = """apiVersion: scheduler.kalypso.io/v1alpha1
kind: WorkloadRegistration
metadata: {name: second}
spec:
  workload: {repo: "https://github.com/example/second", branch: main, path: .}
  workspace: shop-floor
"""
WORKLOAD = """apiVersion: scheduler.kalypso.io/v1alpha1
kind: Workload
metadata: {name: second}
spec:
  deploymentTargets:
    - name: lab
      environment: dev
      manifests: {repo: "https://github.com/example/second-gitops", branch: dev, path: .}
"""


def blocked(place: Place) -> tuple[list[str], list[str]]:
    """Run `up`; return which environments it left as they were, and why."""
    before = place.checkout(GITOPS).heads()
    report = place.up()
    assert report.exit_code == 4 and {item.what for item in report.failed} == {"schedule"}
    names = [item.where.split()[0] for item in report.failed]
    assert all(place.checkout(GITOPS).heads()[name] == before[name] for name in names)
    left = {row.environment: (row.change, row.outcome) for row in report.assignments if row.environment in names}
    assert left == dict.fromkeys(names, ("none", "skipped"))
    return names, [item.error for item in report.failed]


def test_a_changed_registration_moves_the_first_environment_alone(gitops_up: Place) -> None:
    """The others stay with the registration that stands at their pin."""
    workload = gitops_up.checkout("hello")
    workload.git("branch", "next", "main")
    text = workload.text("next", "workload/hello.yaml")
    workload.write("next", "workload/hello.yaml", text.replace("name: lab\n", "name: bench\n").replace("plants", "all"))
    gitops_up.edit("branch: main\n    path: ./workload", "branch: next\n    path: ./workload")
    changes = {(row.deploymentTarget, row.change) for row in gitops_up.plan().assignments}
    assert changes == {("hello-bench", "create"), ("hello-lab", "delete"), ("hello-plants", "none")}
    assert gitops_up.up(allow=1).exit_code == 0
    assert not gitops_up.plan().changes


def test_a_new_workload_waits_for_promotion(gitops_up: Place) -> None:
    """A later environment does not know a registration that its pin does not have."""
    gitops_up.repository("https://github.com/example/second", {"workload.yaml": WORKLOAD.replace("dev", "prod")})
    entry = "  - {name: second, workspace: shop-floor, repository: 'https://github.com/example/second', path: .}\n"
    gitops_up.edit("workloads:", f"workloads:\n{entry}".rstrip())
    report = gitops_up.up()
    assert report.exit_code == 0
    assert {row.deploymentTarget for row in report.assignments} == {"hello-lab", "hello-plants"}
    assert "prod awaits promotion: it runs another commit of main" in report.notes


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("path: ./workload", "path: ./nowhere", "has no folder ./nowhere"),
        ("branch: main\n    path", "branch: nowhere\n    path", "has no branch nowhere"),
        ("https://github.com/example/hello\n", "https://github.com/example/absent\n", "there is no repository"),
    ],
)
def test_a_workload_that_is_not_there_takes_nothing_away(gitops_up: Place, old: str, new: str, why: str) -> None:
    """A missing folder is no empty one: the environment that follows is blocked, and nothing is destroyed."""
    gitops_up.edit(old, new)
    planned = gitops_up.plan()
    assert planned.destroys == () and [issue.where for issue in planned.issues] == ["dev"]
    names, reasons = blocked(gitops_up)
    assert names == ["dev"] and "workload hello" in reasons[0] and why in reasons[0]
    assert RECONCILER in gitops_up.checkout(GITOPS).files("dev")


def test_a_workload_that_is_not_yaml_blocks_all_that_follow_it(gitops_up: Place) -> None:
    """Its file and line are named; once it is mended the branches are what they were."""
    workload, before = gitops_up.checkout("hello"), gitops_up.heads()
    good = workload.text("main", "workload/hello.yaml")
    workload.write("main", "workload/hello.yaml", "a: [\n")
    names, reasons = blocked(gitops_up)
    assert names == ["dev", "prod"] and all("hello:workload/hello.yaml:2: not YAML" in reason for reason in reasons)
    workload.write("main", "workload/hello.yaml", good)
    assert set(gitops_up.up().outcomes) == {"unchanged"} and gitops_up.heads() == before


def test_a_workload_may_lie_in_a_hidden_folder(gitops_up: Place) -> None:
    """A dot at the start of a folder's name is part of it."""
    workload = gitops_up.checkout("hello")
    workload.write("main", ".kalypso/hello.yaml", workload.text("main", "workload/hello.yaml"))
    gitops_up.edit("path: ./workload", "path: ./.kalypso")
    report = gitops_up.up()
    assert report.exit_code == 0 and {row.change for row in report.assignments} == {"none"}


def test_a_workload_may_be_kustomized_from_elsewhere_in_its_repository(gitops_up: Place) -> None:
    """A kustomization that refers to a folder beside its own is built as Flux builds it."""
    workload = gitops_up.checkout("hello")
    workload.write("main", "overlay/kustomization.yaml", "resources: [../workload/hello.yaml]\n")
    gitops_up.edit("path: ./workload", "path: ./overlay")
    report = gitops_up.up()
    assert report.failed == () and {row.change for row in report.assignments} == {"none"}


def test_registrations_of_others_are_followed(gitops_up: Place) -> None:
    """What somebody registered on main beside the fleet is scheduled with it, and stays."""
    gitops_up.repository("https://github.com/example/second", {"workload.yaml": WORKLOAD})
    gitops_up.checkout(CONTROL_PLANE).write("main", "workloads/second.yaml", REGISTRATION)
    report = gitops_up.up()
    assert report.exit_code == 0
    assert {(row.deploymentTarget, row.change) for row in report.assignments if row.environment == "dev"} == {
        ("hello-lab", "none"),
        ("second-lab", "create"),
    }
    assert set(gitops_up.up().outcomes) == {"unchanged"}


def second_fleet(folder: Path) -> Path:
    """Write a fleet that has the starter's control plane and nothing else in common with it; return its folder."""
    write_starter(folder, "starter")
    without_edge(folder)
    renamed = {"name: starter": "name: second", "name: hello": "name: second", "/hello": "/second"}
    renamed |= {"lab-1": "bench-1", "plant-2-a": "press-1", "name: lab\n": "name: bench\n", "Type: lab": "Type: bench"}
    renamed |= {"purpose: lab": "purpose: bench", "name: plant\n": "name: press\n", "Type: plant": "Type: press"}
    renamed |= {"purpose: plant": "purpose: press", "name: plants": "name: presses", "shop-floor": "hall"}
    for old, new in renamed.items():
        replace(folder / "fleet.yaml", old, new)
    (folder / "repositories").rename(folder / "unused")
    return folder


@pytest.mark.long
def test_two_fleets_share_a_control_plane(gitops_up: Place, tmp_path: Path) -> None:
    """Each adds its own, neither takes anything of the other's away, and both come to rest."""
    folder = second_fleet(tmp_path / "second")
    gitops_up.repository("https://github.com/example/second", {"workload/second.yaml": WORKLOAD})
    second = Place(folder, gitops_up.sandbox)
    assert second.plan().destroys == ()
    report = second.up()
    assert report.exit_code == 0
    folders = {path.rpartition("/")[0] for path in gitops_up.checkout(GITOPS).files("dev") if "reconciler" in path}
    assert folders == {"lab/hello-lab", "bench/second-lab"}
    for place in (gitops_up, second, gitops_up):
        report = place.up()
        assert report.exit_code == 0 and {row.change for row in report.assignments} == {"none"}
    assert not gitops_up.plan().changes and not second.plan().changes
    assert gitops_up.status().healthy and second.status().healthy


def test_a_folder_that_another_fleet_has_prepared_is_left_to_it(gitops_up: Place) -> None:
    """Who begins at the same time makes its folders before its clusters, and registers cluster types after them."""
    gitops = gitops_up.checkout(GITOPS)
    gitops.write("dev", "bench/README.md", PREPARED.decode())
    gitops_up.edit("GREETING: ", "GREETING: good ")
    report = gitops_up.up()
    assert report.exit_code == 0 and (GITOPS, "dev") in {(item.repository, item.branch) for item in report.commits}
    assert gitops.text("dev", "bench/README.md") == PREPARED.decode()


def test_a_pin_that_leads_nowhere_blocks_its_environment_alone(gitops_up: Place) -> None:
    """The pin is somebody's word: what it says is not corrected, and nothing is scheduled from it."""
    control_plane = gitops_up.checkout(CONTROL_PLANE)
    text = control_plane.text("prod", "base-repo.yaml")
    control_plane.write("prod", "base-repo.yaml", text.replace(control_plane.heads()["main"], "deadbeef" * 5))
    names, reasons = blocked(gitops_up)
    assert names == ["prod"] and "has no commit deadbeef" in reasons[0]
    assert gitops_up.status().to_json()["environments"][1]["promotedCommit"] == "deadbeef" * 5


@pytest.mark.parametrize(
    "broken", ["spec: [", pytest.param("", marks=pytest.mark.long), pytest.param(None, marks=pytest.mark.long)]
)
def test_a_broken_pin_is_no_promotion(gitops_up: Place, broken: str | None) -> None:
    """An environment whose pin was broken or deleted goes back to the commit it ran, not on to main's head."""
    control_plane = gitops_up.checkout(CONTROL_PLANE)
    ran = control_plane.text("prod", "base-repo.yaml")
    gitops_up.edit("workspace: shop-floor\n    repository", "workspace: floor\n    repository")
    gitops_up.edit("deploymentTargets: {workspace: shop-floor}\n    clusterTypes: {matchLabels: {purpose: lab}}",
                   "deploymentTargets: {}\n    clusterTypes: {matchLabels: {purpose: lab}}")  # fmt: skip
    assert gitops_up.up().exit_code == 0
    if broken is None:
        control_plane.remove("prod", "base-repo.yaml")
    else:
        control_plane.write("prod", "base-repo.yaml", broken)
    assert gitops_up.up().exit_code == 0
    assert control_plane.text("prod", "base-repo.yaml") == ran
    assert not gitops_up.plan().changes


def test_a_hand_edit_of_generated_files_is_told_with_its_commit_first(gitops_up: Place) -> None:
    """Before it is written over, and in the report: the file and the commit that changed it."""
    gitops = gitops_up.checkout(GITOPS)
    edit = gitops.write("dev", RECONCILER, "kind: Nothing\n")
    extra = gitops.write("dev", "bench/notes.txt", "by hand\n")
    expected = [
        f"bench/notes.txt was changed by hand in {extra[:12]} and is removed",
        f"{RECONCILER} was changed by hand in {edit[:12]} and is written over",
    ]
    notes = [f"dev of the GitOps repository: {text}" for text in expected]
    assert [note for note in gitops_up.plan().notes if "by hand" in note] == notes
    report = gitops_up.up()
    assert [note for note in report.notes if "by hand" in note] == notes
    told = [index for index, event in enumerate(gitops_up.events) if event.what == "hand edit"]
    written = next(index for index, event in enumerate(gitops_up.events) if event.what == "commit")
    assert [gitops_up.events[index].message for index in told] == expected and max(told) < written
    assert "by hand" not in str(gitops_up.up().notes)


def test_what_nothing_generates_in_a_targets_folder_is_named(gitops_up: Place) -> None:
    """It stays, as Kalypso leaves it, and clusters apply it: somebody should know."""
    gitops = gitops_up.checkout(GITOPS)
    head = gitops.write("dev", "lab/hello-lab/extra.yaml", "kind: ConfigMap\n")
    report = gitops_up.up()
    assert "dev of the GitOps repository: lab/hello-lab/extra.yaml is generated by nothing, and clusters apply it" in (
        report.notes
    )
    assert gitops.heads()["dev"] == head


def test_the_schedule_alone_takes_nothing_away(gitops_up: Place) -> None:
    """What a workload has lost is left to `up`, which lists it and can be allowed to."""
    workload, before = gitops_up.checkout("hello"), gitops_up.checkout(GITOPS).heads()
    text = workload.text("main", "workload/hello.yaml")
    workload.write("main", "workload/hello.yaml", text.replace("name: lab\n", "name: bench\n"))
    with gitops_up.orchestrator() as orchestrator:
        report = orchestrator.schedule()
    assert [(item.what, item.where) for item in report.failed] == [("schedule", "dev")]
    assert "dev: assignment of hello-lab to lab" in report.failed[0].error
    assert gitops_up.checkout(GITOPS).heads() == before
    assert gitops_up.up(allow=1).exit_code == 0
    assert RECONCILER not in gitops_up.checkout(GITOPS).files("dev")


def test_the_schedule_alone_renders_what_stands_in_the_control_plane(gitops_up: Place) -> None:
    """What the fleet file says and nobody has committed is not scheduled."""
    gitops_up.edit("hello from the lab", "hello again")
    with gitops_up.orchestrator() as orchestrator:
        assert orchestrator.schedule().commits == ()
        orchestrator.wire()
        assert [row.branch for row in orchestrator.schedule().commits] == ["dev"]
    assert "hello again" in gitops_up.checkout(GITOPS).text("dev", "lab/hello-lab/platform-config.yaml")


def test_the_schedule_alone_says_what_failed(gitops_up: Place) -> None:
    """The report of a part holds its failures, as that of `up` does."""
    gitops_up.checkout("hello").write("main", "workload/hello.yaml", "a: [\n")
    with gitops_up.orchestrator() as orchestrator:
        report = orchestrator.schedule()
    assert {item.where for item in report.failed} == {"dev", "prod"} and report.exit_code == 1


def test_a_digest_does_not_move_with_main(gitops_up: Place) -> None:
    """A plan covers what the fleet decides; which commit of main is the head is decided by who pushes."""
    before = gitops_up.plan().digest
    gitops_up.checkout(CONTROL_PLANE).write("main", "notes.md", "a note\n")
    after = gitops_up.plan()
    assert after.changes and after.digest == before
    assert gitops_up.up(expect=before).exit_code == 0
