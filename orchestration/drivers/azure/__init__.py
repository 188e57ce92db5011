"""Azure by REST: the login, Azure Resource Manager, Resource Graph, Flux and extensions. The sandbox differs by URL."""
