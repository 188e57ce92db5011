"""The sandbox's own addresses, `/sandbox/…`: what no cloud would offer."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from orchestration.sandbox.arm.app import Arm
from orchestration.sandbox.arm.edge_bulk import limit_targets
from orchestration.sandbox.arm.errors import ArmError, bad_request, conflict, not_found
from orchestration.sandbox.arm.exchange import Answer, Question, error_answer
from orchestration.sandbox.arm.ids import SUBSCRIPTIONS, ResourceId, parse_id
from orchestration.sandbox.arm.management import root_group
from orchestration.sandbox.arm.registrations import FACT
from orchestration.sandbox.arm.registry import Resource
from orchestration.sandbox.arm.troubles import KINDS, add_trouble, clear_troubles, list_troubles
from orchestration.sandbox.arm.view import merged
from orchestration.sandbox.faults import Faults

KEPT = 20_000
ENVELOPE = ("id", "name", "type")


@dataclass
class RequestLog:
    """The requests that were answered, counted from 1; the last ones are kept."""

    count: int = 0
    rows: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def add(self, method: str, path: str, status: int, agent: str, correlation: str) -> None:
        """Count one request."""
        self.count += 1
        what = {"method": method, "path": path, "status": status}
        self.rows.append({"n": self.count, **what, "userAgent": agent, "correlationId": correlation})

    def since(self, number: int) -> dict[str, Any]:
        """Return the requests after *number*, and the number of the last one."""
        return {"last": self.count, "requests": [row for row in self.rows if row["n"] > number]}


@dataclass
class Control:
    """Answers `/sandbox/…` from the server's own parts."""

    arm: Arm
    faults: Faults
    log: RequestLog

    def answer(self, question: Question) -> Answer:
        """Return the answer to one request; errors are answers too."""
        routes: dict[tuple[str, str], Callable[[Question], Any]] = {
            ("GET", "/sandbox/health"): self._health,
            ("POST", "/sandbox/seed"): self._seed,
            ("POST", "/sandbox/show"): self._show,
            ("POST", "/sandbox/limits"): self._limit,
            ("GET", "/sandbox/faults"): lambda _: self._faults(),
            ("POST", "/sandbox/faults"): self._add_fault,
            ("DELETE", "/sandbox/faults"): self._clear_faults,
            ("GET", "/sandbox/requests"): self._requests,
        }
        route = routes.get((question.method, question.path))
        try:
            if route is None:
                raise not_found("NotFound", f"There is nothing at {question.method} '{question.path}'.")
            body = route(question)
            return Answer(status=204 if body is None else 200, body=body)
        except ArmError as error:
            return error_answer(error)

    def _health(self, question: Question) -> dict[str, Any]:
        store = self.arm.store
        subscriptions = list(store.subscriptions)
        return {"pid": os.getpid(), "tenant": store.tenant, "subscriptions": subscriptions, "requests": self.log.count}

    def _requests(self, question: Question) -> dict[str, Any]:
        since = question.query.get("since", "0")
        if not re.fullmatch("[0-9]{1,18}", since):
            raise bad_request("InvalidSince", f"since is '{since}': it must be a number.")
        return self.log.since(int(since))

    def _faults(self) -> dict[str, Any]:
        return {"faults": [*self.faults.list(), *list_troubles(self.arm.store)]}

    def _add_fault(self, question: Question) -> dict[str, Any]:
        """Add a fault of requests, or of the target or cluster that it names; `known` tells whether there is one."""
        body, known = question.json(), True
        if isinstance(body, dict) and not body.keys().isdisjoint(KINDS):
            with self.arm.store.transaction():
                known = add_trouble(self.arm.store, body)
        else:
            self.faults.add(body)
        return {**self._faults(), "known": known}

    def _clear_faults(self, question: Question) -> None:
        """Forget the faults of the target or the cluster that the query names, or all."""
        on = next((each for each in KINDS if each in question.query), "")
        self.arm.writes.operations.settle()
        with self.arm.store.transaction():
            clear_troubles(self.arm.store, on, question.query.get(on, ""))
        if not on:
            self.faults.clear()

    def _limit(self, question: Question) -> None:
        """Lower the limits of a service."""
        with self.arm.store.transaction():
            limit_targets(self.arm.store, question.json())

    def _show(self, question: Question) -> None:
        """Make a resource show other values than its service would, until told otherwise."""
        body = _described(question.json())
        found = self.arm.store.get(str(body["id"]))
        if found is None:
            raise not_found("ResourceNotFound", f"'{body['id']}' does not exist.")
        shown = merged(found.system.get("shown", {}), {"properties": body.get("properties") or {}})
        with self.arm.store.transaction():
            self.arm.store.put(found.with_system(shown=shown))

    def _seed(self, question: Question) -> dict[str, Any]:
        """Put resources as they are, each once: what was seeded and deleted since stays away."""
        body = _seed_of(question.json())
        store = self.arm.store
        with store.transaction():
            self._own(str(body.get("tenant", "")), body.get("subscriptions") or [])
            if "unregistered" in body:
                missing = [str(each).lower() for each in body["unregistered"]]
                store.set_fact(FACT, {name.lower(): missing for name in store.subscriptions})
            before = set(store.fact("seeded").get("ids", ()))
            fresh = [each for each in body.get("resources") or [] if str(each["id"]).lower() not in before]
            made = [self._put(each) for each in fresh if store.get(str(each["id"])) is None]
            store.set_fact("seeded", {"ids": sorted(before | {str(each["id"]).lower() for each in fresh})})
        return {"seeded": made}

    def _own(self, tenant: str, subscriptions: list[str]) -> None:
        """Make the sandbox that tenant's, with these subscriptions besides those it has."""
        store = self.arm.store
        if not tenant or (store.tenant and store.tenant.lower() != tenant.lower()):
            message = f"This sandbox holds tenant '{store.tenant}'; '{tenant}' needs a sandbox folder of its own."
            raise conflict("TenantMismatch", message)
        if not store.tenant:
            store.set_fact("tenant", {"id": tenant})
            store.put(Resource(id=root_group(tenant), body={"properties": {"displayName": "Root"}}))
        for each in subscriptions:
            id_ = ResourceId(None, SUBSCRIPTIONS, str(each))
            if store.get(id_) is None:
                store.put(Resource(id=id_, body={}))

    def _put(self, body: dict[str, Any]) -> str:
        id_ = parse_id(str(body["id"]))
        known = self.arm.catalogue.types.get(id_.type.lower())
        if known is not None:
            id_ = ResourceId(id_.parent, known.type, id_.name)
        kept = {key: value for key, value in body.items() if key not in ENVELOPE}
        system = {"seeded": {"properties": kept["properties"]}} if kept.get("properties") else {}
        self.arm.store.put(Resource(id=id_, body=kept, system=system))
        return id_.text


def _seed_of(body: Any) -> dict[str, Any]:
    """Return what to seed; raise 400 for anything that is of another form."""
    found = body if isinstance(body, dict) else {}
    lists = [found.get(key) or [] for key in ("subscriptions", "unregistered", "resources")]
    if not isinstance(found.get("tenant"), str) or not all(isinstance(each, list) for each in lists):
        raise bad_request("InvalidSeed", "A seed has a tenant, and lists of subscriptions, unregistered and resources.")
    return {**found, "resources": [_described(each) for each in lists[2]]}


def _described(body: Any) -> dict[str, Any]:
    """Return *body*, which has an id and, if any, properties; raise 400 otherwise."""
    if not isinstance(body, dict) or not isinstance(body.get("id"), str):
        raise bad_request("InvalidResource", "A resource is an object with an id.")
    if not isinstance(body.get("properties") or {}, dict):
        raise bad_request("InvalidResource", f"The properties of '{body['id']}' are an object.")
    return body
