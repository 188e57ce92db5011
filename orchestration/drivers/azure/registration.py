"""Registers a resource provider where Azure says that the subscription lacks it, and tells why where that fails.

azure-mgmt-core's policy does so, too, but waits for ever, and takes every answer for what it expects.
https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from orchestration.drivers.azure.failures import no_json, refusal
from orchestration.errors import ServiceError

POLL_SECONDS, LONGEST_SECONDS = 10.0, 600.0


def registration_policy() -> Any:
    """Return the policy; it raises `ServiceError` where a provider cannot be registered, or is not within minutes."""
    from azure.mgmt.core.policies import ARMAutoResourceProviderRegistrationPolicy

    class Registration(ARMAutoResourceProviderRegistrationPolicy):
        def _register_rp(self, initial_request: Any, url_prefix: str, rp_name: str) -> bool:
            waited = 0.0
            provider = f"{url_prefix}providers/{rp_name}"
            while not _registered(self._asked(initial_request, provider, register=not waited)):
                if waited >= LONGEST_SECONDS:
                    raise ServiceError(
                        f"the resource provider {rp_name} is not registered after {LONGEST_SECONDS / 60:g} minutes",
                        hint=f"see az provider show --namespace {rp_name}, and run the same command again when it is",
                    )
                initial_request.context.transport.sleep(POLL_SECONDS)
                waited += POLL_SECONDS
            return True

        def _asked(self, initial_request: Any, provider: str, *, register: bool) -> dict[str, Any]:
            """Return the provider, after asking for its registration, which may be asked for twice."""
            method, url = ("POST", f"{provider}/register") if register else ("GET", provider)
            request = self._build_next_request(initial_request, method, f"{url}?api-version=2016-02-01")
            request.context.options["retry_on_methods"] = ["GET", "POST"]
            response = self.next.send(request).http_response
            what = f"{method} {urlsplit(url).path}"
            try:
                found = json.loads(response.text())
            except ValueError:
                found = None
            if response.status_code != 200:
                raise refusal(what, response.status_code, found)
            if not isinstance(found, dict):
                raise no_json(what, response.status_code)
            return found

    return Registration()


def _registered(provider: dict[str, Any]) -> bool:
    return str(provider.get("registrationState", "")) == "Registered"
