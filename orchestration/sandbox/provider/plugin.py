"""The life of a Terraform plugin process: handshake, server, end.

Terraform starts the plugin with a cookie in the environment and reads one line from its standard output: where it
listens (a Unix socket) and the certificate to expect there. The rules are public:
https://github.com/hashicorp/go-plugin/blob/main/docs/internals.md
"""

from __future__ import annotations

import base64
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc

from orchestration.sandbox.provider.certificate import self_signed
from orchestration.sandbox.provider.wire import message_class

_COOKIE = ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
_PROTOCOL = "6"

# Terraform's own limit is ten at a time unless -parallelism says otherwise; stopping must always find a thread.
_THREADS = 64

# Longer socket paths are refused by macOS (104 bytes with the final zero) and Linux (108).
_LONGEST_SOCKET_PATH = 100

_SECONDS_BETWEEN_LOOKS_AT_PARENT = 1.0

Handler = tuple[str, str, Callable[[Any], Any]]
"""Names of the request's and the response's message, and what makes one of the other."""


def serve(handlers: Mapping[str, Handler], environment: Mapping[str, str]) -> int:
    """Serve *handlers* (by RPC name) to the Terraform that started this process; return its exit code."""
    if environment.get(_COOKIE[0]) != _COOKIE[1]:
        sys.stderr.write("This is a plugin of Terraform, which starts it by itself; it does nothing alone.\n")
        return 1
    if _PROTOCOL not in environment.get("PLUGIN_PROTOCOL_VERSIONS", _PROTOCOL).split(","):
        sys.stderr.write("This Terraform does not speak plugin protocol 6: version 1.11 or newer is needed.\n")
        return 1
    finished = threading.Event()
    with _socket_folder(environment) as folder:
        server, line = _start(handlers, finished, folder / "plugin")
        sys.stdout.write(line)
        sys.stdout.flush()
        _wait(finished)
        server.stop(grace=None)
    return 0


def _start(handlers: Mapping[str, Handler], finished: threading.Event, socket: Path) -> tuple[Any, str]:
    key, certificate, der = self_signed()
    # Terraform offers a certificate too, on curve P-521, which gRPC's TLS does not verify; that nobody else
    # connects is seen to by the folder's mode.
    credentials = grpc.ssl_server_credentials([(key, certificate)])
    server = grpc.server(ThreadPoolExecutor(_THREADS, "rpc"), options=[("grpc.max_receive_message_length", -1)])
    server.add_generic_rpc_handlers((_terraform_service(handlers), *_plugin_services(finished)))
    server.add_secure_port(f"unix://{socket}", credentials)
    server.start()
    encoded = base64.b64encode(der).decode().rstrip("=")
    return server, f"1|{_PROTOCOL}|unix|{socket}|grpc|{encoded}\n"


def _wait(finished: threading.Event) -> None:
    """Return when Terraform says so, or is gone: killed, it says nothing and would leave us behind."""
    parent = os.getppid()
    while not finished.wait(_SECONDS_BETWEEN_LOOKS_AT_PARENT) and os.getppid() == parent:
        pass


def _terraform_service(handlers: Mapping[str, Handler]) -> Any:
    return grpc.method_handlers_generic_handler(
        "tfplugin6.Provider", {name: _rpc(*handler) for name, handler in handlers.items()}
    )


def _rpc(request: str, response: str, handle: Callable[[Any], Any]) -> Any:
    return grpc.unary_unary_rpc_method_handler(
        lambda message, _context: handle(message),
        request_deserializer=message_class(request).FromString,
        response_serializer=message_class(response).SerializeToString,
    )


def _plugin_services(finished: threading.Event) -> tuple[Any, ...]:
    """Return the services every plugin has: its messages are empty or constant, so bytes are enough."""

    def shut_down(_request: bytes, _context: Any) -> bytes:
        finished.set()
        return b""

    def no_output(_request: bytes, _context: Any) -> Iterator[bytes]:
        return iter(())

    def healthy(_request: bytes, _context: Any) -> bytes:
        return b"\x08\x01"

    return (
        grpc.method_handlers_generic_handler(
            "plugin.GRPCController", {"Shutdown": grpc.unary_unary_rpc_method_handler(shut_down)}
        ),
        grpc.method_handlers_generic_handler(
            "plugin.GRPCStdio", {"StreamStdio": grpc.unary_stream_rpc_method_handler(no_output)}
        ),
        grpc.method_handlers_generic_handler(
            "grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(healthy)}
        ),
    )


@contextmanager
def _socket_folder(environment: Mapping[str, str]) -> Iterator[Path]:
    """Give a folder of mode 0700 that is short enough for a socket, and remove it."""
    wanted = environment.get("PLUGIN_UNIX_SOCKET_DIR") or tempfile.gettempdir()
    if len(os.fsencode(wanted)) + len("/azapi-XXXXXXXX/plugin") > _LONGEST_SOCKET_PATH:
        wanted = "/tmp"  # noqa: S108 - the folder made below it is private
    folder = Path(tempfile.mkdtemp(prefix="azapi-", dir=wanted))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
