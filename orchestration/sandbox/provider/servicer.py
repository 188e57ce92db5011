"""Terraform's calls, answered: messages in, messages out, every error a diagnostic."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from orchestration.errors import OrchestrationError
from orchestration.sandbox.provider.azapi_data_resource import AzapiDataResource
from orchestration.sandbox.provider.azapi_resource import AzapiResource
from orchestration.sandbox.provider.azapi_schemas import PROVIDER
from orchestration.sandbox.provider.azapi_update_resource import AzapiUpdateResource
from orchestration.sandbox.provider.configuration import Configured, configure, validate_provider
from orchestration.sandbox.provider.plugin import Handler
from orchestration.sandbox.provider.problem import Incomplete, Problem
from orchestration.sandbox.provider.schema import Schema
from orchestration.sandbox.provider.values import decode, decode_state, encode
from orchestration.sandbox.provider.wire import new

_ERROR = 1

Resource: TypeAlias = AzapiResource | AzapiUpdateResource

_RESOURCES: Mapping[str, type[Resource]] = {
    "azapi_resource": AzapiResource,
    "azapi_update_resource": AzapiUpdateResource,
}
_DATA_RESOURCES = {"azapi_resource": AzapiDataResource}


class Servicer:
    """One provider instance: configured once, then asked by several threads at a time."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._stop = threading.Event()
        self._configured: Configured | None = None

    def handlers(self) -> dict[str, Handler]:
        """Return what answers each RPC, with the names of its messages."""
        own = {
            "ApplyResourceChange": self._apply,
            "ConfigureProvider": self._configure,
            "ImportResourceState": self._import,
            "PlanResourceChange": self._plan,
            "ReadDataSource": self._read_data,
            "ReadResource": self._read,
            "UpgradeResourceState": self._upgrade,
            "ValidateProviderConfig": self._validate_provider,
        }
        handlers = {
            name: (f"{name}Request", f"{name}Response", _with_diagnostics(f"{name}Response", handle))
            for name, handle in own.items()
        }
        for name, kinds in (("ValidateResourceConfig", _RESOURCES), ("ValidateDataResourceConfig", _DATA_RESOURCES)):
            validate = _with_diagnostics("ValidateConfigResponse", _validator(kinds))
            handlers[name] = ("ValidateConfigRequest", "ValidateConfigResponse", validate)
        handlers["GetProviderSchema"] = ("Empty", "GetProviderSchemaResponse", _schemas)
        handlers["StopProvider"] = ("Empty", "StopProviderResponse", self._stop_all)
        return handlers

    def _stop_all(self, _request: Any) -> Any:
        self._stop.set()
        return new("StopProviderResponse")

    def _validate_provider(self, request: Any, _response: Any) -> None:
        validate_provider(decode(request.config.msgpack, PROVIDER.type))

    def _configure(self, request: Any, _response: Any) -> None:
        config = decode(request.config.msgpack, PROVIDER.type)
        self._configured = configure(config, self._environment, request.terraform_version, self._stop)

    def _provider(self) -> Configured:
        if self._configured is None:
            raise Problem("Provider not configured", "Terraform called a resource before configuring its provider.")
        return self._configured

    def _resource(self, type_name: str) -> Resource:
        return _RESOURCES[type_name](self._provider())

    def _upgrade(self, request: Any, response: Any) -> None:
        schema = _RESOURCES[request.type_name].schema
        if request.version != schema.version:
            raise Problem(
                "Unsupported state",
                f"The state of this {request.type_name} was written by another azapi (schema version "
                f"{request.version}, not {schema.version}). Apply it once with azapi 2.12 to bring it up to date.",
            )
        state = decode_state(request.raw_state.json, schema.type)
        response.upgraded_state.msgpack = encode(state, schema.type)

    def _read(self, request: Any, response: Any) -> None:
        resource = self._resource(request.type_name)
        response.private = request.private
        state = resource.read(decode(request.current_state.msgpack, resource.schema.type))
        response.new_state.msgpack = encode(state, resource.schema.type)

    def _read_data(self, request: Any, response: Any) -> None:
        resource = _DATA_RESOURCES[request.type_name](self._provider())
        state = resource.read(decode(request.config.msgpack, resource.schema.type))
        response.state.msgpack = encode(state, resource.schema.type)

    def _plan(self, request: Any, response: Any) -> None:
        resource = self._resource(request.type_name)
        type_ = resource.schema.type
        response.planned_private = request.prior_private
        config = decode(request.config.msgpack, type_)
        if config is None or decode(request.proposed_new_state.msgpack, type_) is None:
            response.planned_state.msgpack = request.proposed_new_state.msgpack
            return
        plan = resource.plan(config, decode(request.prior_state.msgpack, type_), request.prior_private)
        response.planned_state.msgpack = encode(plan.values, type_)
        for name in plan.replaced_for:
            response.requires_replace.append(_path((name,)))

    def _apply(self, request: Any, response: Any) -> None:
        resource = self._resource(request.type_name)
        type_ = resource.schema.type
        prior, planned, config = (
            decode(message.msgpack, type_) for message in (request.prior_state, request.planned_state, request.config)
        )
        # What Terraform keeps if the call fails: what was there before.
        response.new_state.msgpack, response.private = request.prior_state.msgpack, request.planned_private
        private = request.planned_private
        if planned is None:
            resource.delete(prior)
            state = None
        elif prior is not None:
            state, response.private = resource.update(planned, prior, config, private)
        else:
            try:
                state, response.private = resource.create(planned, config, private)
            except Incomplete as problem:
                response.new_state.msgpack = encode(problem.state, type_)
                raise
        response.new_state.msgpack = encode(state, type_)

    def _import(self, request: Any, response: Any) -> None:
        resource = self._resource(request.type_name)
        state = encode(resource.import_state(request.id), resource.schema.type)
        response.imported_resources.add(type_name=request.type_name, state=new("DynamicValue", msgpack=state))


def _schemas(_request: Any) -> Any:
    def entries(kinds: Mapping[str, Any]) -> list[Any]:
        return [new("SchemaEntry", key=name, value=_schema_of(kind).message()) for name, kind in kinds.items()]

    return new(
        "GetProviderSchemaResponse",
        provider=PROVIDER.message(),
        resource_schemas=entries(_RESOURCES),
        data_source_schemas=entries(_DATA_RESOURCES),
        server_capabilities=new("ServerCapabilities", get_provider_schema_optional=True),
    )


def _schema_of(kind: Any) -> Schema:
    schema: Schema = kind.schema
    return schema


def _validator(kinds: Mapping[str, Any]) -> Callable[[Any, Any], None]:
    def validate(request: Any, _response: Any) -> None:
        kind = kinds[request.type_name]
        kind.validate(decode(request.config.msgpack, kind.schema.type))

    return validate


def _with_diagnostics(response_name: str, handle: Callable[[Any, Any], None]) -> Callable[[Any], Any]:
    """Return *handle* as the answer to an RPC: it fills in a response, and what it raises becomes a diagnostic."""

    def answer(request: Any) -> Any:
        response = new(response_name)
        try:
            handle(request, response)
        except Problem as problem:
            response.diagnostics.append(_diagnostic(problem))
        except OrchestrationError as error:
            response.diagnostics.append(_diagnostic(Problem("The stand-in for azapi failed", str(error))))
        # A defect of ours must reach the user as an error of this resource, not as a plugin that broke down.
        except Exception as error:
            response.diagnostics.append(_diagnostic(_defect(error)))
        return response

    return answer


def _defect(error: Exception) -> Problem:
    # Where and what kind, not the message: it might quote a secret.
    place = traceback.extract_tb(error.__traceback__)[-1]
    return Problem(
        "The stand-in for azapi failed",
        f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}. This is a defect of the "
        "sandbox's provider; please report it.",
    )


def _diagnostic(problem: Problem) -> Any:
    message = new("Diagnostic", severity=_ERROR, summary=problem.summary, detail=problem.detail)
    if problem.path:
        message.attribute.CopyFrom(_path(problem.path))
    return message


def _path(steps: tuple[str | int, ...]) -> Any:
    path = new("AttributePath")
    for step in steps:
        if isinstance(step, int):
            path.steps.add(element_key_int=step)
        else:
            path.steps.add(attribute_name=step)
    return path
