output "applied" {
  description = "inputs_hash of the last apply that succeeded."
  value       = terraform_data.applied.output
}

output "begun" {
  description = "inputs_hash of the last apply, whether it succeeded or not."
  value       = var.inputs_hash
}

output "clusters" {
  description = "What was last applied for each cluster, as JSON text."
  value       = var.remembered
}

output "connected_clusters" {
  description = "IDs and public keys of the clusters connected from here."
  value = {
    for name, cluster in module.connected_cluster : name => {
      id         = cluster.connected_cluster_id
      public_key = cluster.public_key
    }
  }
}
