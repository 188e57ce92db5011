"""Long-running operations: kept in the store, carried on when their time has come.

Nothing runs in the background. What is due is settled before the next request is looked at; nobody can tell the
difference, and a server that was killed goes on where it was.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from orchestration.sandbox.arm.errors import ArmError, StorageError, own_failure
from orchestration.sandbox.arm.ids import ResourceId
from orchestration.sandbox.arm.store import Store
from orchestration.sandbox.arm.view import timestamp

_LOG = logging.getLogger(__name__)
IN_PROGRESS, SUCCEEDED, FAILED = "InProgress", "Succeeded", "Failed"
KEPT_SECONDS = 24 * 3600.0


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation: what it does to which resource, how far it is, and what came of it."""

    name: str
    kind: str
    resource: str
    namespace: str
    due: float
    started: float
    ended: float = 0.0
    action: str = ""
    status: str = IN_PROGRESS
    step: int = 1
    body: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.status == IN_PROGRESS

    def answer(self) -> dict[str, Any]:
        """Return what its status address answers."""
        found: dict[str, Any] = {
            "id": f"/providers/{self.namespace}/operationStatuses/{self.name}",
            "name": self.name,
            "resourceId": self.resource,
            "status": self.status,
            "startTime": timestamp(self.started),
        }
        if self.ended:
            found["endTime"] = timestamp(self.ended)
        if self.ended and self.result is not None:
            found["properties"] = self.result.get("properties", self.result)
        if self.error is not None:
            found["error"] = self.error
        return found


Carry = Callable[[Operation], Operation]


class Operations:
    """The operations of one store; *carry* does an operation's next step and returns it as it then is."""

    def __init__(self, store: Store, carry: Carry, *, seconds: float) -> None:
        self.store, self.carry, self.seconds = store, carry, seconds
        self._running = {name for name, row in store.operations().items() if row["status"] == IN_PROGRESS}
        self._forget_old()

    def start(self, kind: str, id_: ResourceId, **values: Any) -> Operation:
        """Return a new operation on the resource, due after the delay."""
        now, name = self.store.now(), str(uuid.uuid4())
        started = Operation(
            name=name,
            kind=kind,
            resource=id_.text,
            namespace=id_.namespace,
            due=now + self.seconds,
            started=now,
            **values,
        )
        return self._keep(started)

    def get(self, name: str) -> Operation | None:
        """Return the operation called *name*, or None."""
        row = self.store.operations().get(name)
        return Operation(**row) if row is not None else None

    def settle(self) -> None:
        """Carry on every operation whose time has come, in their order."""
        while (due := self._due()) is not None:
            try:
                with self.store.transaction():
                    self._keep(self.carry(due))
            except StorageError:
                raise  # the operation has not failed: it goes on once there is room
            except ArmError as error:
                self._keep(self.failed(due, error))
            except Exception as error:
                # A mistake of ours ends this operation; every later request would meet it otherwise.
                _LOG.exception("%s %s", due.action or due.kind, due.resource)
                self._keep(self.failed(due, own_failure(error)))

    def ended(self, operation: Operation, result: dict[str, Any] | None = None) -> Operation:
        """Return *operation* as done, with what came of it."""
        return replace(operation, status=SUCCEEDED, ended=self.store.now(), result=result)

    def going_on(self, operation: Operation, data: dict[str, Any]) -> Operation:
        """Return *operation* with its next step due after the delay."""
        return replace(operation, step=operation.step + 1, due=self.store.now() + self.seconds, data=data)

    def waiting(self, operation: Operation, data: dict[str, Any], seconds: float) -> Operation:
        """Return *operation* with the same step due again after *seconds*."""
        return replace(operation, due=self.store.now() + seconds, data=data)

    def failed(self, operation: Operation, error: ArmError) -> Operation:
        """Return *operation* as failed with *error*."""
        return replace(operation, status=FAILED, ended=self.store.now(), error=error.body())

    def _due(self) -> Operation | None:
        rows = self.store.operations()
        # What the store took back, or keeps as ended, runs no more: the rows alone are sure.
        self._running = {name for name in self._running if name in rows and rows[name]["status"] == IN_PROGRESS}
        found = min((rows[name] for name in self._running), key=lambda row: float(row["due"]), default=None)
        return Operation(**found) if found is not None and found["due"] <= self.store.now() else None

    def _keep(self, operation: Operation) -> Operation:
        self.store.set_operation(operation.name, vars(operation))
        self._running.add(operation.name)
        return operation

    def _forget_old(self) -> None:
        limit = self.store.now() - KEPT_SECONDS
        with self.store.transaction():
            for name, row in list(self.store.operations().items()):
                if row["status"] != IN_PROGRESS and row["ended"] < limit:
                    self.store.set_operation(name, None)
