"""Runs the server of one sandbox folder in this process."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import filelock
import uvicorn
from starlette.types import Scope

from orchestration.errors import SandboxError
from orchestration.sandbox.breaking import break_off
from orchestration.sandbox.keys import (
    INFO_FILE,
    LOCK_FILE,
    last_info,
    open_folder,
    room,
    server_certificate,
    write_private,
)
from orchestration.sandbox.server import application, bound_socket

LOCK_SECONDS = 1
KEEP_ALIVE_SECONDS = 600
GRACE_SECONDS = 2

Ready = Callable[[dict[str, object]], None]


def serve(directory: Path, *, port: int | None, lro_seconds: float, stop: threading.Event, ready: Ready) -> None:
    """Serve *directory* until *stop* is set or a signal comes; raise `SandboxError` if it cannot be served.

    *ready* gets `{"pid": …, "port": …, "started": …}` as soon as requests are answered.
    """
    keys = open_folder(directory)
    with _only_server(directory), closing(_listener(directory, port)) as listener:
        info = {"pid": os.getpid(), "port": listener.getsockname()[1], "started": time.time()}
        try:
            app = application(directory, keys, lro_seconds=lro_seconds, cut=lambda scope: server.cut(scope))
            certificate = server_certificate(directory)
            write_private(directory / INFO_FILE, json.dumps(info))
        except (OSError, sqlite3.Error, ValueError) as error:
            raise SandboxError(
                f"the sandbox folder {directory} cannot be opened: {error}{room(directory)}",
                hint="free some space and check its permissions; if it is damaged, remove it and start anew",
            ) from error
        config = uvicorn.Config(
            app,
            access_log=False,
            lifespan="off",
            log_level="warning",
            server_header=False,
            ssl_certfile=certificate,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            ws="none",
        )
        server = _Server(config, stop, lambda: ready(info))
        server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready and looks whether it shall stop."""

    def __init__(self, config: uvicorn.Config, stop: threading.Event, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop, self._ready = stop, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # An idle client would not answer TLS's goodbye, and be waited for.
        for connection in list(self.server_state.connections):
            connection.shutdown()
            transport = getattr(connection, "transport", None)
            if transport is not None and transport.is_closing():
                transport.abort()
        await super().shutdown(sockets)

    def cut(self, scope: Scope) -> None:
        """Break the connection that a request came on."""
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == tuple(scope["client"]):
                break_off(connection)

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stop.is_set()


@contextmanager
def _only_server(directory: Path) -> Iterator[None]:
    lock = filelock.FileLock(directory / LOCK_FILE, mode=0o600)
    try:
        lock.acquire(timeout=LOCK_SECONDS)  # whoever looks whether we run holds it for a moment
    except (filelock.Timeout, OSError) as error:
        pid = last_info(directory).get("pid", "unknown")
        raise SandboxError(
            f"another sandbox runs on {directory} (process {pid})", hint="use it, or stop it, or choose another folder"
        ) from error
    with lock:
        yield


def _listener(directory: Path, port: int | None) -> socket.socket:
    """Return a socket on *port*, else on the port the folder had last, else on a free one."""
    last = last_info(directory).get("port")
    if port is None and isinstance(last, int):
        try:
            return bound_socket(last)
        except SandboxError:
            return bound_socket(None)
    return bound_socket(port)
