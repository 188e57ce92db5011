output "schema_id" {
  description = "Resource ID of the schema."
  value       = azapi_resource.this.id
}
