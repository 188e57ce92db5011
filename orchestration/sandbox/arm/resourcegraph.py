"""Microsoft.ResourceGraph: rows of the resources in the store, by the query language's part in `kql`."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

from orchestration.sandbox.arm.errors import bad_request
from orchestration.sandbox.arm.exchange import Answer, Question
from orchestration.sandbox.arm.kql import Query, Row, parse
from orchestration.sandbox.arm.reads import Reads
from orchestration.sandbox.arm.registry import Resource

VERSIONS = ("2021-03-01", "2022-10-01", "2024-04-01")
PAGE = 1000
QUOTA = {"x-ms-user-quota-remaining": "15", "x-ms-user-quota-resets-after": "00:00:05"}


def query_resources(reads: Reads, question: Question) -> Answer:
    """Return one page of what a query finds; raise 400 for a query, version or option that is not understood."""
    if question.query["api-version"] not in VERSIONS:
        message = f"Microsoft.ResourceGraph is served at {', '.join(VERSIONS)}."
        raise bad_request("NoRegisteredProviderFound", message)
    body = question.json()
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        raise bad_request("BadRequest", "The request needs a query.")
    options, subscriptions = body.get("options") or {}, body.get("subscriptions") or []
    if not isinstance(options, dict) or not isinstance(subscriptions, list):
        raise bad_request("BadRequest", "options is an object, subscriptions a list.")
    if options.get("resultFormat", "objectArray") != "objectArray":
        raise bad_request("BadRequest", "options.resultFormat: the sandbox answers with objectArray only.")
    size, start = _size(options.get("$top", PAGE)), _start(options.get("$skipToken"))
    query = parse(body["query"])
    found = query.run(_rows(reads, query, {str(each).lower() for each in subscriptions}))
    return Answer(body=_page(found, start, size), headers=QUOTA)


def _page(found: list[Row], start: int, size: int) -> dict[str, Any]:
    rows = found[start : start + size]
    more = start + size < len(found)
    page: dict[str, Any] = {
        "totalRecords": len(found),
        "count": len(rows),
        "data": [dict(each) for each in rows],
        "facets": [],
        "resultTruncated": "true" if more and "id" not in rows[0] else "false",
    }
    # Azure, too, can only go on where rows can be told apart by their ID.
    if more and "id" in rows[0]:
        page["$skipToken"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return page


def _rows(reads: Reads, query: Query, subscriptions: Collection[str]) -> list[Row]:
    tables = {each.type.lower() for each in reads.catalogue.types.values() if each.table in query.tables}
    found = [each for each in reads.store.all() if each.type.lower() in tables]
    return [_Row(reads, each) for each in found if not subscriptions or each.id.subscription.lower() in subscriptions]


class _Row(Mapping[str, Any]):
    """A resource as Resource Graph has it; what costs time to work out is worked out when it is asked for."""

    def __init__(self, reads: Reads, resource: Resource) -> None:
        self._reads, self._resource = reads, resource
        self._known = {
            "id": resource.id.text,
            "name": resource.name,
            "type": resource.type.lower(),
            "resourceGroup": resource.id.resource_group.lower(),
            "subscriptionId": resource.id.subscription,
            "tenantId": reads.store.tenant,
        }

    @cached_property
    def _all(self) -> dict[str, Any]:
        return {**self._reads.show(self._resource), **self._known}

    def __getitem__(self, key: str) -> Any:
        return self._known[key] if key in self._known else self._all[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


def _size(value: Any) -> int:
    if type(value) is not int or not 0 < value <= PAGE:
        raise bad_request("BadRequest", f"options.$top is {value!r}: it must be a number from 1 to {PAGE}.")
    return value


def _start(token: Any) -> int:
    if token is None:
        return 0
    try:
        start = int(base64.b64decode(str(token), altchars=b"-_", validate=True))
    except ValueError:
        start = -1
    if start < 0:
        raise bad_request("BadRequest", "options.$skipToken is not one of this service.")
    return start
