"""The outside programs and services: processes, Terraform, Git, GitHub, Azure. They know nothing of fleets."""
