"""The older way to versions: the actions createVersion and removeVersion of schemas and templates."""

from __future__ import annotations

from collections.abc import Callable

from orchestration.sandbox.arm.edge_templates import latest_version, version_key
from orchestration.sandbox.arm.registry import Action, Body, Call, Request, Resource, bad_request, not_found
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.view import envelope

_API_VERSION = "2026-03-01"
_BUMPS = ("major", "minor", "patch")

Check = Callable[[Store, Request], None]


def version_actions(key: str, check: Check, *, removes_at_once: bool) -> dict[str, Action]:
    """Return the two actions of a type whose calls carry a version under *key*, checked as a PUT of it is."""

    def create(store: Store, call: Call) -> Body | None:
        id_ = call.id.child("versions", _wanted(store, call))
        body = {"properties": call.body[key]["properties"]}
        present = store.get(id_)
        check(store, Request(id=id_, method="PUT", api_version=_API_VERSION, body=body, present=present))
        call.data["version"] = id_.text
        if present is None:
            store.put(Resource(id=id_, body=body))
        return None

    def created(store: Store, call: Call) -> Body | None:
        version = store.get(str(call.data["version"]))
        if version is None:
            raise not_found("ResourceNotFound", f"'{call.data['version']}' is gone.")
        return envelope(version.id, version.type) | version.body

    removing = (_remove,) if removes_at_once else (_remove, _removed)
    return {
        "createVersion": Action(steps=(create, created)),
        "removeVersion": Action(steps=removing, lro=not removes_at_once),
    }


def _wanted(store: Store, call: Call) -> str:
    """Return the version to make: as given, or the latest one counted up."""
    if "version" in call.body:
        return str(call.body["version"])
    bump = str(call.body.get("updateType", "")).lower()
    if bump not in _BUMPS:
        message = f"'{call.action}' needs a version, or an updateType: Major, Minor or Patch."
        raise bad_request("InvalidRequestContent", message)
    parts = list(version_key(latest_version(store, call.id) or "0.0.0"))
    place = _BUMPS.index(bump)
    return ".".join(str(part) for part in (*parts[:place], parts[place] + 1, *[0] * (2 - place)))


def _remove(store: Store, call: Call) -> Body | None:
    id_ = call.id.child("versions", str(call.body["version"]))
    if store.get(id_) is None:
        raise not_found("ResourceNotFound", f"'{call.id.name}' has no version '{call.body['version']}'.")
    store.delete(id_)
    return {"status": "Succeeded"}


def _removed(store: Store, call: Call) -> Body | None:
    return None
