output "flux_configuration_id" {
  description = "Resource ID of the Flux configuration."
  value       = azapi_resource.this.id
}
