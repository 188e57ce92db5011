"""Publish, validate and stage: what makes a reviewed solution version ready to be installed."""

from __future__ import annotations

import uuid

from orchestration.sandbox.arm.edge_dependencies import injected
from orchestration.sandbox.arm.edge_injection import failed_parent, renew_parents, with_renewed
from orchestration.sandbox.arm.edge_records import (
    BROKEN,
    DONE,
    READY,
    REVIEWED,
    RUNNING,
    check_at_rest,
    check_state,
    end_job,
    instance_id,
    moved,
    parts_of,
    ready_state,
    reviewed_state,
    shown,
    start_job,
    target_id,
    without_error,
)
from orchestration.sandbox.arm.edge_review import called_version
from orchestration.sandbox.arm.registry import ArmError, Body, Call, Failure, Pause, Resource, bad_request
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.troubles import OF_PUBLICATIONS, UNSTAGED, take_trouble, wait_of


def begin_publish(store: Store, call: Call) -> Body | None:
    """Take a reviewed version on its way; raise 409 when it is not in review."""
    publish_begins(store, called_version(store, call))
    return None


def finish_publish(store: Store, call: Call) -> Body | None:
    """Return the version, ready or waiting for its external validation."""
    version, error = called_version(store, call), None
    if seconds := publish_waits(store, version):
        raise Pause(seconds)
    if becomes_ready(store, version) and not unstaged(version):
        error = renew_parents(store, call, [version])
        version = with_renewed(store, version)
    return shown(_published(publish_ends(store, version, error)))


def publish_begins(store: Store, version: Resource) -> Resource:
    """Return the version once its publishing has begun; raise 409 when it is not in review."""
    check_state(version, REVIEWED, "published")
    check_at_rest(version)
    held = take_trouble(store, target_id(version).name, OF_PUBLICATIONS)
    version = without_error(version).with_system(held=held)
    if is_staged(version) and not _is_validated_externally(store, version):
        return _staging(store, version)
    return _begun(store, version, version.properties["state"], "Publish", "publish")


def publish_waits(store: Store, version: Resource) -> float:
    """Return for how many seconds the publication of *version* is held up, 0 when it can end."""
    return wait_of(store, version.system.get("held"))


def becomes_ready(store: Store, version: Resource) -> bool:
    """Return whether nobody has to be asked any more about a version that is being published."""
    return version.properties["state"] == "Staging" or not _is_validated_externally(store, version)


def publish_ends(store: Store, version: Resource, error: ArmError | None = None) -> Resource:
    """Return the version as publishing leaves it: not ready when it has met an *error*, or its parents have."""
    ready = becomes_ready(store, version)
    error = error or unstaged(version) or (failed_parent(store, version) if ready else None)
    end_job(store, version.system["job"], error)
    if ready:
        return _ready(store, version, version.properties["currentStage"]["stage"], error)
    version = moved(store, version, version.properties["state"], "Publish", DONE)
    version = version.with_properties(externalValidationId=str(uuid.uuid4()))
    job = start_job(store, version, "externalValidation")
    known = {"actionType": "externalValidation", "latestActionTrackingUri": job.text}
    stage = ("PendingExternalValidation", "ExternalValidation", "Pending")
    return moved(store, version.with_system(job=job.text), *stage, **known)


def begin_validation(store: Store, call: Call) -> Body | None:
    """Record what an external validator found; raise 409 or 400 when it was not asked."""
    version = called_version(store, call)
    check_state(version, ("PendingExternalValidation",), "validated")
    if call.body["externalValidationId"] != version.properties["externalValidationId"]:
        message = f"The externalValidationId of '{version.name}' is '{version.properties['externalValidationId']}'."
        raise bad_request("ExternalValidationIdMismatch", message)
    if call.body["validationStatus"] == "Valid":
        staged = is_staged(version)
        state = version.properties["state"]
        version = moved(store, version, state, "ExternalValidation", DONE if staged else RUNNING)
        if staged:
            end_job(store, version.system["job"])
            _staging(store, version)
        return None
    details = call.body.get("errorDetails", {})
    end_job(store, version.system["job"], ArmError(400, "ExternalValidationFailed", "The validator refused it."))
    moved(store, version, "ExternalValidationFailed", "ExternalValidation", BROKEN, errorDetails=details)
    return None


def finish_validation(store: Store, call: Call) -> Body | None:
    """Return the version as its validation leaves it."""
    version = called_version(store, call)
    if version.properties["state"] == "ExternalValidationFailed":
        return shown(version)
    error = unstaged(version) or renew_parents(store, call, [version])
    version = with_renewed(store, version)
    error = error or failed_parent(store, version)
    end_job(store, version.system["job"], error)
    return shown(_published(_ready(store, version, version.properties["currentStage"]["stage"], error)))


def begin_unstage(store: Store, call: Call) -> Body | None:
    """Take a staged version back on its way; raise 409 or 400 when it is not staged."""
    version = called_version(store, call)
    check_state(version, READY, "unstaged")
    if not is_staged(version):
        raise bad_request("NotStaged", f"No component of '{version.name}' is staged.")
    instance, solution = instance_id(version), version.id.parent
    if version.properties["solutionDependencies"] or (solution and injected(store, solution, instance.name)):
        message = f"'{version.name}' depends on others, or they on it: a shared application cannot be unstaged."
        raise bad_request("UnstageNotSupported", message)
    moved(store, version, version.properties["state"], "Unstaging", RUNNING)
    return None


def finish_unstage(store: Store, call: Call) -> Body | None:
    """Return the version, in review again."""
    version = called_version(store, call)
    return shown(moved(store, version, reviewed_state(store, version), "Unstaging", DONE))


def _staging(store: Store, version: Resource) -> Resource:
    """Return the version with its staging begun, together with what the staging meets."""
    met = take_trouble(store, target_id(version).name, (UNSTAGED,))
    return _begun(store, version.with_system(met=met), "Staging", "Staging", "staging")


def unstaged(version: Resource) -> ArmError | None:
    """Return what is said of the first image of a version that cannot be staged, None if it is not being staged."""
    if version.properties["state"] != "Staging" or not version.system.get("met"):
        return None
    image = next(iter(parts_of(version, "Staging")), version.name)
    message = f"image '{image}' cannot be staged: the connected registry has no space left on device"
    return bad_request("StagingFailed", message, target=image)


def _begun(store: Store, version: Resource, state: str, stage: str, kind: str) -> Resource:
    """Return the version in *state*, a *stage* of it begun, with a job of that *kind*."""
    job = start_job(store, version, kind)
    known = {"actionType": kind, "latestActionTrackingUri": job.text}
    return moved(store, version.with_system(job=job.text), state, stage, RUNNING, **known)


def is_staged(version: Resource) -> bool:
    """Return whether a component of *version* is to be staged."""
    return any("staged" in each.get("properties", {}) for each in version.properties["specification"]["components"])


def raise_publish_failure(version: Resource) -> None:
    """Raise what made publishing fail, if it did."""
    if version.properties["state"] in (*REVIEWED, BROKEN):
        details = version.properties["errorDetails"]
        raise Failure(ArmError(400, str(details["code"]), str(details["message"])))


def _published(version: Resource) -> Resource:
    raise_publish_failure(version)
    return version


def _ready(store: Store, version: Resource, stage: str, error: ArmError | None) -> Resource:
    """Return the version, ready to be installed; because of an *error* in review again, or failed in its staging."""
    if error is None:
        return moved(store, version, ready_state(store, version), stage, DONE)
    state = BROKEN if stage == "Staging" else reviewed_state(store, version)
    return moved(store, version, state, stage, BROKEN, errorDetails=error.body())


def _is_validated_externally(store: Store, version: Resource) -> bool:
    template_version = store.get(str(version.properties["solutionTemplateVersionId"]))
    template = store.get(template_version.id.parent) if template_version and template_version.id.parent else None
    return template is not None and template.properties.get("enableExternalValidation") is True
