"""The stand-in for azapi: its resource types for the real Terraform, where azapi itself cannot be had.

It is a Terraform provider of its own, served under azapi's address from a filesystem mirror that `install` writes
and `cli_config` names. It speaks plugin protocol 6 on grpcio and talks to a sandbox on this machine; any other
endpoint is refused. What it plans, asks and says is azapi 2.12's, so that a blueprint that passes here passes there:
https://github.com/Azure/terraform-provider-azapi

The package `tf` on PyPI serves providers too, but knows neither dynamic values nor write-only attributes, drops
private state and keeps its certificate in a fixed folder. All four are needed here; what remains is `plugin.py`.

A call passes through `plugin` (the process), `servicer` (messages), one of `azapi_resource`, `azapi_update_resource`
and `azapi_data_resource`, and `client` (requests and retries; below it `polling`, `login` and `transport`).

Where it differs from azapi:

- It knows the types that the sandbox serves, by the sandbox's own account of the published types (`published.py`),
  and any API version of them. Bodies of other types are sent as they are; whether there is such a type or version is
  for the server to say. An import needs an API version.
- How to log in is accepted and makes no difference: the token is the sandbox's, from its identity endpoint. Nor do
  `tenant_id`, `environment`, `partner_id`, `disable_terraform_partner_id` and `maximum_busy_retry_attempts` matter,
  or `retry.multiplier` and `retry.randomization_factor` of a resource.
- An error when set: `always_acquire_policy_token`, `default_location`, `default_tags`, `enable_preflight` and
  `preserve_resource_id_casing` of the provider; `ignore_body_changes`, `ignore_other_items_in_list` and
  `list_unique_id_property` of resources. What is not in `azapi_schemas.py` does not exist: actions, lists, ephemeral
  resources and functions among it.
- A connection that is refused is tried for ten seconds, a certificate that is not trusted once, where azapi goes on
  until the timeout. A provider that is being registered is looked at every second. What a create made is kept in the
  state wherever it was interrupted, also while the resource was read afterwards.
"""

from orchestration.sandbox.provider.install import cli_config, install

__all__ = ["cli_config", "install"]
