"""Azure's refusals, and connections that fail, as errors of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from orchestration.errors import NoAnswer, NotLoggedIn, OrchestrationError, ServiceError

HINTS: Mapping[str, str] = {
    "AuthorizationFailed": "ask for a role that may do this at that scope, then wait a few minutes",
    "SubscriptionNotFound": "check the subscription's id, and that this login sees it: az account list",
    "InvalidAuthenticationTokenTenant": "log in to the tenant of the subscription: az login --tenant TENANT",
    "MissingSubscriptionRegistration": "register the provider: az provider register --namespace NAMESPACE",
    "ResourceGroupNotFound": "make the resource group, or correct its name",
    "ContextAlreadyExists": "a tenant has one context, and it is not this fleet's: take the fleet to another tenant",
    "UnauthorizedNamespaceError": "enable the cluster's features with your tenant's object id of the custom locations "
    "resource provider: az connectedk8s enable-features --features cluster-connect custom-locations",
}
STATUS_HINTS: Mapping[int, str] = {
    401: "log in again: az login",
    403: HINTS["AuthorizationFailed"],
    404: "see whether it was deleted or renamed meanwhile, and run the same command again",
    409: "something else is being done to it: run the same command again when that has ended",
    412: "somebody else changed it at the same time: run the same command again",
    429: "Azure asks for patience: run the same command again in a few minutes",
}
OWN_TROUBLE = "Azure has trouble of its own: run the same command again later, and see https://status.azure.com"
OUR_MISTAKE = "correct what Azure names in the fleet file; if it is not there, send us what `ewo support-bundle` packs"
NO_JSON = "something between us and Azure answers in its place: check the proxy settings, then run it again"


def refusal(what: str, status: int, body: Any, header_code: str = "") -> ServiceError:
    """Return the error for an answer of Azure Resource Manager's to *what*, such as `PUT /subscriptions/…`."""
    found = body.get("error", body) if isinstance(body, dict) else {}
    found = found if isinstance(found, dict) else {}
    code = header_code or str(found.get("code") or "")
    lines = [f"{what} was refused: {status} {code}".rstrip(), *_messages(found)]
    kind = NotLoggedIn if status == 401 else ServiceError
    other = OWN_TROUBLE if status >= 500 else OUR_MISTAKE
    return kind("\n".join(lines), status=status, code=code, hint=HINTS.get(code) or STATUS_HINTS.get(status, other))


def no_json(what: str, status: int) -> ServiceError:
    """Return the error for an answer to *what* that is not what Azure Resource Manager sends."""
    return ServiceError(f"{what} was answered with {status} and what is no JSON, or not all of it", hint=NO_JSON)


def _messages(found: Mapping[str, Any]) -> Iterator[str]:
    if found.get("message"):
        yield str(found["message"])
    for detail in found.get("details") or ():
        if isinstance(detail, dict) and detail.get("message"):
            where = f"{detail['target']}: " if detail.get("target") else ""
            yield f"- {where}{detail['message']}"


@contextmanager
def told_plainly(what: str) -> Iterator[None]:
    """Turn azure-core's errors inside the block into `ServiceError`, ours into themselves."""
    from azure.core.exceptions import AzureError, DecodeError, HttpResponseError

    try:
        yield
    except OrchestrationError:
        raise
    except DecodeError as error:
        raise no_json(what, error.status_code or 200) from error
    except HttpResponseError as error:
        response = error.response
        if response is None:
            raise ServiceError(f"{what} failed: {error.message}", hint=NO_JSON) from error
        found = refusal(what, response.status_code or 0, _body(response), _code(response))
        # An operation that fails answers its poll with 200: what failed is in the error, not in the status.
        raise (found if found.status >= 400 else _failed_operation(what, error, _body(response))) from error
    except AzureError as error:
        hint = "check the network, the proxy settings and the certificates; in the sandbox: does it still run?"
        raise NoAnswer(f"{what} got no answer: {error.message}", hint=hint) from error


def _failed_operation(what: str, error: Any, body: Any) -> ServiceError:
    found = body.get("error") if isinstance(body, dict) else None
    found = found if isinstance(found, dict) else {}
    status = body.get("status", "Failed") if isinstance(body, dict) else "Failed"
    lines = [f"{what} ended as {status}: {found.get('code', '')}".rstrip(": "), *(_messages(found) or (error.message,))]
    code = str(found.get("code") or "")
    return ServiceError("\n".join(lines), code=code, hint=HINTS.get(code, ""))


def _body(response: Any) -> Any:
    import json

    try:
        return json.loads(response.text())
    except (ValueError, AttributeError):
        return None


def _code(response: Any) -> str:
    return str(response.headers.get("x-ms-error-code", ""))
