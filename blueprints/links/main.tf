module "links" {
  source   = "../../modules/config-template-links"
  for_each = var.links

  config_template_id = each.value.config_template_id
  context_id         = each.value.context_id
  hierarchies        = each.value.hierarchies
  name               = each.value.name
}

resource "terraform_data" "applied" {
  input = var.inputs_hash

  depends_on = [module.links]
}
