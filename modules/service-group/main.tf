locals {
  # A fresh parent is unknown to the authorization service for a while. Only the PUT may wait for what is not
  # found: a refresh of a group that somebody deleted would wait as well.
  fresh_parent = var.parent_is_new ? ["AuthorizationFailed", "(?s)^PUT .*NotFound"] : []
}

resource "azapi_resource" "this" {
  type      = "Microsoft.Management/serviceGroups@2024-02-01-preview"
  parent_id = "/"
  name      = var.name

  body = {
    properties = {
      displayName = coalesce(var.display_name, var.name)
      parent      = { resourceId = var.parent_service_group_id }
    }
  }

  ignore_casing          = true # the service changes the case of IDs
  response_export_values = []

  retry = {
    error_message_regex = concat(
      [
        "AnotherOperationInProgress",
        "TooManyRequests",
        "^(Get|Put|Delete) \"https://", # a connection that breaks: azapi tries it again by itself only without a retry
      ],
      local.fresh_parent
    )
    interval_seconds     = 2
    max_interval_seconds = 300
  }

  timeouts {
    create = "10m"
    read   = "1m" # who has lost the right to read it is told so soon
  }
}
