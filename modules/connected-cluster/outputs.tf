output "connected_cluster_id" {
  description = "Resource ID of the connected cluster."
  value       = azapi_resource.this.id
}

output "public_key" {
  description = "Public key of the agents as it is in Azure; it belongs to the private key that the agents hold."
  value       = azapi_resource.this.body.properties.agentPublicKeyCertificate
}
