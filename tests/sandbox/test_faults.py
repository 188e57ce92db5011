"""Every kind of request that `up` makes, answered with everything that can go wrong.

Whatever comes, `up` ends, says what and why and what to do, and the next run completes it without making anything
twice. What goes by is tried again: 429, 500, 503 and a connection that breaks, once, cost nothing but time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from orchestration import Event, OrchestrationError, Orchestrator, Sandbox
from orchestration.reports import UpReport
from tests.sandbox.found import Found, found
from tests.sandbox.place import Place, copied, opened
from tests.sandbox.small import write_small

pytestmark = pytest.mark.slow

STATE = "state: {http: {address: 'https://state.contoso.example/fleet'}}"
BOUND_SECONDS, LASTING_BOUND_SECONDS = 240, 2400
"""Of trouble that lasts: azapi tries for half an hour before it calls the change of a resource failed."""

FOR_GOOD = 10_000

EDITS = {
    "nothing": (),
    "config": (("GREETING: hello", "GREETING: good morning"),),
    "values": (("Host: mqtt.plant-1.example", "Host: mqtt.example"),),
    "target": (
        ("capabilities: [vision]\nclusters", "capabilities: [vision, sound]\nclusters"),
        ("lab-1-line, capabilities: [vision]", "lab-1-line, capabilities: [vision, sound]"),
    ),
    "repository": (("controlPlane: small-control-plane", "controlPlane: small-other"),),
    "group": (
        (
            "workloads:\n",
            "  - name: lab-2\n    clusterType: lab\n    site: plant-1\n    resourceGroup: rg-other\n"
            "    connection: {kubeconfig: {path: kubeconfig.yaml, context: lab}}\nworkloads:\n",
        ),
    ),
}


@dataclass(frozen=True)
class Kind:
    """A kind of request: what leads to it, and which it is; `absent` is what a 404 of it rightly means.

    `lacking` is a resource provider that the subscription has not registered.
    """

    name: str
    edit: str
    path: str
    method: str = ""
    host: str = "azure"
    absent: bool = False
    lacking: str = ""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class What:
    """What goes wrong; for once what goes by, and `retried` if then nothing is to be noticed."""

    name: str
    fault: dict[str, Any] = field(hash=False)
    times: int = FOR_GOOD
    retried: bool = False

    def __str__(self) -> str:
        return self.name


KINDS = (
    Kind("group-get", "target", "/resourceGroups/rg-small$", "GET", absent=True),
    Kind("group-put", "group", "/resourceGroups/rg-other$", "PUT"),
    Kind("graph", "target", "/providers/Microsoft.ResourceGraph/resources", "POST"),
    Kind("get", "target", "/connectedClusters/lab-1$", "GET", absent=True),
    Kind("list", "values", "/targets/lab-1-line/solutions$", "GET", absent=True),
    Kind("extensions", "target", "/connectedClusters/lab-1/.*/extensions$", "GET", absent=True),
    Kind("value-put", "values", "/dynamicConfigurations/.*/versions/", "PUT"),
    Kind("poll", "values", "/operationStatuses/", "GET"),
    Kind("review", "values", "/reviewSolutionVersion$", "POST"),
    Kind("publish", "values", "/publishSolutionVersion$", "POST"),
    Kind("install", "values", "/installSolution$", "POST"),
    Kind("terraform-get", "target", "/customLocations/lab-1-cl$", "GET", absent=True),
    Kind("terraform-put", "target", "/targets/lab-1-line$", "PUT"),
    Kind("state-get", "target", "/state/.*/shard-dev-01.tfstate", "GET", absent=True),
    Kind("state-lock", "target", "/state/.*/shard-dev-01.tfstate", "LOCK"),
    Kind("state-post", "target", "/state/.*/shard-dev-01.tfstate", "POST"),
    Kind("state-note", "target", "/state/.*/pending/shard-dev-01", "POST"),
    Kind("git-refs", "config", r"small-gitops/info/refs\?service=git-upload-pack", "GET", "git"),
    Kind("git-push", "config", "small-gitops/git-receive-pack", "POST", "git"),
    Kind("github-get", "repository", "/api/v3/repos/example/small-other", "GET", "git", absent=True),
    Kind("github-post", "repository", "/api/v3/.*/repos$", "POST", "git"),
    Kind("register", "values", "/providers/Microsoft.Edge/register$", "POST", lacking="Microsoft.Edge"),
    Kind("terraform-register", "target", "/providers/Microsoft.Edge/register$", "POST", lacking="Microsoft.Edge"),
)
WHATS = (
    *(What(str(status), {"status": status}) for status in (400, 401, 403, 404, 409, 412)),
    What("429", {"status": 429}, 1, retried=True),
    What("429-after", {"status": 429, "retry_after": "1"}, 1, retried=True),
    What("500", {"status": 500}, 1, retried=True),
    What("503", {"status": 503}, 1, retried=True),
    What("reset", {"kind": "reset"}, 1, retried=True),
    What("reset-after", {"kind": "reset", "after_effect": True}, 1, retried=True),
    What("stall", {"kind": "stall", "seconds": 100}, 1),
    What("half", {"kind": "half"}, 1),
    What("garbage", {"kind": "garbage"}, 1),
    What("garbage-for-good", {"kind": "garbage"}),
)
LASTING = (
    *(What(f"{status}-for-good", {"status": status}) for status in (429, 500, 503)),
    What("reset-for-good", {"kind": "reset"}),
    What("stall-for-good", {"kind": "stall", "seconds": 3600}),
)
"""What goes by, and does not: it is tried again for minutes, and then told."""

ALIKE = {"group-get", "group-put", "list", "extensions", "publish", "install", "state-note", "terraform-register"}
"""Kinds of which another one of the same client and method shows what lasting trouble comes to."""


def lasting(kind: Kind) -> tuple[What, ...]:
    """Return what may last of a kind; one method of a server of states that stalls holds Terraform for half an hour."""
    if kind.name in ALIKE:
        return ()
    return LASTING[:-1] if kind.name in ("state-lock", "state-post") else LASTING


@pytest.fixture(scope="module")
def small_is_up(tmp_path_factory: pytest.TempPathFactory, canaries: dict[str, str]) -> Path:
    """The small fleet after one `up`, with its state on a server."""
    folder = write_small(tmp_path_factory.mktemp("small") / "fleet", STATE)
    with opened(folder) as place:
        assert not place.up().failed
    return folder


@pytest.fixture(scope="module")
def wholes() -> dict[str, Found]:
    """What an undisturbed run leaves after each edit, as far as it was needed."""
    return {}


@contextmanager
def edited(source: Path, folder: Path, edit: str) -> Iterator[Place]:
    """Yield a copy of the fleet after an edit of its file, its sandbox running."""
    with opened(copied(source, folder)) as place:
        for old, new in EDITS[edit]:
            place.edit(old, new)
        yield place


def whole(wholes: dict[str, Found], source: Path, folder: Path, edit: str) -> Found:
    """Return what an undisturbed run leaves after an edit."""
    if edit not in wholes:
        with edited(source, folder, edit) as place:
            assert not place.up().failed
            wholes[edit] = found(place)
    return wholes[edit]


def told(place: Place, bound: float = BOUND_SECONDS, **options: Any) -> list[tuple[str, str]]:
    """Run `up` and return what it says went wrong, each with what to do about it."""
    began = time.monotonic()
    said = said_by(lambda: place.up(**options))
    assert time.monotonic() - began < bound
    return said


def said_by(up: Callable[[], UpReport]) -> list[tuple[str, str]]:
    """Return what a run says went wrong, each with what to do about it."""
    try:
        report = up()
    except OrchestrationError as error:
        return [(str(error), error.hint)]
    assert report.exit_code in ((1, 4) if report.failed else (0,))
    return [(f"{item.what} {item.where}: {item.error}", item.hint) for item in report.failed]


def endures(kind: Kind, what: What, place: Place, undisturbed: Found) -> None:
    """Check what the run with the fault says, and what the runs after it leave."""
    if kind.lacking:
        seed = {"tenant": place.fleet.azure.tenant_id, "unregistered": [kind.lacking]}
        place.sandbox.call("POST", "/sandbox/seed", seed)
    place.sandbox.fault(path=kind.path, method=kind.method, host=kind.host, times=what.times, **what.fault)
    said = told(place, LASTING_BOUND_SECONDS if what in LASTING else BOUND_SECONDS)
    hit = not [row for row in place.sandbox.call("GET", "/sandbox/faults")["faults"] if row["times"] == what.times]
    place.sandbox.clear_faults()
    assert hit, "the request was never made"
    assert all(error.strip() and hint.strip() for error, hint in said), said
    assert all("Traceback" not in error for error, _ in said), said
    if what.retried:
        assert said == []
    elif what.times == FOR_GOOD and not (kind.absent and what.name == "404") and (kind.name, what.name) not in BLIND:
        assert said, "it went unnoticed"
        words = TOLD.get((kind.name, what.name), str(what.fault.get("status", "")))
        assert words in said[0][0] or "auth" in said[0][0], said
        assert what.name == "409" or "force-unlock" not in said[0][1], said
    if kind.name in ROLLOUT and what.name in FINAL:
        assert ["--continue" in hint for _, hint in told(place)] == [True]
        assert told(place, continue_failed=True) == []
    assert told(place) == []
    assert found(place) == undisturbed
    since, heads = place.seen(), place.heads()
    assert told(place) == []
    assert (place.writes(since), place.reviews(since), place.heads()) == ([], [], heads)


ROLLOUT, FINAL = ("review", "publish", "install"), ("400", "403", "404")
"""A step that the service has refused for good is not taken again until somebody says so."""

BLIND = {(kind, "garbage-for-good") for kind in ("state-lock", "state-post", "state-note")}
"""A server of states may say what it likes: Terraform's http backend, and we after it, look at the status alone."""

TOLD = {
    ("state-lock", "409"): "another run holds the state",
    ("git-refs", "401"): "refuses our credential",
    ("git-refs", "404"): "there is no repository",
    ("git-push", "401"): "refuses our credential",
    **{
        (kind, f"{status}-for-good"): "giving up after"
        for kind in ("state-lock", "state-post")
        for status in (429, 500, 503)
    },
}
"""What is said where the status has a meaning, or Terraform keeps it to itself; else the status itself."""

OFTEN = {("git-push", "reset"), ("review", "409")}
ROWS = [
    pytest.param(kind, what, id=f"{kind}-{what}", marks=() if (kind.name, what.name) in OFTEN else pytest.mark.long)
    for kind in KINDS
    for what in (*WHATS, *lasting(kind))
]


@pytest.mark.parametrize(("kind", "what"), ROWS)
def test_whatever_is_answered(
    kind: Kind, what: What, small_is_up: Path, wholes: dict[str, Found], tmp_path: Path
) -> None:
    """It ends, it is told, and the next run completes it."""
    undisturbed = whole(wholes, small_is_up, tmp_path / "whole", kind.edit)
    with edited(small_is_up, tmp_path / "fleet", kind.edit) as place:
        endures(kind, what, place, undisturbed)


@pytest.mark.long
def test_a_lock_of_an_apply_whose_answer_got_lost_is_taken_back(small_is_up: Path, tmp_path: Path) -> None:
    """Terraform asks again and is told that it is locked, by itself."""
    with edited(small_is_up, tmp_path / "fleet", "target") as place:
        armed: list[str] = []

        def arm(when: str, what: str) -> None:
            if not armed and when == "before" and what.startswith("terraform apply") and what.endswith("shard-dev-01"):
                armed.append(what)
                path = "/state/.*/shard-dev-01.tfstate"
                place.sandbox.fault(kind="reset", path=path, method="LOCK", after_effect=True)

        with place.orchestrator(trace=arm) as orchestrator:
            assert orchestrator.up().failed == ()
        assert place.sandbox.call("GET", "/sandbox/faults") == {"faults": []}
        assert found(place).left_over == []


@pytest.mark.long
def test_a_server_of_states_that_stalls_for_ever_ends_the_run(
    small_is_up: Path, wholes: dict[str, Found], tmp_path: Path
) -> None:
    """Terraform would wait for it without end; what it made is taken up by the next run, and its lock is broken."""
    undisturbed = whole(wholes, small_is_up, tmp_path / "whole", "target")
    with edited(small_is_up, tmp_path / "fleet", "target") as place:

        def arm(event: Event) -> None:
            if (event.what, event.where, event.kind) == ("stack", "shard-dev-01", "progress"):
                place.sandbox.fault(kind="stall", seconds=3600, path="/state/", times=FOR_GOOD)

        target = Sandbox(place.sandbox.directory)
        with Orchestrator(place.fleet, target=target, work_dir=place.folder / ".ewo", on_event=arm) as orchestrator:
            said = said_by(orchestrator.up)
        place.sandbox.clear_faults()
        assert said and all("got no answer" in error and hint for error, hint in said), said
        assert told(place) == []
        assert found(place) == undisturbed


def test_an_apply_writes_down_all_that_it_may_have_to_make(small_is_up: Path, tmp_path: Path) -> None:
    """Terraform makes anew what it finds gone, and forgets it where that fails, though it may be there after all."""
    with edited(small_is_up, tmp_path / "fleet", "target") as place:
        note = place.sandbox.directory / "states/state.contoso.example/fleet/small/pending/shard-dev-01"
        noted: list[str] = []

        def read(when: str, what: str) -> None:
            if when == "before" and what.startswith("terraform apply") and what.endswith("shard-dev-01"):
                noted.extend(json.loads(note.read_text(encoding="utf-8"))["resources"].values())

        with place.orchestrator(trace=read) as orchestrator:
            assert orchestrator.up().failed == ()
        assert sorted(noted) == sorted(place.state_ids()["shard-dev-01"])
