resource "azapi_resource" "this" {
  type      = "Microsoft.Edge/solutionTemplates@2026-03-01"
  parent_id = var.resource_group_id
  name      = var.name
  location  = var.location
  tags      = length(var.tags) == 0 ? null : var.tags

  body = {
    properties = {
      description              = var.description
      capabilities             = var.capabilities
      enableExternalValidation = var.enable_external_validation
    }
  }

  response_export_values = { unique_identifier = "properties.uniqueIdentifier" }

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

# A version never changes: other content is another version.
resource "azapi_resource" "version" {
  for_each = var.versions

  type      = "Microsoft.Edge/solutionTemplates/versions@2026-03-01"
  parent_id = azapi_resource.this.id
  name      = each.key

  body = {
    properties = {
      configurations   = each.value.configurations
      specification    = jsondecode(each.value.specification_json)
      orchestratorType = "TO"
    }
  }

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
