"""One running sandbox for tests of the service, and fleets that are up for tests of whole verbs."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.drivers.azure.arm import Arm
from orchestration.drivers.azure.token import SandboxCredential
from orchestration.fleet.init import write_starter
from orchestration.fleet.model import Fleet
from orchestration.sandbox import RunningSandbox, start
from tests.sandbox.client import Client
from tests.sandbox.edge_support import Plants
from tests.sandbox.hosted import Hosted, host
from tests.sandbox.place import FirstRun, Place, copied, opened
from tests.sandbox.rollout_support import World
from tests.sandbox.scripted import Scene, serve
from tests.support import copy_contoso, without_edge

TENANT = "11111111-1111-4111-8111-111111111111"
SUBSCRIPTION = "22222222-2222-4222-8222-222222222222"


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox with the tenant TENANT and the subscription SUBSCRIPTION."""
    with start(tmp_path_factory.mktemp("sandbox")) as sandbox:
        sandbox.seed(tenant=TENANT, subscriptions=[SUBSCRIPTION])
        yield sandbox


@pytest.fixture
def arm(running: RunningSandbox) -> Iterator[Client]:
    """A client of the sandbox, on one kept-alive connection."""
    with Client(running) as client:
        yield client


@pytest.fixture
def credential(running: RunningSandbox) -> SandboxCredential:
    """Tokens of the running sandbox."""
    return SandboxCredential(running.identity_endpoint, running.identity_header, running.ca_file)


@pytest.fixture
def scripted(tmp_path: Path, credential: SandboxCredential) -> Iterator[Scene]:
    """A client of a server of this test's own, what it answers, and the client's wish to stop."""
    cancel = threading.Event()
    with serve(tmp_path) as server:
        yield Arm(server.url, credential, ca_file=tmp_path / "ca.pem", cancel=cancel), server.answers, cancel


@pytest.fixture
def group(arm: Client) -> str:
    """The ID of a new resource group."""
    return make_group(arm)


def make_group(arm: Client) -> str:
    """Make a resource group and return its ID."""
    id_ = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-{uuid.uuid4().hex[:8]}"
    arm.put(id_, {"location": "eastus"}, version="2021-04-01")
    return id_


CANARIES = {"GITHUB_TOKEN": "canary-writes-3f9d1c", "GITOPS_READ_TOKEN": "canary-reads-8b27ea"}
"""Secrets that contoso and the starter refer to; they are looked for afterwards."""


@pytest.fixture(scope="session")
def canaries() -> Iterator[dict[str, str]]:
    """Secrets that are set for the rest of the session, by variable."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CANARIES.items():
            patch.setenv(name, value)
        yield CANARIES


@pytest.fixture(scope="session")
def contoso_is_up(tmp_path_factory: pytest.TempPathFactory, canaries: dict[str, str]) -> Path:
    """The contoso folder after one `up`; tests copy it and go on from there."""
    folder = copy_contoso(tmp_path_factory.mktemp("up") / "contoso")
    with opened(folder) as place:
        report = place.up()
        assert not report.failed
    return folder


@pytest.fixture(scope="session")
def contoso_seen(contoso_is_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A moved copy of contoso after `up`, its sandbox running, for tests that only look."""
    with opened(copied(contoso_is_up, tmp_path_factory.mktemp("seen") / "contoso")) as place:
        yield place


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory, canaries: dict[str, str]) -> FirstRun:
    """The starter, a fleet of two clusters, planned and brought up by that plan, from nothing."""
    folder = tmp_path_factory.mktemp("up") / "starter"
    write_starter(folder, "starter")
    with opened(folder) as place:
        planned = place.plan()
        planning = place.writes(0), sorted(path.name for path in place.sandbox.git_root.rglob("*.git"))
        report = place.up(expect=planned.digest)
        assert not report.failed
        return FirstRun(folder, planned, *planning, report, place.writes(0))


@pytest.fixture(scope="session")
def starter_is_up(first_run: FirstRun) -> Path:
    """The starter's folder after one `up`; tests copy it and go on from there."""
    return first_run.folder


@pytest.fixture
def contoso_up(contoso_is_up: Path, tmp_path: Path) -> Iterator[Place]:
    """A moved copy of contoso after `up`, its sandbox running."""
    with opened(copied(contoso_is_up, tmp_path / "moved")) as place:
        yield place


@pytest.fixture
def starter_up(starter_is_up: Path, tmp_path: Path) -> Iterator[Place]:
    """A moved copy of the starter after `up`, its sandbox running."""
    with opened(copied(starter_is_up, tmp_path / "moved")) as place:
        yield place


@pytest.fixture
def starter(tmp_path: Path, canaries: dict[str, str]) -> Iterator[Place]:
    """The starter's folder with an empty sandbox."""
    write_starter(tmp_path / "starter", "starter")
    with opened(tmp_path / "starter") as place:
        yield place


@pytest.fixture
def gitops_only(tmp_path: Path, canaries: dict[str, str]) -> Iterator[Place]:
    """The starter without Workload Orchestration, with an empty sandbox."""
    write_starter(tmp_path / "starter", "starter")
    with opened(without_edge(tmp_path / "starter")) as place:
        yield place


@pytest.fixture(scope="session")
def gitops_is_up(tmp_path_factory: pytest.TempPathFactory, canaries: dict[str, str]) -> Path:
    """The folder of the starter without Workload Orchestration after one `up`; tests copy it and go on from there."""
    folder = tmp_path_factory.mktemp("up") / "gitops"
    write_starter(folder, "starter")
    with opened(without_edge(folder)) as place:
        assert not place.up().failed
    return folder


@pytest.fixture
def gitops_up(gitops_is_up: Path, tmp_path: Path) -> Iterator[Place]:
    """A moved copy of the starter without Workload Orchestration after `up`, its sandbox running."""
    with opened(copied(gitops_is_up, tmp_path / "moved")) as place:
        yield place


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory, fleet: Fleet) -> Path:
    """A sandbox folder with contoso provisioned and nothing rolled out."""
    folder = tmp_path_factory.mktemp("settled") / "sandbox"
    world = World.open(folder)
    with world.sandbox:
        world.settle_in(fleet)
    return folder


@pytest.fixture(scope="session")
def rolled(tmp_path_factory: pytest.TempPathFactory, settled: Path, fleet: Fleet) -> Path:
    """A sandbox folder with contoso rolled out."""
    folder = tmp_path_factory.mktemp("rolled") / "sandbox"
    with World.copied(settled, folder) as world:
        assert not world.roll_out(fleet).failed
    return folder


@pytest.fixture
def fresh(settled: Path, tmp_path: Path) -> Iterator[World]:
    """A world of one's own where nothing is rolled out."""
    with World.copied(settled, tmp_path / "sandbox") as world:
        yield world


@pytest.fixture
def world(rolled: Path, tmp_path: Path) -> Iterator[World]:
    """A world of one's own where contoso is rolled out."""
    with World.copied(rolled, tmp_path / "sandbox") as world:
        yield world


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """The sample control plane in the sandbox's Git host."""
    with host(tmp_path / "sandbox") as found:
        yield found


@pytest.fixture(scope="module")
def plants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plants]:
    """Contoso's hierarchy and templates in a sandbox of their own."""
    found = Plants(tmp_path_factory.mktemp("edge"))
    found.settle_in()
    yield found
    found.close()
