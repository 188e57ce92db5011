"""Publish, stage, validate, install and uninstall: what takes a solution version from one state to the next."""

from __future__ import annotations

import uuid
from typing import Any

from orchestration.sandbox.arm.edge_names import INSTANCES, SOLUTION_VERSIONS, SOLUTIONS
from orchestration.sandbox.arm.edge_records import (
    BROKEN,
    DONE,
    RUNNING,
    check_state,
    end_job,
    instance_id,
    keep_history,
    moved,
    put_instance,
    shown,
    start_job,
)
from orchestration.sandbox.arm.edge_review import solution_version
from orchestration.sandbox.arm.edge_targets import unreachable
from orchestration.sandbox.arm.registry import ArmError, Body, Call, Resource, bad_request, conflict, not_found
from orchestration.sandbox.arm.store import Store

REVIEWED = ("InReview", "UpgradeInReview")
READY = ("ReadyToDeploy", "ReadyToUpgrade")
INSTALLABLE = (*READY, "Deployed", "Undeployed", "Failed")


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
    _check_at_rest(version)
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


def begin_install(store: Store, call: Call) -> Body | None:
    """Start to install a published version; raise 409 when it is not, or when its instance is busy."""
    install_begins(store, called_version(store, call))
    return None


def finish_install(store: Store, call: Call) -> Body | None:
    """End the installation, for better or worse."""
    install_ends(store, called_version(store, call))
    return None


def report_install(store: Store, call: Call) -> Body | None:
    """Raise what made the installation fail."""
    raise_failure(called_version(store, call))
    return None


def install_begins(store: Store, version: Resource) -> Resource:
    """Return the version once its installation has begun; raise 409 when it cannot begin."""
    check_state(version, INSTALLABLE, "installed")
    _check_idle(store, version)
    target = _target(store, version)
    instance = store.get(instance_id(version))
    if instance is not None and instance.properties["solutionVersionId"] != version.id.text:
        keep_history(store, instance, target)
    put_instance(store, version, target, RUNNING)
    job = start_job(store, target.id, "deploy", {"solutionVersionId": version.id.text})
    properties = {key: value for key, value in version.properties.items() if key != "errorDetails"}
    version = Resource(**{**vars(version), "body": {**version.body, "properties": properties}})
    version = version.with_system(job=job.text)
    return moved(
        store, version, "Deploying", "Deployment", RUNNING, actionType="deploy", latestActionTrackingUri=job.text
    )


def install_ends(store: Store, version: Resource) -> Resource:
    """Return the version, deployed in place of the one before it, or failed when its cluster cannot be reached."""
    target = _target(store, version)
    error = unreachable(store, target)
    end_job(store, version.system["job"], error)
    if error is not None:
        put_instance(store, version, target, BROKEN, error.message)
        return moved(store, version, "Failed", "Deployment", BROKEN, errorDetails=error.body())
    for other in _siblings(store, version):
        if other.properties["state"] in ("Deployed", "Failed"):
            moved(store, other, "Undeployed", "Uninstallation", DONE)
    put_instance(store, version, target, "Succeeded")
    return moved(store, version, "Deployed", "Deployment", DONE)


def raise_failure(version: Resource) -> None:
    """Raise what made an installation fail, if it did."""
    if version.properties["state"] == "Failed":
        details = version.properties["errorDetails"]
        raise ArmError(400, str(details["code"]), str(details["message"]))


def begin_uninstall(store: Store, call: Call) -> Body | None:
    """Start to take an instance off the target; raise 404 when it is not there, 409 when it is busy."""
    solution, instance = _called_instance(store, call)
    version = store.get(str(instance.properties["solutionVersionId"]))
    if version is not None:
        check_state(version, ("Deployed", "Failed"), "uninstalled")
        _check_idle(store, version)
        parameter = {
            "solutionTemplateId": solution.properties["solutionTemplateId"],
            "solutionInstanceName": instance.name,
        }
        call.data["job"] = start_job(store, call.id, "uninstall", parameter).text
        state = version.properties["state"]
        moved(store, version, state, "Uninstallation", RUNNING, actionType="uninstall")
    call.data["instance"] = instance.id.text
    return None


def finish_uninstall(store: Store, call: Call) -> Body | None:
    """Take the instance away; its version can be installed again."""
    instance = store.get(str(call.data["instance"]))
    version = store.get(str(instance.properties["solutionVersionId"])) if instance else None
    if version is not None:
        moved(store, version, "Undeployed", "Uninstallation", DONE)
        end_job(store, str(call.data["job"]))
    store.delete(str(call.data["instance"]))
    return None


def remove_revision(store: Store, call: Call) -> Body | None:
    """Remove a solution version; raise 404 when there is none, 409 while an instance has it."""
    solution = _called_solution(store, call)
    version = store.get(solution.id.child("versions", call.body["solutionVersion"]))
    if version is None:
        message = f"Solution '{solution.name}' has no version '{call.body['solutionVersion']}'."
        raise not_found("SolutionVersionNotFound", message)
    instance = store.get(instance_id(version))
    if instance is not None and instance.properties["solutionVersionId"] == version.id.text:
        message = (
            f"Solution version '{version.name}' is {version.properties['state']} as '{instance.name}': uninstall it."
        )
        raise conflict("InvalidSolutionVersionState", message)
    _check_at_rest(version)
    store.delete(version.id)
    return None


def nothing(store: Store, call: Call) -> Body | None:
    """Let an action take the time that the service takes."""
    return None


def called_version(store: Store, call: Call) -> Resource:
    """Return the solution version that a call names; raise 404 when its target has none of that id."""
    target = store.get(call.id)
    if target is None:
        raise not_found("ResourceNotFound", f"The target '{call.id}' is gone.")
    return solution_version(store, target, str(call.body["solutionVersionId"]))


def target_id(version: Resource) -> Any:
    """Return the id of the target that *version* is for."""
    solution = version.id.parent
    return solution.parent if solution else None


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


def _siblings(store: Store, version: Resource) -> list[Resource]:
    """Return the other versions of the same instance."""
    name = version.properties["solutionInstanceName"]
    found = store.children(version.id.parent, SOLUTION_VERSIONS)
    return [each for each in found if each.id != version.id and each.properties["solutionInstanceName"] == name]


def _check_at_rest(version: Resource) -> None:
    """Raise 409 while something is done with *version*."""
    current = version.properties["currentStage"]
    if current["status"] == RUNNING:
        raise conflict("SolutionVersionBusy", f"'{version.name}' has {current['stage']} in progress: wait for it.")


def _check_idle(store: Store, version: Resource) -> None:
    """Raise 409 while a version of the same instance is being installed or uninstalled."""
    for each in (version, *_siblings(store, version)):
        current = each.properties["currentStage"]
        if current["status"] == RUNNING and current["stage"] in ("Deployment", "Uninstallation"):
            name = version.properties["solutionInstanceName"]
            what = f"The {current['stage'].lower()} of '{each.name}' as instance '{name}'"
            raise conflict("InstanceBusy", f"{what} is in progress: wait for it.")


def _target(store: Store, version: Resource) -> Resource:
    target = store.get(target_id(version))
    if target is None:
        raise not_found("ResourceNotFound", f"The target of '{version.id}' is gone.")
    return target


def _called_solution(store: Store, call: Call) -> Resource:
    wanted = str(call.body["solutionTemplateId"]).lower()
    for solution in store.children(call.id, SOLUTIONS):
        if str(solution.properties["solutionTemplateId"]).lower() == wanted:
            return solution
    raise not_found(
        "SolutionNotFound", f"Target '{call.id.name}' has no solution of '{call.body['solutionTemplateId']}'."
    )


def _called_instance(store: Store, call: Call) -> tuple[Resource, Resource]:
    solution = _called_solution(store, call)
    name = str(call.body.get("solutionInstanceName") or solution.name)
    instance = store.get(solution.id.child("instances", name))
    if instance is None:
        known = ", ".join(each.name for each in store.children(solution.id, INSTANCES)) or "none"
        message = f"Target '{call.id.name}' has no instance '{name}' of that template; it has: {known}."
        raise not_found("InstanceNotFound", message)
    return solution, instance
