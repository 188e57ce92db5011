"""The HTTP pipeline that every client of Azure shares: connections kept alive, retries, waits that can be ended."""

from __future__ import annotations

import importlib
import ssl
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from orchestration.drivers.azure.registration import registration_policy
from orchestration.drivers.trace import Trace, traced, untraced
from orchestration.errors import Interrupted

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.pipeline.transport import RequestsTransport
    from azure.mgmt.core import ARMPipelineClient
    from azure.mgmt.core.polling.arm_polling import ARMPolling

CONNECTIONS = 32
CONNECT_SECONDS, READ_SECONDS, LOOPBACK_READ_SECONDS = 30, 90, 30
"""Azure Resource Manager itself gives up on what does not answer within 60 seconds."""

LONGEST_RETRY_SECONDS, LONGEST_THROTTLED_SECONDS = 600, 540
"""How long a request is tried in all, and how much of that it waits because the service says when to come back."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")
CORE = (
    "azure.core.paging",
    "azure.core.pipeline.policies",
    "azure.core.pipeline.transport",
    "azure.core.rest",
    "azure.mgmt.core.policies",
    "azure.mgmt.core.polling.arm_polling",
)

_importing = threading.Lock()


def import_azure(*modules: str) -> None:
    """Import the core of Azure's packages, and *modules*, in one thread at a time.

    They import each other in circles: several threads that begin at once may find a module that is not yet whole.
    """
    with _importing:
        for module in (*CORE, *modules):
            importlib.import_module(module)


def make_transport(
    url: str, ca_file: Path | None, cancel: threading.Event | None = None, trace: Trace = untraced
) -> RequestsTransport:
    """Return a transport for *url* that trusts *ca_file* alone if given; its waits end with `Interrupted` on *cancel*.

    On loopback no proxy of the environment is asked: none could reach this machine's own address.
    """
    import requests
    from azure.core.exceptions import ServiceRequestError, ServiceResponseError
    from azure.core.pipeline.transport import RequestsTransport
    from requests.adapters import HTTPAdapter

    class Transport(RequestsTransport):  # type: ignore[misc]  # azure-core looks its classes up by name
        def send(self, request: Any, **options: Any) -> Any:
            with traced(trace, f"{request.method} {urlsplit(request.url).path}"):
                try:
                    return super().send(request, **options)
                except ServiceRequestError as error:
                    if _broke_off(error):
                        raise ServiceResponseError(error.message, error=error) from error
                    raise

        def sleep(self, duration: float) -> None:
            if cancel is None:
                time.sleep(duration)
            elif cancel.wait(duration):
                raise Interrupted("interrupted while waiting for Azure", hint="run the same command again to go on")

    session = requests.Session()
    session.trust_env = not _is_loopback(url)
    session.mount("https://", HTTPAdapter(pool_connections=4, pool_maxsize=CONNECTIONS))
    verify: Any = str(ca_file) if ca_file else True
    seconds = LOOPBACK_READ_SECONDS if _is_loopback(url) else READ_SECONDS
    return Transport(
        session=session, connection_verify=verify, connection_timeout=CONNECT_SECONDS, read_timeout=seconds
    )


def make_polling(seconds: float, *, read: bool) -> ARMPolling:
    """Return how an operation is followed to its end, and unless *read* no further: what it made is not read."""
    from azure.core.polling.base_polling import LocationPolling, StatusCheckPolling
    from azure.mgmt.core.polling.arm_polling import ARMPolling, AzureAsyncOperationPolling, BodyContentPolling

    class Unread(AzureAsyncOperationPolling[Any, Any]):
        def get_final_get_url(self, pipeline_response: Any) -> None:
            return None

    unread = [Unread(), LocationPolling(), BodyContentPolling(), StatusCheckPolling()]
    return ARMPolling(seconds) if read else ARMPolling(seconds, lro_algorithms=unread)


def _broke_off(error: Any) -> bool:
    """Whether a TLS connection ended while a request was on it: azure-core takes that for one that was never sent."""
    caught = next(iter(getattr(error.inner_exception, "args", ())), None)
    reason = getattr(caught, "reason", caught)
    return any(isinstance(item, ssl.SSLEOFError) for item in getattr(reason, "args", ()))


def retry_policy(url: str) -> Any:
    """Return azure-core's policy of trying again, which takes no 429 for an answer: what it refuses was not begun.

    How often is limited, except where the service throttles and says for how long: bursts of hundreds of requests
    wait their turn for minutes.
    https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
    """
    from azure.core.pipeline.policies import RetryPolicy

    class Retry(RetryPolicy[Any, Any]):
        def is_retry(self, settings: Any, response: Any) -> bool:
            left = settings["total"] > 0 and settings["status"] > 0
            return bool(super().is_retry(settings, response)) or (left and response.http_response.status_code == 429)

        def increment(self, settings: Any, response: Any = None, error: Exception | None = None) -> bool:
            answer = None if error else getattr(response, "http_response", None)
            seconds = self.get_retry_after(response) if answer is not None and answer.status_code == 429 else None
            if seconds and settings.setdefault("throttled", 0) + seconds <= LONGEST_THROTTLED_SECONDS:
                settings["throttled"] += seconds
                settings["total"], settings["status"] = settings["total"] + 1, settings["status"] + 1
            return bool(super().increment(settings, response, error))

    # A server of this machine that cannot be reached is not there.
    connect = 0 if _is_loopback(url) else 3
    return Retry(retry_connect=connect, retry_status=6, retry_backoff_max=60, timeout=LONGEST_RETRY_SECONDS)


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK


def correlation_headers(correlation_id: str | None) -> dict[str, str]:
    """Return the header by which Azure's logs tell the requests of one run."""
    return {"x-ms-correlation-request-id": correlation_id} if correlation_id else {}


def make_client(
    url: str, credential: TokenCredential, scope: str, transport: RequestsTransport, correlation_id: str | None
) -> ARMPipelineClient[Any, Any]:
    """Return azure-mgmt-core's client: token, registration of providers, retries that honour Retry-After."""
    from azure.core.pipeline import policies
    from azure.mgmt.core import ARMPipelineClient
    from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

    chain = [
        policies.RequestIdPolicy(),
        policies.HeadersPolicy(correlation_headers(correlation_id)),
        policies.UserAgentPolicy(base_user_agent="edge-workload-orchestration"),
        registration_policy(),
        retry_policy(url),
        ARMChallengeAuthenticationPolicy(credential, scope),
        policies.SensitiveHeaderCleanupPolicy(),
    ]
    return ARMPipelineClient(url, policies=chain, transport=transport)
