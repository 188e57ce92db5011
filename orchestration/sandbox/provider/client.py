"""Azure Resource Manager as azapi calls it: retries, registration of providers, long-running operations.

Requests come in the order and number of azapi 2.12. Two things differ, because nobody waits half an hour for a
sandbox: a server that does not answer is given ten seconds, and a certificate that is not trusted none. As in azapi
the user's patterns, where there are any, decide about a connection too: one that breaks is not tried again unless
they match what is said of it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from orchestration.sandbox.provider.answers import CallFailed, document, error_code, error_text
from orchestration.sandbox.provider.login import Login
from orchestration.sandbox.provider.patience import GaveUp, Patience
from orchestration.sandbox.provider.polling import finish
from orchestration.sandbox.provider.retrying import RetryRule, retry_after
from orchestration.sandbox.provider.transport import Answer, ConnectionFailed, Transport, is_loopback

_ACCEPT = {"Accept": "application/json"}
_SAFE_IN_PATHS = "/!$&'()*+,;=:@"
_REFUSED_SECONDS, _REFUSED_PAUSE = 10.0, 0.5
_REGISTER_ROUNDS, _REGISTER_PAUSE, _REGISTER_SECONDS = 3, 1.0, 300.0
_REGISTER_VERSION = "2019-05-01"
_UNREGISTERED = frozenset({"MissingRegistrationForResourceProvider", "MissingSubscriptionRegistration"})


@dataclass(frozen=True)
class RequestOptions:
    """What a call carries beyond its body, and which of its answers are asked for again."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    retry: RetryRule = field(default_factory=RetryRule)


@dataclass(frozen=True)
class Settings:
    """Where Azure Resource Manager is, and what every request says."""

    endpoint: str
    audience: str
    user_agent: str
    correlation_id: str | None = field(default_factory=lambda: str(uuid.uuid4()))
    register: bool = True


class Client:
    """Calls Azure Resource Manager; its methods raise CallFailed, ConnectionFailed, GaveUp or Problem."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._transport = Transport(environment)
        self._login = Login(self._transport, settings.audience, environment)

    def get(self, path: str, version: str, options: RequestOptions, patience: Patience) -> Any:
        """Return the resource at *path*."""
        answer = self._call("GET", self._url(path, version, options), None, options, patience)
        resource = document(answer)
        if answer.status != 200 or resource is None:
            raise CallFailed(answer)
        return resource

    def put(self, path: str, version: str, body: Any, options: RequestOptions, patience: Patience) -> None:
        """Write the resource at *path* and wait until that is done."""
        answer = self._call("PUT", self._url(path, version, options), body, options, patience)
        # azapi unmarshals what it gets, and fails on what is no JSON.
        if answer.status not in (200, 201, 202) or (answer.body.strip() and document(answer) is None):
            raise CallFailed(answer)
        self._finish(answer, options, patience)

    def delete(self, path: str, version: str, options: RequestOptions, patience: Patience) -> None:
        """Delete the resource at *path* and wait until that is done."""
        answer = self._call("DELETE", self._url(path, version, options), None, options, patience)
        if answer.status not in (200, 202, 204):
            raise CallFailed(answer)
        self._finish(answer, options, patience)

    def _finish(self, answer: Answer, options: RequestOptions, patience: Patience) -> None:
        polls = RequestOptions(retry=options.retry)
        finish(answer, lambda url: self._retried("GET", url, None, polls, patience), patience)

    def _url(self, path: str, version: str, options: RequestOptions) -> str:
        query = urlencode({"api-version": version, **options.query})
        return f"{self._settings.endpoint}{quote(path, safe=_SAFE_IN_PATHS)}?{query}"

    def _call(self, method: str, url: str, body: Any, options: RequestOptions, patience: Patience) -> Answer:
        """Return the answer to a call, after registering the resource provider if that is what it asks for."""
        options = RequestOptions({**_ACCEPT, **options.headers}, options.query, options.retry)
        answer = self._retried(method, url, body, options, patience)
        for _ in range(_REGISTER_ROUNDS - 1):
            if not (self._settings.register and _is_unregistered(answer)):
                break
            self._register(url, patience)
            answer = self._retried(method, url, body, options, patience)
        return answer

    def _register(self, url: str, patience: Patience) -> None:
        """Register the resource provider of *url* and wait until it is, for as long as azcore does.

        https://github.com/Azure/azure-sdk-for-go/blob/main/sdk/azcore/arm/runtime/policy_register_rp.go
        """
        patience = replace(patience, until=min(patience.until, patience.now() + _REGISTER_SECONDS))
        parts = urlsplit(url).path.split("/")
        lowered = [part.casefold() for part in parts]
        subscription = parts[lowered.index("subscriptions") + 1]
        namespace = parts[len(parts) - lowered[::-1].index("providers")]
        provider = f"{self._settings.endpoint}/subscriptions/{subscription}/providers/{namespace}"
        query = urlencode({"api-version": _REGISTER_VERSION})
        options = RequestOptions(_ACCEPT)
        answer = self._retried("POST", f"{provider}/register?{query}", None, options, patience)
        while answer.status == 200 and isinstance(document(answer), dict):
            answer = self._retried("GET", f"{provider}?{query}", None, options, patience)
            if _is_registered(answer):
                return
            patience.wait(_REGISTER_PAUSE)
        raise CallFailed(answer)

    def _retried(self, method: str, url: str, body: Any, options: RequestOptions, patience: Patience) -> Answer:
        rule, last, attempt = options.retry, "", 0
        refused_until = patience.now() + _REFUSED_SECONDS
        try:
            while True:
                attempt += 1
                try:
                    answer = self._send(method, url, body, options, patience)
                except ConnectionFailed as error:
                    last = str(error)
                    hopeless = rule.patterns and not rule.matches_text(last)
                    if error.lasting or hopeless or patience.now() > refused_until:
                        raise
                    patience.wait(_REFUSED_PAUSE)
                    continue
                text = error_text(answer) if answer.status >= 400 else ""
                asked = retry_after(answer.headers)
                # Who is told to wait longer than the limit does not wait at all.
                if asked > rule.max_delay or not rule.matches(answer.status, text):
                    return answer
                last = text
                patience.wait(asked or rule.pause(attempt))
        except GaveUp as error:
            if last and rule.patterns:
                raise GaveUp(f"{error}, last retryable error: {last}") from error
            raise

    def _send(self, method: str, url: str, body: Any, options: RequestOptions, patience: Patience) -> Answer:
        if not is_loopback(url):
            raise ConnectionFailed(f'{method} "{url}": the stand-in for azapi only calls this machine', lasting=True)
        headers = {
            "Authorization": f"Bearer {self._login.bearer(patience.left())}",
            "User-Agent": self._settings.user_agent,
            **options.headers,
        }
        if self._settings.correlation_id:
            headers["x-ms-correlation-request-id"] = self._settings.correlation_id
        data = None
        if method == "PUT":
            data = json.dumps(body, ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
        return self._transport.send(method, url, headers, data, patience.left())


def _is_registered(answer: Answer) -> bool:
    found = document(answer)
    return answer.status == 200 and isinstance(found, dict) and found.get("registrationState") == "Registered"


def _is_unregistered(answer: Answer) -> bool:
    path = urlsplit(answer.url).path.casefold()
    return answer.status == 409 and error_code(answer) in _UNREGISTERED and path.startswith("/subscriptions/")
