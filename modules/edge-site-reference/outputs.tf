output "site_reference_id" {
  description = "Resource ID of the site reference."
  value       = azapi_resource.this.id
}
