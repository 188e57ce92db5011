"""Runs random fleets, edits, faults and kills for a long time, and prints how many runs held.

    python benchmarks/soak.py [SCHEDULES] [SEED]

A schedule is one fleet from nothing through up to eight random steps; a failure is printed with the steps before it.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.sandbox.chaos import Chaos

STEPS = 8
CANARIES = {"GITHUB_TOKEN": "canary-soak-writes", "GITOPS_READ_TOKEN": "canary-soak-reads"}


def soak(schedules: int, number: int) -> int:
    """Run *schedules* schedules from the seed *number*; return how many held, raise what the first failure raised."""
    ended = 0

    class Counted(Chaos):
        def teardown(self) -> None:
            nonlocal ended
            super().teardown()
            ended += 1
            print(f"\r{ended} schedules", end="", file=sys.stderr, flush=True)

    chosen = settings(
        max_examples=schedules,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    run_state_machine_as_test(seed(number)(Counted), settings=chosen)
    return ended


def main() -> None:
    """Soak as asked for and print one line."""
    schedules = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    os.environ.update(CANARIES)
    began = time.monotonic()
    ended = soak(schedules, number)
    print(f"{ended} schedules of up to {STEPS} steps held, seed {number}, in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
