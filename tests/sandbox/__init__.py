"""The sandbox, asked over real HTTPS."""
