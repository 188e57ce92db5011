"""Times a rollout to many targets in three rings against the sandbox, and the run after it, which changes nothing.

    .venv/bin/python -m benchmarks.rollout [--targets 100] [--output json]

Operations of the sandbox take a millisecond. Requests are per target, by what they are for; polls are those that follow
an operation. Processor time is of this process and of the sandbox, memory the peak of this process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.run import children
from orchestration.fleet import load_fleet
from orchestration.fleet.model import Cluster, Fleet, Ring, Target
from orchestration.solutions import owned_paths
from tests.sandbox.rollout_support import World, with_solution

CONTOSO = Path(__file__).parents[1] / "examples" / "contoso"
RINGS = (Ring(count=1), Ring(percent=20), Ring(percent=100))


def fleet_of(count: int) -> Fleet:
    """Return contoso with *count* targets of production in three rings, each on a cluster of its own."""
    contoso = load_fleet(CONTOSO)
    cluster = contoso.clusters["lyon-1"]
    clusters = {name: _cluster(cluster, name) for name in (f"plant-{number:03d}" for number in range(count))}
    (placement,) = (item for item in contoso.solutions["line-vision"].placements if item.environment == "prod")
    fleet = replace(contoso, clusters=clusters)
    return with_solution(fleet, placements=(replace(placement, rings=RINGS),))


def _cluster(like: Cluster, name: str) -> Cluster:
    target: Target = replace(like.targets[0], name=f"{name}-line", cluster=name)
    return replace(like, name=name, id=f"{like.id.rpartition('/')[0]}/{name}", targets=(target,))


def measured(world: World, fleet: Fleet, **options: Any) -> dict[str, Any]:
    """Return what one rollout took."""
    since, began, spent = world.mark(), time.monotonic(), _processor()
    report = world.roll_out(fleet, query=world.query, **options)
    seconds, processor = (
        time.monotonic() - began,
        [now - then for now, then in zip(_processor(), spent, strict=True)],
    )
    asked = world.asked(since)
    return {
        "outcomes": dict(Counter(row.outcome for row in report.solutions)),
        "seconds": round(seconds, 2),
        "processor": {"client": round(processor[0], 2), "sandbox": round(processor[1], 2)},
        "requests": {kind: round(number / len(report.solutions), 2) for kind, number in sorted(asked.items())},
        "megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _processor() -> tuple[float, float]:
    """Return the processor time of this process and of its sandbox so far, in seconds."""
    ticks = 0
    for pid in children(os.getpid()):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return time.process_time(), ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print what both runs took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--output", choices=("table", "json"), default="table")
    chosen = parser.parse_args()
    fleet = fleet_of(chosen.targets)
    with tempfile.TemporaryDirectory() as folder:
        world = World.open(Path(folder) / "sandbox")
        with world.sandbox:
            world.settle_in(fleet)
            first = measured(world, fleet, jobs=chosen.jobs)
            second = measured(world, fleet, jobs=chosen.jobs, owned_before=owned_paths(fleet))
    found = {"first run": first, "second run": second}
    if chosen.output == "json":
        print(json.dumps(found, indent=2))
        return
    for name, run in found.items():
        print(f"{name}: {', '.join(f'{key} {value}' for key, value in run.items())}")


if __name__ == "__main__":
    main()
