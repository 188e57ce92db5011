"""`ewo sandbox fault target` and `cluster`, on a sandbox that runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestration.sandbox import RunningSandbox
from orchestration.sandbox import start as start_sandbox
from tests.cli.conftest import Ewo

SUBSCRIPTION = "22222222-2222-4222-8222-222222222222"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-faults"
CLUSTER = f"{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/plant"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox with one connected cluster, in the folder that the program takes unless told otherwise."""
    with start_sandbox(tmp_path / ".ewo" / "sandbox") as running:
        resources = [
            {"id": GROUP, "location": "eastus2"},
            {"id": CLUSTER, "location": "eastus2", "properties": {"connectivityStatus": "Connected"}},
        ]
        running.seed(tenant=SUBSCRIPTION, subscriptions=[SUBSCRIPTION], resources=resources)
        yield running


def connectivity(sandbox: RunningSandbox) -> str:
    found: dict[str, Any] = sandbox.call("GET", f"{CLUSTER}?api-version=2026-05-01")
    return str(found["properties"]["connectivityStatus"])


def test_a_cluster_is_offline_until_that_is_cleared(ewo: Ewo, sandbox: RunningSandbox) -> None:
    """Both are told in a line."""
    done = ewo("sandbox", "fault", "cluster", "plant", "offline")
    assert (done.returncode, done.stderr) == (0, "cluster 'plant' is offline\n")
    assert connectivity(sandbox) == "Offline"
    done = ewo("sandbox", "fault", "cluster", "plant", "--clear")
    assert (done.returncode, done.stderr) == (0, "nothing is wrong with cluster 'plant' any more\n")
    assert connectivity(sandbox) == "Connected"


def test_a_target_that_is_not_there_yet_is_told(ewo: Ewo, sandbox: RunningSandbox) -> None:
    """A name may be misspelt, or come later."""
    done = ewo("sandbox", "fault", "target", "line-1", "slow", "--times", "2", "--seconds", "5")
    assert done.returncode == 0
    assert done.stderr == (
        "the next 2 installations on target 'line-1': slow; there is none of that name yet, it holds once there is\n"
    )
    fault = {"target": "line-1", "what": "slow", "times": 2, "seconds": 5.0}
    assert sandbox.call("GET", "/sandbox/faults") == {"faults": [fault]}


def test_a_review_can_be_slow(ewo: Ewo, sandbox: RunningSandbox) -> None:
    """What is told names what will be slow."""
    done = ewo("sandbox", "fault", "target", "line-2", "slow-review")
    assert done.stderr.startswith("the next review on target 'line-2': slow-review")
    fault = {"target": "line-2", "what": "slow-review", "times": 1, "seconds": 60.0}
    assert fault in sandbox.call("GET", "/sandbox/faults")["faults"]


def test_a_cluster_that_is_not_there_cannot_be_gone(ewo: Ewo, sandbox: RunningSandbox) -> None:
    """The error names those that there are."""
    done = ewo("sandbox", "fault", "cluster", "plantt", "gone")
    assert done.returncode == 1
    assert "no connected cluster 'plantt' that could be gone; there are: plant" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("target", "line-1"),
        ("target", "line-1", "fail", "--clear"),
        ("target", "line-1", "offline"),
        ("target", "line-1", "fail", "--times", "0"),
        ("cluster", "plant", "slow"),
        ("cluster", "plant", "offline", "--times", "2"),
    ],
)
def test_what_makes_no_fault_is_a_usage_error(ewo: Ewo, arguments: tuple[str, ...]) -> None:
    """It is exit 2, whether or not a sandbox runs."""
    assert ewo("sandbox", "fault", *arguments).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("arm", "503", "--path", "/a"), "the next request that matches '/a' gets 503\n"),
        (("git", "reset", "--path", "/a", "--times", "2"), "the next 2 requests that match '/a' get reset\n"),
        (("target", "a", "unstaged"), "the next staging on target 'a': unstaged; there is none"),
        (("target", "a", "fail", "--times", "3"), "the next 3 installations on target 'a': fail; there is none"),
    ],
)
def test_what_is_to_go_wrong_is_told_in_a_sentence(
    ewo: Ewo, sandbox: RunningSandbox, arguments: tuple[str, ...], told: str
) -> None:
    """One of something is not called several."""
    done = ewo("sandbox", "fault", *arguments)
    assert (done.returncode, done.stderr[: len(told)]) == (0, told)
