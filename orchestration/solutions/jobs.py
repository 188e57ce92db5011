"""What goes on at a target, by its jobs: work that an earlier run began, and whose end nobody is left to hear of.

`GET {target}/providers/Microsoft.Edge/jobs` lists them, api-version 2026-03-01. No page says how a review that is under
way shows; docs/assumptions.md says what is taken for one. Publications and installations are named by their versions.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.solutions.installed import Json, error_of, moment_of

JOBS = "/providers/microsoft.edge/jobs/"
"""What is in a job's id, in lower case."""

GOING_ON = frozenset({"NotStarted", "InProgress"})
OF_VERSIONS = frozenset({"deploy", "publish", "staging", "externalValidation", "uninstall"})
"""The published kinds, all of which are about solution versions that can be seen."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a target: how far it is, since when, and why it failed; a review has what was asked for."""

    id: str
    kind: str
    status: str
    template_version_id: str = ""
    instance: str = ""
    since: str = ""
    code: str = ""
    message: str = ""

    @property
    def goes_on(self) -> bool:
        """Whether its end is still to come."""
        return self.status in GOING_ON

    @property
    def failed(self) -> bool:
        """Whether it is over and has failed."""
        return self.status == "Failed"

    @property
    def began(self) -> float | None:
        """When it began, in seconds since 1970."""
        return moment_of(self.since)

    def reviews(self, template_version_id: str, instance: str) -> bool:
        """Whether it is a review of a template version as an instance, or may be one as it does not say of what."""
        if self.kind in OF_VERSIONS:
            return False
        of = self.template_version_id.lower()
        return not of or (of, self.instance.lower()) == (template_version_id.lower(), instance.lower())

    def told(self) -> str:
        """Return what is waited for, for people."""
        name, since = self.id.rsplit("/", 1)[-1], self.since or "nobody knows when"
        return f"its {self.kind} is under way since {since}, by job {name}"


def read_job(resource: Json) -> Job:
    """Return the job in an ARM resource."""
    properties: Json = resource.get("properties") or {}
    asked: Json = (properties.get("jobParameter") or {}).get("parameter") or {}
    error: Json = properties.get("errorDetails") or {}
    return Job(
        id=resource["id"],
        kind=properties.get("jobType") or "",
        status=properties.get("status") or "",
        template_version_id=asked.get("solutionTemplateVersionId") or "",
        instance=asked.get("solutionInstanceName") or "",
        since=properties.get("startTime") or "",
        code=error.get("code") or "",
        message=error_of(error),
    )
