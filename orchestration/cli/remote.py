"""`--repo`: a control plane in a Git host instead of checkouts, and `ewo control-plane schedule` and `wait`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from orchestration.cli.duration import in_seconds
from orchestration.cli.output import emit, output_option, print_table, visible
from orchestration.cli.target import interruptible, sandbox_options

if TYPE_CHECKING:
    from orchestration.control_plane import Issue
    from orchestration.orchestrator import RemotePlane, ScheduleReport
    from orchestration.orchestrator.waiting import WaitReport

BLOCKED = LAGGING = 1
Command = TypeVar("Command", bound=Callable[..., Any])


def repository_options(*, required: bool = False) -> Callable[[Command], Command]:
    """Return the options that name a control plane in a Git host, and what opens it."""

    def add(command: Command) -> Command:
        command = sandbox_options(command)
        text = "Variable that holds the token for the host of --repo; without a value nothing is sent."
        command = click.option("--token-env", metavar="NAME", default="GITHUB_TOKEN", show_default=True, help=text)(
            command
        )
        return click.option("--repo", metavar="URL", required=required, help="Control-plane repository.")(command)

    return add


@contextmanager
def opened(repo: str, *, token_env: str, sandbox: bool, sandbox_dir: Path | None) -> Iterator[RemotePlane]:
    """Yield the control plane that the options name."""
    from orchestration.orchestrator import Sandbox, open_plane

    place = Sandbox(sandbox_dir or Path(".ewo") / "sandbox") if sandbox or sandbox_dir else None
    token = os.environ.get(token_env, "")
    with interruptible(lambda: None) as cancel, open_plane(repo, token=token, sandbox=place, cancel=cancel) as plane:
        yield plane


@click.command()
@click.argument("environment")
@repository_options(required=True)
@click.option("--allow-destroy", type=click.IntRange(0), metavar="N", help="Allow up to N things to be taken away.")
@output_option
def schedule(output: str, *, environment: str, allow_destroy: int | None, **where: Any) -> None:
    """Render ENVIRONMENT of a control plane and push it to its GitOps repository. Exit 1 if it is blocked."""
    from orchestration.cli.confirm import allow

    with opened(**where) as plane:
        report = plane.schedule(environment, allow(allow_destroy))
    emit(report.to_json(), output, lambda: show(report))
    click.get_current_context().exit(BLOCKED if report.blocked else 0)


@click.command()
@click.argument("environment")
@repository_options(required=True)
@click.option("--commit", metavar="SHA", required=True, help="Commit of the GitOps branch, as `schedule` names it.")
@click.option(
    "--timeout", default="15m", show_default=True, callback=in_seconds, metavar="DURATION", help="How long at most."
)
@output_option
def wait(output: str, *, environment: str, commit: str, timeout: float, **where: Any) -> None:
    """Wait until Flux has brought a commit to every cluster that follows ENVIRONMENT's GitOps branch.

    A later commit of the branch will do; a cluster that is not connected is named and not waited for. Exit 1 when time
    is up, naming who lags. Azure is asked with the login of the Azure CLI, in all subscriptions that it sees.
    """
    with opened(**where) as plane:
        report = plane.wait(environment, commit, seconds=timeout, say=lambda text: click.echo(visible(text), err=True))
    emit(report.to_json(), output, lambda: show_followers(report))
    click.get_current_context().exit(0 if report.done else LAGGING)


def show_followers(report: WaitReport) -> None:
    """Print how far each cluster came, and who lags."""
    for note in report.notes:
        click.echo(visible(f"note: {note}"), err=True)
    rows = [
        (row.cluster.rpartition("/")[2], row.clusterType, row.state, (row.commit or "")[:12], row.outcome)
        for row in report.clusters
    ]
    print_table("Clusters", ("cluster", "cluster type", "flux", "commit", "outcome"), rows)
    for problem in report.problems:
        click.echo(visible(f"time is up: {problem}"), err=True)


def show(report: ScheduleReport) -> None:
    """Print what was pushed, or why nothing was."""
    show_issues(report.issues)
    for note in report.notes:
        click.echo(visible(f"note: {note}"), err=True)
    rows = [(row.clusterType, row.deploymentTarget, row.change) for row in report.assignments]
    if not report.blocked:
        print_table("Assignments", ("cluster type", "deployment target", "change"), rows)
    for commit in report.commits:
        what = f"{len(commit.files)} files in {commit.commit[:12]}" if commit.commit else str(commit.outcome)
        click.echo(visible(f"{commit.repository} {commit.branch}: {what}"))


def show_issues(issues: Sequence[Issue], word: str = "blocked") -> None:
    """Print what blocks an environment, each with what to do about it."""
    for issue in issues:
        about = f"{issue.assignment}: " if issue.assignment else ""
        click.echo(visible(f"{word}: {about}{issue}"), err=True)
        if issue.hint:
            click.echo(visible(f"  hint: {issue.hint}"), err=True)
