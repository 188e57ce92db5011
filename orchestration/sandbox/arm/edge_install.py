"""Install and uninstall: what puts a solution version on its target's cluster, as an instance, and takes it off."""

from __future__ import annotations

from orchestration.sandbox.arm.edge_names import HISTORIES, INSTANCES, SOLUTION_VERSIONS, SOLUTIONS
from orchestration.sandbox.arm.edge_records import (
    BROKEN,
    DONE,
    READY,
    RUNNING,
    check_at_rest,
    check_state,
    end_job,
    instance_id,
    keep_history,
    moved,
    put_instance,
    start_job,
    target_id,
)
from orchestration.sandbox.arm.edge_review import called_version
from orchestration.sandbox.arm.edge_targets import unreachable
from orchestration.sandbox.arm.registry import ArmError, Body, Call, Pause, Resource, bad_request, conflict, not_found
from orchestration.sandbox.arm.resource import SUCCEEDED
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.troubles import FAIL, UNHEALTHY, is_there, take_trouble, wait_of

INSTALLABLE = (*READY, "Deployed", "Undeployed", "Failed")


def begin_install(store: Store, call: Call) -> Body | None:
    """Start to install a published version; raise 409 when it is not, or when its instance is busy."""
    install_begins(store, called_version(store, call))
    return None


def finish_install(store: Store, call: Call) -> Body | None:
    """End the installation, for better or worse, as soon as nothing holds it up."""
    version = called_version(store, call)
    if seconds := install_waits(store, version):
        raise Pause(seconds)
    install_ends(store, version)
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
    version = version.with_system(job=job.text, met=take_trouble(store, target))
    return moved(
        store, version, "Deploying", "Deployment", RUNNING, actionType="deploy", latestActionTrackingUri=job.text
    )


def install_waits(store: Store, version: Resource) -> float:
    """Return for how many seconds the installation of *version* is held up, 0 when it can end."""
    return wait_of(store, version.system.get("met"))


def install_ends(store: Store, version: Resource) -> Resource:
    """Return the version, deployed in place of the one before it, or failed: a cluster out of reach, or its chart."""
    target, met = _target(store, version), version.system.get("met") or {}
    error = unreachable(store, target) or (_chart_failure(store, version) if met.get("what") == FAIL else None)
    end_job(store, version.system["job"], error)
    if error is not None:
        component = "Update Failed" if met.get("what") == FAIL else BROKEN
        put_instance(store, version, target, BROKEN, error.message, component=component)
        return moved(store, version, "Failed", "Deployment", BROKEN, errorDetails=error.body())
    for other in _siblings(store, version):
        if other.properties["state"] in ("Deployed", "Failed"):
            moved(store, other, "Undeployed", "Uninstallation", DONE)
    put_instance(store, version, target, SUCCEEDED)
    return moved(store, version, "Deployed", "Deployment", DONE)


def show_instance(store: Store, instance: Resource) -> Body:
    """Return the status of an instance a component of which is not well, as a trouble of its target has it."""
    version = store.get(str(instance.properties["solutionVersionId"]))
    met = version.system.get("met") if version else None
    status = instance.properties["status"]
    if not met or met["what"] != UNHEALTHY or status["status"] != SUCCEEDED or not is_there(store, met):
        return {}
    first, *others = status["targetStatuses"][0]["componentStatuses"]
    components = [{**first, "status": "Unhealthy"}, *others]
    target = {**status["targetStatuses"][0], "status": "Unhealthy", "componentStatuses": components}
    details = f"{first['name']}: 0 of 1 pods are ready: back-off restarting failed container (CrashLoopBackOff)"
    shown = {"deployed": len(others), "statusDetails": details, "targetStatuses": [target]}
    return {"properties": {"status": shown}}


def _chart_failure(store: Store, version: Resource) -> ArmError:
    """Return what Helm says of a release that does not become ready in time."""
    name = version.properties["specification"]["components"][0]["name"]
    histories = store.children(instance_id(version), HISTORIES)
    verb = "UPGRADE" if histories else "INSTALLATION"
    message = f"component '{name}': helm.v3: {verb} FAILED: context deadline exceeded"
    return bad_request("HelmActionFailed", message, target=str(name))


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
    check_at_rest(version)
    store.delete(version.id)
    return None


def nothing(store: Store, call: Call) -> Body | None:
    """Let an action take the time that the service takes."""
    return None


def _siblings(store: Store, version: Resource) -> list[Resource]:
    """Return the other versions of the same instance."""
    name = version.properties["solutionInstanceName"]
    found = store.children(version.id.parent, SOLUTION_VERSIONS)
    return [each for each in found if each.id != version.id and each.properties["solutionInstanceName"] == name]


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
