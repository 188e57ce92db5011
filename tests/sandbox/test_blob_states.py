"""States in blobs of a storage account, over HTTP against a service on this machine.

What is not tested here is Terraform's own azurerm backend: it finds its account by the cloud's metadata and DNS suffix,
refuses a token for another audience, and knows no private authority, so that it cannot be led to a loopback address.
"""

from __future__ import annotations

import base64
import json
import ssl
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from orchestration.drivers.states import RemoteStates, blob_states
from orchestration.errors import NotLoggedIn, ServiceError
from tests.sandbox.blobs import TOKEN, BlobServer, serve_blobs

pytestmark = pytest.mark.slow

KEY = "fleet/core.tfstate"
STATE = json.dumps({"version": 4, "serial": 1, "resources": []}).encode()
SETTINGS = {"resource_group_name": "rg", "storage_account_name": "account", "container_name": "states"}
LOCK = {"ID": "1f3a", "Who": "runner@build-7", "Created": "2026-01-02T03:04:05.123Z", "Operation": "OperationTypeApply"}


class Credential:
    """A login whose token the service takes; it keeps what it was asked for."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token, self.scopes = token, list[str]()

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """Return the token."""
        self.scopes += scopes
        return AccessToken(self.token, int(time.time()) + 3600)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[BlobServer]:
    """An empty container."""
    with serve_blobs(tmp_path, "states") as server:
        yield server


def states(service: BlobServer, folder: Path, credential: Credential | None = None) -> RemoteStates:
    """Return the states in the container."""
    return blob_states(service.url, credential or Credential(), SETTINGS, ca_file=folder / "ca.pem")


def ask(service: BlobServer, folder: Path, method: str, address: str, **headers: str) -> bytes:
    """Send a request as Terraform's backend does, which our own code never sends."""
    fixed = {"Authorization": f"Bearer {TOKEN}", "x-ms-version": "2023-11-03"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{service.url}/{address}", method=method, headers={**fixed, **named})
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    with urllib.request.urlopen(request, context=context) as answer:
        return bytes(answer.read())


def lock(service: BlobServer, folder: Path) -> None:
    """Lock a state as Terraform's azurerm backend does: a lease on its blob, and who holds it in its metadata."""
    ask(service, folder, "PUT", f"states/{KEY}?comp=lease", x_ms_lease_action="acquire", x_ms_lease_duration="-1")
    told = base64.b64encode(json.dumps(LOCK).encode()).decode()
    ask(service, folder, "PUT", f"states/{KEY}?comp=metadata", x_ms_meta_terraformlockid=told)


def test_a_document_is_kept_read_and_forgotten(service: BlobServer, tmp_path: Path) -> None:
    """What is not there is none, what is written twice is there once, and forgetting twice is no error."""
    credential = Credential()
    found = states(service, tmp_path, credential)
    assert found.read(KEY) is None
    found.write(KEY, STATE)
    found.write(KEY, STATE)
    assert found.read(KEY) == STATE
    assert KEY.encode() in ask(service, tmp_path, "GET", "states?restype=container&comp=list")
    found.delete(KEY)
    found.delete(KEY)
    assert service.blobs == {}
    assert set(credential.scopes) == {"https://storage.azure.com/.default"}


def test_terraform_gets_the_same_place_and_no_secret(service: BlobServer, tmp_path: Path) -> None:
    """Its backend block has the container and the key; it logs in itself."""
    found = states(service, tmp_path)
    assert found.backend(KEY) == {"azurerm": {**SETTINGS, "use_azuread_auth": True, "key": KEY}}
    assert TOKEN not in f"{found!r}{found.backend(KEY)}{found.environment}"


def test_who_holds_a_lock_is_read_from_its_blob(service: BlobServer, tmp_path: Path) -> None:
    """Terraform leaves who it is in the metadata; without a lock there is nobody."""
    found = states(service, tmp_path)
    assert found.lock_holder(KEY) == ""
    found.write(KEY, STATE)
    assert found.lock_holder(KEY) == ""
    lock(service, tmp_path)
    assert found.lock_holder(KEY) == "runner@build-7 since 2026-01-02 03:04:05 UTC, lock 1f3a"


def test_a_locked_state_is_not_written_over(service: BlobServer, tmp_path: Path) -> None:
    """The lease is respected, and the error says that it is one."""
    found = states(service, tmp_path)
    found.write(KEY, STATE)
    lock(service, tmp_path)
    with pytest.raises(ServiceError, match="412") as caught:
        found.write(KEY, STATE + b" ")
    assert "another run holds it" in caught.value.hint
    assert service.blobs[KEY].content == STATE


def test_what_may_not_be_read_is_told(service: BlobServer, tmp_path: Path) -> None:
    """403: the role is missing; 401: the login is no use; both say where, and show no token."""
    service.faults = [403]
    with pytest.raises(NotLoggedIn, match=r"GET of the state .*core.tfstate was refused: 403") as caught:
        states(service, tmp_path).read(KEY)
    assert caught.value.hint
    with pytest.raises(NotLoggedIn, match="401"):
        states(service, tmp_path, Credential("wr0ng")).read(KEY)
    assert "wr0ng" not in str(caught.value)


def test_an_absent_container_is_not_an_empty_one(service: BlobServer, tmp_path: Path) -> None:
    """Reading from it would begin everything anew: it is an error that names it."""
    service.container = "other"
    with pytest.raises(ServiceError, match="no container") as caught:
        states(service, tmp_path).read(KEY)
    assert "states" in str(caught.value) and caught.value.hint


def test_what_goes_by_is_tried_again(service: BlobServer, tmp_path: Path) -> None:
    """A busy service and an answer that breaks off cost a second request each."""
    found = states(service, tmp_path)
    found.write(KEY, STATE)
    service.faults = [503, "half"]
    assert found.read(KEY) == STATE


def test_an_answer_that_keeps_breaking_off_is_told(service: BlobServer, tmp_path: Path) -> None:
    """Half a state is never taken for a whole one."""
    found = states(service, tmp_path)
    found.write(KEY, STATE)
    service.faults = ["half"] * 20
    with pytest.raises(ServiceError, match="no JSON, or not all of it"):
        found.read(KEY)
