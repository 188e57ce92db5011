"""Review: a template version resolved for one target becomes a solution version, a new revision each time.

https://learn.microsoft.com/azure/azure-arc/workload-orchestration/resource-model
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from orchestration.sandbox.arm.edge_dependencies import (
    Entry,
    Parent,
    check_parents,
    entries_for,
    injected,
    is_pinned,
    parent_of_revision,
    parents_of,
    replaced,
    shown_parents,
    with_entries,
)
from orchestration.sandbox.arm.edge_hierarchy import Node, lineage
from orchestration.sandbox.arm.edge_names import SOLUTION_TEMPLATE_VERSIONS, SOLUTION_VERSIONS, TARGETS
from orchestration.sandbox.arm.edge_records import DONE, begin_job, end_job, instance_id, moved, shown
from orchestration.sandbox.arm.edge_templates import identifier, label
from orchestration.sandbox.arm.edge_values import is_configured, solution_template, target_library, values_at
from orchestration.sandbox.arm.registry import (
    ArmError,
    Body,
    Call,
    Failure,
    Pause,
    Resource,
    ResourceId,
    bad_request,
    not_found,
    parse_id,
)
from orchestration.sandbox.arm.resolve import LanguageError, resolve, resolve_specification
from orchestration.sandbox.arm.resolve_yaml import TextError, dump, load_mapping
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.troubles import OF_REVIEWS, take_trouble, wait_of
from orchestration.sandbox.arm.view import envelope

_NAME_LIMIT = 61


@dataclass(frozen=True)
class Order:
    """What is to be reviewed: a template version on a target, as which instance, with which values on top.

    *parents* are the solutions that it depends on; *entries* what others put into it, if that is not what is kept.
    """

    target: Resource
    version: Resource
    template: Resource
    instance: str = ""
    values: str = ""
    parents: tuple[Parent, ...] = ()
    entries: tuple[Entry, ...] | None = None

    @property
    def solution_id(self) -> ResourceId:
        """The id of the target's solution of the template."""
        return self.target.id.child("solutions", identifier(self.template))

    @property
    def instance_name(self) -> str:
        """The name that the instance has; one that is not named is called like the solution."""
        return self.instance or identifier(self.template)

    @property
    def instance_id(self) -> ResourceId:
        """The id of what will run."""
        return self.solution_id.child("instances", self.instance_name)


def check_resolution(store: Store, call: Call) -> Body | None:
    """Raise 400 for what can be seen not to work at once."""
    check_order(store, _called_order(store, call))
    return None


def make_resolution(store: Store, call: Call) -> Body | None:
    """Return the configuration that a review would resolve, nothing being kept."""
    return {"configuration": dump(resolved(store, _called_order(store, call)))}


def begin_review(store: Store, call: Call) -> Body | None:
    """Begin a review, of which its job alone tells until it is done; raise 400 for what cannot work."""
    order = _called_order(store, call)
    check_order(store, order)
    call.data["review"] = review_begins(store, order)
    return None


def finish_review(store: Store, call: Call) -> Body | None:
    """Return the new solution version as soon as nothing holds it up, or why its configuration does not resolve."""
    begun = call.data["review"]
    if seconds := wait_of(store, begun["met"]):
        raise Pause(seconds)
    try:
        return shown(review_ends(store, begun, lambda: _called_order(store, call)))
    except ArmError as error:
        raise Failure(error) from error


def review_begins(store: Store, order: Order) -> Body:
    """Return a review that has begun: its job, and what it meets."""
    named = {"solutionInstanceName": order.instance} if order.instance else {}
    job = begin_job(store, order.target.id, "review", {"solutionTemplateVersionId": order.version.id.text, **named})
    return {"job": job.text, "met": take_trouble(store, order.target.name, OF_REVIEWS)}


def review_ends(store: Store, begun: Body, order: Callable[[], Order]) -> Resource:
    """Return the solution version that a review makes, its job ended, as it is when it cannot be made: that raises."""
    try:
        version = review(store, order())
    except ArmError as error:
        end_job(store, begun["job"], error)
        raise
    end_job(store, begun["job"])
    return version


def _called_order(store: Store, call: Call) -> Order:
    return order_of(store, call.id.text, call.body["solutionTemplateVersionId"], call.body)


def order_of(store: Store, target_id: str, version_id: str, options: Mapping[str, Any]) -> Order:
    """Return the order of a call; raise 400 when the target or the version does not exist."""
    target, version = store.get(parse_id(target_id)), store.get(parse_id(version_id))
    if target is None or target.type.lower() != TARGETS.lower():
        raise bad_request("TargetNotFound", f"There is no target '{target_id}'.")
    if version is None or version.type.lower() != SOLUTION_TEMPLATE_VERSIONS.lower() or version.id.parent is None:
        raise bad_request("SolutionTemplateVersionNotFound", f"There is no solution template version '{version_id}'.")
    template = store.get(version.id.parent)
    if template is None:
        raise bad_request("SolutionTemplateVersionNotFound", f"There is no solution template '{version.id.parent}'.")
    instance, values = options.get("solutionInstanceName", ""), options.get("solutionConfiguration", "")
    parents = parents_of(store, options.get("solutionDependencies") or (), target)
    return Order(target, version, template, str(instance), str(values), parents)


def check_order(store: Store, order: Order) -> None:
    """Raise 400 unless the template may run on the target, which must know its place in the hierarchy."""
    lacking = sorted(set(order.template.properties["capabilities"]) - set(order.target.properties["capabilities"]))
    if lacking:
        message = (
            f"Target '{order.target.name}' lacks the capabilities {', '.join(lacking)} of '{order.template.name}'."
        )
        raise bad_request("CapabilityMismatch", message)
    check_parents(order.version, order.parents, (order.instance_id,))
    _check_specification(order.version)
    _check_values(order)
    lineage(store, order.target)
    for parent in order.parents:
        check_order(store, order_of_parent(parent))


def order_of_parent(parent: Parent) -> Order:
    """Return the order of another revision of a solution that others depend on."""
    values = str(parent.revision.system.get("values", "")) if parent.revision else ""
    return Order(parent.target, parent.version, parent.template, parent.instance, values, parent.parents)


def review(store: Store, order: Order) -> Resource:
    """Return the solution version that a review makes; raise 400 when it cannot be made."""
    check_order(store, order)
    values = resolved(store, order)
    parents = tuple(_reviewed_parent(store, order, values, parent) for parent in order.parents)
    solution = _solution(store, order)
    number = int(solution.system.get("revisions", {}).get(_series(order), 0)) + 1
    name = f"{_series(order)}.{number}"
    if len(name) > _NAME_LIMIT:
        raise bad_request("InvalidResourceName", f"The solution version's name '{name}' is longer than {_NAME_LIMIT}.")
    body = {
        "extendedLocation": order.target.body["extendedLocation"],
        "properties": {
            "solutionTemplateVersionId": order.version.id.text,
            "revision": number,
            "targetDisplayName": order.target.properties["displayName"],
            "configuration": dump(values),
            "targetLevelConfiguration": dump(_target_values(store, order)),
            "specification": _specification(order, values),
            "reviewId": str(uuid.uuid4()),
            "solutionInstanceName": order.instance_name,
            "solutionDependencies": shown_parents(parents),
        },
    }
    system = {"values": order.values, "puts": [_puts(order, values, parent) for parent in parents]}
    version = Resource(id=solution.id.child("versions", name), body=body, system=system)
    revisions = {**solution.system.get("revisions", {}), _series(order): number}
    store.put(solution.with_system(revisions=revisions))
    state = "UpgradeInReview" if store.get(instance_id(version)) else "InReview"
    return moved(store, version, state, "Configuration", DONE)


def resolved(store: Store, order: Order) -> dict[str, Any]:
    """Return the configuration for the target, with what others put into it.

    Raise 400 with every key that does not resolve.
    """
    nodes = lineage(store, order.target)
    template = solution_template(store, nodes[0], order.version, order.values)
    result = resolve(template, target_library(store, order.version.id, nodes), _as_seen(order.target))
    if result.problems:
        raise _unresolved(order, ((problem.key, problem.message) for problem in result.problems))
    kept = order.entries
    entries = injected(store, order.solution_id, order.instance_name) if kept is None else kept
    return with_entries(result.values, entries, order.version)


def _reviewed_parent(store: Store, order: Order, values: Body, parent: Parent) -> Parent:
    """Return *parent* with a revision; raise 400 when it cannot take what the ordered child puts into it."""
    fresh = entries_for(order.instance_id, order.version, values, parent)
    held = injected(store, parent.solution_id, parent.instance_id.name)
    resolved(store, replace(order_of_parent(parent), entries=tuple(replaced(held, order.instance_id, fresh))))
    if parent.revision is not None:
        return parent
    return parent_of_revision(store, review(store, order_of_parent(parent)))


def _puts(order: Order, values: Body, parent: Parent) -> Body:
    """Return what the ordered child puts into *parent*, as is kept with its solution version."""
    entries = [vars(each) for each in entries_for(order.instance_id, order.version, values, parent)]
    return {"parent": parent.instance_id.key, "pinned": is_pinned(order.version, parent), "entries": entries}


def show_solution(store: Store, solution: Resource) -> Body:
    """Return which versions of its template a solution could be reviewed from."""
    template = store.get(str(solution.properties["solutionTemplateId"]))
    target = store.get(solution.id.parent) if solution.id.parent else None
    if template is None or target is None:
        return {"properties": {"availableSolutionTemplateVersions": []}}
    revisions = solution.system.get("revisions", {})
    available = []
    for version in store.children(template.id, SOLUTION_TEMPLATE_VERSIONS):
        held = values_at(store, Node(target), version)
        entry = {
            "solutionTemplateVersion": version.name,
            "latestConfigRevision": str(revisions.get(version.name, 0)),
            "isConfigured": held is not None and is_configured(store, version, held),
        }
        available.append(entry)
    return {"properties": {"availableSolutionTemplateVersions": available}}


def _series(order: Order) -> str:
    """Return a solution version's name up to its revision."""
    return f"{order.instance}-{order.version.name}" if order.instance else order.version.name


def _solution(store: Store, order: Order) -> Resource:
    """Return the target's solution of the template, a new one if there is none."""
    properties = {"solutionTemplateId": order.template.id.text, "displayName": order.template.name}
    body = {"extendedLocation": order.target.body["extendedLocation"], "properties": properties}
    return store.get(order.solution_id) or Resource(id=order.solution_id, body=body)


def _specification(order: Order, values: dict[str, Any]) -> Body:
    """Return the template's specification with its expressions worked out and the values in every component."""
    try:
        specification = resolve_specification(order.version.properties["specification"], values, _as_seen(order.target))
    except LanguageError as error:
        raise _unresolved(order, [("specification", str(error))]) from error
    components = [
        {**component, "properties": {**component.get("properties", {}), "values": values}}
        for component in specification["components"]
    ]
    return {**specification, "components": components}


def _target_values(store: Store, order: Order) -> dict[str, Any]:
    held = values_at(store, Node(order.target), order.version)
    return load_mapping(str(held.properties["values"])) if held else {}


def _check_specification(version: Resource) -> None:
    """Raise 400 unless the components are ones that a target can run."""
    components = version.properties["specification"].get("components")
    if not isinstance(components, list) or not components:
        raise bad_request("InvalidSpecification", f"The specification of '{label(version)}' has no components.")
    for component in components:
        if not isinstance(component, Mapping) or not component.get("name") or component.get("type") != "helm.v3":
            message = (
                f"A component of '{label(version)}' lacks a name or is not of type helm.v3, which alone targets run."
            )
            raise bad_request("InvalidSpecification", message)
        if not isinstance(component.get("properties", {}), Mapping):
            message = f"The properties of component '{component['name']}' of '{label(version)}' are no object."
            raise bad_request("InvalidSpecification", message)


def _check_values(order: Order) -> None:
    try:
        load_mapping(order.values)
    except TextError as error:
        raise bad_request("InvalidConfigurationValues", f"solutionConfiguration: {error}.") from error


def _as_seen(target: Resource) -> Body:
    return envelope(target.id, TARGETS) | target.body


def _unresolved(order: Order, problems: Iterable[tuple[str, str]]) -> ArmError:
    details = [{"code": "ConfigurationError", "target": key, "message": message} for key, message in problems]
    listing = "; ".join(f"{each['target']}: {each['message']}" for each in details)
    message = (
        f"The configuration of '{label(order.version)}' does not resolve for target '{order.target.name}': {listing}."
    )
    return ArmError(400, "ConfigurationResolutionFailed", message, details=details)


def solution_version(store: Store, target: Resource, id_: str) -> Resource:
    """Return the target's solution version with this id; raise 404 when there is none."""
    found = store.get(parse_id(id_))
    if found is None or found.type.lower() != SOLUTION_VERSIONS.lower() or not found.id.within(target.id):
        raise ArmError(404, "SolutionVersionNotFound", f"Target '{target.name}' has no solution version '{id_}'.")
    return found


def called_version(store: Store, call: Call) -> Resource:
    """Return the solution version that a call names; raise 404 when its target has none of that id."""
    target = store.get(call.id)
    if target is None:
        raise not_found("ResourceNotFound", f"The target '{call.id}' is gone.")
    return solution_version(store, target, str(call.body["solutionVersionId"]))
