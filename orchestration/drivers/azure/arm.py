"""Azure Resource Manager: get, put, delete, act, list, each to the end of its long-running operation.

Azure and the sandbox differ by URL and token. Clients may be shared by threads.
https://github.com/Azure/azure-resource-manager-rpc says how operations are followed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from orchestration.drivers.azure.failures import no_json, refusal, told_plainly
from orchestration.drivers.azure.pipeline import import_azure, make_client, make_polling, make_transport
from orchestration.drivers.azure.token import PUBLIC_SCOPE
from orchestration.drivers.trace import Trace, untraced
from orchestration.errors import ServiceError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.mgmt.core import ARMPipelineClient

ABSENT = {"ResourceNotFound", "ResourceGroupNotFound", "ParentResourceNotFound", "NotFound", ""}
"""Codes of a 404 that mean: it is not there. Others mean that the question was wrong."""

POLL_SECONDS = 5.0

Json = dict[str, Any]


class Arm:
    """One Azure Resource Manager; ids begin with a slash; errors are `ServiceError`, 401 is `NotLoggedIn`.

    *scope* is what tokens are asked for, *correlation_id* goes with every request, waits end when *cancel* is set.
    """

    def __init__(
        self,
        url: str,
        credential: TokenCredential,
        *,
        scope: str = PUBLIC_SCOPE,
        ca_file: Path | None = None,
        correlation_id: str | None = None,
        cancel: threading.Event | None = None,
        poll_seconds: float = POLL_SECONDS,
        trace: Trace = untraced,
    ) -> None:
        import_azure()
        self.url = url.rstrip("/")
        self._credential, self._scope, self._ca_file = credential, scope, ca_file
        self._correlation_id, self._cancel, self._poll_seconds = correlation_id, cancel, poll_seconds
        self._trace = trace
        self._opening = threading.Lock()
        self._client: ARMPipelineClient[Any, Any] | None = None

    def get(self, id: str, api_version: str) -> Json | None:  # noqa: A002 - ARM's name for it
        """Return a resource, or None if it does not exist."""
        return self._get(f"{id}?api-version={api_version}", f"GET {id}")

    def put(self, id: str, api_version: str, body: Mapping[str, Any]) -> Json:  # noqa: A002 - ARM's name for it
        """Make or replace a resource and return it as it is then."""
        return self._change("PUT", id, api_version, body) or {}

    def write(self, id: str, api_version: str, body: Mapping[str, Any]) -> None:  # noqa: A002 - ARM's name for it
        """Make or replace a resource that need not be read afterwards, which saves a request."""
        self._change("PUT", id, api_version, body, read=False)

    def delete(self, id: str, api_version: str) -> None:  # noqa: A002 - ARM's name for it
        """Delete a resource; one that is not there is deleted already."""
        self._change("DELETE", id, api_version, None)

    def post(
        self,
        id: str,  # noqa: A002 - ARM's name for it
        action: str,
        api_version: str,
        body: Mapping[str, Any],
        *,
        asks: bool = False,
    ) -> Json | None:
        """Run an action of a resource and return its final answer, or None if it has none.

        One that only *asks* is run again where its answer got lost.
        """
        options: dict[str, Any] = {"retry_on_methods": ["POST"]} if asks else {}
        return self._change("POST", f"{id}/{action}", api_version, body, **options)

    def list(self, id: str, api_version: str) -> list[Json]:  # noqa: A002 - ARM's name for it
        """Return every item of a collection, all its pages; nothing if its parent does not exist."""
        found: list[Json] = []
        link: str | None = f"{id}?api-version={api_version}"
        while link:
            page = self._get(self._within(link), f"GET {id}") or {}
            found += page.get("value") or []
            link = page.get("nextLink")
        return found

    def _get(self, address: str, what: str) -> Json | None:
        with told_plainly(what):
            response = self._send("GET", address, None).http_response
        body = _json(response)
        if response.status_code == 200:
            if not isinstance(body, dict):
                raise no_json(what, response.status_code)
            return body
        found = refusal(what, response.status_code, body, response.headers.get("x-ms-error-code", ""))
        if response.status_code == 404 and found.code in ABSENT:
            return None
        raise found

    def _change(
        self,
        method: str,
        path: str,
        api_version: str,
        body: Mapping[str, Any] | None,
        *,
        read: bool = True,
        **options: Any,
    ) -> Json | None:
        what = f"{method} {path}"
        with told_plainly(what):
            first = self._send(method, f"{path}?api-version={api_version}", body, **options)
            response = first.http_response
            if method == "DELETE" and response.status_code == 404:
                return None
            if response.status_code >= 300:
                raise refusal(what, response.status_code, _json(response), response.headers.get("x-ms-error-code", ""))
            if response.status_code == 200 and response.text() and _json(response) is None:
                raise no_json(what, response.status_code)
            polling = make_polling(self._poll_seconds, read=read)
            polling.initialize(self._opened(), first, lambda last: _json(last.http_response))
            polling.run()
            found = polling.resource()
        return found if isinstance(found, dict) else None

    def _send(self, method: str, address: str, body: Mapping[str, Any] | None, **options: Any) -> Any:
        from azure.core.rest import HttpRequest

        request = HttpRequest(method, f"{self.url}{address}", json=None if body is None else dict(body))
        # As the SDKs do: the pipeline's own run returns what polling needs beside the response.
        return self._opened()._pipeline.run(request, **options)

    def _within(self, link: str) -> str:
        """Return a link of a page without our address; raise `ServiceError` if it leads, with our token, elsewhere."""
        if link.startswith("/"):
            return link
        if urlsplit(link).netloc.lower() != urlsplit(self.url).netloc.lower():
            raise ServiceError(
                f"{self.url} continues a list at {link}", hint="it is not followed: our token would go along"
            )
        parts = urlsplit(link)
        return f"{parts.path}?{parts.query}"

    def _opened(self) -> ARMPipelineClient[Any, Any]:
        """Return the client, made when it is first needed."""
        with self._opening:
            if self._client is None:
                transport = make_transport(self.url, self._ca_file, self._cancel, self._trace)
                self._client = make_client(self.url, self._credential, self._scope, transport, self._correlation_id)
            return self._client


def _json(response: Any) -> Any:
    text = response.text()
    try:
        return response.json() if text else None
    except ValueError:
        return None
