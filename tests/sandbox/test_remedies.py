"""What goes wrong with a rollout is told with target, solution, step, the service's words and what to do about it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestration.fleet import naming
from orchestration.fleet.model import Fleet
from orchestration.solutions.remedies import REMEDIES, plainly, remedy
from tests.sandbox.place import Place
from tests.sandbox.rollout_support import API, World, cluster_of, target_properties
from tests.sandbox.test_rollback import back
from tests.sandbox.test_solution_verbs import raise_version, take

LAB = "lab-1-line"


def lose_capability(world: World, fleet: Fleet) -> None:
    """Put the target without the solution's capability."""
    target = fleet.targets[LAB]
    place = {"name": naming.custom_location_id(fleet.clusters[target.cluster]), "type": "CustomLocation"}
    properties = target_properties(fleet, target) | {"capabilities": ["telemetry"]}
    body = {"location": "eastus2", "properties": properties, "extendedLocation": place}
    world.arm.put(naming.fleet_target_id(fleet, target), API, body)


def lose_schema(world: World, fleet: Fleet) -> None:
    """Delete the schema that the template names."""
    world.arm.delete(naming.schema_id(fleet, "line-vision-schema"), API)


def lose_version(world: World, fleet: Fleet) -> None:
    """Delete the template's version."""
    world.arm.delete(f"{naming.solution_template_id(fleet, 'line-vision')}/versions/1.0.0", API)


def lose_membership(world: World, fleet: Fleet) -> None:
    """Take the target out of its service group."""
    target = naming.fleet_target_id(fleet, fleet.targets[LAB])
    member = f"{target}/providers/Microsoft.Relationships/serviceGroupMember/{naming.membership_name(target)}"
    world.arm.delete(member, "2023-09-01-preview")


def lose_configuration(world: World, fleet: Fleet) -> None:
    """Take the link to its configuration from the target."""
    place = naming.fleet_target_id(fleet, fleet.targets[LAB])
    world.arm.delete(f"{place}/{naming.EDGE}/configurationReferences/default", "2025-08-01")


def set_a_wrong_value(world: World, fleet: Fleet) -> None:
    """Set a value that the schema does not allow, as an operator may."""
    world.roll_out(fleet, through="review", environments=["dev"])
    world.write(fleet, LAB, "Camera: {Resolution: huge}\n")


def lose_the_cluster(world: World, fleet: Fleet) -> None:
    """Take the cluster out of reach."""
    world.sandbox.show(cluster_of(fleet, LAB), connectivityStatus="Offline")


def lose_the_role(world: World, fleet: Fleet) -> None:
    """Refuse the publication, as to somebody without the role for it."""
    world.sandbox.fault(status=403, path=f"{LAB}/publishSolutionVersion", times=9, method="POST")


def let_helm_fail(world: World, fleet: Fleet) -> None:
    """Let the installation end as Helm's do."""
    world.sandbox.fault_target(LAB, what="fail")


@pytest.mark.parametrize(
    ("break_it", "told", "advice"),
    [
        (lose_capability, "CapabilityMismatch", "give the target the capability"),
        (lose_schema, "schema line-vision-schema/1.0.0 does not exist", "makes the same version again"),
        (lose_version, "TemplateVersionNotFound", "uploads it again"),
        (lose_membership, "resolve was refused: 400 SolutionTemplateNotVisible", "puts it again after its membership"),
        (lose_configuration, "no configuration is linked", "comes soon after the target"),
        (set_a_wrong_value, "Camera.Resolution", "see `ewo solution resolve`"),
        (lose_the_cluster, "Offline", "until `ewo status` shows it Connected"),
        (lose_the_role, "publish was refused: 403", "Reader does not cover solution versions"),
        (let_helm_fail, "context deadline exceeded", "look at the pods and events"),
    ],
)
def test_what_goes_wrong_has_a_remedy(
    fresh: World, fleet: Fleet, break_it: Callable[[World, Fleet], None], told: str, advice: str
) -> None:
    """Each is made to happen; the first target of the rollout meets it."""
    break_it(fresh, fleet)
    row = fresh.roll_out(fleet).solutions[0]

    assert (row.target, row.outcome) == (LAB, "failed")
    assert told in plainly(row.error)
    assert advice in remedy(row.error), row.error


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("POST /x/targets/a/installSolution was refused: 409 InstanceBusy\nwait for it", "nothing in flight"),
        ("POST /x/targets/a/uninstallSolution was refused: 409 SolutionHasDependents", "uninstall what depends on it"),
        ("POST /x/targets/a/reviewSolutionVersion was refused: 429 TooManyRequests", "take a lower --jobs"),
        ("PUT /x/versions/1.0.0 was refused: 400\nproperties are immutable", "give the solution a new version"),
        ("review ended as Failed: No Editable configs. Schema doesn't exist for template", "makes the same version"),
        ("Template doesn't exist with template ID x", "uploads it again"),
        ("No configuration linked to this hierarchy", "`ewo up --all` makes the configuration"),
        ("something that nobody has seen", ""),
    ],
)
def test_words_of_the_service_have_a_remedy(said: str, advice: str) -> None:
    """Also those that the sandbox does not say."""
    assert advice in remedy(said) and bool(remedy(said)) == bool(advice)


def test_a_step_is_named_instead_of_its_request() -> None:
    """What nobody calls a step stays as it is."""
    said = "POST /subscriptions/1/x/targets/a/reviewSolutionVersion was refused: 400 CapabilityMismatch"
    assert plainly(said) == "review was refused: 400 CapabilityMismatch"
    assert plainly("POST /x/createVersion was refused: 400") == "POST /x/createVersion was refused: 400"
    assert all(text and not text.endswith(".") for _, text in REMEDIES)


def test_a_report_names_what_to_do_and_how_to_go_on(contoso_up: Place) -> None:
    """An installation goes on with --continue, a rollback by running it again."""
    raise_version(contoso_up)
    contoso_up.sandbox.fault_target("lab-1-line", what="fail")
    failed = contoso_up.up().failed[0]
    assert failed.where == "line-vision on lab-1-line" and "Helm says only" in failed.hint
    assert failed.hint.endswith("; then run again with --continue")

    assert take(contoso_up, "install", continue_failed=True).exit_code == 0
    contoso_up.sandbox.fault_target("lab-1-line", what="fail")
    assert back(contoso_up, "lab-1-line").failed[0].hint.endswith("; then run it again")
