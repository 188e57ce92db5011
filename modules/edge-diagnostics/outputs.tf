output "diagnostics_id" {
  description = "Resource ID that diagnostic settings are attached to."
  value       = azapi_resource.this.id
}
