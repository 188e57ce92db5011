"""Terraform's failures without what only Terraform's developers need."""

from __future__ import annotations

import pytest

from orchestration.errors import TerraformError
from orchestration.orchestrator.explaining import AGAIN, explain

RULE = "-" * 80
FLUX = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Kubernetes/connectedClusters/lyon-1/providers/p/flux/x"
PLACE = "../../modules/flux-configuration/main.tf:5"
BODY = """{
  "error": {
    "code": "BadRequest",
    "message": "The request is wrong.\\n  Twice.",
    "details": [{"code": "A", "message": "The URL is not to our taste."}, {"message": "The request is wrong. Twice."}]
  }
}"""


def diagnostic(address: str, code: str = "BadRequest", body: str = BODY, status: str = "400: 400 Bad Request") -> str:
    """Return what the driver makes of azapi's error."""
    return (
        f"{address}, {PLACE}: Failed to create/update resource\n"
        f'creating/updating Resource: (ResourceId "{FLUX}" / Api Version "2025-04-01"): PUT https://127.0.0.1:1{FLUX}\n'
        f"{RULE}\nRESPONSE {status}\nERROR CODE: {code}\n{RULE}\n{body}\n{RULE}"
    )


def failure(*diagnostics: str, hint: str = "") -> TerraformError:
    """Return the driver's error."""
    return TerraformError(("terraform", "apply"), 1, "", diagnostics=diagnostics, hint=hint)


def test_a_refusal_is_cluster_resource_and_message() -> None:
    """Neither our files nor the service's address, rules or braces."""
    text, hint = explain(failure(diagnostic('module.flux["lyon-1"].azapi_resource.this')), shard=True)
    assert text == (
        f'cluster lyon-1: module.flux["lyon-1"].azapi_resource.this: PUT {FLUX}: 400 BadRequest: '
        "The request is wrong. Twice.: The URL is not to our taste."
    )
    assert hint == AGAIN


def test_a_target_names_its_cluster() -> None:
    """The key of a target's module begins with its cluster; the keys of other stacks are no clusters."""
    found = diagnostic('module.target["lyon-1/lyon-1-line-a"].azapi_resource.membership[0]')
    assert explain(failure(found), shard=True)[0].startswith('cluster lyon-1: module.target["lyon-1/lyon-1-line-a"]')
    assert explain(failure(found), shard=False)[0].startswith("module.target")


def test_a_deletion_that_is_refused_has_no_address() -> None:
    """Terraform names no resource then: the cluster is that of the id."""
    found = diagnostic("x").replace(f"x, {PLACE}: Failed to create/update resource", "Failed to delete resource")
    assert explain(failure(found), shard=True)[0].startswith(f"cluster lyon-1: PUT {FLUX}: 400 BadRequest")


def test_the_same_said_twice_is_said_once() -> None:
    """Several resources that fail are a line each."""
    one, other = (diagnostic(f'module.flux["{name}"].azapi_resource.this') for name in ("a", "b"))
    assert len(explain(failure(one, other, one), shard=True)[0].splitlines()) == 2


@pytest.mark.parametrize(("body", "said"), [("not JSON\nat all", "not JSON"), ("{}", "502 BadRequest"), ("[]", "502")])
def test_an_answer_of_another_form_is_told_as_far_as_it_goes(body: str, said: str) -> None:
    """A proxy's page, an empty object: status and code are there in any case."""
    found = diagnostic("azapi_resource.this", body=body, status="502: 502 Bad Gateway")
    text, _ = explain(failure(found), shard=False)
    assert said in text and "502 BadRequest" in text and RULE not in text


def test_what_is_no_refusal_is_left_as_it_is() -> None:
    """Terraform's own errors keep their place."""
    found = 'azapi_resource.this, main.tf:4: Invalid value\n"x" is no number'
    assert explain(failure(found), shard=True)[0] == found


def test_hints_follow_the_code_unless_terraform_needs_its_own() -> None:
    """A missing role is asked for; a lock is waited for."""
    found = diagnostic("azapi_resource.this", code="AuthorizationFailed")
    assert "ask for a role" in explain(failure(found), shard=False)[1]
    assert explain(failure(found, hint="wait for the lock"), shard=False)[1] == "wait for the lock"


def test_a_service_that_does_not_answer_is_a_matter_of_the_network() -> None:
    """Nothing is to be corrected in the fleet."""
    found = "x, main.tf:4: Failed\nPUT https://127.0.0.1:1/x: dial tcp 127.0.0.1:1: connect: connection refused"
    assert "does it still run?" in explain(failure(found), shard=False)[1]
