"""The status as a table: one line an environment and whatever is unhealthy, or every row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from orchestration.cli.output import print_table

if TYPE_CHECKING:
    from orchestration.status import StatusReport


def show_status(report: StatusReport, *, everything: bool) -> None:
    """Print where everything stands."""
    columns = ("environment", "commit", "base", "where it stands")
    rows = [
        (row.name, _short(row.gitopsCommit), _short(row.promotedCommit), report.summary[row.name])
        for row in report.environments
    ]
    print_table("Environments", columns, rows)
    if everything:
        _show_all(report)
    for waiting in report.pending:
        click.echo(f"pending: {waiting}")
    for problem in report.problems:
        click.echo(f"unhealthy: {problem}")
    click.echo("healthy" if report.healthy else f"not healthy: {len(report.problems)} to look at")


def _show_all(report: StatusReport) -> None:
    clusters = [
        (
            row["name"],
            row["environment"],
            row["clusterType"],
            row["connectivity"],
            row["flux"]["state"] or "",
            _short(row["flux"]["commit"]),
            ", ".join(item["name"] for item in row["extensions"]),
        )
        for row in report.clusters
    ]
    columns = ("cluster", "environment", "cluster type", "connectivity", "flux", "commit", "extensions")
    print_table("Clusters", columns, clusters)
    solutions = [
        (row.name, row.cluster, item.name, item.version, item.state, json.dumps(item.values, ensure_ascii=False))
        for row in report.targets
        for item in row.solutions
    ]
    print_table("Targets", ("target", "cluster", "solution", "version", "state", "values"), solutions)


def _short(commit: str | None) -> str:
    return (commit or "")[:12]
