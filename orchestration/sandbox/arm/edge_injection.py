"""What becomes of the solutions that another depends on when that is published or uninstalled.

Each gets a new revision with, or without, what the child puts into its configuration, which is installed at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from orchestration.sandbox.arm.edge_dependencies import (
    Entry,
    Parent,
    injected,
    keep_injected,
    known_parents,
    parent_of_revision,
    replaced,
)
from orchestration.sandbox.arm.edge_install import busy_version, install_begins, install_ends, install_waits
from orchestration.sandbox.arm.edge_records import DONE, instance_id, moved, ready_state
from orchestration.sandbox.arm.edge_review import Order, order_of_parent, resolved, review
from orchestration.sandbox.arm.registry import ArmError, Body, Call, Pause, Resource, ResourceId, bad_request
from orchestration.sandbox.arm.store import Store

_LOOK_AGAIN = 0.05
"""Seconds after which it is looked again whether another action on a parent is over."""

Renewals = dict[str, tuple[Parent, list[Entry]]]
"""Parents by their instances, each with what it gets put into it."""


def renew_parents(store: Store, call: Call, children: Sequence[Resource]) -> ArmError | None:
    """Put what *children* have for their parents into these; return why that is not possible, if it is not.

    Raise `Pause` while the parents are being installed: what has begun is kept in the call.
    """
    return _renew(store, call, lambda: _of_published(store, children))


def withdraw_from_parents(store: Store, call: Call, child: Resource) -> ArmError | None:
    """Take what an uninstalled *child* had put into its parents out of these; as `renew_parents` otherwise."""
    error = _renew(store, call, lambda: _take_out(store, {}, child, known_parents(store, child)))
    return error or failed_parent(store, with_renewed(store, child))


def with_renewed(store: Store, child: Resource) -> Resource:
    """Return *child* naming the newest revisions of what it depends on."""
    items = [_newest(store, each) for each in child.properties["solutionDependencies"]]
    return child.with_properties(solutionDependencies=items)


def failed_parent(store: Store, child: Resource) -> ArmError | None:
    """Return why a solution that *child* depends on does not run, None when all do."""
    for each in child.properties["solutionDependencies"]:
        parent = store.get(str(each["solutionVersionId"]))
        if parent is None or parent.properties["state"] != "Failed":
            continue
        reason = parent.properties["errorDetails"]["message"]
        target = str(each["targetId"]).rpartition("/")[2]
        message = f"'{parent.name}' on target '{target}', which '{child.name}' depends on, failed: {reason}"
        return bad_request("SolutionDependencyFailed", message, target=parent.id.text)
    return None


def _renew(store: Store, call: Call, wanted: Callable[[], Renewals]) -> ArmError | None:
    if "renewed" not in call.data:
        try:
            renewals = wanted()
            if any(busy_version(store, parent.instance_id) for parent, _ in renewals.values()):
                raise Pause(_LOOK_AGAIN)
            call.data["renewed"] = _begin(store, renewals)
        except ArmError as error:
            return error
    versions = [found for each in call.data["renewed"] if (found := store.get(str(each))) is not None]
    if seconds := max((install_waits(store, each) for each in versions), default=0.0):
        raise Pause(seconds)
    for each in versions:
        install_ends(store, each)
    return None


def _of_published(store: Store, children: Iterable[Resource]) -> Renewals:
    """Return the parents of *children* with what these put into them, and those that they put nothing into any more."""
    found: Renewals = {}
    for child in children:
        parents = known_parents(store, child, strict=True)
        for parent in parents:
            kept: list[Body] = child.system.get("puts", [])
            puts = next((each for each in kept if each["parent"] == parent.instance_id.key), {})
            fresh = [Entry(**row) for row in puts.get("entries", ())]
            if fresh or store.get(parent.instance_id) is None:
                current = parent if puts.get("pinned") else _as_running(store, parent)
                _add(store, found, current, instance_id(child), fresh)
        named = {parent.instance_id for parent in parents}
        running = _running(store, instance_id(child))
        former = known_parents(store, running) if running is not None else ()
        _take_out(store, found, child, [parent for parent in former if parent.instance_id not in named])
    return found


def _take_out(store: Store, found: Renewals, child: Resource, parents: Iterable[Parent]) -> Renewals:
    """Return *found* with those of *parents* that hold something of *child*, without it."""
    for parent in parents:
        held = injected(store, parent.solution_id, parent.instance_id.name)
        if any(each.by.lower() == instance_id(child).key for each in held):
            _add(store, found, _as_running(store, parent), instance_id(child), [])
    return found


def _add(store: Store, found: Renewals, parent: Parent, child: ResourceId, fresh: Sequence[Entry]) -> None:
    key = parent.instance_id.key
    entries = found[key][1] if key in found else injected(store, parent.solution_id, parent.instance_id.name)
    found[key] = (parent, replaced(entries, child, fresh))


def _begin(store: Store, renewals: Renewals) -> list[str]:
    """Make a new revision of each and begin to install it; return their ids, the ones that others need first."""
    orders = [_order(parent, entries) for parent, entries in renewals.values()]
    for order in orders:
        resolved(store, order)  # nothing is stored until all of them can be
    made = []
    for order in orders:
        if (solution := store.get(order.solution_id)) is not None:
            keep_injected(store, solution, order.instance_name, order.entries or ())
        made.append(review(store, order))
    above = _begin(store, _of_published(store, made)) if made else []
    for version in made:
        install_begins(store, moved(store, with_renewed(store, version), ready_state(store, version), "Publish", DONE))
    return [*above, *(version.id.text for version in made)]


def _order(parent: Parent, entries: Sequence[Entry]) -> Order:
    return replace(order_of_parent(parent), entries=tuple(entries))


def _as_running(store: Store, parent: Parent) -> Parent:
    """Return *parent* as it runs: it may have been upgraded since it was named."""
    running = _running(store, parent.instance_id)
    return parent_of_revision(store, running) if running is not None else parent


def _running(store: Store, instance: ResourceId) -> Resource | None:
    found = store.get(instance)
    return store.get(str(found.properties["solutionVersionId"])) if found else None


def _newest(store: Store, item: Body) -> Body:
    """Return one of a version's solutionDependencies with the revision that runs now."""
    named = store.get(str(item["solutionVersionId"]))
    running = _running(store, instance_id(named)) if named is not None else None
    if running is None:
        return item
    known = {"solutionVersionId": running.id.text, "dependencies": running.properties["solutionDependencies"]}
    return {**item, **known, "solutionTemplateVersionId": running.properties["solutionTemplateVersionId"]}
