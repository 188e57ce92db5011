"""The fleet document as pydantic models: which keys there are, of which type, meaning what."""

from orchestration.fleet.document.root import FleetDocument

__all__ = ["FleetDocument"]
