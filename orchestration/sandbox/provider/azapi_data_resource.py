"""The data source `azapi_resource`: one resource that somebody else looks after."""

from __future__ import annotations

from typing import Any

from orchestration.sandbox.provider import identity
from orchestration.sandbox.provider.answers import CallFailed
from orchestration.sandbox.provider.arguments import (
    Values,
    explained,
    output_of,
    patience_for,
    request_options,
    retry_rule,
)
from orchestration.sandbox.provider.azapi_schemas import DATA_RESOURCE
from orchestration.sandbox.provider.configuration import Configured
from orchestration.sandbox.provider.problem import Problem
from orchestration.sandbox.provider.resource_id import (
    RESOURCE_GROUPS,
    SUBSCRIPTIONS,
    ResourceId,
    build,
    parse,
    split_type,
)
from orchestration.sandbox.provider.resource_plan import normal
from orchestration.sandbox.provider.validate import validate_data_resource


class AzapiDataResource:
    """What Terraform asks of data `azapi_resource`; every method raises Problem."""

    schema = DATA_RESOURCE

    def __init__(self, provider: Configured) -> None:
        self._provider = provider

    @staticmethod
    def validate(config: Values) -> None:
        """Check a configuration as far as it is known."""
        validate_data_resource(config)

    def read(self, config: Values) -> Values:
        """Return what *config* asks for."""
        id_ = self._id_of(config)
        named = {"id": id_.path, "name": id_.name, "parent_id": id_.parent, "resource_id": id_.path}
        found = self._found(id_, config)
        if found is None:
            return {**config, **named, "exists": False}
        block = identity.flatten(found.get("identity"))
        return {
            **config,
            **named,
            "exists": True,
            "identity": [block] if block else None,
            "location": normal(found["location"]) if found.get("location") else None,
            "output": output_of(found, id_.type, config, self._provider),
            "tags": found.get("tags"),
        }

    def _found(self, id_: ResourceId, config: Values) -> Any:
        """Return the resource, None if it is not there and that is no error."""
        options = request_options(config, "", retry_rule(config))
        patience = patience_for(config, "read", self._provider.stop)
        try:
            with explained("Failed to retrieve resource", f'retrieving resource "{id_}"'):
                return self._provider.client.get(id_.path, id_.api_version, options, patience)
        except Problem as problem:
            if not (isinstance(problem.__cause__, CallFailed) and problem.__cause__.status == 404):
                raise
            if config["ignore_not_found"]:
                return None
            raise Problem("Resource not found", f'resource "{id_}" not found') from problem

    def _id_of(self, config: Values) -> ResourceId:
        type_, _ = split_type(config["type"])
        scope = f"/subscriptions/{self._provider.subscription_id}"
        if config["name"]:
            is_group = type_.casefold() == RESOURCE_GROUPS.casefold()
            return build(config["name"], config["parent_id"] or (scope if is_group else ""), config["type"])
        is_subscription = type_.casefold() == SUBSCRIPTIONS.casefold()
        return parse(config["resource_id"] or (scope if is_subscription else ""), config["type"])
