"""GET: one resource, or a list of them in pages."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestration.sandbox.arm.catalogue import Catalogue, check_exists, check_scope, check_version, resource_not_found
from orchestration.sandbox.arm.errors import bad_request
from orchestration.sandbox.arm.exchange import Answer, Question
from orchestration.sandbox.arm.ids import RESOURCE_GROUPS, SUBSCRIPTIONS, ResourceId
from orchestration.sandbox.arm.registry import Body, Resource
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.view import envelope, merged, view

PAGE = 100
_FILTER = re.compile(r"(resourceType|tagName|tagValue)\s+eq\s+'([^']*)'", re.IGNORECASE)


@dataclass(frozen=True)
class Reads:
    """Answers GETs from a store."""

    store: Store
    catalogue: Catalogue

    def show(self, resource: Resource) -> Body:
        """Return *resource* as a GET answers it."""
        type_ = self.catalogue.find(resource.type)
        return view(self.store, type_, self.catalogue.schema(type_), resource)

    def one(self, id_: ResourceId, question: Question) -> Answer:
        """Return one resource; raise 404 if it does not exist."""
        type_ = self.catalogue.find(id_.type)
        check_version(type_, question.query["api-version"], write=False)
        check_scope(self.store, id_, type_, parents=False)
        found = self.store.get(id_)
        if found is not None:
            return Answer(body=self.show(found), headers={"ETag": found.etag})
        computed = type_.compute(self.store, id_) if type_.compute else None
        if computed is None:
            raise resource_not_found(id_)
        return Answer(body=merged(envelope(id_, type_.type), computed))

    def collection(self, scope: ResourceId | None, type_name: str, question: Question) -> Answer:
        """Return the resources of one type in a tenant, subscription or group, or on a resource."""
        type_ = self.catalogue.find(type_name)
        check_version(type_, question.query["api-version"], write=False)
        if scope is not None:
            check_exists(self.store, scope)
        if scope is None or scope.type != SUBSCRIPTIONS:
            return self.page(self.store.children(scope, type_.type), question)
        return self.page([each for each in self.store.list(type_.type, scope) if _is_listed(each.id, scope)], question)

    def tracked(self, scope: ResourceId, question: Question) -> Answer:
        """Return what `SCOPE/resources` lists: resources with a location, as the filter has them."""
        check_exists(self.store, scope)
        wanted = _filter(question.query.get("$filter", ""))
        found = [each for each in self.store.all() if each.id.within(scope) and self._is_tracked(each)]
        return self.page([each for each in found if _matches(each, wanted)], question)

    def page(self, found: Sequence[Resource], question: Question) -> Answer:
        """Return one page of *found*, with the address of the next."""
        after = _decoded(question.query.get("$skiptoken", ""))
        rest = [each for each in found if each.id.key > after]
        size = _size(question.query.get("$top", str(PAGE)))
        body: Body = {"value": [self.show(each) for each in rest[:size]]}
        if len(rest) > size:
            body["nextLink"] = question.url(question.path, **_next_query(question, rest[size - 1].id.key))
        return Answer(body=body)

    def _is_tracked(self, resource: Resource) -> bool:
        known = self.catalogue.types.get(resource.type.lower())
        return known is not None and known.tracked and resource.type != RESOURCE_GROUPS


def _is_listed(id_: ResourceId, subscription: ResourceId) -> bool:
    """Return whether a subscription's list has the resource: what lies on it or in its groups, not on a resource."""
    parent = id_.parent
    return parent is not None and (parent == subscription or parent.type == RESOURCE_GROUPS)


def _filter(text: str) -> dict[str, str]:
    rest = re.sub(r"\s+and\s+", "", _FILTER.sub("", text), flags=re.IGNORECASE).strip()
    if rest:
        message = f"'{text}' is not understood: compare resourceType, tagName and tagValue by eq, joined by and."
        raise bad_request("InvalidFilterInQueryString", message)
    return {key.lower(): value for key, value in _FILTER.findall(text)}


def _matches(resource: Resource, wanted: dict[str, str]) -> bool:
    tags: dict[str, Any] = resource.body.get("tags") or {}
    if wanted.get("resourcetype", resource.type).lower() != resource.type.lower():
        return False
    name = wanted.get("tagname")
    return name is None or (name in tags and wanted.get("tagvalue", tags[name]) == tags[name])


def _size(text: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text) or not 0 < int(text) <= 1000:
        raise bad_request("InvalidTopInQueryString", f"'$top' is '{text}': it must be a number from 1 to 1000.")
    return int(text)


def _decoded(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise bad_request("InvalidSkipToken", f"'{token}' is not a skip token of this service.") from error


def _next_query(question: Question, last: str) -> dict[str, str]:
    return {**question.query, "$skiptoken": base64.urlsafe_b64encode(last.encode()).decode()}
