output "applied" {
  description = "inputs_hash of the last apply that succeeded."
  value       = terraform_data.applied.output
}

output "begun" {
  description = "inputs_hash of the last apply, whether it succeeded or not."
  value       = var.inputs_hash
}

output "site_ids" {
  description = "Resource IDs of the sites, by node."
  value       = { for name, site in module.edge_site : name => site.site_id }
}

output "site_reference_id" {
  description = "Resource ID of the site reference."
  value       = module.site_reference.site_reference_id
}
