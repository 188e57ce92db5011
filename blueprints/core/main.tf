data "azapi_resource" "context" {
  count = var.existing_context_id == null ? 0 : 1

  type                   = "Microsoft.Edge/contexts@2026-03-01"
  resource_id            = var.existing_context_id
  response_export_values = []
}

module "context" {
  source = "../../modules/edge-context"
  count  = var.context == null ? 0 : 1

  capabilities      = var.context.capabilities
  hierarchies       = var.context.hierarchies
  location          = var.context.location
  name              = var.context.name
  resource_group_id = var.context.resource_group_id
}

module "schema" {
  source   = "../../modules/edge-schema"
  for_each = var.schemas

  location          = each.value.location
  name              = each.key
  resource_group_id = each.value.resource_group_id
  tags              = each.value.tags
  versions          = each.value.versions

  depends_on = [module.context]
}

module "config_template" {
  source   = "../../modules/config-template"
  for_each = var.config_templates

  description       = each.value.description
  location          = each.value.location
  name              = each.key
  resource_group_id = each.value.resource_group_id
  tags              = each.value.tags
  versions          = each.value.versions

  depends_on = [module.schema] # a template's text names its schema's version
}

module "solution_template" {
  source   = "../../modules/solution-template"
  for_each = var.solution_templates

  capabilities               = each.value.capabilities
  description                = each.value.description
  enable_external_validation = each.value.enable_external_validation
  location                   = each.value.location
  name                       = each.key
  resource_group_id          = each.value.resource_group_id
  tags                       = each.value.tags
  versions                   = each.value.versions

  depends_on = [module.config_template] # a template's text names the config template's versions it reads
}

resource "terraform_data" "applied" {
  input = var.inputs_hash

  depends_on = [
    data.azapi_resource.context,
    module.config_template,
    module.context,
    module.schema,
    module.solution_template,
  ]
}
