"""What is resolved offline is what the service resolves."""

from __future__ import annotations

from orchestration.solutions import resolve_solution
from tests.sandbox.place import Place


def test_targets_run_what_was_resolved_for_them(contoso_seen: Place) -> None:
    """The values of each installed version, from the sandbox's own resolver, are those that ours predicts."""
    with contoso_seen.orchestrator() as orchestrator:
        targets = orchestrator.status().to_json()["targets"]
    installed = {row["name"]: each["values"] for row in targets for each in row["solutions"]}
    resolved = {
        each.target: each.resolution.values for each in resolve_solution(contoso_seen.fleet, "line-vision").targets
    }

    assert len(installed) == 5
    assert installed == resolved
