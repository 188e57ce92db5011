"""Uninstall: what takes an instance off its target's cluster, and a solution version away."""

from __future__ import annotations

from orchestration.sandbox.arm.edge_dependencies import injected
from orchestration.sandbox.arm.edge_injection import withdraw_from_parents
from orchestration.sandbox.arm.edge_install import INSTALLED, check_idle, of_instance
from orchestration.sandbox.arm.edge_names import INSTANCES, SOLUTIONS
from orchestration.sandbox.arm.edge_records import (
    DONE,
    RUNNING,
    check_at_rest,
    check_state,
    end_job,
    instance_id,
    moved,
    start_job,
)
from orchestration.sandbox.arm.registry import Body, Call, Failure, Resource, conflict, not_found, parse_id
from orchestration.sandbox.arm.store import Store


def begin_uninstall(store: Store, call: Call) -> Body | None:
    """Start to take an instance off the target; raise 404 when it is not there, 409 when it is busy."""
    solution, instance = _called_instance(store, call)
    _check_without_dependents(store, instance)
    version = store.get(str(instance.properties["solutionVersionId"]))
    if version is not None:
        check_state(version, ("Deployed", "Failed"), "uninstalled")
        check_idle(store, version)
        parameter = {
            "solutionTemplateId": solution.properties["solutionTemplateId"],
            "solutionInstanceName": instance.name,
        }
        call.data["job"] = start_job(store, version, "uninstall", parameter).text
        known = {"actionType": "uninstall", "latestActionTrackingUri": call.data["job"]}
        moved(store, version, version.properties["state"], "Uninstallation", RUNNING, **known)
    call.data["instance"] = instance.id.text
    return None


def finish_uninstall(store: Store, call: Call) -> Body | None:
    """Take the instance away, and what it has put into others; its version can be installed again."""
    id_ = parse_id(str(call.data["instance"]))
    instance = store.get(id_)
    if instance is not None:
        call.data["version"] = instance.properties["solutionVersionId"]
        for version in of_instance(store, id_):
            if version.properties["state"] in INSTALLED:
                moved(store, version, "Undeployed", "Uninstallation", DONE)
        store.delete(id_)
    gone = store.get(str(call.data.get("version", "")))
    error = withdraw_from_parents(store, call, gone) if gone is not None else None
    end_job(store, str(call.data.get("job", "")), error)
    if error is not None:
        raise Failure(error)
    return None


def remove_revision(store: Store, call: Call) -> Body | None:
    """Remove a solution version; raise 404 when there is none, 409 while an instance has it."""
    solution = _called_solution(store, call)
    version = store.get(solution.id.child("versions", call.body["solutionVersion"]))
    if version is None:
        message = f"Solution '{solution.name}' has no version '{call.body['solutionVersion']}'."
        raise not_found("SolutionVersionNotFound", message)
    instance = store.get(instance_id(version))
    held = instance is not None and instance.properties["solutionVersionId"] == version.id.text
    if held or version.properties["state"] in INSTALLED:
        name, state = version.properties["solutionInstanceName"], version.properties["state"]
        message = f"Solution version '{version.name}' is {state} as '{name}': uninstall it."
        raise conflict("InvalidSolutionVersionState", message)
    check_at_rest(version)
    store.delete(version.id)
    return None


def nothing(store: Store, call: Call) -> Body | None:
    """Let an action take the time that the service takes."""
    return None


def _check_without_dependents(store: Store, instance: Resource) -> None:
    """Raise 409 while others that run have put something into the instance."""
    solution = instance.id.parent
    entries = injected(store, solution, instance.name) if solution else ()
    children = sorted({each.by for each in entries if store.get(each.by)})
    if children:
        message = f"'{instance.name}' is what {', '.join(children)} depend on: uninstall these first."
        raise conflict("SolutionHasDependents", message)


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
