output "context_id" {
  description = "Resource ID of the context."
  value       = azapi_resource.this.id
}
