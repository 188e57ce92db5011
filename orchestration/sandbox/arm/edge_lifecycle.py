"""Publish, validate and stage: what makes a reviewed solution version ready to be installed."""

from __future__ import annotations

import uuid

from orchestration.sandbox.arm.edge_records import (
    BROKEN,
    DONE,
    READY,
    RUNNING,
    check_at_rest,
    check_state,
    end_job,
    instance_id,
    moved,
    shown,
    start_job,
    target_id,
)
from orchestration.sandbox.arm.edge_review import called_version
from orchestration.sandbox.arm.registry import ArmError, Body, Call, Resource, bad_request
from orchestration.sandbox.arm.store import Store

REVIEWED = ("InReview", "UpgradeInReview")


def begin_publish(store: Store, call: Call) -> Body | None:
    """Take a reviewed version on its way; raise 409 when it is not in review."""
    publish_begins(store, called_version(store, call))
    return None


def finish_publish(store: Store, call: Call) -> Body | None:
    """Return the version, ready or waiting for its external validation."""
    return shown(publish_ends(store, called_version(store, call)))


def publish_begins(store: Store, version: Resource) -> Resource:
    """Return the version once its publishing has begun; raise 409 when it is not in review."""
    check_state(version, REVIEWED, "published")
    check_at_rest(version)
    job = start_job(store, target_id(version), "publish", {"solutionVersionId": version.id.text})
    version = version.with_system(job=job.text)
    if is_staged(version) and not _is_validated_externally(store, version):
        known = {"actionType": "staging", "latestActionTrackingUri": job.text}
        return moved(store, version, "Staging", "Staging", RUNNING, **known)
    known = {"actionType": "publish", "latestActionTrackingUri": job.text}
    return moved(store, version, version.properties["state"], "Publish", RUNNING, **known)


def publish_ends(store: Store, version: Resource) -> Resource:
    """Return the version as publishing leaves it."""
    end_job(store, version.system["job"])
    if version.properties["state"] == "Staging":
        return _ready(store, version, "Staging")
    if not _is_validated_externally(store, version):
        return _ready(store, version, "Publish")
    job = start_job(store, target_id(version), "externalValidation", {"solutionVersionId": version.id.text})
    number = str(uuid.uuid4())
    version = moved(store, version.with_system(job=job.text), version.properties["state"], "Publish", DONE)
    stage = ("PendingExternalValidation", "ExternalValidation", "Pending")
    return moved(store, version, *stage, externalValidationId=number, actionType="externalValidation")


def begin_validation(store: Store, call: Call) -> Body | None:
    """Record what an external validator found; raise 409 or 400 when it was not asked."""
    version = called_version(store, call)
    check_state(version, ("PendingExternalValidation",), "validated")
    if call.body["externalValidationId"] != version.properties["externalValidationId"]:
        message = f"The externalValidationId of '{version.name}' is '{version.properties['externalValidationId']}'."
        raise bad_request("ExternalValidationIdMismatch", message)
    if call.body["validationStatus"] == "Valid":
        end_job(store, version.system["job"])
        staged = is_staged(version)
        state = version.properties["state"]
        version = moved(store, version, state, "ExternalValidation", DONE if staged else RUNNING)
        if staged:
            moved(store, version, "Staging", "Staging", RUNNING, actionType="staging")
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
    return shown(_ready(store, version, version.properties["currentStage"]["stage"]))


def begin_unstage(store: Store, call: Call) -> Body | None:
    """Take a staged version back on its way; raise 409 or 400 when it is not staged."""
    version = called_version(store, call)
    check_state(version, READY, "unstaged")
    if not is_staged(version):
        raise bad_request("NotStaged", f"No component of '{version.name}' is staged.")
    moved(store, version, version.properties["state"], "Unstaging", RUNNING)
    return None


def finish_unstage(store: Store, call: Call) -> Body | None:
    """Return the version, in review again."""
    version = called_version(store, call)
    return shown(moved(store, version, REVIEWED[_is_upgrade(store, version)], "Unstaging", DONE))


def is_staged(version: Resource) -> bool:
    """Return whether a component of *version* is to be staged."""
    return any("staged" in each.get("properties", {}) for each in version.properties["specification"]["components"])


def _ready(store: Store, version: Resource, stage: str) -> Resource:
    return moved(store, version, READY[_is_upgrade(store, version)], stage, DONE)


def _is_upgrade(store: Store, version: Resource) -> bool:
    return store.get(instance_id(version)) is not None


def _is_validated_externally(store: Store, version: Resource) -> bool:
    template_version = store.get(str(version.properties["solutionTemplateVersionId"]))
    template = store.get(template_version.id.parent) if template_version and template_version.id.parent else None
    return template is not None and template.properties.get("enableExternalValidation") is True
