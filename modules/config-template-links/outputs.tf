output "links_id" {
  description = "Resource ID of the links."
  value       = azapi_resource.this.id
}
