"""PUT, PATCH, DELETE and POST actions, at once or as long-running operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orchestration.sandbox.arm.catalogue import Catalogue, check_scope, check_version, resource_not_found
from orchestration.sandbox.arm.errors import ArmError, bad_request, conflict, not_found
from orchestration.sandbox.arm.exchange import Question
from orchestration.sandbox.arm.ids import RESOURCE_GROUPS, ResourceId, parse_id
from orchestration.sandbox.arm.operations import Operation, Operations
from orchestration.sandbox.arm.reads import Reads
from orchestration.sandbox.arm.registry import Action, Body, Call, Failure, Pause, Request, Resource, ResourceType
from orchestration.sandbox.arm.resource import SUCCEEDED
from orchestration.sandbox.arm.schema import IGNORED, check_action, check_body, check_name
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.view import envelope

DELETING = "deleting"
"""Where a resource that is being deleted keeps the name of the operation, among what the service keeps."""


@dataclass(frozen=True)
class Outcome:
    """What a write did: the answer's status and body, and the operation that goes on, if one does."""

    status: int
    body: Body | None = None
    operation: Operation | None = None
    etag: str = ""


class Writes:
    """Changes the store as clients ask."""

    def __init__(self, store: Store, catalogue: Catalogue, reads: Reads, *, lro_seconds: float) -> None:
        self.store, self.catalogue, self.reads = store, catalogue, reads
        self.operations = Operations(store, self._carry, seconds=lro_seconds)

    def put(self, id_: ResourceId, question: Question) -> Outcome:
        """Create or replace a resource."""
        type_ = self._writable(id_, question)
        check_name(self.catalogue.schema(type_), id_.name)
        check_scope(self.store, id_, type_, parents=True)
        self._check_stays(id_)
        present = self.store.get(id_)
        _check_match(present, question)
        return self._keep(id_, type_, present, question, question.json())

    def patch(self, id_: ResourceId, question: Question) -> Outcome:
        """Merge a body into a resource that exists."""
        type_ = self._writable(id_, question)
        present = self.store.get(id_)
        if present is None:
            check_scope(self.store, id_, type_, parents=False)
            raise resource_not_found(id_)
        self._check_stays(id_)
        _check_match(present, question)
        patch = question.json()
        if not type_.patch:
            raise ArmError(405, "MethodNotAllowed", f"A '{type_.type}' does not take PATCH: PUT the whole of it.")
        if not isinstance(patch, dict):
            raise bad_request("InvalidRequestContent", "The request content must be a JSON object.")
        return self._keep(id_, type_, present, question, _merge_patch(present.body, patch))

    def delete(self, id_: ResourceId, question: Question) -> Outcome:
        """Delete a resource and everything on it; one that is not there is 204."""
        type_ = self._writable(id_, question)
        check_scope(self.store, id_, type_, parents=False)
        present = self.store.get(id_)
        _check_match(present, question)
        if present is None:
            return Outcome(204)
        if running := self.operations.get(present.system.get(DELETING, "")):
            return Outcome(202, operation=running)
        if type_.check_delete:
            type_.check_delete(self.store, self._request(present.id, question, present))
        if "DELETE" not in type_.lro:
            self._remove(present.id)
            return Outcome(200)
        operation = self.operations.start("delete", present.id)
        going = present.with_system(**{DELETING: operation.name})
        self.store.put(Resource(**{**vars(going), "state": type_.busy[2]}))
        return Outcome(202, operation=operation)

    def post(self, id_: ResourceId, name: str, question: Question) -> Outcome:
        """Run an action of a resource."""
        type_ = self.catalogue.find(id_.type)
        check_version(type_, question.query["api-version"], write=False)
        action = next((each for key, each in type_.actions.items() if key.lower() == name.lower()), None)
        if action is None:
            raise not_found("InvalidResourceType", f"The type '{type_.type}' has no action '{name}'.")
        check_scope(self.store, id_, type_, parents=False)
        present = self.store.get(id_)
        if present is None:
            raise resource_not_found(id_)
        self._check_stays(id_)
        body = question.json()
        check_action(self.catalogue.schema(type_), name, body)
        return self._run(action, Call(id=present.id, action=name, body=body, data={}))

    def _run(self, action: Action, call: Call) -> Outcome:
        result = action.steps[0](self.store, call)
        if action.lro:
            values = {"action": call.action, "body": call.body, "data": call.data, "result": result}
            return Outcome(202, operation=self.operations.start("action", call.id, **values))
        for step in action.steps[1:]:
            result = step(self.store, call)
        return Outcome(204 if result is None else 200, result)

    def _keep(
        self, id_: ResourceId, type_: ResourceType, present: Resource | None, question: Question, sent: Any
    ) -> Outcome:
        shown = self.reads.show(present) if present else None
        identity = {key: str(value) for key, value in envelope(id_, type_.type).items()}
        body = check_body(self.catalogue.schema(type_), sent, shown, identity)
        body.get("properties", {}).pop("provisioningState", None)
        _check_location(present, body)
        kept_id = present.id if present else _canonical(id_, type_)
        if type_.check:
            type_.check(self.store, self._request(kept_id, question, present, body))
        long = question.method in type_.lro
        state = type_.busy[1 if present else 0] if long else SUCCEEDED
        system = dict(present.system) if present else {}
        if question.method == "PUT":
            system.pop("seeded", None)
        operation = self.operations.start("put", kept_id) if long else None
        if operation:
            system["operation"] = operation.name
        made = Resource(id=kept_id, body=body, system=system, state=state, created=present.created if present else 0.0)
        made = self.store.put(made, by_client=True)
        if type_.on_put:
            type_.on_put(self.store, made)
        made = self.store.get(kept_id) or made
        return Outcome(200 if present else 201, self.reads.show(made), operation, made.etag)

    def _carry(self, operation: Operation) -> Operation:
        """Do the next step of *operation* and return it as it then is."""
        id_ = parse_id(operation.resource)
        if operation.kind == "delete":
            self._remove(id_)
            return self.operations.ended(operation)
        if operation.kind == "put":
            present = self.store.get(id_)
            if present is not None and present.system.get("operation") == operation.name:
                self.store.put(Resource(**{**vars(present), "state": SUCCEEDED}))
            return self.operations.ended(operation)
        return self._carry_action(id_, operation)

    def _carry_action(self, id_: ResourceId, operation: Operation) -> Operation:
        actions = self.catalogue.find(id_.type).actions
        steps = next(each for key, each in actions.items() if key.lower() == operation.action.lower()).steps
        if operation.step >= len(steps):
            return self.operations.ended(operation, operation.result)
        call = Call(id=id_, action=operation.action, body=operation.body, data=operation.data)
        try:
            result = steps[operation.step](self.store, call)
        except Pause as pause:
            return self.operations.waiting(operation, call.data, pause.seconds)
        except Failure as failure:
            return self.operations.failed(operation, failure.error)
        if operation.step + 1 == len(steps):
            return self.operations.ended(operation, result)
        return self.operations.going_on(operation, call.data)

    def _check_stays(self, id_: ResourceId) -> None:
        """Raise 409 while the resource, or what it lies on, is being deleted: it would be gone a moment later."""
        place: ResourceId | None = id_
        while place is not None:
            found = self.store.get(place)
            if found is not None and DELETING in found.system:
                code = "ResourceGroupBeingDeleted" if found.type == RESOURCE_GROUPS else "ResourceBeingDeleted"
                raise conflict(code, f"'{found.id}' is being deleted: wait until it is gone.")
            place = place.parent

    def _remove(self, id_: ResourceId) -> None:
        for gone in self.store.delete(id_):
            known = self.catalogue.types.get(gone.type.lower())
            if known is not None and known.on_delete:
                known.on_delete(self.store, gone)

    def _writable(self, id_: ResourceId, question: Question) -> ResourceType:
        type_ = self.catalogue.find(id_.type)
        check_version(type_, question.query["api-version"], write=True)
        if not type_.writable:
            message = f"The resource type '{type_.type}' does not take {question.method}: the service makes these."
            raise ArmError(405, "MethodNotAllowed", message)
        return type_

    def _request(
        self, id_: ResourceId, question: Question, present: Resource | None, body: Body | None = None
    ) -> Request:
        version = question.query["api-version"]
        return Request(
            id=id_,
            method=question.method,
            api_version=version,
            body=body or {},
            present=present,
            query=question.query,
        )


def _canonical(id_: ResourceId, type_: ResourceType) -> ResourceId:
    """Return *id_* with its type as the provider writes it; names keep the case they came in."""
    return ResourceId(id_.parent, type_.type, id_.name)


def _check_match(present: Resource | None, question: Question) -> None:
    """Raise 412 unless the request's If-Match and If-None-Match hold."""
    wanted, unwanted = question.headers.get("if-match"), question.headers.get("if-none-match")
    etag = present.etag if present else None
    if wanted is not None and (etag is None or wanted not in ("*", etag)):
        raise ArmError(412, "PreconditionFailed", f"If-Match is {wanted}, the resource's ETag is {etag}.")
    if unwanted is not None and etag is not None and unwanted in ("*", etag):
        raise ArmError(412, "PreconditionFailed", f"If-None-Match is {unwanted}, the resource's ETag is {etag}.")


def _check_location(present: Resource | None, body: Body) -> None:
    of_group = present is not None and present.type == RESOURCE_GROUPS
    before, now = (str(each.get("location", "")) for each in (present.body if present else {}, body))
    if present and _plain(before) != _plain(now):
        message = f"The resource already exists in location '{before}'; it cannot be put in '{now}': delete it first."
        raise conflict("InvalidResourceGroupLocation" if of_group else "InvalidResourceLocation", message)


def _plain(location: str) -> str:
    return location.replace(" ", "").lower()


def _merge_patch(below: Body, patch: Body) -> Body:
    """Return *below* as RFC 7396 merges *patch* into it."""
    found = dict(below)
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        elif key not in IGNORED:
            inner = found.get(key)
            nested = isinstance(value, dict)
            found[key] = _merge_patch(inner if isinstance(inner, dict) else {}, value) if nested else value
    return found
