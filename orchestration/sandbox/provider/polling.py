"""Waiting for long-running operations, by the rules of the Azure SDK for Go that azapi uses.

`Azure-AsyncOperation` wins over `Location`; without either, a written resource is read until its own provisioning
state is final. `Retry-After` of the first answer and of each poll is obeyed, 10 s otherwise.
https://github.com/Azure/azure-sdk-for-go/tree/main/sdk/azcore/internal/pollers
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin

from orchestration.sandbox.provider.answers import (
    CallFailed,
    location_state,
    operation_state,
    provisioning_state,
    resource_state,
)
from orchestration.sandbox.provider.patience import Patience
from orchestration.sandbox.provider.retrying import retry_after
from orchestration.sandbox.provider.transport import Answer

_POLL_SECONDS = 10.0
_BAD, _GOOD = frozenset({"failed", "canceled", "cancelled"}), frozenset({"succeeded"})

Get = Callable[[str], Answer]
"""Reads a URL."""


def finish(first: Answer, get: Get, patience: Patience) -> None:
    """Wait for the operation that *first*, the answer to a PUT or DELETE, started; raises CallFailed or GaveUp."""
    if operation := first.headers.get("Azure-AsyncOperation"):
        _poll(first, operation, operation_state, get, patience)
        if first.method == "PUT":
            resource_state(get(first.url))
    elif location := first.headers.get("Location"):
        _poll(first, location, location_state, get, patience)
    elif first.method == "PUT":
        _poll(first, first.url, resource_state, get, patience)


def _poll(first: Answer, url: str, state_of: Callable[[Answer], str], get: Get, patience: Patience) -> None:
    url = urljoin(first.url, url)
    answer, state = first, _first_state(first)
    wait = retry_after(first.headers)
    while state.casefold() not in _BAD | _GOOD:
        if wait > 0:
            patience.wait(wait)
        answer = get(url)
        # Some services answer to the URL they named only with "method not allowed"; azapi takes that for done.
        if answer.status == 405:
            return
        state = state_of(answer)
        if state_of is location_state:
            url = urljoin(url, answer.headers.get("Location") or url)
        wait = retry_after(answer.headers) or _POLL_SECONDS
    if state.casefold() in _BAD:
        raise CallFailed(answer)


def _first_state(answer: Answer) -> str:
    """Return the state after the first answer: what it says itself, or what its headers and status mean."""
    announced = "Azure-AsyncOperation" in answer.headers or "Location" in answer.headers
    running = announced or answer.status in (201, 202)
    return provisioning_state(answer) or ("InProgress" if running else "Succeeded")
