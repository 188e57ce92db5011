"""Bulk review, publish and deploy of one template version on many targets.

Targets are gone through one by one; what fails on one is reported when all are done and takes nothing back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from orchestration.sandbox.arm.edge_injection import renew_parents, with_renewed
from orchestration.sandbox.arm.edge_install import install_begins, install_ends, install_waits
from orchestration.sandbox.arm.edge_lifecycle import (
    becomes_ready,
    publish_begins,
    publish_ends,
    publish_waits,
    unstaged,
)
from orchestration.sandbox.arm.edge_names import SOLUTION_VERSIONS
from orchestration.sandbox.arm.edge_review import (
    Order,
    order_of,
    review,
    review_begins,
    review_ends,
    solution_version,
)
from orchestration.sandbox.arm.registry import (
    Action,
    ArmError,
    Body,
    Call,
    Pause,
    Resource,
    ResourceId,
    bad_request,
    parse_id,
)
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.troubles import wait_of

LIMITS, MOST = "limits", 1000
"""Targets of one bulk action: https://learn.microsoft.com/azure/azure-arc/workload-orchestration/bulk-deployment"""

_DEFAULTS = ("solutionInstanceName", "solutionConfiguration", "solutionDependencies")


def limit_targets(store: Store, body: Any) -> None:
    """Let bulk actions take no more targets than *body* says, so that few are enough to see what follows."""
    most = body.get("bulkTargets") if isinstance(body, dict) else None
    if type(most) is not int or not 1 <= most <= MOST:
        raise bad_request("InvalidLimits", f"bulkTargets is a number from 1 to {MOST}.")
    store.set_fact(LIMITS, {"bulkTargets": most})


def _check_number(store: Store, call: Call) -> None:
    """Raise 400 for more targets than one call takes."""
    most, given = int(store.fact(LIMITS).get("bulkTargets", MOST)), len(call.body["targets"])
    if given > most:
        raise bad_request("TooManyTargets", f"{call.action} takes at most {most} targets, and was given {given}.")


def _orders(store: Store, call: Call) -> list[Order]:
    """Return what is asked for of each target; raise 400 for too many, and a target or a dependency that cannot be."""
    _check_number(store, call)
    return [order_of(store, item["targetId"], call.id.text, item) for item in _items(call)]


def _check_targets(store: Store, call: Call) -> Body | None:
    _orders(store, call)
    return None


def _begin_reviews(store: Store, call: Call) -> Body | None:
    """Begin a review, with a job of its own, on each target, if all of them can be reviewed."""
    call.data["reviews"] = [review_begins(store, order) for order in _orders(store, call)]
    return None


def _finish_reviews(store: Store, call: Call) -> Body | None:
    """End the reviews as soon as nothing holds any of them up."""
    if seconds := max((wait_of(store, each["met"]) for each in call.data["reviews"]), default=0.0):
        raise Pause(seconds)
    begun = iter(call.data["reviews"])

    def one(item: Body) -> Resource:
        return review_ends(store, next(begun), lambda: order_of(store, item["targetId"], call.id.text, item))

    _each(store, call, one)
    return None


def _publish_all(store: Store, call: Call) -> Body | None:
    """Publish every target's version, reviewed now where it was not before, and what they depend on once for all."""

    def begin(item: Body) -> Resource:
        order = order_of(store, item["targetId"], call.id.text, item)
        reviewed = item.get("solutionVersionId")
        version = solution_version(store, order.target, reviewed) if reviewed else review(store, order)
        return publish_begins(store, version)

    if "begun" not in call.data:
        _each(store, call, begin)
        call.data["begun"], call.data["done"] = call.data["done"], []
    versions = [_version(store, call, each["solutionVersionId"]) for each in call.data["begun"]]
    if seconds := max((publish_waits(store, each) for each in versions), default=0.0):
        raise Pause(seconds)
    children = [each for each in versions if becomes_ready(store, each) and not unstaged(each)]
    error = renew_parents(store, call, children)
    for version in versions:
        fault = error if version in children and version.properties["solutionDependencies"] else None
        _record(call, publish_ends(store, with_renewed(store, version), fault))
    return None


def _begin_installs(store: Store, call: Call) -> Body | None:
    _check_number(store, call)
    _each(store, call, lambda item: install_begins(store, _version(store, call, item["solutionVersionId"])))
    call.data["begun"], call.data["done"] = call.data["done"], []
    return None


def _finish_installs(store: Store, call: Call) -> Body | None:
    """End the installations that nothing holds up, and come back for the others."""
    waits = []
    for entry in call.data.pop("begun"):
        version = _version(store, call, entry["solutionVersionId"])
        if seconds := install_waits(store, version):
            waits.append(seconds)
            call.data.setdefault("begun", []).append(entry)
        else:
            _record(call, install_ends(store, version))
    if waits:
        raise Pause(min(waits))
    return None


def _report(key: str, *, pending: str = "") -> Callable[[Store, Call], Body | None]:
    """Return the last step: it lists what was done under *key*, and *pending* what waits for a validator."""

    def report(store: Store, call: Call) -> Body | None:
        if call.data["failed"]:
            listing = "; ".join(f"{each['target']}: {each['message']}" for each in call.data["failed"])
            done, total = len(call.data["done"]), len(call.data["done"]) + len(call.data["failed"])
            message = f"{call.action} succeeded on {done} of {total} targets; {listing}"
            raise ArmError(400, "BulkOperationFailed", message, details=call.data["failed"])
        waiting = [each for each in call.data["done"] if pending and _is_waiting(store, each)]
        found = {key: [each for each in call.data["done"] if each not in waiting]}
        return {"properties": found | ({pending: waiting} if pending else {})}

    return report


BULK_ACTIONS = {
    "bulkReviewSolution": Action(steps=(_begin_reviews, _finish_reviews, _report("reviewedTargets"))),
    "bulkPublishSolution": Action(
        steps=(_check_targets, _publish_all, _report("publishedTargets", pending="externalValidationPending"))
    ),
    "bulkDeploySolution": Action(steps=(_begin_installs, _finish_installs, _report("deployedTargets"))),
}


def _items(call: Call) -> Iterator[Body]:
    """Yield the call's targets, each with the defaults that the call gives for all."""
    defaults = {key: call.body[key] for key in _DEFAULTS if key in call.body}
    for item in call.body["targets"]:
        yield {**defaults, **item}


def _each(store: Store, call: Call, act: Callable[[Body], Resource]) -> None:
    """Do *act*, which stores nothing when it raises, for every target and write down what came of it."""
    call.data["done"], call.data["failed"] = [], []
    for item in _items(call):
        try:
            version = act(item)
        except ArmError as error:
            target = str(item.get("targetId") or item.get("solutionVersionId"))
            call.data["failed"].append({"code": error.code, "target": target, "message": error.message})
        else:
            call.data["done"].append(_entry(version))


def _record(call: Call, version: Resource) -> None:
    """Write down how the publishing or the installation of *version* ended."""
    entry, error = _entry(version), version.properties.get("errorDetails")
    if error is None:
        call.data["done"].append(entry)
    else:
        found = {"code": error["code"], "target": entry["targetId"], "message": error["message"]}
        call.data["failed"].append(found)


def _entry(version: Resource) -> dict[str, Any]:
    solution = version.id.parent
    target = solution.parent if solution else None
    return {"solutionVersionId": version.id.text, "targetId": target.text if target else ""}


def _version(store: Store, call: Call, id_: str) -> Resource:
    """Return the solution version with this id; raise 400 when there is none of the call's template version."""
    found = store.get(_solution_version_id(id_))
    wanted = str(found.properties["solutionTemplateVersionId"]).lower() if found else ""
    if found is None or wanted != call.id.key:
        raise bad_request("SolutionVersionNotFound", f"'{id_}' is no solution version of '{call.id}'.")
    return found


def _solution_version_id(id_: str) -> ResourceId:
    found = parse_id(id_)
    if found.type.lower() != SOLUTION_VERSIONS.lower():
        raise bad_request("SolutionVersionNotFound", f"'{id_}' is no solution version.")
    return found


def _is_waiting(store: Store, entry: Body) -> bool:
    version = store.get(str(entry["solutionVersionId"]))
    return version is not None and version.properties["state"] == "PendingExternalValidation"
