"""Install: what puts a solution version on its target's cluster, as an instance."""

from __future__ import annotations

from orchestration.sandbox.arm.edge_names import HISTORIES, SOLUTION_VERSIONS
from orchestration.sandbox.arm.edge_records import (
    BROKEN,
    DONE,
    READY,
    RUNNING,
    check_published,
    check_state,
    end_job,
    instance_id,
    keep_history,
    moved,
    put_instance,
    start_job,
    target_of,
    without_error,
)
from orchestration.sandbox.arm.edge_review import called_version
from orchestration.sandbox.arm.edge_targets import unreachable
from orchestration.sandbox.arm.registry import (
    ArmError,
    Body,
    Call,
    Failure,
    Pause,
    Resource,
    ResourceId,
    bad_request,
    conflict,
)
from orchestration.sandbox.arm.resource import SUCCEEDED
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.troubles import FAIL, OF_INSTALLATIONS, UNHEALTHY, is_there, take_trouble, wait_of

INSTALLED = ("Deployed", "Failed")
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
    raise_failure(install_ends(store, version))
    return None


def install_begins(store: Store, version: Resource) -> Resource:
    """Return the version once its installation has begun; raise 409 when it cannot begin."""
    check_state(version, INSTALLABLE, "installed")
    check_published(version)
    check_idle(store, version)
    target = target_of(store, version)
    instance = store.get(instance_id(version))
    if instance is not None and instance.properties["solutionVersionId"] != version.id.text:
        keep_history(store, instance, target)
    put_instance(store, version, target, RUNNING)
    job = start_job(store, version, "deploy")
    version = without_error(version).with_system(job=job.text, met=take_trouble(store, target.name, OF_INSTALLATIONS))
    return moved(
        store, version, "Deploying", "Deployment", RUNNING, actionType="deploy", latestActionTrackingUri=job.text
    )


def install_waits(store: Store, version: Resource) -> float:
    """Return for how many seconds the installation of *version* is held up, 0 when it can end."""
    return wait_of(store, version.system.get("met"))


def install_ends(store: Store, version: Resource) -> Resource:
    """Return the version, deployed in place of the one before it, or failed: a cluster out of reach, or its chart."""
    target, met = target_of(store, version), version.system.get("met") or {}
    error = unreachable(store, target) or (_chart_failure(store, version) if met.get("what") == FAIL else None)
    end_job(store, version.system["job"], error)
    if error is not None:
        component = "Update Failed" if met.get("what") == FAIL else BROKEN
        put_instance(store, version, target, BROKEN, error.message, component=component)
        return moved(store, version, "Failed", "Deployment", BROKEN, errorDetails=error.body())
    for other in of_instance(store, instance_id(version)):
        if other.id != version.id and other.properties["state"] in INSTALLED:
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
        raise Failure(ArmError(400, str(details["code"]), str(details["message"])))


def of_instance(store: Store, instance: ResourceId) -> list[Resource]:
    """Return the solution versions that have been made for an instance."""
    name = instance.name.lower()
    found = store.children(instance.parent, SOLUTION_VERSIONS)
    return [each for each in found if str(each.properties["solutionInstanceName"]).lower() == name]


def busy_version(store: Store, instance: ResourceId) -> Resource | None:
    """Return the version that is being installed as an instance, or uninstalled; None when there is none."""
    for each in of_instance(store, instance):
        current = each.properties["currentStage"]
        if current["status"] == RUNNING and current["stage"] in ("Deployment", "Uninstallation"):
            return each
    return None


def check_idle(store: Store, version: Resource) -> None:
    """Raise 409 while a version of the same instance is being installed or uninstalled."""
    busy = busy_version(store, instance_id(version))
    if busy is not None:
        stage, name = busy.properties["currentStage"]["stage"].lower(), version.properties["solutionInstanceName"]
        message = f"The {stage} of '{busy.name}' as instance '{name}' is in progress: wait for it."
        raise conflict("InstanceBusy", message)
