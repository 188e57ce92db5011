"""What a solution depends on, as its template says it: the other template, and what is put into its configuration.

The fleet file names solutions; a template names templates by their ARM ids, which no file should have to spell out.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/solution-shared-adapter-dependency
"""

from __future__ import annotations

from typing import Any

from orchestration.fleet import naming
from orchestration.fleet.model import Dependency, Fleet, Solution
from orchestration.provision.stack import canonical

MARK = "\n# From dependsOn of the fleet file:\ndependencies: "


def with_dependencies(fleet: Fleet, solution: Solution, template: str) -> str:
    """Return the text of the solution's template with what the fleet file says that it depends on."""
    if not solution.depends_on:
        return template
    return f"{template.rstrip()}{MARK}{canonical([_entry(fleet, each) for each in solution.depends_on])}\n"


def without_dependencies(template: str) -> str:
    """Return the text of a template as its file has it, but for blanks at its end."""
    return template.partition(MARK)[0].rstrip()


def _entry(fleet: Fleet, dependency: Dependency) -> dict[str, Any]:
    """Return an entry without a version, so that either solution may be upgraded by itself."""
    parent = fleet.solutions[dependency.solution]
    injected = [{"from": item.source, "to": item.to} for item in dependency.inject]
    more = {"configsToBeInjected": injected} if injected else {}
    return {"solutionTemplateId": naming.solution_template_id(fleet, parent.template), **more}
