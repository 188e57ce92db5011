output "configuration_id" {
  description = "Resource ID of the configuration that holds the site's values."
  value       = azapi_resource.configuration.id
}

output "site_id" {
  description = "Resource ID of the site."
  value       = azapi_resource.this.id
}
