"""Long-running operations whose step fails, whose start is taken back, or whose end cannot be written."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestration.sandbox.arm.errors import StorageError, conflict
from orchestration.sandbox.arm.ids import parse_id
from orchestration.sandbox.arm.operations import Operation, Operations
from orchestration.sandbox.arm.store import Store

TARGET = parse_id("/subscriptions/s/resourceGroups/g/providers/Microsoft.Edge/targets/line")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store in which time stands still."""
    return Store(tmp_path, now=lambda: 1.0)


def test_a_step_that_breaks_ends_its_operation_alone(store: Store) -> None:
    """A mistake of ours fails the operation it is met in; the others go on, and nothing is left half done."""

    def carry(operation: Operation) -> Operation:
        store.set_fact("touched", {"by": operation.kind})
        if operation.kind == "broken":
            raise KeyError("a mistake")
        return operations.ended(operation)

    operations = Operations(store, carry, seconds=0)
    broken, whole = operations.start("broken", TARGET), operations.start("whole", TARGET)
    operations.settle()
    found = [operations.get(each.name) for each in (broken, whole)]

    assert [each.status for each in found if each] == ["Failed", "Succeeded"]
    assert found[0] and found[0].error and found[0].error["code"] == "SandboxFailed"
    assert store.fact("touched") == {"by": "whole"}


def test_an_operation_that_was_taken_back_runs_no_more(store: Store) -> None:
    """After its request failed, the next ones are not held up by it."""
    operations = Operations(store, lambda operation: operations.ended(operation), seconds=0)
    with pytest.raises(Exception, match="no"), store.transaction():
        operations.start("put", TARGET)
        raise conflict("No", "no")
    operations.settle()

    assert store.operations() == {}


def test_an_operation_goes_on_once_there_is_room_again(store: Store) -> None:
    """A full disk neither loses an operation nor fails it: it ends well as soon as that can be written."""
    operations = Operations(store, lambda operation: operations.ended(operation), seconds=0)
    started = [operations.start("put", TARGET) for _ in range(20)]
    with no_room(), pytest.raises(StorageError):
        operations.settle()
    with no_room(), pytest.raises(StorageError), store.transaction():
        operations.start("put", TARGET)
    operations.settle()
    found = [operations.get(each.name) for each in started]

    assert {each.status for each in found if each} == {"Succeeded"}
    assert len(store.operations()) == len(started)


@contextmanager
def no_room() -> Iterator[None]:
    """Let this process lengthen no file for a while: to SQLite the disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
