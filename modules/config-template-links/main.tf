resource "azapi_resource" "this" {
  type      = "Microsoft.Edge/configTemplates/configTemplateMetadatas@2026-03-01"
  parent_id = var.config_template_id
  name      = var.name

  body = {
    properties = {
      contextId         = var.context_id
      linkedHierarchies = [for hierarchy in var.hierarchies : { level = hierarchy.level, hierarchyIds = hierarchy.ids }]
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
