resource "azapi_resource" "this" {
  type      = "Microsoft.Edge/contexts/siteReferences@2026-03-01"
  parent_id = var.context_id
  name      = var.name

  body = {
    properties = {
      siteId = var.site_id
    }
  }

  ignore_casing          = true # the service changes the case of IDs
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
