"""The arguments and results of azapi 2.12's provider, resources and data source, as far as the stand-in serves them.

Everything else is absent, so that Terraform itself refuses it. What is here but not served is refused by
`configuration.py` and `validate.py`; it is declared so that the refusal can say what it is.
"""

from __future__ import annotations

from orchestration.sandbox.provider.schema import Attribute, Block, Schema
from orchestration.sandbox.provider.values import Type

_STRINGS: Type = ["list", "string"]
_STRING_MAP: Type = ["map", "string"]
_QUERY: Type = ["map", ["list", "string"]]


def _optional(type_: Type, *names: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(name, type_, optional=True) for name in names)


def _computed(type_: Type, *names: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(name, type_, computed=True) for name in names)


def _both(type_: Type, *names: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(name, type_, optional=True, computed=True) for name in names)


def _request_arguments(*verbs: str) -> tuple[Attribute, ...]:
    headers = tuple(f"{verb}_headers" for verb in verbs)
    queries = tuple(f"{verb}_query_parameters" for verb in verbs)
    return _optional(_STRING_MAP, *headers) + _optional(_QUERY, *queries)


def _timeouts(*verbs: str) -> Block:
    return Block("timeouts", _optional("string", *verbs), "single")


_RETRY = Attribute(
    "retry",
    optional=True,
    nested=(
        Attribute("error_message_regex", _STRINGS, required=True),
        *_both("number", "interval_seconds", "max_interval_seconds"),
        Attribute("multiplier", "number", optional=True, computed=True, deprecated=True),
        Attribute("randomization_factor", "number", optional=True, computed=True, deprecated=True),
    ),
)

_TYPE = Attribute("type", "string", required=True)
_SENSITIVE_BODY = Attribute("sensitive_body", optional=True, write_only=True)

AUTHENTICATION = (
    "auxiliary_tenant_ids",
    "client_certificate",
    "client_certificate_password",
    "client_certificate_path",
    "client_id",
    "client_id_file_path",
    "client_secret",
    "client_secret_file_path",
    "disable_instance_discovery",
    "oidc_azure_service_connection_id",
    "oidc_request_token",
    "oidc_request_url",
    "oidc_token",
    "oidc_token_file_path",
    "use_aks_workload_identity",
    "use_cli",
    "use_msi",
    "use_oidc",
)
"""How to log in: taken and not used, because the token always comes from the sandbox's identity endpoint."""

_FLAGS = frozenset({"disable_instance_discovery", "use_aks_workload_identity", "use_cli", "use_msi", "use_oidc"})
_SECRETS = frozenset({"client_certificate", "client_certificate_password", "client_secret"})

_AUTHENTICATION = tuple(
    Attribute(
        name,
        _STRINGS if name == "auxiliary_tenant_ids" else "bool" if name in _FLAGS else "string",
        optional=True,
        sensitive=name in _SECRETS,
    )
    for name in AUTHENTICATION
)

PROVIDER = Schema(
    attributes=(
        *_AUTHENTICATION,
        Attribute(
            "endpoint",
            optional=True,
            nesting="list",
            nested=_optional(
                "string", "active_directory_authority_host", "resource_manager_audience", "resource_manager_endpoint"
            ),
        ),
        *_optional(
            "string",
            "custom_correlation_request_id",
            "default_location",
            "default_name",
            "environment",
            "partner_id",
            "subscription_id",
            "tenant_id",
        ),
        *_optional(
            "bool",
            "always_acquire_policy_token",
            "disable_correlation_request_id",
            "disable_default_output",
            "disable_terraform_partner_id",
            "enable_preflight",
            "ignore_no_op_changes",
            "preserve_resource_id_casing",
            "skip_provider_registration",
        ),
        *_optional(_STRING_MAP, "default_tags"),
        *_optional("number", "maximum_busy_retry_attempts"),
    )
)

IDENTITY: tuple[Attribute, ...] = (
    Attribute("type", "string", required=True),
    *_optional(_STRINGS, "identity_ids"),
    *_computed("string", "principal_id", "tenant_id"),
)

RESOURCE = Schema(
    attributes=(
        _TYPE,
        *_computed("string", "id"),
        *_both("string", "location", "name", "parent_id"),
        *_both("dynamic", "body"),
        _SENSITIVE_BODY,
        Attribute("ignore_body_changes", _STRINGS, optional=True, write_only=True),
        *_both("bool", "ignore_casing", "ignore_missing_property", "ignore_null_property", "schema_validation_enabled"),
        *_optional(_STRINGS, "ignore_other_items_in_list", "locks", "replace_triggers_refs"),
        *_optional(_STRING_MAP, "list_unique_id_property", "sensitive_body_version"),
        *_optional("dynamic", "replace_triggers_external_values", "response_export_values"),
        *_computed("dynamic", "output"),
        *_both(_STRING_MAP, "tags"),
        _RETRY,
        *_request_arguments("create", "read", "update", "delete"),
    ),
    blocks=(Block("identity", IDENTITY, "list"), _timeouts("create", "read", "update", "delete")),
    version=2,
)

UPDATE_RESOURCE = Schema(
    attributes=(
        _TYPE,
        *_computed("string", "id"),
        *_both("string", "name", "parent_id", "resource_id"),
        *_optional("dynamic", "body", "response_export_values"),
        _SENSITIVE_BODY,
        *_both("bool", "ignore_casing", "ignore_missing_property"),
        *_optional(_STRINGS, "ignore_other_items_in_list", "locks"),
        *_optional(_STRING_MAP, "list_unique_id_property", "sensitive_body_version"),
        *_computed("dynamic", "output"),
        _RETRY,
        *_request_arguments("read", "update"),
    ),
    blocks=(_timeouts("create", "read", "update", "delete"),),
    version=2,
)

DATA_RESOURCE = Schema(
    attributes=(
        _TYPE,
        *_computed("string", "id", "location"),
        *_both("string", "name", "parent_id", "resource_id"),
        *_optional("dynamic", "response_export_values"),
        *_optional("bool", "ignore_not_found"),
        *_computed("bool", "exists"),
        *_computed("dynamic", "output"),
        *_computed(_STRING_MAP, "tags"),
        Attribute(
            "identity",
            computed=True,
            nesting="list",
            nested=(*_computed("string", "type", "principal_id", "tenant_id"), *_computed(_STRINGS, "identity_ids")),
        ),
        _RETRY,
        *_optional(_STRING_MAP, "headers"),
        *_optional(_QUERY, "query_parameters"),
    ),
    blocks=(_timeouts("read"),),
)

UNSERVED_RESOURCE_ARGUMENTS = ("ignore_body_changes", "ignore_other_items_in_list", "list_unique_id_property")
"""Arguments of azapi that the stand-in does not serve: an error when set, never ignored."""

UNSERVED_PROVIDER_ARGUMENTS = (
    "always_acquire_policy_token",
    "default_location",
    "default_tags",
    "enable_preflight",
    "preserve_resource_id_casing",
)
"""The same of the provider; the switches are errors only when true."""
