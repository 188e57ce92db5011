output "solution_template_id" {
  description = "Resource ID of the solution template."
  value       = azapi_resource.this.id
}

output "unique_identifier" {
  description = "Identifier that the service gave the template; value sets are named after it."
  value       = azapi_resource.this.output.unique_identifier
}
