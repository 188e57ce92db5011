"""Some of many fail, at each step of `up`: the others finish, what failed is named, and the next run does only that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration.fleet import naming
from orchestration.fleet.init import write_starter
from tests.sandbox.place import Place, copied, opened

pytestmark = pytest.mark.slow

FLEET = """\
version: 1
name: three
azure:
  tenantId: 00000000-0000-0000-0000-000000000001
  subscriptionId: 00000000-0000-0000-0000-000000000002
  resourceGroup: rg-three
  location: eastus2
repositories:
  url: https://github.com/example
  controlPlane: three-control-plane
  gitops: three-gitops
  delivery: push
  credentials: {env: GITHUB_TOKEN}
  clusterCredentials: {env: GITOPS_READ_TOKEN}
environments: [{name: dev}, {name: qa}, {name: prod}]
clusterTypes:
  - {name: lab, environment: dev, labels: {purpose: any}, config: {GREETING: hello}}
  - {name: pilot, environment: qa, labels: {purpose: any}, config: {GREETING: hello}}
  - {name: plant, environment: prod, labels: {purpose: any}, config: {GREETING: hello}}
hierarchy:
  levels: [region, plant, line]
  sites: [{name: region, sites: [{name: plant-1}, {name: plant-2}, {name: plant-3}]}]
capabilities: [vision]
clusters:
  - name: lab-1
    clusterType: lab
    site: plant-1
    connection: existing
    targets:
      - {name: line-1, capabilities: [vision]}
      - {name: line-2, capabilities: [vision]}
      - {name: line-3, capabilities: [vision]}
  - name: pilot-1
    clusterType: pilot
    site: plant-2
    connection: existing
    targets: [{name: line-4, capabilities: [vision]}]
  - name: hall-1
    clusterType: plant
    site: plant-3
    connection: existing
    targets: [{name: line-5, capabilities: [vision]}]
workloads:
  - {name: hello, workspace: shop-floor, repository: 'https://github.com/example/hello', branch: main, path: ./workload}
policies:
  - name: dev
    environment: dev
    deploymentTargets: {workspace: shop-floor}
    clusterTypes: {matchLabels: {purpose: any}}
  - name: qa
    environment: qa
    deploymentTargets: {workspace: shop-floor}
    clusterTypes: {matchLabels: {purpose: any}}
  - name: prod
    environment: prod
    deploymentTargets: {workspace: shop-floor}
    clusterTypes: {matchLabels: {purpose: any}}
configTemplates:
  - name: site-config
    version: 1.0.0
    path: config-templates/site-config
    values:
      plant-1: {Broker: {Host: mqtt.example}}
      plant-2: {Broker: {Host: mqtt.example}}
      plant-3: {Broker: {Host: mqtt.example}}
solutions:
  - name: line-hello
    version: 1.0.0
    path: solutions/line-hello
    capabilities: [vision]
    placement: [{environment: dev}]
    values: {line-1: {Greeting: hello}, line-2: {Greeting: hello}, line-3: {Greeting: hello}}
"""

PILOT = """\
    - name: pilot
      environment: qa
      manifests: {repo: https://github.com/example/hello-gitops, branch: dev, path: ./hello}
"""
EVERYTHING = (("vision]", "vision, sound]"), (": hello}", ": good morning}"), ("mqtt.example", "mqtt.plants.example"))
GIT = "https://github.com/example/three-"


NOTHING = "(?!)"


@dataclass(frozen=True)
class Step:
    """A step that some of three do not get through: who, and how they are made to fail.

    `touched` and `moved` are patterns, with a place for who failed, of what is left to write or review for it and of
    the branches that are left to move.
    """

    name: str
    fails: tuple[str, str, str]
    fail: Callable[[Place, Sequence[str]], None]
    touched: str = NOTHING
    moved: str = NOTHING

    def __str__(self) -> str:
        return self.name


def protected(repository: str) -> Callable[[Place, Sequence[str]], None]:
    """Return what protects branches of a repository, and no others."""
    return lambda place, branches: place.sandbox.protect(f"{GIT}{repository}", *branches)


def refused(path: str, method: str) -> Callable[[Place, Sequence[str]], None]:
    """Return what refuses requests for now, by a path with a place for what is to fail."""

    def refuse(place: Place, names: Sequence[str]) -> None:
        for name in names:
            place.sandbox.fault(status=409, path=path.format(WHERE.get(name, name)), method=method, times=10_000)

    return refuse


def step(name: str, action: str) -> Step:
    """Return a step of a rollout on a target."""
    return Step(name, ("line-1", "line-2", "line-3"), refused(f"/targets/{{}}/{action}$", "POST"), "/targets/{}/")


SHARDS = {"shard-qa-01": "line-4", "shard-prod-01": "line-5", "shard-dev-01": "line-[123]"}
PLANTS = {name: naming.configuration_name("three", name) for name in ("plant-3", "plant-2", "plant-1")}
WHERE = SHARDS | PLANTS
"""What of a failed part is in the paths of its requests."""

STEPS = (
    Step("provision", tuple(SHARDS), refused("/targets/{}$", "PUT"), "/targets/{}"),
    Step("wire", ("prod", "qa", "dev"), protected("control-plane"), moved="(control-plane|gitops) {}$"),
    Step("schedule", ("dev", "prod", "qa"), protected("gitops"), moved="gitops {}$"),
    Step("values", tuple(PLANTS), refused("/configurations/{}/.*/versions/", "PUT"), "/configurations/{}/"),
    step("review", "reviewSolutionVersion"),
    step("publish", "publishSolutionVersion"),
    step("install", "installSolution"),
)


@pytest.fixture(scope="module")
def three_are_up(tmp_path_factory: pytest.TempPathFactory, canaries: dict[str, str]) -> Path:
    """The fleet of three after one `up`."""
    folder = tmp_path_factory.mktemp("three") / "fleet"
    write_starter(folder, "three")
    (folder / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    with (folder / "repositories/hello/main/workload/hello.yaml").open("a", encoding="utf-8") as file:
        file.write(PILOT)
    with opened(folder) as place:
        assert not place.up().failed
    return folder


@pytest.fixture
def three(three_are_up: Path, tmp_path: Path) -> Iterator[Place]:
    """A copy of it, edited so that everything of everyone changes."""
    with opened(copied(three_are_up, tmp_path / "fleet")) as place:
        for old, new in EVERYTHING:
            place.edit(old, new)
        yield place


def one_by_one(place: Place) -> None:
    """Have no bulk actions in the service: one of them would answer for all targets."""
    place.sandbox.fault(status=404, path=r"/bulk\w+Solution$", method="POST", times=10_000)


def finishes(place: Place, failing: Sequence[tuple[Step, str]]) -> None:
    """Check that a run names these and does all else, and that the next does only these."""
    one_by_one(place)
    for which in dict.fromkeys(which for which, _ in failing):
        which.fail(place, [name for other, name in failing if other == which])
    report = place.up()
    assert report.exit_code == 4 and len(report.failed) == len(failing), report.failed
    for _, name in failing:
        (failure,) = (item for item in report.failed if re.search(rf"\b{name}\b", f"{item.what} {item.where}"))
        assert failure.error and failure.hint

    place.sandbox.clear_faults()
    one_by_one(place)
    for repository in ("control-plane", "gitops"):
        protected(repository)(place, ())
    since, heads = place.seen(), place.heads()
    assert place.up().failed == ()
    moved = [branch for branch, head in place.heads().items() if heads[branch] != head]
    only([*place.writes(since), *place.reviews(since)], [which.touched.format(WHERE.get(n, n)) for which, n in failing])
    only(moved, [which.moved.format(name) for which, name in failing])


def only(done: Sequence[str], patterns: Sequence[str]) -> None:
    """Check that all that was done is of the patterns, and something of each."""
    assert [line for line in done if not any(re.search(item, line) for item in patterns)] == []
    assert [item for item in patterns if item != NOTHING and not any(re.search(item, line) for line in done)] == []


def test_one_of_three_fails_at_every_step_of_one_run(three: Place) -> None:
    """Each is told by itself, and stands in nobody's way."""
    finishes(three, [(which, which.fails[0]) for which in STEPS if which.name not in ("publish", "install")])


@pytest.mark.long
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("which", STEPS, ids=str)
def test_some_of_three_fail_at_a_step(which: Step, number: int, three: Place) -> None:
    """The others finish, the report names these, and the next run does what is left."""
    finishes(three, [(which, name) for name in which.fails[:number]])
    since, heads = three.seen(), three.heads()
    assert three.up().failed == ()
    assert (three.writes(since), three.reviews(since), three.heads()) == ([], [], heads)
