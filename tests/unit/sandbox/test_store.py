"""What the sandbox's store keeps, takes back, and leaves alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from orchestration.sandbox.arm.ids import parse_id
from orchestration.sandbox.arm.resource import Resource
from orchestration.sandbox.arm.store import Store

GROUP = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg"


def group(name: str) -> Resource:
    return Resource(id=parse_id(f"{GROUP}-{name}"), body={"location": "eastus2"})


def test_serial_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    """They are written once for all changes of a request, and no number is given twice."""
    store = Store(tmp_path)
    with store.transaction():
        made = [store.put(group(name)).serial for name in "abc"]
    store.close()
    again = Store(tmp_path)

    assert made == [1, 2, 3]
    assert again.put(group("d")).serial == 4


def test_a_request_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Neither in memory nor on disk, and its serial number is given again."""
    store = Store(tmp_path)
    store.put(group("a"))
    with pytest.raises(ValueError, match="no"), store.transaction():
        store.put(group("b"))
        raise ValueError("no")
    store.put(group("c"))
    store.close()
    again = Store(tmp_path)

    assert [each.name for each in again.all()] == ["rg-a", "rg-c"]
    assert again.get(f"{GROUP}-c") is not None
    assert [each.serial for each in again.all()] == [1, 2]


def test_a_request_that_only_reads_leaves_the_file_alone(tmp_path: Path) -> None:
    """It needs no lock of the file, and goes on while somebody else holds it."""
    store = Store(tmp_path)
    store.put(group("a"))
    other = sqlite3.connect(tmp_path / "state.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with store.transaction():
        found = store.get(f"{GROUP}-a")
    other.close()

    assert found is not None
    assert store.put(group("b")).serial == 2
