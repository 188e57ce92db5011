"""The sandbox as a process: joined if one runs on the same folder, started and stopped otherwise."""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import filelock

from orchestration.drivers.process import Child, clean_environment, spawn
from orchestration.errors import SandboxError
from orchestration.sandbox.keys import CA_FILE, LOCK_FILE, Keys, last_info, open_folder, read_keys

HOST = "127.0.0.1"
LOG_FILE, START_LOCK_FILE = "server.log", "start.lock"
START_SECONDS = 20.0
CALL_SECONDS = 30.0
LRO_MS = 20


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that answers requests; a context manager that stops it at the end if it was started here."""

    directory: Path
    port: int
    keys: Keys = field(repr=False)
    child: Child | None = field(default=None, repr=False)

    def __enter__(self) -> RunningSandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The address of Azure Resource Manager and of everything else."""
        return f"https://{HOST}:{self.port}"

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that the server's was issued by, and nothing else."""
        return self.directory / CA_FILE

    @property
    def token(self) -> str:
        """The bearer token of every request, and the password of the Git host."""
        return self.keys.token

    @property
    def identity_endpoint(self) -> str:
        """Where access tokens are fetched."""
        return f"{self.url}/token"

    @property
    def identity_header(self) -> str:
        """What the token endpoint asks for in X-IDENTITY-HEADER."""
        return self.keys.identity_header

    @property
    def git_root(self) -> Path:
        """The folder of the Git host's bare repositories."""
        return self.directory / "git"

    def environment(self) -> dict[str, str]:
        """Return what leads azapi to the sandbox; ARM_SUBSCRIPTION_ID and ARM_TENANT_ID are the caller's."""
        return {
            "ARM_RESOURCE_MANAGER_ENDPOINT": self.url,
            "ARM_USE_CLI": "false",
            "ARM_USE_MSI": "true",
            "IDENTITY_ENDPOINT": self.identity_endpoint,
            "IDENTITY_HEADER": self.identity_header,
            "SSL_CERT_FILE": str(self.ca_file),
        }

    def alive(self) -> bool:
        """Return whether the server still answers."""
        if self.child is not None and self.child.code is not None:
            return False
        with contextlib.suppress(SandboxError):
            return bool(self.call("GET", "/sandbox/health"))
        return False

    def close(self) -> None:
        """Stop the server if it was started here."""
        if self.child is not None:
            self.child.close()

    def seed(
        self, *, tenant: str, subscriptions: Sequence[str], resources: Sequence[Mapping[str, Any]] = ()
    ) -> list[str]:
        """Give the sandbox its tenant and subscriptions, and resources that were there before, each once.

        A resource is its ARM body with `id`; return the IDs of those that were put now. Raise `SandboxError` if the
        folder holds another tenant.
        """
        body = {"tenant": tenant, "subscriptions": list(subscriptions), "resources": list(resources)}
        return [str(each) for each in self.call("POST", "/sandbox/seed", body)["seeded"]]

    def fault(self, *, path: str, times: int = 1, **what: Any) -> None:
        """Make the next *times* requests whose path matches the regular expression *path* fail.

        *what* has either `status` or `kind`: reset, stall, half (of the answer's body) or garbage. It may have host
        (azure or git), method, seconds (of a stall), retry_after (the header), after_effect, code and message.
        """
        self.call("POST", "/sandbox/faults", {"path": path, "times": times, **what})

    def fault_target(self, name: str, what: str, *, times: int = 1, seconds: float | None = None) -> bool:
        """Let something go wrong with the next *times* installations on the targets of that name, also later ones.

        They `fail`, are `slow` (*seconds* long), `stuck` until cleared, or end with a component that is `unhealthy`
        until cleared, or for *seconds*; `unstaged` lets the next *times* stagings of images fail, `slow-review` and
        `slow-publish` are for reviews and publications. Return whether there is such a target by now.
        """
        return self._trouble({"target": name, "what": what, "times": times, "seconds": seconds})

    def fault_cluster(self, name: str, what: str, *, seconds: float | None = None) -> bool:
        """Let a cluster be `offline` or `expired` for *seconds*, or `gone`; without *seconds* until cleared.

        Return whether there is such a cluster by now; raise `SandboxError` if one that is not there is to be gone.
        """
        return self._trouble({"cluster": name, "what": what, "seconds": seconds})

    def limit_bulk(self, targets: int) -> None:
        """Let bulk actions take no more than these *targets*, which are 1,000 otherwise."""
        self.call("POST", "/sandbox/limits", {"bulkTargets": targets})

    def clear_fault(self, on: str, name: str) -> None:
        """Take back all faults of the "target" or "cluster" of that name."""
        self.call("DELETE", f"/sandbox/faults?{urlencode({on: name})}")

    def _trouble(self, body: Mapping[str, Any]) -> bool:
        return bool(self.call("POST", "/sandbox/faults", body)["known"])

    def protect(self, url: str, *branches: str) -> None:
        """Refuse pushes to these branches of a repository, and to no others, as GitHub does for protected ones."""
        from orchestration.sandbox.githost import protect  # delayed: it brings a server with it

        protect(self.git_root, url, *branches)

    def clear_faults(self) -> None:
        """Take back all faults, those of targets and clusters too."""
        self.call("DELETE", "/sandbox/faults")

    def show(self, id_: str, **properties: Any) -> None:
        """Make the resource show *properties*, say `connectivityStatus="Offline"`, whatever its service would."""
        self.call("POST", "/sandbox/show", {"id": id_, "properties": properties})

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """Return n, method, path, status and userAgent of the requests after *since*, but for those to `/sandbox/`."""
        found: list[dict[str, Any]] = self.call("GET", f"/sandbox/requests?since={since}")["requests"]
        return found

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Return the server's JSON answer; raise `SandboxError` if it is an error or there is none."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection = http.client.HTTPSConnection(HOST, self.port, timeout=CALL_SECONDS, context=context)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._dead(error) from error
        finally:
            connection.close()
        found = json.loads(content) if content else None
        if answer.status >= 400:
            raise SandboxError(f"the sandbox refused {method} {path}: {_message(found, answer.status)}")
        return found

    def _dead(self, error: Exception) -> SandboxError:
        log = self.directory / LOG_FILE
        return SandboxError(
            f"the sandbox at {self.url} does not answer: {error}",
            hint=f"run the command again; if it stays so, see {log}",
        )


def start(directory: Path, *, port: int | None = None, lro_ms: int = LRO_MS) -> RunningSandbox:
    """Join the sandbox that runs on *directory*, or start one that ends with us; raise `SandboxError` if neither works.

    A *port* that the running one does not have is an error. `lro_ms` is how long a long-running operation takes.
    """
    directory = directory.absolute()
    open_folder(directory)
    with filelock.FileLock(directory / START_LOCK_FILE, timeout=START_SECONDS, mode=0o600):
        running = _running(directory)
        if running is None:
            return _started(directory, port, lro_ms)
    if port not in (None, running.port):
        raise SandboxError(
            f"a sandbox already runs on {directory}, at port {running.port}", hint="leave the port out to join it"
        )
    return running


def join(directory: Path) -> RunningSandbox:
    """Return the sandbox that runs on *directory*; raise `SandboxError` if none does."""
    running = _running(directory.absolute())
    if running is None:
        raise SandboxError(
            f"no sandbox runs on {directory}", hint=f"start one: ewo sandbox run --sandbox-dir {directory}"
        )
    return running


def _running(directory: Path) -> RunningSandbox | None:
    """Return the sandbox that answers for *directory*, known by its token; None if there is none."""
    port = last_info(directory).get("port")
    if not isinstance(port, int) or not _is_served(directory):
        return None
    found = RunningSandbox(directory, port, read_keys(directory))
    return found if found.alive() else None


def _is_served(directory: Path) -> bool:
    """Return whether a server holds the folder: its lock goes with its process, however that ends."""
    lock = filelock.FileLock(directory / LOCK_FILE, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return True
    lock.release()
    return False


def _started(directory: Path, port: int | None, lro_ms: int) -> RunningSandbox:
    # With -P: the folder we are run in is no place to import from.
    argv = [sys.executable, "-Pm", "orchestration.sandbox", str(directory), "--lro-ms", str(lro_ms)]
    child = spawn(
        [*argv, *(["--port", str(port)] if port else [])],
        env=clean_environment(keep=("PYTHON*", "VIRTUAL_ENV")),
        log=directory / LOG_FILE,
    )
    try:
        said = json.loads(child.line(START_SECONDS) or "{}")
    except ValueError:
        said = {}
    if "port" in said:
        return RunningSandbox(directory, int(said["port"]), read_keys(directory), child)
    child.close()
    if "error" in said:
        raise SandboxError(str(said["error"]), hint=str(said.get("hint", "")))
    raise SandboxError("the sandbox did not start", hint=f"see {directory / LOG_FILE}")


def _message(body: Any, status: int) -> str:
    error = body.get("error", {}) if isinstance(body, dict) else {}
    return str(error.get("message") or f"status {status}")
