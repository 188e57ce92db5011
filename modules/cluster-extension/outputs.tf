output "extension_id" {
  description = "Resource ID of the extension."
  value       = azapi_resource.this.id
}

output "extension_name" {
  description = "Name of the extension."
  value       = azapi_resource.this.name
}
