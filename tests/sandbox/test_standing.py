"""Where everything stands when something is wrong with it, or when part of it cannot be read."""

from __future__ import annotations

from tests.sandbox.place import Place, placed

GITOPS = "starter-gitops"


def test_a_cluster_at_another_commit_is_named_with_both(starter_up: Place) -> None:
    """Compliant proves nothing where the commit is not the branch's head."""
    cluster = starter_up.fleet.clusters["lab-1"]
    flux = f"{cluster.id}/providers/Microsoft.KubernetesConfiguration/fluxConfigurations/platform-dev"
    starter_up.sandbox.show(flux, sourceSyncedCommitId=f"dev@sha1:{'0123456789' * 4}")
    report = starter_up.status()
    head = starter_up.checkout(GITOPS).heads()["dev"]
    assert report.problems == (f"cluster lab-1 is at 012345678901, its branch at {head[:12]}",)
    (row,) = (row for row in report.to_json()["clusters"] if row["name"] == "lab-1")
    assert row["flux"] == {"state": "Compliant", "commit": "0123456789" * 4, "expectedCommit": head}


def test_a_message_of_flux_is_said_once(starter_up: Place) -> None:
    """The configuration's error and its conditions repeat each other."""
    starter_up.checkout(GITOPS).git("update-ref", "-d", "refs/heads/dev")
    (problem,) = (text for text in starter_up.status().problems if text.startswith("Flux on cluster lab-1"))
    assert problem.count("couldn't find remote ref") == 1 and "\n" not in problem


def test_a_cluster_that_cannot_be_read_is_a_problem_of_its_own(starter_up: Place) -> None:
    """Everything else is told; the cluster is neither healthy nor pending."""
    path = "lab-1/providers/Microsoft.KubernetesConfiguration/fluxConfigurations"
    starter_up.sandbox.fault(status=403, path=path, times=9, code="AuthorizationFailed", message="You may not.")
    report = starter_up.status()
    assert report.pending == () and not report.healthy
    assert len(report.problems) == 1 and report.problems[0].startswith("cluster lab-1 cannot be read: ")
    assert "You may not." in report.problems[0]
    assert set(placed(report)) == {"lab-1-line", "plant-2-line"}


def test_a_target_that_cannot_be_read_is_a_problem_of_its_own(starter_up: Place) -> None:
    """The other target's solution is told as it is."""
    path = "targets/lab-1-line/solutions"
    starter_up.sandbox.fault(status=403, path=path, times=9, code="AuthorizationFailed", message="You may not.")
    report = starter_up.status()
    assert len(report.problems) == 1 and report.problems[0].startswith("target lab-1-line cannot be read: ")
    assert set(placed(report)) == {"plant-2-line"}


def test_a_repository_that_cannot_be_read_is_one_problem(starter_up: Place) -> None:
    """Everything that does not come from it is told."""
    (starter_up.checkout("starter-control-plane").path / "packed-refs").write_bytes(b"\xff broken\n")
    report = starter_up.status()
    assert len(report.problems) == 1 and "starter-control-plane" in report.problems[0]
    rows = report.to_json()["environments"]
    assert {row["controlPlaneCommit"] for row in rows} == {None} and all(row["gitopsCommit"] for row in rows)
    assert {row["connectivity"] for row in report.clusters} == {"Connected"}


def test_an_environment_whose_clusters_all_wait_is_unknown(starter_up: Place) -> None:
    """It is not unhealthy: what is pending is told apart, with the reason."""
    starter_up.sandbox.show(starter_up.fleet.clusters["plant-2-a"].id, connectivityStatus="Offline")
    report = starter_up.status()
    assert report.healthy and report.summary["prod"].startswith("unknown: all pending")
    assert report.to_json()["pending"] == ["cluster plant-2-a is Offline"]


def test_an_extension_that_the_fleet_stands_on_is_looked_after(starter_up: Place) -> None:
    """One of somebody else's may have failed: that makes no cluster of ours unhealthy."""
    extensions = f"{starter_up.fleet.clusters['lab-1'].id}/providers/Microsoft.KubernetesConfiguration/extensions"
    properties = {"extensionType": "microsoft.azuremonitor.containers", "scope": {"cluster": {}}}
    body = {"identity": {"type": "SystemAssigned"}, "properties": properties}
    with starter_up.arm() as arm:
        assert arm.finished(arm.put(f"{extensions}/theirs", body, version="2025-03-01")).status < 300
    starter_up.sandbox.show(f"{extensions}/theirs", provisioningState="Failed")
    assert starter_up.status().healthy
    starter_up.sandbox.show(f"{extensions}/wo-extension", provisioningState="Failed")
    assert starter_up.status().problems == ("extension wo-extension of cluster lab-1 is Failed",)
