"""The `ewo` command: parse, call the orchestrator, print; one file per command group."""

from orchestration.cli.main import main

__all__ = ["main"]
