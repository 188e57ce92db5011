"""Random fleets, edits, faults and kills: a short run of what `benchmarks/soak.py` does for hours."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sandbox.chaos import Chaos

pytestmark = pytest.mark.slow


def test_whatever_happens_an_undisturbed_run_puts_it_right(canaries: dict[str, str]) -> None:
    """Nothing lost, doubled, destroyed unasked or left over, and a second run changes nothing."""
    run_state_machine_as_test(
        Chaos,
        settings=settings(
            max_examples=2,
            stateful_step_count=3,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
