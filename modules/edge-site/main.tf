resource "azapi_resource" "this" {
  type      = "Microsoft.Edge/sites@2025-06-01"
  parent_id = var.parent_id
  name      = var.name

  body = {
    properties = {
      displayName = coalesce(var.display_name, var.name)
      labels      = merge(var.labels, { level = var.level })
    }
  }

  response_export_values = []

  # A fresh service group is unknown to the authorization service for a while. Only the PUT may wait for what is
  # not found: a refresh of a site that somebody deleted would wait as well.
  retry = {
    error_message_regex  = ["AuthorizationFailed", "(?s)^PUT .*NotFound", "^(Get|Put|Delete) \"https://"]
    interval_seconds     = 2
    max_interval_seconds = 300
  }

  timeouts {
    create = "3m"
    update = "3m"
    read   = "1m" # who has lost the right to read it is told so soon
  }
}

resource "azapi_resource" "configuration" {
  type      = "Microsoft.Edge/configurations@2025-08-01"
  parent_id = var.resource_group_id
  name      = var.configuration_name
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

resource "azapi_resource" "configuration_reference" {
  type      = "Microsoft.Edge/configurationReferences@2025-08-01"
  parent_id = azapi_resource.this.id
  name      = "default"

  body = {
    properties = {
      configurationResourceId = azapi_resource.configuration.id
    }
  }

  ignore_casing          = true # the service changes the case of IDs
  response_export_values = []

  # As for the site.
  retry = {
    error_message_regex  = ["AuthorizationFailed", "(?s)^PUT .*NotFound", "^(Get|Put|Delete) \"https://"]
    interval_seconds     = 2
    max_interval_seconds = 300
  }

  timeouts {
    create = "3m"
    update = "3m"
    read   = "1m" # who has lost the right to read it is told so soon
  }
}
