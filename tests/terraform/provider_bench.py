"""What the tests of the stand-in for azapi work with: a small ARM over real HTTPS, a folder with a configuration."""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme

from orchestration.sandbox.provider import cli_config, install

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/plant"
TARGETS = "Microsoft.Edge/targets@2026-03-01"
TARGET = f"{GROUP}/providers/Microsoft.Edge/targets/line"
TOKEN, IDENTITY_HEADER = "e30.e30.sandbox", "identity-header"

Reply = tuple[int, Mapping[str, str], Any]
Rule = Callable[["Request"], Reply | None]


@dataclass(frozen=True)
class Request:
    """A request as the server saw it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass
class Arm:
    """Stores what is put, answers what is asked; *rules* come first, each may answer or pass."""

    url: str = ""
    mode: str = "synchronous"
    resources: dict[str, Any] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    polls: dict[str, int] = field(default_factory=dict)
    unfinished_polls: int = 1
    lock: threading.Lock = field(default_factory=threading.Lock)

    def calls(self) -> list[str]:
        """Return the ARM requests since the last call: `GET`, `PUT`, ..., and `POLL` for those of operations."""
        with self.lock:
            seen = ["POLL" if "/operations/" in request.path else request.method for request in self.requests]
            self.requests.clear()
            return seen

    def sent(self, method: str = "PUT") -> Any:
        """Return the body of the last request of *method*."""
        return [request.body for request in self.requests if request.method == method][-1]

    def answer(self, request: Request) -> Reply:
        """Return status, headers and body for *request*."""
        for rule in self.rules:
            if (reply := rule(request)) is not None:
                return reply
        if "/operations/" in request.path:
            return self._operation(request.path)
        return getattr(self, f"_{request.method.lower()}")(request)

    def _get(self, request: Request) -> Reply:
        resource = self.resources.get(request.path.lower())
        return (200, {}, resource) if resource else error(404, "ResourceNotFound")

    def _put(self, request: Request) -> Reply:
        path, before = request.path.lower(), self.resources.get(request.path.lower())
        properties = {**(request.body.get("properties") or {}), "uniqueIdentifier": "u-1"}
        resource = {**request.body, "id": request.path, "name": path.rpartition("/")[2], "properties": properties}
        if (resource.get("identity") or {}).get("type") == "SystemAssigned":
            resource["identity"] = {"type": "SystemAssigned", "principalId": "p-1", "tenantId": "t-1"}
        if self.mode == "state":
            self.resources[path] = {**resource, "properties": {**properties, "provisioningState": "Accepted"}}
            self.rules.append(self._becomes_ready(path))
            return 201, {"Retry-After-Ms": "10"}, self.resources[path]
        self.resources[path] = resource
        if self.mode == "synchronous":
            return 201 if before is None else 200, {}, _done(resource)
        header = {"asynchronous": "Azure-AsyncOperation", "location": "Location"}[self.mode]
        pending = {**resource, "properties": {**properties, "provisioningState": "Accepted"}}
        return 201 if self.mode == "asynchronous" else 202, self._started(header), pending

    def _becomes_ready(self, path: str) -> Rule:
        left = [self.unfinished_polls]

        def rule(request: Request) -> Reply | None:
            if request.method != "GET" or request.path.lower() != path:
                return None
            left[0] -= 1
            if left[0] < 0:
                self.resources[path] = _done(self.resources[path])
            return 200, {"Retry-After-Ms": "10"}, self.resources[path]

        return rule

    def _delete(self, request: Request) -> Reply:
        if self.resources.pop(request.path.lower(), None) is None:
            return 204, {}, None
        return (200, {}, None) if self.mode == "synchronous" else (202, self._started("Location"), None)

    def _started(self, header: str) -> dict[str, str]:
        name = f"/operations/{len(self.polls)}{'-location' if header == 'Location' else ''}"
        self.polls[name] = self.unfinished_polls
        return {header: f"{self.url}{name}?api-version=1", "Retry-After-Ms": "10"}

    def _operation(self, path: str) -> Reply:
        self.polls[path] -= 1
        done = self.polls[path] < 0
        if path.endswith("-location"):
            return 200 if done else 202, {"Retry-After-Ms": "10"}, {} if done else None
        return 200, {"Retry-After-Ms": "10"}, {"status": "Succeeded" if done else "InProgress"}


def error(status: int, code: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Return an ARM error answer."""
    body = {"error": {"code": code, "message": f"{code} happened"}}
    return status, {"x-ms-error-code": code, **(headers or {})}, body


def times(count: int, method: str, reply: Reply) -> Rule:
    """Return a rule that answers the next *count* requests of *method* with *reply*."""
    left = [count]

    def rule(request: Request) -> Reply | None:
        if request.method != method or left[0] <= 0 or "/operations/" in request.path:
            return None
        left[0] -= 1
        return reply

    return rule


def _done(resource: Any) -> Any:
    return {**resource, "properties": {**resource["properties"], "provisioningState": "Succeeded"}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    arm: Arm

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        request = Request(self.command, parts.path, query, dict(self.headers.items()), body)
        status, headers, document = self._token(request) if parts.path == "/token" else self._arm(request)
        data = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_DELETE = do_POST = _serve

    def _token(self, request: Request) -> Reply:
        if request.headers.get("X-IDENTITY-HEADER") != IDENTITY_HEADER:
            return error(401, "BadHeader")
        return 200, {}, {"access_token": TOKEN, "expires_on": str(int(time.time()) + 3600)}

    def _arm(self, request: Request) -> Reply:
        with self.arm.lock:
            self.arm.requests.append(request)
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                return error(401, "InvalidAuthenticationToken")
            return self.arm.answer(request)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@contextmanager
def serving(authority: trustme.CA) -> Iterator[Arm]:
    """Give an ARM that listens, with a certificate of *authority*."""
    arm = Arm()
    handler = type("Handler", (_Handler,), {"arm": arm})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    # Clients keep their connections open, and nobody is to wait for them.
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    arm.url = f"https://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield arm
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Workspace:
    """A folder with a configuration, and the real Terraform with the stand-in."""

    folder: Path
    environment: Mapping[str, str]

    def write(self, text: str, provider: str = "ignore_no_op_changes = false") -> None:
        """Make *text* the configuration."""
        source = 'azapi = { source = "Azure/azapi", version = ">= 2.12.0, < 3.0.0" }'
        head = f'terraform {{\n  required_providers {{\n    {source}\n  }}\n}}\nprovider "azapi" {{\n  {provider}\n}}\n'
        (self.folder / "main.tf").write_text(head + text, encoding="utf-8")

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Return what `terraform ARGUMENTS` prints; it must exit with *expect*."""
        done = self._terraform(*arguments)
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr

    def _terraform(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ("terraform", *arguments, "-no-color"),
            cwd=self.folder,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=120,
        )

    def apply(self, *arguments: str, expect: int = 0) -> str:
        """Apply the configuration."""
        return self.run("apply", "-auto-approve", *arguments, expect=expect)

    def changes(self) -> dict[str, str]:
        """Return what a plan would do (`create`, `update`, `replace`, `delete`), by address."""
        lines = [json.loads(line) for line in self.run("plan", "-json").splitlines()]
        changes = [line["change"] for line in lines if line["type"] == "planned_change"]
        return {change["resource"]["addr"]: change["action"] for change in changes}

    def outputs(self) -> dict[str, Any]:
        """Return the outputs' values."""
        return {name: output["value"] for name, output in json.loads(self.run("output", "-json")).items()}

    def state(self) -> dict[str, dict[str, Any]]:
        """Return the instances in the state file by address."""
        data = json.loads((self.folder / "terraform.tfstate").read_text(encoding="utf-8"))
        return {f"{item['type']}.{item['name']}": item["instances"][0] for item in data["resources"]}

    def interrupt_apply(self, when: Callable[[], bool]) -> str:
        """Apply, interrupt Terraform as a terminal does once *when* holds, and return what it printed."""
        process = subprocess.Popen(
            ("terraform", "apply", "-auto-approve", "-no-color"),
            cwd=self.folder,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        deadline = time.monotonic() + 30
        while not when() and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        printed, _ = process.communicate(timeout=60)
        return printed


def initialised(folder: Path) -> Path:
    """Return *folder* with the stand-in in a mirror and Terraform initialised with it."""
    folder.mkdir(parents=True, exist_ok=True)
    install(folder / "mirror")
    (folder / "terraformrc").write_text(cli_config(folder / "mirror"), encoding="utf-8")
    first = Workspace(folder, {"PATH": os.environ["PATH"], "TF_CLI_CONFIG_FILE": str(folder / "terraformrc")})
    first.write("")
    first.run("init")
    return folder


def workspace(folder: Path, template: Path, arm: Arm, authority: trustme.CA) -> Workspace:
    """Return a workspace in *folder* that was initialised as *template* and whose provider talks to *arm*."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(template / ".terraform", folder / ".terraform", symlinks=True)
    shutil.copy(template / ".terraform.lock.hcl", folder)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TF_CLI_CONFIG_FILE": str(template / "terraformrc"),
        "ARM_RESOURCE_MANAGER_ENDPOINT": arm.url,
        "ARM_SUBSCRIPTION_ID": SUBSCRIPTION.rpartition("/")[2],
        "ARM_USE_MSI": "true",
        "IDENTITY_ENDPOINT": f"{arm.url}/token",
        "IDENTITY_HEADER": IDENTITY_HEADER,
        "SSL_CERT_FILE": str(folder / "ca.pem"),
    }
    return Workspace(folder, environment)
