"""A solution's first version, made from a Helm chart: schema, template and specification."""

from orchestration.solutions.starting.folder import Started, start_solution

__all__ = ["Started", "start_solution"]
