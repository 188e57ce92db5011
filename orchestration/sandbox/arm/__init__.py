"""Azure Resource Manager: its envelope and store, and one file per resource provider; see `registry`."""
