output "service_group_id" {
  description = "Resource ID of the service group."
  value       = azapi_resource.this.id
}
