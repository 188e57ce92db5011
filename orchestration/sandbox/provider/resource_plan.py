"""What Terraform is told that a configuration of `azapi_resource` will change, by azapi 2.12's rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from orchestration.sandbox.provider import identity, sensitive
from orchestration.sandbox.provider.arguments import EMPTY_OBJECT, Values, explained, with_retry_defaults
from orchestration.sandbox.provider.client import RequestOptions
from orchestration.sandbox.provider.configuration import Configured
from orchestration.sandbox.provider.json_values import is_fully_known, plain, same
from orchestration.sandbox.provider.merging import Comparison, merge, query_all, update
from orchestration.sandbox.provider.patience import for_seconds
from orchestration.sandbox.provider.problem import Problem
from orchestration.sandbox.provider.resource_id import split_type
from orchestration.sandbox.provider.values import UNKNOWN

DEFAULTS = {
    "ignore_casing": False,
    "ignore_missing_property": True,
    "ignore_null_property": False,
    "schema_validation_enabled": True,
}
_LOOK_SECONDS = 300.0


@dataclass(frozen=True)
class Planned:
    """A planned state, and the arguments whose change asks for a new resource."""

    values: Values
    replaced_for: tuple[str, ...] = ()


def plan_resource(provider: Configured, config: Values, prior: Values | None, private: bytes) -> Planned:
    """Return what *config* makes of the state *prior*; raises Problem."""
    planned = _arguments(provider, config, prior)
    if prior is not None and _is_no_change(provider, planned, prior):
        planned["body"], planned["type"] = prior["body"], prior["type"]
    known = is_fully_known(planned["body"])
    planned["tags"] = _tags(config, prior) if known or config["tags"] is not None else UNKNOWN
    planned["location"] = _location(config, prior) if known or config["location"] is not None else UNKNOWN
    if prior is None or _has_changed(planned, prior) or sensitive.has_changed(config, prior, private):
        planned["output"] = UNKNOWN
        planned["type"] = config["type"]
        planned["body"] = EMPTY_OBJECT if config["body"] is None else config["body"]
    return Planned(planned, () if prior is None else tuple(_replaced_for(planned, prior)))


def normal(location: Any) -> str:
    """Return the name of a region without spaces and capitals: `West Europe` is `westeurope`."""
    return location.replace(" ", "").casefold() if isinstance(location, str) else ""


def _arguments(provider: Configured, config: Values, prior: Values | None) -> Values:
    planned = {**config, "sensitive_body": None, "ignore_body_changes": None}
    for name, default in DEFAULTS.items():
        planned[name] = default if config[name] is None else config[name]
    planned["body"] = EMPTY_OBJECT if config["body"] is None else config["body"]
    planned["retry"] = with_retry_defaults(config["retry"])
    planned["name"] = _name(provider, config)
    planned["parent_id"] = _parent(provider, config)
    planned["identity"] = identity.plan(config["identity"], prior["identity"] if prior else [])
    for name in ("id", "output"):
        planned[name] = prior[name] if prior else UNKNOWN
    for name in ("body", "response_export_values"):
        if prior and same(planned[name], prior[name]):
            planned[name] = prior[name]
    return planned


def _name(provider: Configured, config: Values) -> Any:
    name = config["name"] if config["name"] is not None else provider.default_name
    if name == "":
        raise Problem("Missing required argument", 'The argument "name" is required.', ("name",))
    return name


def _parent(provider: Configured, config: Values) -> Any:
    if config["parent_id"] is not None:
        return config["parent_id"]
    if not provider.subscription_id:
        raise Problem(
            "Missing required argument",
            "A resource group without parent_id lies in the provider's subscription: set subscription_id or "
            "ARM_SUBSCRIPTION_ID.",
            ("parent_id",),
        )
    return f"/subscriptions/{provider.subscription_id}"


def _is_no_change(provider: Configured, planned: Values, prior: Values) -> bool:
    """Return whether the service already has all that is asked for, so that a changed body need not be sent."""
    changed = not same(planned["body"], prior["body"]) or planned["type"] != prior["type"]
    if not (provider.ignore_no_op_changes and changed and is_fully_known(planned["body"])):
        return False
    path, (_, version) = prior["id"], split_type(planned["type"])
    with explained("Failed to retrieve resource", f"Retrieving existing resource {path}"):
        found = provider.client.get(path, version, RequestOptions(), for_seconds(_LOOK_SECONDS, provider.stop))
    rules = Comparison(planned["ignore_casing"], False, planned["ignore_null_property"])
    asked = plain(planned["body"])
    # What the service never returns, a password for instance, is taken from the state.
    return same(update(asked, merge(found, plain(prior["body"])), rules), asked)


def _tags(config: Values, prior: Values | None) -> Any:
    if config["tags"] is not None:
        return config["tags"]
    members = plain(config["body"])
    if isinstance(members, dict) and members.get("tags") is not None:
        return members["tags"]
    return {} if prior is not None and prior["tags"] == {} else None


def _location(config: Values, prior: Values | None) -> Any:
    location, before = config["location"], prior["location"] if prior else None
    if location is not None:
        return before if before and normal(location) == normal(before) else location
    members = plain(config["body"])
    if isinstance(members, dict) and isinstance(members.get("location"), str):
        return members["location"]
    return before


def _has_changed(planned: Values, prior: Values) -> bool:
    if any(planned[name] != prior[name] for name in ("identity", "type", "response_export_values", "tags")):
        return True
    return not same(planned["body"], prior["body"])


def _replaced_for(planned: Values, prior: Values) -> Iterator[str]:
    """Yield the arguments whose change cannot be made in place."""
    yield from (name for name in ("name", "parent_id") if planned[name] != prior[name])
    if normal(planned["location"]) != normal(prior["location"]):
        yield "location"
    if split_type(planned["type"])[0].casefold() != split_type(prior["type"])[0].casefold():
        yield "type"
    before, after = (values["replace_triggers_external_values"] for values in (prior, planned))
    if before is not None and after is not None and before != after:
        yield "replace_triggers_external_values"
    if _is_triggered(planned, prior):
        yield "body"


def _is_triggered(planned: Values, prior: Values) -> bool:
    queries = planned["replace_triggers_refs"]
    if not queries or not is_fully_known(planned["body"]):
        return False
    return not same(query_all(plain(prior["body"]), queries), query_all(plain(planned["body"]), queries))
