resource "azapi_resource" "this" {
  type      = "Microsoft.Edge/schemas@2026-03-01"
  parent_id = var.resource_group_id
  name      = var.name
  location  = var.location
  tags      = length(var.tags) == 0 ? null : var.tags

  body                   = {}
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

# A version never changes: other content is another version.
resource "azapi_resource" "version" {
  for_each = var.versions

  type      = "Microsoft.Edge/schemas/versions@2026-03-01"
  parent_id = azapi_resource.this.id
  name      = each.key

  body = {
    properties = {
      value = each.value
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
