"""Targets, selectors, assignments and what collides."""

from __future__ import annotations

import pytest

from orchestration.kalypso.labels import Requirement, Selector
from tests.unit.kalypso.samples import WORKLOAD, cluster_type, policy, render

LABELS = {"a": "1", "empty": ""}


@pytest.mark.parametrize(
    ("requirement", "met"),
    [
        (Requirement("a", "In", ("1", "2")), True),
        (Requirement("a", "In", ("2",)), False),
        (Requirement("b", "In", ("1",)), False),
        (Requirement("a", "NotIn", ("1",)), False),
        (Requirement("b", "NotIn", ("1",)), True),
        (Requirement("empty", "Exists"), True),
        (Requirement("b", "Exists"), False),
        (Requirement("b", "DoesNotExist"), True),
        (Requirement("empty", "DoesNotExist"), False),
    ],
)
def test_requirement(requirement: Requirement, *, met: bool) -> None:
    """Each operator means what it means to Kubernetes."""
    assert requirement.met_by(LABELS) == met


def test_an_empty_selector_matches_everything() -> None:
    """No requirement is not no match."""
    assert Selector().matches({})


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("{key: a, operator: in, values: [x]}", '"in" is not a valid label selector operator'),
        ("{key: a, operator: In}", 'In on "a" needs values'),
        ("{key: a, operator: Exists, values: [x]}", 'Exists on "a" takes no values'),
        ("{key: 'a b', operator: Exists}", '"a b" is not a valid label key'),
        ("{key: a, operator: In, values: ['x y']}", '"x y" is not a valid label value'),
    ],
)
def test_a_selector_that_kubernetes_refuses_blocks(expression: str, told: str) -> None:
    """The fault is told with the policy and its place."""
    rendering = render({"policies/all.yaml": policy("all", f"{{matchExpressions: [{expression}]}}")})

    (issue,) = rendering.issues
    assert str(issue).startswith("dev:policies/all.yaml:5: SchedulingPolicy all: deploymentTargetSelector: ")
    assert told in issue.message


def test_assignments_are_the_product_of_what_is_selected() -> None:
    """Every chosen target goes onto every chosen cluster type; a target of another environment does not count."""
    rendering = render({"cluster-types/core.yaml": cluster_type("core")})

    assert [(one.name, one.policy, one.workload) for one in rendering.assignments] == [
        ("shop-shop-web-core", "all", "shop"),
        ("shop-shop-web-edge", "all", "shop"),
    ]


@pytest.mark.parametrize(("workspace", "count"), [("", 1), ("team-a", 1), ("team-b", 0)])
def test_workspace_narrows_a_policy(workspace: str, count: int) -> None:
    """An empty workspace takes all, another one only its own targets."""
    rendering = render({"policies/all.yaml": policy("all", workspace=workspace)})

    assert len(rendering.assignments) == count
    assert not rendering.blocked


def test_workload_labels_win_over_target_labels() -> None:
    """A label of the workload replaces that of its target."""
    app = {"workload/shop.yaml": WORKLOAD.replace("type: application", "purpose: prod")}
    rendering = render({"policies/all.yaml": policy("all", "{matchLabels: {purpose: test}}")}, app=app)

    assert rendering.assignments == ()


def test_flux_labels_can_be_selected() -> None:
    """What Flux puts on objects is there for selectors too."""
    selector = "{matchLabels: {kustomize.toolkit.fluxcd.io/name: dev-app}}"
    rendering = render({"policies/all.yaml": policy("all", selector)})

    assert len(rendering.assignments) == 1


def test_two_policies_for_one_pair_block() -> None:
    """The issue names both policies, the target and the cluster type."""
    rendering = render({"policies/two.yaml": policy("two")})

    (issue,) = rendering.issues
    assert issue.assignment == "shop-shop-web-edge"
    assert issue.message == (
        "assignment shop-shop-web-edge already created by all, wanted by two: "
        "both select target shop-web for cluster type edge"
    )
    assert rendering.files == {}


def test_assignments_of_the_same_name_block() -> None:
    """Hyphens may make one name of two pairs."""
    entry = "    - {name: web-a, environment: dev, manifests: {repo: r, branch: b, path: p}}\n"
    types = {f"cluster-types/{name}.yaml": cluster_type(name) for name in ("edge", "a-edge")}
    rendering = render(types, app={"workload/shop.yaml": WORKLOAD + entry})

    (issue,) = rendering.issues
    assert "target shop-web on cluster type a-edge and target shop-web-a on cluster type edge" in issue.message


def test_two_workloads_with_one_target_name_block() -> None:
    """The second cannot be created."""
    other = WORKLOAD.replace("name: shop,", "name: shop-web,").replace("name: web,", "name: x,")
    first = WORKLOAD.replace("name: web,", "name: web-x,")
    rendering = render(app={"workload/shop.yaml": first, "workload/other.yaml": other})

    assert any("target shop-web-x of Workload shop-web is there already" in issue.message for issue in rendering.issues)


def test_a_workload_outside_its_repository_has_no_targets() -> None:
    """One in the environment's branch or in a base has no registration."""
    for where in ("environment", "main"):
        rendering = render(**{where: {"shop2.yaml": WORKLOAD.replace("name: shop,", "name: shop2,")}})
        assert [problem.code for problem in rendering.problems] == ["workload-without-registration"]


def test_a_hand_written_target_is_scheduled() -> None:
    """A DeploymentTarget in the control plane counts like one that a workload makes."""
    text = (
        "apiVersion: scheduler.kalypso.io/v1alpha1\nkind: DeploymentTarget\n"
        "metadata: {name: own, labels: {workload: w}}\nspec: {environment: dev, manifests: {path: ./own}}\n"
    )
    rendering = render({"own.yaml": text})

    assert rendering.files["edge/own/reconciler.yaml"] == b'path: "./own"\n'
