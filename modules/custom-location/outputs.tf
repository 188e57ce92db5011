output "custom_location_id" {
  description = "Resource ID of the custom location."
  value       = azapi_resource.this.id
}
