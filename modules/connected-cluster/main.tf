resource "azapi_resource" "this" {
  type      = "Microsoft.Kubernetes/connectedClusters@2026-05-01"
  parent_id = var.resource_group_id
  name      = var.name
  location  = var.location
  tags      = length(var.tags) == 0 ? null : var.tags

  identity {
    type = "SystemAssigned"
  }

  body = {
    properties = { for name, value in {
      agentPublicKeyCertificate = var.agent_public_key
      distribution              = var.distribution
      infrastructure            = var.infrastructure
      oidcIssuerProfile         = var.oidc ? { enabled = true } : null
      securityProfile           = var.oidc ? { workloadIdentity = { enabled = true } } : null
    } : name => value if value != null }
  }

  # The agents hold the private half: another key is another cluster.
  replace_triggers_refs  = ["properties.agentPublicKeyCertificate"]
  response_export_values = []

  retry = {
    error_message_regex = [
      "AnotherOperationInProgress",
      "(?i)another operation.*in progress",
      "TooManyRequests",
      "^(Get|Put|Delete) \"https://", # a connection that breaks: azapi tries it again by itself only without a retry
    ]
    interval_seconds     = 2
    max_interval_seconds = 300
  }
}
