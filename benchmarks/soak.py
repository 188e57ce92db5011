"""Runs random fleets, edits, faults and kills for a long time, and prints how many runs held.

    python benchmarks/soak.py [SCHEDULES] [SEED] [--steps N] [--minutes N]

A schedule is one fleet, from nothing or from a first run, through random steps; a failure is printed with the steps
before it. Several of them, each with a seed of its own, may run side by side.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.sandbox.chaos import Chaos

CANARIES = {"GITHUB_TOKEN": "canary-soak-writes", "GITOPS_READ_TOKEN": "canary-soak-reads"}


class Enough(Exception):
    """The time is over."""


def soak(schedules: int, number: int, steps: int, until: float) -> int:
    """Run *schedules* schedules from the seed *number*; return how many held, raise what the first failure raised.

    At the monotonic time *until* no further one is begun.
    """
    ended = 0

    class Counted(Chaos):
        def teardown(self) -> None:
            nonlocal ended
            super().teardown()
            ended += 1
            print(f"\r{ended} schedules", end="", file=sys.stderr, flush=True)
            if time.monotonic() > until:
                raise Enough

    chosen = settings(
        max_examples=schedules,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    with suppress(Enough):
        run_state_machine_as_test(seed(number)(Counted), settings=chosen)
    return ended


def main() -> None:
    """Soak as asked for and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schedules", type=int, nargs="?", default=1000)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=24 * 60)
    given = parser.parse_args()
    os.environ.update(CANARIES)
    began = time.monotonic()
    ended = soak(given.schedules, given.seed, given.steps, began + given.minutes * 60)
    took = time.monotonic() - began
    print(f"{ended} schedules of up to {given.steps} steps held, seed {given.seed}, in {took:.0f} s")


if __name__ == "__main__":
    main()
