"""The sandbox's resources and what else it remembers: in memory for reading, in SQLite for keeping.

One SQLite file was chosen over a file per resource or a journal of our own: a request's changes are one
transaction on disk, a change writes its own rows only, and a killed server leaves nothing to repair.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestration.sandbox.arm.errors import StorageError
from orchestration.sandbox.arm.ids import SUBSCRIPTIONS, ResourceId
from orchestration.sandbox.arm.resource import Resource

_TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS resources (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS operations (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_PUT = {name: f"INSERT OR REPLACE INTO {name} VALUES (?, ?)" for name in ("resources", "operations", "facts")}  # noqa: S608 - three names of ours
_DELETE = {name: f"DELETE FROM {name} WHERE key = ?" for name in _PUT}  # noqa: S608 - three names of ours
_ROOT, _SERIAL = "", "serial"

Rows = dict[str, dict[str, Any]]


class Store:
    """All resources of one sandbox folder. Only one thread may use it, and only one process at a time."""

    def __init__(self, directory: Path, *, now: Callable[[], float] = time.time) -> None:
        self.directory = directory
        self.git_root = directory / "git"
        self.now = now
        self._resources: dict[str, Resource] = {}
        self._by_type: dict[str, dict[str, Resource]] = {}
        self._by_parent: dict[str, dict[str, Resource]] = {}
        self._rows: dict[str, Rows] = {"operations": {}, "facts": {}}
        self._undo: list[Callable[[], None]] = []
        self._depth = 0
        self._counted = False
        self._database = sqlite3.connect(directory / "state.sqlite", isolation_level=None, check_same_thread=False)
        self._load()

    def close(self) -> None:
        """Give the file back."""
        self._database.close()

    # Resources

    def get(self, id_: ResourceId | str) -> Resource | None:
        """Return the resource with this ID, or None."""
        return self._resources.get(id_.key if isinstance(id_, ResourceId) else id_.lower())

    def put(self, resource: Resource, *, by_client: bool = False) -> Resource:
        """Keep *resource*, in place of the one with its ID; return it with its serial numbers and times."""
        with self.transaction():
            serial, now = self._count(), self.now()
            written = serial if by_client else resource.written
            kept = replace(resource, serial=serial, written=written, created=resource.created or now, changed=now)
            self._set(kept.id.key, kept)
            self._write("resources", kept.id.key, kept.to_json())
            return kept

    def delete(self, id_: ResourceId | str) -> tuple[Resource, ...]:
        """Forget the resource and everything under it; return all of them, itself last."""
        key = id_.key if isinstance(id_, ResourceId) else id_.lower()
        with self.transaction():
            gone = tuple(found for child in self.children(key) for found in self.delete(child.id))
            itself = self._resources.get(key)
            if itself is None:
                return gone
            self._set(key, None)
            self._write("resources", key, None)
            return (*gone, itself)

    def children(self, id_: ResourceId | str | None, type_: str = "") -> tuple[Resource, ...]:
        """Return what lies directly on the resource, by ID: nested and extension resources, or those of *type_*."""
        key = _ROOT if id_ is None else id_.key if isinstance(id_, ResourceId) else id_.lower()
        found = sorted(self._by_parent.get(key, {}).items())
        return tuple(each for _, each in found if not type_ or each.type.lower() == type_.lower())

    def list(self, type_: str, within: ResourceId | None = None) -> tuple[Resource, ...]:
        """Return the resources of *type_*, by ID: everywhere, or on and anywhere under *within*."""
        found = sorted(self._by_type.get(type_.lower(), {}).items())
        return tuple(each for _, each in found if within is None or each.id.within(within))

    def all(self) -> tuple[Resource, ...]:
        """Return every resource, by ID."""
        return tuple(self._resources[key] for key in sorted(self._resources))

    # Whom it belongs to

    @property
    def tenant(self) -> str:
        """The tenant's ID; empty until seeded."""
        return str(self.fact("tenant").get("id", ""))

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """The IDs of the tenant's subscriptions."""
        return tuple(found.name for found in self.list(SUBSCRIPTIONS))

    # Everything else

    def fact(self, key: str) -> dict[str, Any]:
        """Return what is remembered under *key*, empty if nothing is."""
        return self._rows["facts"].get(key, {})

    def set_fact(self, key: str, value: Mapping[str, Any]) -> None:
        """Remember *value*, which JSON can hold, under *key*."""
        self._set_row("facts", key, dict(value))

    def operations(self) -> Mapping[str, dict[str, Any]]:
        """Return the long-running operations by name."""
        return self._rows["operations"]

    def set_operation(self, key: str, value: Mapping[str, Any] | None) -> None:
        """Keep, or with None forget, the long-running operation *key*."""
        self._set_row("operations", key, None if value is None else dict(value))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all changes made inside, or none: an error takes them back and goes on its way."""
        if self._depth:
            yield
            return
        self._depth += 1
        try:
            yield
            self._commit()
        except BaseException as error:
            self._take_back()
            if isinstance(error, sqlite3.Error):
                raise _storage_error(error, self.directory) from error
            raise
        finally:
            self._depth -= 1
            self._undo.clear()
            self._counted = False

    def _commit(self) -> None:
        """Keep what was written, if anything was, with the serial number that was counted up to."""
        if self._counted:
            self._write("facts", _SERIAL, self.fact(_SERIAL))
        if self._database.in_transaction:
            self._database.execute("COMMIT")

    def _take_back(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")
        for step in reversed(self._undo):
            step()

    def _count(self) -> int:
        serial = int(self.fact(_SERIAL).get("last", 0)) + 1
        self._place_row("facts", _SERIAL, {"last": serial})
        self._counted = True
        return serial

    def _set_row(self, table: str, key: str, value: dict[str, Any] | None) -> None:
        with self.transaction():
            self._place_row(table, key, value)
            self._write(table, key, value)

    def _place_row(self, table: str, key: str, value: dict[str, Any] | None) -> None:
        rows = self._rows[table]
        before = rows.get(key)
        self._undo.append(lambda: _place(rows, key, before))
        _place(rows, key, value)

    def _set(self, key: str, resource: Resource | None) -> None:
        before = self._resources.get(key)
        self._undo.append(lambda: self._index(key, before, self._resources.get(key)))
        self._index(key, resource, before)

    def _index(self, key: str, resource: Resource | None, before: Resource | None) -> None:
        known = resource or before
        if known is None:
            return
        parent = known.id.parent.key if known.id.parent else _ROOT
        by_type = self._by_type.setdefault(known.type.lower(), {})
        for index in (self._resources, by_type, self._by_parent.setdefault(parent, {})):
            _place(index, key, resource)

    def _write(self, table: str, key: str, value: Mapping[str, Any] | None) -> None:
        if not self._database.in_transaction:  # most requests write nothing
            self._database.execute("BEGIN IMMEDIATE")
        if value is None:
            self._database.execute(_DELETE[table], (key,))
        else:
            self._database.execute(_PUT[table], (key, json.dumps(value, separators=(",", ":"))))

    def _load(self) -> None:
        self._database.executescript(_TABLES)
        for table, rows in self._rows.items():
            query = f"SELECT key, value FROM {table}"  # noqa: S608 - two names of ours
            rows.update({key: json.loads(value) for key, value in self._database.execute(query)})
        for key, value in self._database.execute("SELECT key, value FROM resources"):
            self._index(key, Resource.from_json(json.loads(value)), None)


def _place(mapping: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        mapping.pop(key, None)
    else:
        mapping[key] = value


def _storage_error(error: sqlite3.Error, directory: Path) -> StorageError:
    return StorageError(f"The sandbox cannot write to {directory}: {error}. Free some space.")
