"""The resource `azapi_update_resource`: properties of a resource that somebody else made.

Create and update read the resource, lay the body over it and write the whole back; delete leaves it as it is.
"""

from __future__ import annotations

from typing import Any

from orchestration.sandbox.provider import sensitive
from orchestration.sandbox.provider.answers import CallFailed
from orchestration.sandbox.provider.arguments import (
    Values,
    explained,
    output_of,
    patience_for,
    request_options,
    retry_rule,
    with_retry_defaults,
)
from orchestration.sandbox.provider.azapi_schemas import UPDATE_RESOURCE
from orchestration.sandbox.provider.configuration import Configured
from orchestration.sandbox.provider.json_values import conform_or_imply, plain, same
from orchestration.sandbox.provider.merging import Comparison, merge, update
from orchestration.sandbox.provider.patience import Patience
from orchestration.sandbox.provider.problem import Problem
from orchestration.sandbox.provider.published import writable
from orchestration.sandbox.provider.resource_id import ResourceId, build, parse
from orchestration.sandbox.provider.resource_plan import Planned
from orchestration.sandbox.provider.validate import validate_update_resource
from orchestration.sandbox.provider.values import UNKNOWN

_DEFAULTS = {"ignore_casing": False, "ignore_missing_property": True}
_ADDRESS = ("name", "parent_id", "resource_id")
_ONLY_IN_STATE = frozenset({"read_headers", "read_query_parameters", "retry", "timeouts"})


class AzapiUpdateResource:
    """What Terraform asks of `azapi_update_resource`; every method raises Problem."""

    schema = UPDATE_RESOURCE

    def __init__(self, provider: Configured) -> None:
        self._provider = provider

    @staticmethod
    def validate(config: Values) -> None:
        """Check a configuration as far as it is known."""
        validate_update_resource(config)

    def plan(self, config: Values, prior: Values | None, private: bytes) -> Planned:
        """Return what *config* makes of the state *prior*."""
        planned = {**config, "sensitive_body": None, "retry": with_retry_defaults(config["retry"])}
        for name, default in _DEFAULTS.items():
            planned[name] = default if config[name] is None else config[name]
        for name in _ADDRESS:
            if config[name] is None:
                planned[name] = prior[name] if prior else UNKNOWN
        planned["id"] = prior["id"] if prior else UNKNOWN
        if prior is None:
            return Planned({**planned, "output": UNKNOWN})
        for name in ("body", "response_export_values"):
            if same(planned[name], prior[name]):
                planned[name] = prior[name]
        changed = any(planned[name] != prior[name] for name in ("body", "response_export_values", "type"))
        unsent = sensitive.has_changed(config, prior, private)
        planned["output"] = UNKNOWN if changed or unsent else prior["output"]
        return Planned(planned, tuple(name for name in _ADDRESS if planned[name] != prior[name]))

    def create(self, planned: Values, config: Values, private: bytes) -> tuple[Values, bytes]:
        """Lay what is *planned* over the resource and return the state."""
        return self._write("create", planned, None, config, private)

    def update(self, planned: Values, prior: Values, config: Values, private: bytes) -> tuple[Values, bytes]:
        """Lay what is *planned* over the resource again and return the state."""
        if all(planned[name] == prior[name] for name in planned if name not in _ONLY_IN_STATE):
            return planned, private
        return self._write("update", planned, prior, config, private)

    def delete(self, prior: Values) -> None:
        """Leave the resource as it is."""

    def _write(
        self, verb: str, planned: Values, prior: Values | None, config: Values, private: bytes
    ) -> tuple[Values, bytes]:
        id_ = _id_of(planned)
        patience = patience_for(planned, verb, self._provider.stop)
        with explained("Failed to retrieve resource", f"checking for presence of existing {id_}"):
            existing = self._get(id_, planned, patience)
        # Without a body azapi lays nothing over nothing, and sends that: `body = {}` sends the resource as it is.
        body = None if planned["body"] is None else merge(existing, plain(planned["body"]))
        body = None if body is None else writable(id_.type, body)
        secret = sensitive.to_send(config, planned, prior)
        options = request_options(planned, "update", retry_rule(planned))
        with (
            explained("Failed to update resource", f"updating {id_}"),
            self._provider.locks.held(planned["locks"], patience),
        ):
            sent = body if secret is None else merge(body, secret)
            self._provider.client.put(id_.path, id_.api_version, sent, options, patience)
        with explained("Failed to retrieve resource", f"reading {id_}"):
            found = self._get(id_, planned, patience)
        state = self._state(id_, planned, found, planned["body"])
        return state, sensitive.remember(private, config, planned)

    def read(self, prior: Values) -> Values | None:
        """Return the state as the service has it now, None if the resource is gone."""
        id_ = parse(prior["id"], prior["type"])
        patience = patience_for(prior, "read", self._provider.stop)
        try:
            with explained("Failed to retrieve resource", f"reading {id_}"):
                found = self._get(id_, prior, patience)
        except Problem as problem:
            if isinstance(problem.__cause__, CallFailed) and problem.__cause__.status == 404:
                return None
            raise
        body = prior["body"]
        if body is not None:
            rules = Comparison(prior["ignore_casing"], prior["ignore_missing_property"])
            body = conform_or_imply(update(plain(body), found, rules), body.type)
        return self._state(id_, prior, found, body)

    def import_state(self, text: str) -> Values:
        """Refuse, as azapi does."""
        raise Problem("Resource Import Not Implemented", f'azapi_update_resource cannot be imported ("{text}").')

    def _get(self, id_: ResourceId, values: Values, patience: Patience) -> Any:
        options = request_options(values, "read", retry_rule(values))
        return self._provider.client.get(id_.path, id_.api_version, options, patience)

    def _state(self, id_: ResourceId, values: Values, found: Any, body: Any) -> Values:
        address = {"id": id_.path, "resource_id": id_.path, "name": id_.name, "parent_id": id_.parent}
        output = output_of(found, id_.type, values, self._provider)
        return {**values, **address, "body": body, "output": output}


def _id_of(planned: Values) -> ResourceId:
    # Unknown until the first write if the other way of naming the resource was chosen.
    if planned["resource_id"] is not UNKNOWN:
        return parse(planned["resource_id"], planned["type"])
    return build(planned["name"], planned["parent_id"], planned["type"])
