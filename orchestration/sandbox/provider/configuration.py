"""The provider block and the environment, checked and turned into a client."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from orchestration.sandbox.provider.azapi_schemas import UNSERVED_PROVIDER_ARGUMENTS
from orchestration.sandbox.provider.client import Client, Settings
from orchestration.sandbox.provider.install import VERSION
from orchestration.sandbox.provider.locks import Locks
from orchestration.sandbox.provider.problem import Problem
from orchestration.sandbox.provider.transport import is_loopback
from orchestration.sandbox.provider.values import UNKNOWN

_AZURE = "https://management.azure.com"
_AUDIENCE = "https://management.core.windows.net/"
_ENVIRONMENTS = frozenset({"public", "usgovernment", "china", "custom"})


@dataclass(frozen=True)
class Configured:
    """A configured provider: its client, and what of its block the resources heed."""

    client: Client
    locks: Locks
    stop: threading.Event
    subscription_id: str
    default_name: str
    ignore_no_op_changes: bool
    disable_default_output: bool


def validate_provider(config: Mapping[str, Any]) -> None:
    """Check a provider block as far as it is known; raises Problem."""
    for name in UNSERVED_PROVIDER_ARGUMENTS:
        if config.get(name) not in (None, False, UNKNOWN):
            raise Problem(
                "Unsupported argument of the stand-in",
                f'The sandbox\'s stand-in for azapi does not serve the provider argument "{name}". Leave it out.',
                (name,),
            )
    environment = config.get("environment")
    if isinstance(environment, str) and environment.casefold() not in _ENVIRONMENTS:
        raise Problem("Invalid Attribute Value", f'"{environment}" is no cloud environment.', ("environment",))
    endpoints = config.get("endpoint")
    if isinstance(endpoints, list) and len(endpoints) > 1:
        raise Problem("Invalid Attribute Value", "endpoint must have one element at most.", ("endpoint",))


def configure(
    config: Mapping[str, Any], environment: Mapping[str, str], terraform: str, stop: threading.Event
) -> Configured:
    """Return the provider that *config* and *environment* describe; raises Problem unless it stays on this machine."""
    validate_provider(config)
    endpoint, audience = _endpoint(config, environment)
    settings = Settings(
        endpoint=endpoint,
        audience=audience,
        user_agent=f"HashiCorp Terraform/{terraform} (+https://www.terraform.io) "
        f"terraform-provider-azapi/{VERSION} (sandbox stand-in)",
        register=not _flag(config, environment, "skip_provider_registration", default=False),
    )
    if _flag(config, environment, "disable_correlation_request_id", default=False):
        settings = replace(settings, correlation_id=None)
    elif correlation := _text(config, environment, "custom_correlation_request_id", "ARM_CORRELATION_REQUEST_ID"):
        settings = replace(settings, correlation_id=correlation)
    return Configured(
        client=Client(settings, environment),
        locks=Locks(),
        stop=stop,
        subscription_id=_text(config, environment, "subscription_id", "ARM_SUBSCRIPTION_ID"),
        default_name=config.get("default_name") or "",
        ignore_no_op_changes=_flag(config, environment, "ignore_no_op_changes", default=True),
        disable_default_output=_flag(config, environment, "disable_default_output", default=False),
    )


def _endpoint(config: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the endpoint and the audience: the block's if there is one, otherwise the environment's."""
    block = config.get("endpoint")
    if block is None:
        endpoint = environment.get("ARM_RESOURCE_MANAGER_ENDPOINT")
        audience = environment.get("ARM_RESOURCE_MANAGER_AUDIENCE")
        origin = "ARM_RESOURCE_MANAGER_ENDPOINT"
    else:
        first = block[0] if block and block is not UNKNOWN else {}
        first = {} if first is UNKNOWN else first
        endpoint, audience = first.get("resource_manager_endpoint"), first.get("resource_manager_audience")
        origin = "the provider block"
        if block is UNKNOWN or endpoint is UNKNOWN:
            raise _refusal("is not known yet", origin)
    if not endpoint:
        raise _refusal(f"is not set, which means {_AZURE}", origin)
    if not is_loopback(endpoint):
        raise _refusal(f"is {endpoint}", origin)
    return endpoint.rstrip("/"), audience or _AUDIENCE


def _refusal(what: str, origin: str) -> Problem:
    return Problem(
        "This is the sandbox's stand-in for azapi, not azapi",
        f"The resource manager endpoint {what} ({origin}). The stand-in only talks to a sandbox on this machine "
        "(https on 127.0.0.1, ::1 or localhost). For Azure, use the real provider: unset TF_CLI_CONFIG_FILE, or take "
        "the sandbox's filesystem mirror out of the file it names, and run `terraform init` again. For the sandbox, "
        "start `ewo sandbox run` and source the file that it names.",
    )


def _text(config: Mapping[str, Any], environment: Mapping[str, str], name: str, variable: str) -> str:
    value = config.get(name)
    return value if isinstance(value, str) and value else environment.get(variable, "")


def _flag(config: Mapping[str, Any], environment: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = config.get(name)
    if isinstance(value, bool):
        return value
    text = environment.get(f"ARM_{name.upper()}", "")
    return text == "true" if text else default
