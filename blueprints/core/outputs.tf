output "applied" {
  description = "inputs_hash of the last apply that succeeded."
  value       = terraform_data.applied.output
}

output "begun" {
  description = "inputs_hash of the last apply, whether it succeeded or not."
  value       = var.inputs_hash
}

output "cloud" {
  description = "The cloud that everything is in."
  value       = var.cloud
}

output "config_template_uids" {
  description = "Identifiers that the service gave the config templates, by name."
  value       = { for name, template in module.config_template : name => template.unique_identifier }
}

output "context_id" {
  description = "Resource ID of the context, made or read; null without one."
  value       = one(concat(data.azapi_resource.context[*].id, module.context[*].context_id))
}

output "digest_key" {
  description = "Random key that digests of secrets are made with."
  value       = var.digest_key
  sensitive   = true
}

output "owned_values" {
  description = "Key paths that the fleet owns, by value set."
  value       = var.owned_values
}

output "shards" {
  description = "Clusters by shard, in the order of their places."
  value       = var.shards
}

output "solution_template_uids" {
  description = "Identifiers that the service gave the solution templates, by name."
  value       = { for name, template in module.solution_template : name => template.unique_identifier }
}

output "stacks" {
  description = "The fleet's other stacks that have a state."
  value       = var.stacks
}

output "uploaded" {
  description = "What was uploaded under each version, as JSON text."
  value       = var.uploaded
}
