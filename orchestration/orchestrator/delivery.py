"""Commits of a run: the control plane wired, the schedule delivered, each with what became of it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable

from orchestration.drivers.git import refusal
from orchestration.gitops import Scheduled, deliver_schedule, present_files
from orchestration.gitops import wire as wire_control_plane
from orchestration.orchestrator.recording import Record
from orchestration.orchestrator.scheduled import assignment_rows, hand_edits, schedule_issues, schedule_notes
from orchestration.orchestrator.session import Session
from orchestration.reports import AssignmentRow, CommitRow, Outcome


def wire(session: Session, record: Record, *, take_over: bool = False, environment: str | None = None) -> None:
    """Commit what the fleet wants to the control-plane repository and push it; main and all branches, or one."""
    repositories = session.fleet.repositories
    if not session.fleet.uses_kalypso or repositories is None:
        return
    with record.part("repository", repositories.control_plane):
        began = time.monotonic()
        session.fetch_all([session.control_plane])
        wired = wire_control_plane(session.fleet, session.control_plane, take_over=take_over, environment=environment)
        seconds = round(time.monotonic() - began, 2)
        for branch, commit in wired.commits.items():
            row = CommitRow(repositories.control_plane, branch, wired.files[branch], "done", seconds, commit)
            record.commits.append(row)
            session.progress("finished", "commit", f"{row.repository} {branch}", "done", commit[:12])
        for branch, words in wired.refused.items():
            error = refusal(session.control_plane.url, {branch: words})
            record.fail("commit", f"{repositories.control_plane} {branch}", str(error), error.hint)


def schedule(
    session: Session, record: Record, *, environment: str | None = None, permitted: Collection[str] = ()
) -> None:
    """Render every environment, or one, as the control plane is now, and push what changed to the GitOps repository.

    One that is blocked stays as it is, and so does one that takes away what is not *permitted*.
    """
    repositories = session.fleet.repositories
    if not session.fleet.uses_kalypso or repositories is None:
        return
    with record.part("schedule", repositories.gitops):
        began = time.monotonic()
        session.fetch_all([session.control_plane, session.gitops])
        names = session.fleet.environments if environment is None else (environment,)
        scheduled = deliver_schedule(
            {name: name for name in names},
            present_files(session.control_plane),
            session.gitops,
            session.repositories.follow,
            lambda destroys: set(destroys) <= set(permitted),
        )
        seconds = round(time.monotonic() - began, 2)
        for item in scheduled:
            _record(session, record, item, seconds)


def tell_hand_edits(session: Session, scheduled: Iterable[Scheduled]) -> None:
    """Say, before anything is written over, what others changed in the GitOps repository, and in which commits."""
    for item in scheduled:
        for edit in hand_edits(item):
            session.progress("finished", "hand edit", item.environment, "", edit)


def _record(session: Session, record: Record, item: Scheduled, seconds: float) -> None:
    assert session.fleet.repositories is not None
    for note in schedule_notes(item):
        record.note(note)
    if item.commit:
        files = tuple(sorted(item.changes))
        row = CommitRow(session.fleet.repositories.gitops, item.environment, files, "done", seconds, item.commit)
        record.commits.append(row)
        session.progress("finished", "commit", f"{row.repository} {item.environment}", "done", item.commit[:12])
    for issue in schedule_issues(item):
        record.fail(issue.what, issue.where, issue.error, "see `ewo plan`; the environment's branch stays as it was")
    if item.declined:
        refused = refusal(session.gitops.url, {item.environment: item.declined})
        record.fail("schedule", item.environment, str(refused), refused.hint)
    if item.refused:
        listing = "\n".join(f"  - {destroy}" for destroy in item.refused)
        error = f"the schedule would take away what no plan was allowed to:\n{listing}"
        record.fail("schedule", item.environment, error, "run `ewo up` with --allow-destroy, which lists it first")
    for found in assignment_rows(item):
        held = item.rendering.blocked or item.refused or item.declined
        outcome: Outcome = "skipped" if held else "unchanged" if found.change == "none" else "done"
        place = (found.environment, found.clusterType, found.deploymentTarget)
        record.assignments.append(AssignmentRow(*place, found.change, outcome, seconds))
