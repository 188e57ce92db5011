"""Hierarchies of two to four levels, and a context that others have made: as a fleet with targets alone meets them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration import InvalidFleet, OrchestrationError
from orchestration.drivers.azure.arm import Arm
from orchestration.drivers.azure.token import SandboxCredential
from orchestration.orchestrator.shared_context import add_capabilities
from orchestration.solutions.outcomes import Kind
from tests.sandbox.client import Client
from tests.sandbox.place import Place, opened
from tests.support import problems_with, write_tree

pytestmark = pytest.mark.slow

API = "2026-03-01"
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000002"
SHARED = f"{SUBSCRIPTION}/resourceGroups/rg-shared/providers/Microsoft.Edge/contexts/shared"
EXISTING = f"\n  workloadOrchestration: {{context: {{existing: {SHARED}}}}}"
LEVELS = {
    "two levels": ("levels: [plant, line]", "{name: plant-1}"),
    "three levels": ("levels: [country, plant, line]", "{name: france, sites: [{name: plant-1}]}"),
    "four levels": (
        "levels: [country, region, plant, line]",
        "{name: france, sites: [{name: north, sites: [{name: plant-1}]}]}",
    ),
    "a resource group": ("levels: [plant, line]\n  scope: resourceGroup", "{name: plant-1}"),
}
Fleet = Callable[..., Place]


def fleet(levels: str, sites: str, *, azure: str = "", capabilities: str = "vision") -> str:
    """Return a fleet of one target on a cluster that exists."""
    return f"""version: 1
name: lines
azure:
  tenantId: 00000000-0000-0000-0000-000000000001
  subscriptionId: 00000000-0000-0000-0000-000000000002
  resourceGroup: rg-lines
  location: eastus2{azure}
environments: [{{name: dev}}]
clusterTypes: [{{name: lab, environment: dev}}]
hierarchy:
  {levels}
  sites: [{sites}]
capabilities: [{capabilities}]
clusters:
  - name: lab-1
    clusterType: lab
    site: plant-1
    connection: existing
    targets: [{{name: lab-1-line, capabilities: [vision]}}]
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A folder and its running sandbox; tests write the fleet file."""
    with opened(write_tree(tmp_path / "lines", {"fleet.yaml": fleet(*LEVELS["two levels"])})) as place:
        yield place


def write(place: Place, text: str) -> None:
    write_tree(place.folder, {"fleet.yaml": text})


def share(place: Place, levels: list[str], capabilities: list[str]) -> None:
    """Make the context as somebody else would have."""
    place.sandbox.seed(
        tenant="00000000-0000-0000-0000-000000000001", subscriptions=[SUBSCRIPTION.rsplit("/", 1)[1]],
        resources=[{"id": "/".join(SHARED.split("/")[:5]), "location": "eastus2"}],
    )  # fmt: skip
    with place.arm() as arm:
        put(arm, levels, capabilities)


def put(arm: Client, levels: list[str], capabilities: list[str]) -> None:
    listed = [{"name": name, "description": f"the {name}"} for name in capabilities]
    hierarchies = [{"name": name, "description": name} for name in levels]
    body = {"location": "eastus2", "properties": {"capabilities": listed, "hierarchies": hierarchies}}
    assert arm.put(SHARED, {**body, "tags": {"owner": "others"}}, version=API).status in (200, 201)


def context(place: Place) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Return names and descriptions of the shared context's capabilities, and its tags."""
    with place.arm() as arm:
        found = arm.get(SHARED, version=API).body
    return [(each["name"], each["description"]) for each in found["properties"]["capabilities"]], found["tags"]


@pytest.mark.parametrize("name", LEVELS)
def test_a_hierarchy_of_any_depth_is_made_and_stays(place: Place, name: str) -> None:
    """The target is at the lowest level below its sites; the second run has nothing to do."""
    write(place, fleet(*LEVELS[name]))
    assert place.up().exit_code == 0
    group = f"{SUBSCRIPTION}/resourceGroups/rg-lines/providers/Microsoft.Edge"
    with place.arm() as arm:
        target = arm.get(f"{group}/targets/lab-1-line", version=API).body
    assert target["properties"]["hierarchyLevel"] == "line"
    made = [item for ids in place.state_ids().values() for item in ids]
    assert len([item for item in made if item.split("/")[-2] == "sites"]) == LEVELS[name][1].count("name:")
    since = place.seen()
    assert place.up().exit_code == 0
    assert place.writes(since) == []


def test_an_existing_context_is_given_what_it_lacks_and_left(place: Place) -> None:
    """Others' capabilities stay, in their order; a second run puts nothing; `down` leaves it and says so."""
    share(place, ["plant", "line"], ["Welding"])
    write(place, fleet(*LEVELS["two levels"], azure=EXISTING))
    assert any("is to be given the capabilities vision" in note for note in place.plan().notes)
    assert context(place)[0] == [("Welding", "the Welding")]

    since = place.seen()
    assert place.up().exit_code == 0
    assert [path for path in place.writes(since) if "/contexts/shared" in path and "/siteReferences/" not in path] == [
        f"PUT {SHARED}"
    ]
    assert context(place) == ([("Welding", "the Welding"), ("vision", "vision")], {"owner": "others"})
    since = place.seen()
    assert place.up().exit_code == 0 and place.writes(since) == []

    down = place.down()
    assert not down.failed
    assert SHARED in [left.what for left in down.left]
    assert context(place)[0] == [("Welding", "the Welding"), ("vision", "vision")]


def test_a_capability_that_is_to_be_given_is_a_change(place: Place) -> None:
    """Also when it is the only one: nobody's Terraform knows of it."""
    share(place, ["plant", "line"], ["Welding"])
    write(place, fleet(*LEVELS["two levels"], azure=EXISTING))
    assert place.up().exit_code == 0
    assert not place.plan().changes
    with place.arm() as arm:
        put(arm, ["plant", "line"], ["Welding"])

    plan = place.plan()

    assert plan.changes and plan.capabilities == ("vision",)
    assert plan.to_json()["capabilities"] == ["vision"] and problems_with(plan.to_json(), "plan") == []


@pytest.fixture
def ours(place: Place) -> Arm:
    """A client of the sandbox, which holds a context of others, and the fleet that uses it."""
    share(place, ["plant", "line"], ["Welding"])
    write(place, fleet(*LEVELS["two levels"], azure=EXISTING))
    running = place.sandbox
    credential = SandboxCredential(running.identity_endpoint, running.identity_header, running.ca_file)
    return Arm(running.url, credential, ca_file=running.ca_file)


@pytest.mark.parametrize("times", [1, 4])
def test_a_list_that_others_put_over_ours_is_added_to_again(place: Place, ours: Arm, times: int) -> None:
    """They read it before we put it: what they add stays, and so does ours, if only the last of five times."""
    given: list[str] = []

    def others(kind: Kind, what: str, where: str, outcome: str = "", message: str = "") -> None:
        given.append(message)
        if len(given) <= times:
            with place.arm() as arm:
                put(arm, ["plant", "line"], ["Welding", "Painting"])

    add_capabilities(place.fleet, ours, others, lambda: None)

    assert [name for name, _ in context(place)[0]] == ["Welding", "Painting", "vision"]
    assert given == ["given the capabilities vision"] * (times + 1)


def test_a_list_that_others_put_again_and_again_is_told(place: Place, ours: Arm) -> None:
    """After five times: whoever it is has to be spoken to."""
    tries: list[str] = []

    def others(kind: Kind, what: str, where: str, outcome: str = "", message: str = "") -> None:
        tries.append(where)
        with place.arm() as arm:
            put(arm, ["plant", "line"], ["Welding"])

    with pytest.raises(OrchestrationError, match="loses the capabilities vision whenever they are added") as caught:
        add_capabilities(place.fleet, ours, others, lambda: None)
    assert tries == [SHARED] * 5 and "let them add these" in caught.value.hint


def test_a_capability_in_another_case_is_there(place: Place) -> None:
    """The service does not tell them apart."""
    share(place, ["plant", "line"], ["Vision"])
    write(place, fleet(*LEVELS["two levels"], azure=EXISTING))
    assert place.plan().notes and context(place)[0] == [("Vision", "the Vision")]
    assert not any("is to be given" in note for note in place.plan().notes)


@pytest.mark.parametrize(
    ("levels", "code"),
    [(["plant"], "missing-level"), (["line", "plant"], "level-order"), (["country", "plant", "line"], "top-level")],
)
def test_levels_that_a_context_does_not_have_end_all_before_it_begins(
    place: Place, levels: list[str], code: str
) -> None:
    """Levels are given to a context when it is made: nothing that we could add."""
    share(place, levels, ["vision"])
    write(place, fleet(*LEVELS["two levels"], azure=EXISTING))
    since = place.seen()
    with pytest.raises(InvalidFleet) as caught:
        place.up()
    (problem,) = caught.value.problems
    assert (problem.code, problem.origin.line) == (code, 12)
    assert place.writes(since) == []


def test_the_sandbox_has_a_context_that_exists(place: Place) -> None:
    """Without an account there is nobody else to make it."""
    write(place, fleet(*LEVELS["two levels"], azure=EXISTING))
    assert place.up().exit_code == 0
    write(place, fleet(*LEVELS["two levels"], azure=EXISTING, capabilities="vision, telemetry"))
    assert place.up().exit_code == 0
    with place.arm() as arm:
        found = arm.get(SHARED, version=API).body["properties"]["capabilities"]
    assert [each["name"] for each in found] == ["vision", "telemetry"]
