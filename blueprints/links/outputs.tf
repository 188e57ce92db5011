output "applied" {
  description = "inputs_hash of the last apply that succeeded."
  value       = terraform_data.applied.output
}

output "begun" {
  description = "inputs_hash of the last apply, whether it succeeded or not."
  value       = var.inputs_hash
}
