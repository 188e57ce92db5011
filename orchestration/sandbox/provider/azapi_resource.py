"""The resource `azapi_resource`: create, read, update, replace, delete and import one resource of Azure.

What is planned when, and what is sent, follows azapi 2.12 (https://github.com/Azure/terraform-provider-azapi,
`internal/services/azapi_resource.go`).
"""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import parse_qs

from orchestration.errors import SandboxError
from orchestration.sandbox.provider import identity, sensitive
from orchestration.sandbox.provider.answers import CallFailed
from orchestration.sandbox.provider.arguments import (
    Values,
    explained,
    output_of,
    patience_for,
    request_options,
    retry_rule,
)
from orchestration.sandbox.provider.azapi_schemas import RESOURCE
from orchestration.sandbox.provider.client import RequestOptions
from orchestration.sandbox.provider.configuration import Configured
from orchestration.sandbox.provider.json_values import conform_or_imply, implied, plain
from orchestration.sandbox.provider.merging import Comparison, merge, update, without_nulls
from orchestration.sandbox.provider.patience import Patience, for_seconds
from orchestration.sandbox.provider.problem import Incomplete, Problem
from orchestration.sandbox.provider.published import writable
from orchestration.sandbox.provider.resource_id import ResourceId, build, parse, type_of
from orchestration.sandbox.provider.resource_plan import DEFAULTS, Planned, normal, plan_resource
from orchestration.sandbox.provider.validate import validate_resource

_RECOVERY_SECONDS = 30.0

# A change of these alone is no reason to call the service.
_ONLY_IN_STATE = frozenset(
    {
        *("retry", "timeouts"),
        *(f"{verb}_{what}" for verb in ("create", "read", "delete") for what in ("headers", "query_parameters")),
    }
)


class AzapiResource:
    """What Terraform asks of `azapi_resource`; every method raises Problem."""

    schema = RESOURCE

    def __init__(self, provider: Configured) -> None:
        self._provider = provider

    @staticmethod
    def validate(config: Values) -> None:
        """Check a configuration as far as it is known."""
        validate_resource(config)

    def plan(self, config: Values, prior: Values | None, private: bytes) -> Planned:
        """Return what *config* makes of the state *prior*."""
        return plan_resource(self._provider, config, prior, private)

    def create(self, planned: Values, config: Values, private: bytes) -> tuple[Values, bytes]:
        """Create what is *planned* and return its state; raises Incomplete if only part of it is there."""
        id_ = build(planned["name"], planned["parent_id"], planned["type"])
        patience = patience_for(planned, "create", self._provider.stop)
        self._must_not_exist(id_, planned, patience)
        body = self._request_body(planned, config, None)
        sent = False
        try:
            with explained("Failed to create/update resource", f"creating/updating {id_}"):
                self._write(id_, body, planned, "create", patience)
            sent = True
            state = self._written(id_, planned, patience)
        except Problem as problem:
            # Once it was sent, azapi keeps nothing of a resource that does not show up in time.
            if sent and not self._provider.stop.is_set():
                raise
            found = self._found_after_all(id_, planned)
            if found is None:
                raise
            raise Incomplete(problem, self._state(id_, planned, found)) from problem
        return state, sensitive.remember(private, config, planned)

    def update(self, planned: Values, prior: Values, config: Values, private: bytes) -> tuple[Values, bytes]:
        """Change *prior* to what is *planned* and return the new state."""
        if all(planned[name] == prior[name] for name in planned if name not in _ONLY_IN_STATE):
            return planned, private
        id_ = build(planned["name"], planned["parent_id"], planned["type"])
        patience = patience_for(planned, "update", self._provider.stop)
        body = self._request_body(planned, config, prior)
        with explained("Failed to create/update resource", f"creating/updating {id_}"):
            self._write(id_, body, planned, "update", patience)
        return self._written(id_, planned, patience), sensitive.remember(private, config, planned)

    def delete(self, prior: Values) -> None:
        """Delete the resource; that it is gone already is success."""
        id_ = parse(prior["id"], prior["type"])
        patience = patience_for(prior, "delete", self._provider.stop)
        options = request_options(prior, "delete", retry_rule(prior))
        with (
            explained("Failed to delete resource", f"deleting {id_}"),
            self._provider.locks.held(prior["locks"], patience),
        ):
            try:
                self._provider.client.delete(id_.path, id_.api_version, options, patience)
            except CallFailed as error:
                if error.status != 404:
                    raise

    def _must_not_exist(self, id_: ResourceId, planned: Values, patience: Patience) -> None:
        # Without the user's retries: "not found" is what is hoped for here, even where it is retried elsewhere.
        options = request_options(planned, "read")
        try:
            with explained("Failed to retrieve resource", f"checking for presence of existing {id_}"):
                self._provider.client.get(id_.path, id_.api_version, options, patience)
        except Problem as problem:
            if isinstance(problem.__cause__, CallFailed) and problem.__cause__.status == 404:
                return
            raise
        raise Problem(
            "Resource already exists",
            f'A resource with the ID "{id_.path}" already exists and is not in the state: it needs to be imported '
            f"(`terraform import ADDRESS '{id_.path}?api-version={id_.api_version}'`) or is somebody else's.",
        )

    def _request_body(self, planned: Values, config: Values, prior: Values | None) -> Any:
        body = dict(plain(planned["body"]) or {})
        if planned["location"] and body.get("location") is None:
            body["location"] = planned["location"]
        if planned["tags"] and body.get("tags") is None:
            body["tags"] = planned["tags"]
        if planned["identity"] and body.get("identity") is None:
            body["identity"] = identity.expand(planned["identity"])
        secret = sensitive.to_send(config, planned, prior)
        if secret is not None:
            body = merge(body, secret)
        if prior is not None and body.get("identity") is None and identity.type_of(prior["identity"]) != identity.NONE:
            body["identity"] = {"type": identity.NONE}
        return without_nulls(body) if planned["ignore_null_property"] else body

    def _write(self, id_: ResourceId, body: Any, planned: Values, verb: str, patience: Patience) -> None:
        options = request_options(planned, verb, retry_rule(planned))
        with self._provider.locks.held(planned["locks"], patience):
            self._provider.client.put(id_.path, id_.api_version, body, options, patience)

    def _written(self, id_: ResourceId, planned: Values, patience: Patience) -> Values:
        """Return the state after a write, reading until the service shows the resource."""
        options = request_options(planned, "read", retry_rule(planned).after_create())
        with explained("Failed to retrieve resource", f"reading {id_}"):
            found = self._provider.client.get(id_.path, id_.api_version, options, patience)
        return self._state(id_, planned, found)

    def _found_after_all(self, id_: ResourceId, planned: Values) -> Any:
        """Return the resource if a failed create left one; asked even when Terraform wants to stop."""
        options = request_options(planned, "read", retry_rule(planned))
        try:
            patience = for_seconds(_RECOVERY_SECONDS, threading.Event())
            return self._provider.client.get(id_.path, id_.api_version, options, patience)
        except SandboxError:
            return None

    def _state(self, id_: ResourceId, planned: Values, found: Any) -> Values:
        return {
            **planned,
            "id": id_.path,
            "output": output_of(found, id_.type, planned, self._provider),
            "identity": identity.with_results(planned["identity"], found.get("identity")),
        }

    def read(self, prior: Values) -> Values | None:
        """Return the state as the service has it now, None if the resource is gone."""
        id_ = parse(prior["id"], prior["type"])
        options = request_options(prior, "read", retry_rule(prior))
        patience = patience_for(prior, "read", self._provider.stop)
        try:
            with explained("Failed to retrieve resource", f"reading {id_}"):
                found = self._provider.client.get(id_.path, id_.api_version, options, patience)
        except Problem as problem:
            if isinstance(problem.__cause__, CallFailed) and problem.__cause__.status == 404:
                return None
            raise
        return self._refreshed(id_, prior, found)

    def _refreshed(self, id_: ResourceId, prior: Values, found: Any) -> Values:
        body = plain(prior["body"])
        state = {**prior, "name": id_.name, "parent_id": id_.parent, "type": id_.versioned_type}
        location = found.get("location")
        if location is not None and normal(location) != normal(prior["location"]):
            state["location"] = location
        if found.get("tags") or prior["tags"]:
            state["tags"] = found.get("tags")
        if (body or {}).get("identity") is None:
            state["identity"] = identity.refreshed(prior["identity"], found.get("identity"))
        state["output"] = output_of(found, id_.type, prior, self._provider)
        if body is not None:
            rules = Comparison(prior["ignore_casing"], prior["ignore_missing_property"], prior["ignore_null_property"])
            state["body"] = conform_or_imply(update(body, found, rules), prior["body"].type)
        return state

    def import_state(self, text: str) -> Values:
        """Return the state of the resource that *text* (`ID?api-version=VERSION`) names."""
        path, _, query = text.partition("?")
        versions = parse_qs(query).get("api-version")
        if not versions:
            raise Problem(
                "Invalid Resource ID",
                f'The ID "{text}" names no API version, and the stand-in for azapi knows no newest one: append '
                '"?api-version=VERSION".',
            )
        id_ = parse(path, f"{type_of(path)}@{versions[0]}")
        with explained("Failed to retrieve resource", f"reading {id_}"):
            patience = for_seconds(300.0, self._provider.stop)
            found = self._provider.client.get(id_.path, id_.api_version, RequestOptions(), patience)
        return self._imported(id_, found)

    def _imported(self, id_: ResourceId, found: Any) -> Values:
        names = [attribute.name for attribute in RESOURCE.attributes]
        state: Values = {**dict.fromkeys(names), **DEFAULTS, "timeouts": None}
        found_identity = identity.flatten(found.get("identity"))
        state.update(
            id=id_.path,
            name=id_.name,
            parent_id=id_.parent,
            type=id_.versioned_type,
            body=implied(_settable(id_.type, found)),
            location=normal(found["location"]) if found.get("location") else None,
            tags=found.get("tags") or None,
            identity=[found_identity] if found_identity else [],
        )
        state["output"] = output_of(found, id_.type, state, self._provider)
        return state


def _settable(type_: str, found: Any) -> Any:
    """Return what of a resource belongs into the body of a configuration."""
    body = writable(type_, found)
    return {key: value for key, value in body.items() if key not in ("identity", "location", "name", "tags")}
