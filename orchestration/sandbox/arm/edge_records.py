"""What the service writes down about a solution version: its stages, its jobs, its instance."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from orchestration.sandbox.arm.edge_names import JOBS, SOLUTION_VERSIONS
from orchestration.sandbox.arm.edge_templates import version_key
from orchestration.sandbox.arm.registry import ArmError, Body, Resource, ResourceId, conflict, not_found
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.view import envelope, timestamp

RUNNING, DONE, BROKEN = "InProgress", "Completed", "Failed"
REVIEWED = ("InReview", "UpgradeInReview")
READY = ("ReadyToDeploy", "ReadyToUpgrade")
_TRIGGER = "sandbox"
_WORDS = {RUNNING: "in progress", DONE: "completed", BROKEN: "failed", "Pending": "pending", "None": "not started"}
_STEPS = {RUNNING: "InProgress", DONE: "Succeeded", BROKEN: "Failed", "None": "NotStarted"}
_STAGE_OF_JOB = {"deploy": "Deployment", "uninstall": "Uninstallation", "publish": "Publish", "staging": "Staging"}
_COUNTED = ("deploy", "publish", "uninstall")
"""The jobs whose steps have statistics in the published types."""


def moved(store: Store, version: Resource, state: str, stage: str, status: str, **properties: Any) -> Resource:
    """Keep *version* in *state*, its *stage* having *status*; return it as it then is."""
    now = timestamp(store.now())
    stages = [dict(each) for each in version.properties.get("stages", [])]
    if not stages or stages[-1]["stage"] != stage or stages[-1]["status"] in (DONE, BROKEN):
        stages.append({"stage": stage, "startTime": now})
    broken = str(properties.get("errorDetails", {}).get("target", ""))
    parts = [(part, _of_part(part, parts_of(version, stage), status, broken)) for part in parts_of(version, stage)]
    ended = {"endTime": now} if status in (DONE, BROKEN) else {}
    stages[-1] |= {"status": status, "displayState": f"{stage} {_WORDS[status]}"} | ended
    stages[-1]["childStages"] = [
        {"stage": stage, "displayState": f"{part} {_WORDS[each]}", "status": each, "startTime": stages[-1]["startTime"]}
        | (ended if each in (DONE, BROKEN) else {})
        for part, each in parts
    ]
    known = {"state": state, "stages": stages, "currentStage": stages[-1], "latestActionTriggeredBy": _TRIGGER}
    return store.put(version.with_properties(**known, **properties))


def parts_of(version: Resource, stage: str) -> list[str]:
    """Return what a stage of *version* goes through: its components, its staged images, or what it depends on."""
    components = version.properties["specification"]["components"]
    if stage in ("Deployment", "Uninstallation"):
        return [str(each["name"]) for each in components]
    if stage in ("Staging", "Unstaging"):
        staged = (each.get("properties", {}).get("staged") or {} for each in components)
        return [str(image) for each in staged for image in each.get("images", ())]
    parents = version.properties["solutionDependencies"] if stage == "Publish" else []
    return [str(each["solutionVersionId"]) for each in parents]


def _of_part(part: str, parts: Sequence[str], status: str, broken: str) -> str:
    """Return the status of one of a stage's *parts*: when the *broken* one is known, those after it were not begun."""
    if status != BROKEN or broken not in parts or part == broken:
        return status
    return DONE if parts.index(part) < parts.index(broken) else "None"


def without_error(version: Resource) -> Resource:
    """Return *version* without what an earlier action left in errorDetails."""
    properties = {key: value for key, value in version.properties.items() if key != "errorDetails"}
    return replace(version, body={**version.body, "properties": properties})


def shown(version: Resource) -> Body:
    """Return a solution version as an action's result: what a GET shows, and its id among the properties too."""
    body = envelope(version.id, SOLUTION_VERSIONS) | version.body
    return body | {"properties": version.properties | {"id": version.id.text}}


def check_state(version: Resource, wanted: Iterable[str], verb: str) -> None:
    """Raise 409 unless *version* is in one of the *wanted* states."""
    state = version.properties["state"]
    if state not in wanted:
        message = f"Solution version '{version.name}' is {state}; it can be {verb} when it is {' or '.join(wanted)}."
        raise conflict("InvalidSolutionVersionState", message)


def check_at_rest(version: Resource) -> None:
    """Raise 409 while something is done with *version*."""
    current = version.properties["currentStage"]
    if current["status"] == RUNNING:
        raise conflict("SolutionVersionBusy", f"'{version.name}' has {current['stage']} in progress: wait for it.")


def check_published(version: Resource) -> None:
    """Raise 409 for a version that failed before it was published: its images could not be staged."""
    if version.properties["currentStage"]["stage"] == "Staging" and version.properties["state"] == BROKEN:
        message = f"The images of '{version.name}' are not staged: review its template version again, and publish that."
        raise conflict("InvalidSolutionVersionState", message)


def revision_key(version: Resource) -> tuple[tuple[int, ...], int]:
    """Return what solution versions are ordered by: their template's version, then their revision."""
    of = str(version.properties["solutionTemplateVersionId"]).rpartition("/")[2]
    return version_key(of), int(version.properties["revision"])


def start_job(store: Store, version: Resource, kind: str, parameter: Mapping[str, Any] | None = None) -> ResourceId:
    """Write down a job that has begun on *version*, a step for each of its parts; return its id."""
    parts = parts_of(version, _STAGE_OF_JOB.get(kind, ""))
    return begin_job(store, target_id(version), kind, parameter or {"solutionVersionId": version.id.text}, parts)


def begin_job(
    store: Store, target: ResourceId, kind: str, parameter: Mapping[str, Any], parts: Iterable[str] = ()
) -> ResourceId:
    """Write down a job that has begun on *target*, a step for each of its *parts*; return its id."""
    id_, now = target.extension(JOBS, str(uuid.uuid4())), timestamp(store.now())
    begun: Body = {"status": "InProgress", "startTime": now}
    properties = {
        "jobType": kind,
        **begun,
        "triggeredBy": _TRIGGER,
        "correlationId": str(uuid.uuid4()),
        "jobParameter": {"jobType": kind, "parameter": dict(parameter)},
        "steps": [{"name": kind, **begun, "steps": [{"name": part, **begun} for part in parts]}],
    }
    store.put(Resource(id=id_, body={"properties": properties}))
    return id_


def end_job(store: Store, id_: str, error: ArmError | None = None) -> None:
    """Write down that a job is over, and with which *error* of which part."""
    job = store.get(id_)
    if job is None:
        return
    over: Body = {"status": "Failed" if error else "Succeeded", "endTime": timestamp(store.now())}
    over |= {"errorDetails": error.body()} if error else {}
    step, names = job.properties["steps"][0], [each["name"] for each in job.properties["steps"][0]["steps"]]
    inner = [_ended(each, names, over, error) for each in step["steps"]]
    states = [each["status"] for each in inner] or [over["status"]]
    counts = {"totalCount": len(states), "successCount": states.count("Succeeded")}
    counts["failedCount"] = states.count("Failed")
    statistics = {"statistics": {"statisticsType": step["name"], **counts}} if step["name"] in _COUNTED else {}
    told = {"message": error.message} if error else {}
    store.put(job.with_properties(**over, steps=[{**step, **over, **told, **statistics, "steps": inner}]))


def _ended(step: Body, names: Sequence[str], over: Body, error: ArmError | None) -> Body:
    """Return a job's inner step as it is when the job is *over*."""
    status = _STEPS[_of_part(step["name"], names, BROKEN if error else DONE, error.target if error else "")]
    if status == "NotStarted":
        return {"name": step["name"], "status": status}
    details = {"errorDetails": over["errorDetails"]} if status == "Failed" else {}
    return {**step, "status": status, "endTime": over["endTime"], **details}


def instance_id(version: Resource) -> ResourceId:
    """Return the id of the instance that *version* runs as."""
    solution = version.id.parent
    if solution is None:
        raise ValueError(f"{version.id} is no solution version")
    return solution.child("instances", str(version.properties["solutionInstanceName"]))


def target_of(store: Store, version: Resource) -> Resource:
    """Return the target that *version* is for; raise 404 when it is gone."""
    target = store.get(target_id(version))
    if target is None:
        raise not_found("ResourceNotFound", f"The target of '{version.id}' is gone.")
    return target


def target_id(version: Resource) -> ResourceId:
    """Return the id of the target that *version* is for."""
    solution = version.id.parent
    if solution is None or solution.parent is None:
        raise ValueError(f"{version.id} is no solution version")
    return solution.parent


def reviewed_state(store: Store, version: Resource) -> str:
    """Return the state of a version in review: an upgrade where its instance exists."""
    return REVIEWED[store.get(instance_id(version)) is not None]


def ready_state(store: Store, version: Resource) -> str:
    """Return the state of a version that is published: an upgrade where its instance exists."""
    return READY[store.get(instance_id(version)) is not None]


def put_instance(
    store: Store, version: Resource, target: Resource, status: str, details: str = "", *, component: str = ""
) -> Resource:
    """Keep the instance of *version* with *status* for it and its components, *component* for the first; return it."""
    id_, now = instance_id(version), store.now()
    before = store.get(id_)
    same = before is not None and before.properties["solutionVersionId"] == version.id.text
    generation = (before.properties["status"]["generation"] if before else 0) + (0 if same else 1)
    components = [each["name"] for each in version.properties["specification"]["components"]]
    target_status = {
        "name": target.name,
        "status": status,
        "componentStatuses": [
            {"name": name, "status": component if component and name == components[0] else status}
            for name in components
        ],
    }
    properties = {
        "solutionVersionId": version.id.text,
        "targetId": target.id.text,
        "activeState": "active",
        "deploymentTimestampEpoch": int(now),
        "status": {
            "deployed": len(components) if status == "Succeeded" else 0,
            "status": status,
            "statusDetails": details,
            "generation": generation,
            "lastModified": timestamp(now),
            "runningJobId": generation,
            "expectedRunningJobId": generation,
            "targetStatuses": [target_status],
        },
    }
    properties |= {key: target.properties[key] for key in ("solutionScope",) if key in target.properties}
    body = {"extendedLocation": target.body["extendedLocation"], "properties": properties}
    made = before or Resource(id=id_, body={})
    return store.put(Resource(**{**vars(made), "body": body}))


def keep_history(store: Store, instance: Resource, target: Resource) -> None:
    """Keep what *instance* was before it changes as one of its histories."""
    version = store.get(str(instance.properties["solutionVersionId"]))
    number = instance.properties["status"]["generation"]
    properties = {
        "solutionVersion": {
            "solutionVersionId": instance.properties["solutionVersionId"],
            "specification": version.properties["specification"] if version else {},
        },
        "target": {"targetId": target.id.text, "targetSpecification": target.properties["targetSpecification"]},
        "activeState": instance.properties["activeState"],
        "status": instance.properties["status"],
    }
    body = {"extendedLocation": target.body["extendedLocation"], "properties": properties}
    store.put(Resource(id=instance.id.child("histories", f"generation-{number}"), body=body))
