"""Where Terraform's states lie: files of this machine, a server of states, or blobs of a storage account.

Documents of ours lie beside the states, under keys of their own. What Terraform is told holds no secret: it would keep
it in its working directory and in plans. https://developer.hashicorp.com/terraform/language/backend
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from orchestration.drivers.azure.failures import no_json, told_plainly
from orchestration.drivers.azure.pipeline import make_transport, retry_policy
from orchestration.drivers.disk import written
from orchestration.drivers.trace import Trace, traced, untraced
from orchestration.errors import NotLoggedIn, ServiceError

if TYPE_CHECKING:
    from azure.core import PipelineClient
    from azure.core.credentials import TokenCredential

BLOB_API = "2023-11-03"
BLOB_SCOPE = "https://storage.azure.com/.default"

LOCK_METADATA = "x-ms-meta-terraformlockid"
"""https://github.com/hashicorp/terraform/blob/main/internal/backend/remote-state/azure/client.go"""

Backend = Mapping[str, Mapping[str, Any]]


class States(Protocol):
    """Documents by key; errors are `ServiceError`, `NotWritten` or `OSError`.

    `shared` states are locked by Terraform, the others by us; `environment` is what Terraform reaches them with.
    """

    shared: bool
    environment: Mapping[str, str]

    def read(self, key: str) -> bytes | None:
        """Return a document, or None if there is none."""

    def write(self, key: str, content: bytes) -> None:
        """Keep a document; it is there even if the machine fails right afterwards."""

    def delete(self, key: str) -> None:
        """Forget a document; one that is not there is forgotten already."""

    def backend(self, key: str) -> Backend:
        """Return Terraform's backend block for the state *key*."""

    def lock_holder(self, key: str) -> str:
        """Return who holds the lock of a state, and since when, if it can be asked for; else nothing."""

    def ask(self, key: str) -> None:
        """Raise `NoAnswer` if what Terraform waits for without end does not answer; *key* is nobody's."""


class LocalStates:
    """States in a private folder of this machine."""

    shared = False
    environment: Mapping[str, str] = {}

    def __init__(self, folder: Path, trace: Trace = untraced) -> None:
        self.folder, self._trace = folder.resolve(), trace

    def read(self, key: str) -> bytes | None:
        """Return a document, or None if there is none."""
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / key).read_bytes()
        return None

    def write(self, key: str, content: bytes) -> None:
        """Keep a document, all of it or none."""
        path = self.folder / key
        with traced(self._trace, f"write of {key}"), written(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._write(path, content)

    def _write(self, path: Path, content: bytes) -> None:
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)

    def delete(self, key: str) -> None:
        """Forget a document, and the copy that Terraform keeps of a state."""
        with traced(self._trace, f"removal of {key}"):
            for path in (self.folder / key, self.folder / f"{key}.backup"):
                path.unlink(missing_ok=True)

    def backend(self, key: str) -> Backend:
        """Return Terraform's backend block for the state *key*."""
        return {"local": {"path": str(self.folder / key)}}

    def lock_holder(self, key: str) -> str:
        """Return nothing: the operating system knows, and lets go of a dead one's."""
        return ""

    def ask(self, key: str) -> None:
        """Do nothing: a disk is waited for by the operating system."""


@dataclass
class RemoteStates:
    """States behind an HTTP address; how they are reached is in the fields that the functions below fill."""

    address: str
    client: PipelineClient[Any, Any] = field(repr=False)
    settings: Mapping[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    put: str = "POST"
    put_headers: Mapping[str, str] = field(default_factory=dict)
    shared = True

    def read(self, key: str) -> bytes | None:
        """Return a document, or None if there is none."""
        status, content = self._send("GET", key, accepted=(200, 204, 404))
        if status != 200 or not content:
            return None
        try:
            json.loads(content)  # what we and Terraform keep is JSON; anything else comes from somebody between us
        except ValueError:
            raise no_json(f"GET of the state {self.address}/{key}", status) from None
        return content

    def write(self, key: str, content: bytes) -> None:
        """Keep a document."""
        self._send(self.put, key, content, headers=self.put_headers, accepted=(200, 201, 204))

    def delete(self, key: str) -> None:
        """Forget a document; one that is not there is forgotten already."""
        self._send("DELETE", key, accepted=(200, 202, 204, 404))

    def backend(self, key: str) -> Backend:
        """Return Terraform's backend block for the state *key*."""
        return _with_key(self.settings, self.address, key)

    def lock_holder(self, key: str) -> str:
        """Return who holds the lock of a state: a server of states answers with the holder to whoever tries to take it.

        Terraform's http backend shows the lock that it wanted instead; its azurerm backend keeps the holder in the
        metadata of the leased blob.
        """
        if "http" not in self.settings:
            return _holder(base64.b64decode(self._metadata(key)))
        mine = json.dumps({"ID": "ewo-asks", "Operation": "ask", "Who": "ewo"}).encode()
        status, content = self._send("LOCK", key, mine, accepted=(200, 409, 423))
        if status == 200:
            self._send("UNLOCK", key, mine, accepted=(200,))
            return ""
        return _holder(content) or "somebody whom the server of states does not name"

    def ask(self, key: str) -> None:
        """Do with a document of nobody's all that Terraform does with a state; a refusal is raised as one.

        The azurerm backend has time-outs of its own.
        """
        if "http" not in self.settings:
            return
        self.read(key)
        self.lock_holder(key)
        self.write(key, b"{}")
        self.delete(key)

    def _metadata(self, key: str) -> str:
        response = self._answer("HEAD", key, None, {}, (200, 404))
        return str(response.headers.get(LOCK_METADATA, ""))

    def _send(
        self,
        method: str,
        key: str,
        content: bytes | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        accepted: tuple[int, ...],
    ) -> tuple[int, bytes]:
        response = self._answer(method, key, content, headers or {}, accepted)
        return response.status_code, response.content

    def _answer(
        self, method: str, key: str, content: bytes | None, headers: Mapping[str, str], accepted: tuple[int, ...]
    ) -> Any:
        from azure.core.rest import HttpRequest

        what = f"{method} of the state {self.address}/{key}"
        with told_plainly(what):
            request = HttpRequest(method, f"{self.address}/{key}", headers=dict(headers), content=content)
            # A document that was written or deleted twice is as it was after once.
            response = self.client.send_request(request, retry_on_methods=["GET", "PUT", "POST", "DELETE"])
        if response.status_code not in accepted:
            raise _refused(what, response.status_code)
        if response.headers.get("x-ms-error-code") == "ContainerNotFound":
            raise ServiceError(
                f"{what} failed: there is no container {self.address}",
                hint="make the container, or correct state.azurerm in the fleet file",
            )
        return response


def http_states(
    address: str,
    *,
    username: str = "",
    password: str = "",
    ca_file: Path | None = None,
    cancel: threading.Event | None = None,
    trace: Trace = untraced,
) -> RemoteStates:
    """Return the states below *address*, a server of states with locking; the password goes to it alone."""
    from azure.core import PipelineClient
    from azure.core.pipeline import policies

    given = base64.b64encode(f"{username}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {given}"} if password else {}
    chain = [policies.HeadersPolicy(headers), retry_policy(address)]
    client: PipelineClient[Any, Any] = PipelineClient(
        address, policies=chain, transport=make_transport(address, ca_file, cancel, trace)
    )
    environment = {"TF_HTTP_USERNAME": username, "TF_HTTP_PASSWORD": password} if password else {}
    return RemoteStates(address.rstrip("/"), client, {"http": {}}, environment)


def blob_states(
    account_url: str,
    credential: TokenCredential,
    settings: Mapping[str, str],
    *,
    ca_file: Path | None = None,
    cancel: threading.Event | None = None,
    trace: Trace = untraced,
) -> RemoteStates:
    """Return the states in a container of a storage account, with the login that everything else is done with.

    *settings* are those of Terraform's azurerm backend, `container_name` among them.
    """
    from azure.core import PipelineClient
    from azure.core.pipeline import policies

    chain = [
        policies.HeadersPolicy({"x-ms-version": BLOB_API}),
        retry_policy(account_url),
        policies.BearerTokenCredentialPolicy(credential, BLOB_SCOPE),
    ]
    client: PipelineClient[Any, Any] = PipelineClient(
        account_url, policies=chain, transport=make_transport(account_url, ca_file, cancel, trace)
    )
    address = f"{account_url.rstrip('/')}/{settings['container_name']}"
    backend = {"azurerm": {**settings, "use_azuread_auth": True}}
    headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": "application/json"}
    return RemoteStates(address, client, backend, put="PUT", put_headers=headers)


def _with_key(settings: Mapping[str, Any], address: str, key: str) -> Backend:
    (kind, given), *_ = settings.items()
    if kind == "azurerm":
        return {kind: {**given, "key": key}}
    place = f"{address}/{key}"
    return {kind: {**given, "address": place, "lock_address": place, "unlock_address": place}}


def _holder(content: bytes) -> str:
    try:
        found = json.loads(content)
        if not found.get("ID"):
            return ""
        created = str(found.get("Created", "")).replace("T", " ").partition(".")[0].removesuffix("Z")
        return f"{found.get('Who') or 'somebody'} since {created or 'an unknown time'} UTC, lock {found.get('ID')}"
    except (ValueError, AttributeError):
        return ""


def _refused(what: str, status: int) -> ServiceError:
    if status in (401, 403):
        return NotLoggedIn(
            f"{what} was refused: {status}", status=status, hint="see what credentials README names at Where state lies"
        )
    if status == 412:
        return ServiceError(f"{what} failed: {status}", status=status, hint="another run holds it: wait for it to end")
    return ServiceError(
        f"{what} failed: {status}", status=status, hint="see whether the place of the states is there, then run again"
    )
