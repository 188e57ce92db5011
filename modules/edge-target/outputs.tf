output "target_id" {
  description = "Resource ID of the target."
  value       = azapi_resource.this.id
}
