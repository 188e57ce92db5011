"""A server of Terraform states with locking, as Terraform's http backend speaks to it.

https://developer.hashicorp.com/terraform/language/backend/http
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from orchestration.sandbox.keys import write_private

METHODS = ["GET", "POST", "DELETE", "LOCK", "UNLOCK"]
KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._:-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
LOCK = ".lock"


class States:
    """States by key, each with its lock, as files below *root*."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def answer(self, request: Request) -> Response:
        """Return the answer to one request of a client that the gate let in."""
        key = str(request.path_params["key"])
        if not KEY.fullmatch(key) or key.endswith(LOCK):
            return JSONResponse({"message": f"{key!r} is no key of a state."}, 400)
        path, content = self._root / key, await request.body()
        lock = _read_lock(path)
        if request.method == "LOCK":
            return self._lock(path, lock, content)
        if request.method == "UNLOCK":
            return self._unlock(path, lock, content)
        if request.method == "GET":
            return Response(path.read_bytes(), media_type="application/json") if path.is_file() else Response(b"", 404)
        if lock and lock.get("ID") != request.query_params.get("ID", ""):
            return JSONResponse(lock, 423)
        return _changed(path, content if request.method == "POST" else None)

    def _lock(self, path: Path, lock: dict[str, Any] | None, content: bytes) -> Response:
        if lock:
            return JSONResponse(lock, 423)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(_lock_of(path), content.decode())
        return Response(b"")

    def _unlock(self, path: Path, lock: dict[str, Any] | None, content: bytes) -> Response:
        """Let go of the lock; a request without its id breaks it, which is what `force-unlock` sends."""
        given = json.loads(content).get("ID") if content else None
        if lock and given and lock.get("ID") != given:
            return JSONResponse(lock, 409)
        _lock_of(path).unlink(missing_ok=True)
        return Response(b"")


def _changed(path: Path, content: bytes | None) -> Response:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, content.decode())
    return Response(b"")


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + LOCK)


def _read_lock(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(_lock_of(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found if isinstance(found, dict) else {}
