"""`ewo control-plane wait`: until Flux has brought a commit to every cluster, with no fleet file."""

from __future__ import annotations

import json
import signal
import subprocess
import time

import pytest

from orchestration import Sandbox
from orchestration.errors import RepositoryError
from orchestration.orchestrator import open_plane
from tests.cli.conftest import PROGRAM
from tests.sandbox.bodies import FLUX, make_cluster
from tests.sandbox.client import Client
from tests.sandbox.conftest import SUBSCRIPTION, TENANT, make_group
from tests.sandbox.hosted import HOST, PLANE, Hosted
from tests.sandbox.test_arm_kubernetes import PROVIDER, flux
from tests.support import problems_with
from tests.unit.kalypso.samples import config_map

pytestmark = pytest.mark.slow

OTHER = "d" * 40


@pytest.fixture
def commit(hosted: Hosted) -> str:
    """The head of a GitOps branch whose folder a cluster can apply; what the sample's templates make, it cannot."""
    hosted.running.seed(tenant=TENANT, subscriptions=[SUBSCRIPTION])
    assert hosted.ewo("schedule", "dev").returncode == 0
    for name in ("namespace", "platform-config", "reconciler"):
        head = hosted.gitops.write("dev", f"edge/shop-web/{name}.yaml", config_map(name, {}))
    return head


def follow(hosted: Hosted, name: str, url: str = f"{HOST}/gitops", path: str = "./edge") -> tuple[str, str]:
    """Make a cluster whose Flux follows the GitOps branch; return its id and that of its configuration."""
    with Client(hosted.running) as arm:
        cluster = make_cluster(arm, make_group(arm), name)
        id_ = f"{cluster}/{PROVIDER}/fluxConfigurations/platform-dev"
        assert arm.put(id_, flux(url, path=path), version=FLUX).status == 201
    return cluster, id_


def test_every_cluster_that_follows_the_branch_is_waited_for(hosted: Hosted, commit: str) -> None:
    """However it spells the URL; one that was never connected is pending, other folders and branches do not count."""
    follow(hosted, "plain")
    follow(hosted, "spelled", url="https://GitHub.com/example/gitops.git")
    offline, _ = follow(hosted, "offline")
    hosted.running.show(offline, connectivityStatus="Offline")
    follow(hosted, "elsewhere", url=f"{HOST}/app")
    follow(hosted, "everything", path="./")
    done = hosted.ewo("wait", "dev", "--commit", commit, "--output", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, problems_with(report, "wait"), report["done"]) == (0, [], True), done.stderr
    outcomes = {row["cluster"].rpartition("/")[2]: row["outcome"] for row in report["clusters"]}
    assert outcomes == {"plain": "done", "spelled": "done", "offline": "pending"}
    assert {row["commit"] for row in report["clusters"] if row["outcome"] == "done"} == {commit}
    assert report["notes"] == [
        f"everything follows ./, which is no cluster type of {commit[:12]}: it is not waited for"
    ]


def test_when_time_is_up_it_says_who_lags_and_where(hosted: Hosted, commit: str) -> None:
    """Another commit, one that does not apply, none at all; each with Flux's own words."""
    _, behind = follow(hosted, "behind")
    _, broken = follow(hosted, "broken")
    hosted.running.show(behind, sourceSyncedCommitId=f"dev@sha1:{OTHER}")
    hosted.running.show(broken, complianceState="Non-Compliant", errorMessage="no such CRD")
    done = hosted.ewo("wait", "dev", "--commit", commit, "--timeout", "1s")
    assert done.returncode == 1
    assert f"behind (edge) is Compliant at {OTHER[:12]}, not at {commit[:12]}" in done.stderr
    assert f"broken (edge) is Non-Compliant at {commit[:12]}: no such CRD" in done.stderr
    assert "failed" in done.stdout


def test_a_cluster_that_comes_along_meanwhile_ends_the_wait(hosted: Hosted, commit: str) -> None:
    """It is asked again; a later commit than the one that is waited for will do."""
    _, late = follow(hosted, "late")
    hosted.running.show(late, complianceState="Pending")
    later = hosted.gitops.write("dev", "notes.md", "by hand\n")
    said: list[str] = []

    def settle(text: str) -> None:
        said.append(text)
        hosted.running.show(late, complianceState="Compliant", sourceSyncedCommitId=f"dev@sha1:{later}")

    with open_plane(PLANE, sandbox=Sandbox(hosted.running.directory)) as plane:
        report = plane.wait("dev", commit, seconds=60, say=settle)
    assert (report.done, [row.commit for row in report.clusters]) == (True, [later])
    assert said == [f"waiting for 1: late (edge) is Pending at {later[:12]}, not at {commit[:12]}"]


def test_nobody_who_follows_is_no_success(hosted: Hosted, commit: str) -> None:
    """Neither no cluster at all nor none that is connected proves that anything was deployed."""
    none = hosted.ewo("wait", "dev", "--commit", commit, "--timeout", "0s")
    assert none.returncode == 1 and "no Flux configuration follows a cluster type of dev of" in none.stderr
    assert "no cluster follows cluster type edge" in none.stderr
    offline, _ = follow(hosted, "offline")
    hosted.running.show(offline, connectivityStatus="Offline")
    pending = hosted.ewo("wait", "dev", "--commit", commit, "--timeout", "0s")
    assert pending.returncode == 1 and "is connected: offline (Offline)" in pending.stderr


def test_a_commit_that_is_not_of_the_branch_is_refused(hosted: Hosted, commit: str) -> None:
    """Nothing is waited for that cannot come; an interrupt ends the wait at once."""
    absent = hosted.ewo("wait", "dev", "--commit", OTHER)
    assert absent.returncode == 1 and f"'{OTHER}' is no commit of dev of {HOST}/gitops" in absent.stderr
    with (
        open_plane(PLANE, sandbox=Sandbox(hosted.running.directory)) as plane,
        pytest.raises(RepositoryError, match="is no commit of"),
    ):
        plane.wait("dev", commit[:12])
    argv = (*PROGRAM, "control-plane", "wait", "dev", "--repo", PLANE, "--commit", commit)
    argv += ("--sandbox-dir", str(hosted.running.directory))
    with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) as waiting:
        assert waiting.stderr is not None
        assert "waiting for 1" in waiting.stderr.readline()
        began = time.monotonic()
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(30) == 130
    assert time.monotonic() - began < 20
