"""A program that rolls contoso's solution out in production and kills itself, without warning, at its Nth trace.

    python -m tests.sandbox.killed_rollout SANDBOX RINGS N NAMES

RINGS is how many targets are in each of the rings, one after the other: `3` for one ring, `1,1,1` for three. With N = 0
it runs to the end. NAMES gets a line for each trace.
"""

from __future__ import annotations

import sys
from pathlib import Path

from orchestration.drivers.azure.arm import Arm
from orchestration.drivers.azure.token import SandboxCredential
from orchestration.fleet import load_fleet
from orchestration.fleet.model import Fleet, Ring
from orchestration.sandbox import start
from orchestration.solutions import roll_out
from tests.sandbox.killed_up import Counted
from tests.sandbox.rollout_support import in_production
from tests.support import CONTOSO


def fleet_of(rings: str) -> Fleet:
    """Return contoso in production alone, in rings of as many targets as given."""
    sizes = [int(size) for size in rings.split(",")]
    return in_production(load_fleet(CONTOSO), *(Ring(count=sum(sizes[: number + 1])) for number in range(len(sizes))))


def main() -> None:
    """Roll out until it ends or is killed."""
    directory, rings, last, names = sys.argv[1:]
    with start(Path(directory)) as sandbox:
        credential = SandboxCredential(sandbox.identity_endpoint, sandbox.identity_header, sandbox.ca_file)
        arm = Arm(sandbox.url, credential, ca_file=sandbox.ca_file, trace=Counted(int(last), Path(names)))
        roll_out(fleet_of(rings), arm, regional=arm, jobs=1)


if __name__ == "__main__":
    main()
