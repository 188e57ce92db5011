"""What Workload Orchestration says of solutions on targets, and what to do about it.

By code or words of the service, after https://learn.microsoft.com/azure/azure-arc/workload-orchestration/troubleshooting
and `…/known-issues`; the codes are those of the sandbox where no page gives one: docs/assumptions.md.
"""

from __future__ import annotations

import re

from orchestration.solutions.decision import SEE_TO_REGISTRY

REMEDIES: tuple[tuple[str, str], ...] = (
    (
        r"CapabilityMismatch|lacks the capabilit",
        "give the target the capability in the fleet file and run `ewo up`; if it is there, `ewo up --all` puts the "
        "target again, so that the service sees it",
    ),
    (
        r"no configuration (is )?linked|ConfigurationNotFound",
        "`ewo up --all` makes the configuration and its reference again; a target's own comes soon after the target",
    ),
    (
        r"SchemaNotFound|No Editable configs|schema \S+ does not exist|schema doesn't exist",
        "the template's schema is gone: `ewo up --all` makes the same version again",
    ),
    (
        r"(Solution)?Template(Version)?NotFound|Template doesn't exist",
        "the template's version is gone: `ewo up --all` uploads it again",
    ),
    (r"ConfigurationResolutionFailed", "see `ewo solution resolve` for the value that is named, and correct it"),
    (r"PropertiesAreImmutable|immutable", "what is uploaded does not change: give the solution a new version"),
    (
        r"SolutionTemplateNotVisible|HierarchyNotFound",
        "the target does not know its place in the hierarchy: `ewo up --all` puts it again after its membership",
    ),
    (
        r"InstanceBusy|SolutionVersionBusy|another operation",
        "something else is being done to it: wait until `ewo solution status` shows nothing in flight",
    ),
    (r"StagingFailed|could not be staged|cannot be staged", SEE_TO_REGISTRY),
    (r"SolutionHasDependents", "uninstall what depends on it first: the message names it"),
    (
        r"Cluster(NotConnected|NotFound)|is (Offline|Expired)|install when it is Connected",
        "see to the cluster and its Arc agents until `ewo status` shows it Connected",
    ),
    (
        r"\b403\b|AuthorizationFailed",
        "ask for a role that may do this there, and wait two minutes; Reader does not cover solution versions: that "
        "takes Microsoft.Edge/targets/solutions/versions/read",
    ),
    (r"\b429\b|TooManyRequests", "Azure asks for patience: wait a few minutes, and take a lower --jobs"),
    (
        r"context deadline exceeded|timed out waiting",
        "Helm says only that the time was up: look at the pods and events of the target's namespace, such as images "
        "that cannot be pulled or volumes that are not bound",
    ),
)
"""Patterns of errors, and what to do; the first that is found counts."""

STEPS = {
    "resolveConfiguration": "resolve",
    "reviewSolutionVersion": "review",
    "publishSolutionVersion": "publish",
    "installSolution": "install",
    "uninstallSolution": "uninstall",
    "updateExternalValidationStatus": "validation",
}
_REQUEST = re.compile(r"POST \S+/(\w+)")


def remedy(error: str) -> str:
    """Return what to do about an error, nothing if there is no rule for it."""
    return next((text for pattern, text in REMEDIES if re.search(pattern, error, re.IGNORECASE)), "")


def plainly(error: str) -> str:
    """Return an error with the step that was refused instead of the request that asked for it."""
    return _REQUEST.sub(lambda found: STEPS.get(found[1], found[0]), error)
