locals {
  grouped = var.scope == "serviceGroup" ? var.nodes : {}

  parent_ids = {
    for name, node in var.nodes : name => var.scope == "serviceGroup"
    ? "/providers/Microsoft.Management/serviceGroups/${node.service_group_name}"
    : var.resource_group_id
  }
}

# One module a level: a parent is there before its children and outlives them.
module "service_group_1" {
  source   = "../../modules/service-group"
  for_each = { for name, node in local.grouped : name => node if node.depth == 1 }

  display_name            = each.value.display_name
  name                    = each.value.service_group_name
  parent_service_group_id = each.value.parent_service_group_id
}

module "service_group_2" {
  source   = "../../modules/service-group"
  for_each = { for name, node in local.grouped : name => node if node.depth == 2 }

  display_name            = each.value.display_name
  name                    = each.value.service_group_name
  parent_is_new           = true
  parent_service_group_id = each.value.parent_service_group_id

  depends_on = [module.service_group_1]
}

module "service_group_3" {
  source   = "../../modules/service-group"
  for_each = { for name, node in local.grouped : name => node if node.depth == 3 }

  display_name            = each.value.display_name
  name                    = each.value.service_group_name
  parent_is_new           = true
  parent_service_group_id = each.value.parent_service_group_id

  depends_on = [module.service_group_2]
}

module "edge_site" {
  source    = "../../modules/edge-site"
  for_each  = var.nodes
  providers = { azapi = azapi.regional }

  configuration_name = each.value.configuration_name
  display_name       = each.value.display_name
  level              = each.value.level
  location           = var.location
  name               = each.value.site_name
  parent_id          = local.parent_ids[each.key]
  resource_group_id  = var.resource_group_id

  depends_on = [module.service_group_1, module.service_group_2, module.service_group_3]
}

module "site_reference" {
  source = "../../modules/edge-site-reference"

  context_id = var.context_id
  name       = var.site_reference_name
  site_id    = "${local.parent_ids[var.top]}/providers/Microsoft.Edge/sites/${var.nodes[var.top].site_name}"

  depends_on = [module.edge_site]
}

resource "terraform_data" "applied" {
  input = var.inputs_hash

  depends_on = [
    module.edge_site,
    module.service_group_1,
    module.service_group_2,
    module.service_group_3,
    module.site_reference,
  ]
}
