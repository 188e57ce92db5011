"""What an earlier run began on a target and the service still works at: it is waited for, not begun again."""

from __future__ import annotations

from collections.abc import Callable

from orchestration.solutions.decision import Decision, Step, Wanted
from orchestration.solutions.edge import EdgeTarget
from orchestration.solutions.installed import SolutionVersion
from orchestration.solutions.jobs import JOBS, Job

HINT = "run again: it goes on from what has become of that; --continue begins anew what has taken that long"

GivenUp = Callable[[Job], bool]
"""Whether a job is not waited for any more."""


def last_action(edge: EdgeTarget, decision: Decision, given_up: GivenUp) -> Decision | None:
    """Return that what was last done to a version is waited for, if that goes on and the version does not show it."""
    version = decision.version
    if decision.step not in (Step.PUBLISH, Step.INSTALL) or version is None or JOBS not in version.tracking.lower():
        return None
    job = edge.job(version.tracking)
    return _waiting(job, version) if job and job.goes_on and not given_up(job) else None


def review_of(edge: EdgeTarget, wanted: Wanted, given_up: GivenUp) -> tuple[Decision | None, bool]:
    """Return that a review of what is wanted is waited for, if one goes on, and whether any has ended."""
    jobs = [job for job in edge.jobs() if job.reviews(wanted.template_version_id, wanted.instance)]
    going = next((job for job in jobs if job.goes_on and not given_up(job)), None)
    return _waiting(going, None) if going else None, any(not job.goes_on for job in jobs)


def become(edge: EdgeTarget, before: Decision) -> Decision | None:
    """Return what the job that was waited for *before* lets be done, None if there is none or it went well."""
    job = edge.job(before.job.id) if before.job else None
    if job is not None and job.goes_on:
        return _waiting(job, before.version)
    if job is not None and job.failed:
        return Decision(Step.STOP, before.version, job.message or f"its {job.kind} failed", code=job.code)
    return None


def after_waiting(before: Decision, after: Decision) -> Decision:
    """Return *after*, or a stop if the publication that was waited for has failed."""
    version = after.version
    waited = before.step is Step.WAIT and after.step is Step.PUBLISH
    if version is None or not waited or version.stage_status != "Failed":
        return after
    return Decision(Step.STOP, version, version.message or f"its {version.stage.lower()} failed", code=version.code)


def _waiting(job: Job, version: SolutionVersion | None) -> Decision:
    return Decision(Step.WAIT, version, job.told(), HINT, job)
