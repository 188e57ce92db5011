"""Azure Resource Manager's addresses: what a request is about, and who answers it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestration.sandbox.arm.catalogue import Catalogue, check_exists
from orchestration.sandbox.arm.errors import ArmError, bad_request, not_found
from orchestration.sandbox.arm.exchange import Answer, Question, error_answer
from orchestration.sandbox.arm.ids import RESOURCE_GROUPS, SUBSCRIPTIONS, ResourceId, split_id
from orchestration.sandbox.arm.operations import FAILED, Operation
from orchestration.sandbox.arm.reads import Reads
from orchestration.sandbox.arm.registrations import Registrations
from orchestration.sandbox.arm.registry import ResourceType
from orchestration.sandbox.arm.resourcegraph import query_resources
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.writes import Outcome, Writes

_OPERATION = re.compile(r"/providers/[^/]+/locations/[^/]+/(operationStatuses|operationResults)/([^/]+)$", re.I)

PERMISSIONS = ("providers", "microsoft.authorization", "permissions")
EVERYTHING = {"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}
"""What the caller may do: who has the token may do all.

https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group
"""


class Arm:
    """Answers requests about the resources of one store."""

    def __init__(self, store: Store, types: Sequence[ResourceType], *, lro_seconds: float) -> None:
        self.store = store
        self.catalogue = Catalogue(types)
        self.reads = Reads(store, self.catalogue)
        self.writes = Writes(store, self.catalogue, self.reads, lro_seconds=lro_seconds)
        self.registrations = Registrations(store, self.catalogue)
        self.lro_seconds = lro_seconds

    def answer(self, question: Question) -> Answer:
        """Return the answer to one request; errors are answers too."""
        try:
            self.writes.operations.settle()
            with self.store.transaction():
                return self._route(question)
        except ArmError as error:
            return error_answer(error)

    def _route(self, question: Question) -> Answer:
        if not question.query.get("api-version"):
            message = "The api-version query parameter (?api-version=) is required for all requests."
            raise bad_request("MissingApiVersionParameter", message)
        if match := _OPERATION.search(question.path):
            return self._operation(match[2], question, results=match[1].lower() == "operationresults")
        found, rest = split_id(question.path)
        if found is not None and not rest:
            return self._resource(found, question)
        return self._collection(found, rest, question)

    def _resource(self, id_: ResourceId, question: Question) -> Answer:
        if question.method == "GET":
            return self.reads.one(id_, question)
        verbs = {"PUT": self.writes.put, "PATCH": self.writes.patch, "DELETE": self.writes.delete}
        if question.method not in verbs:
            raise ArmError(405, "MethodNotAllowed", f"{question.method} is not allowed at '{question.path}'.")
        if question.method == "PUT":
            self.registrations.check(id_)
        return self._written(verbs[question.method](id_, question), question)

    def _collection(self, scope: ResourceId | None, rest: tuple[str, ...], question: Question) -> Answer:
        names = tuple(each.lower() for each in rest)
        if names[:1] == ("providers",) and (len(names) != 3 or names[2] == "register"):
            return self.registrations.answer(scope, rest[1:], question)
        if question.method == "POST":
            return self._post(scope, rest, question)
        if question.method != "GET":
            raise ArmError(405, "MethodNotAllowed", f"{question.method} is not allowed at '{question.path}'.")
        if names == PERMISSIONS and scope is not None:
            check_exists(self.store, scope)
            return Answer(body={"value": [EVERYTHING]})
        if names == ("subscriptions",):
            return self.reads.page(self.store.list(SUBSCRIPTIONS), question)
        if names == ("resourcegroups",):
            return self.reads.collection(scope, RESOURCE_GROUPS, question)
        if names == ("resources",) and scope is not None:
            return self.reads.tracked(scope, question)
        if len(rest) == 3:
            return self.reads.collection(scope, f"{rest[1]}/{rest[2]}", question)
        if len(rest) == 1 and scope is not None:
            return self.reads.collection(scope, f"{scope.type}/{rest[0]}", question)
        raise not_found("NotFound", f"There is nothing at '{question.path}'.")

    def _post(self, scope: ResourceId | None, rest: tuple[str, ...], question: Question) -> Answer:
        if tuple(each.lower() for each in rest) == ("providers", "microsoft.resourcegraph", "resources"):
            return query_resources(self.reads, question)
        if scope is None or len(rest) != 1:
            raise not_found("InvalidResourceType", f"There is no action at '{question.path}'.")
        return self._written(self.writes.post(scope, rest[0], question), question)

    def _written(self, outcome: Outcome, question: Question) -> Answer:
        headers = {"ETag": outcome.etag} if outcome.etag else {}
        if outcome.operation:
            headers |= self._follow(outcome.operation, question)
        return Answer(status=outcome.status, body=outcome.body, headers=headers)

    def _follow(self, operation: Operation, question: Question) -> dict[str, str]:
        """Return the headers that say where *operation* can be followed: a DELETE by Location alone."""
        found = {"Retry-After-Ms": str(max(1, round(self.lro_seconds * 1000)))}
        if operation.kind != "delete":
            found["Azure-AsyncOperation"] = _address(operation, question, "operationStatuses")
        if operation.kind != "put":
            found["Location"] = _address(operation, question, "operationResults")
        return found

    def _operation(self, name: str, question: Question, *, results: bool) -> Answer:
        operation = self.writes.operations.get(name)
        if operation is None or question.method != "GET":
            raise not_found("NotFound", f"There is no operation '{name}'.")
        if operation.is_running:
            return Answer(status=202, body=operation.answer(), headers=self._follow(operation, question))
        if not results:
            return Answer(body=operation.answer())
        if operation.status == FAILED:
            return Answer(status=400, body={"error": operation.error})
        return Answer(status=204 if operation.result is None else 200, body=operation.result)


def _address(operation: Operation, question: Question, kind: str) -> str:
    found, _ = split_id(operation.resource)
    subscription = f"/subscriptions/{found.subscription}" if found and found.subscription else ""
    path = f"{subscription}/providers/{operation.namespace}/locations/global/{kind}/{operation.name}"
    return question.url(path, **{"api-version": question.query["api-version"]})
