"""A program that rolls a solution back and kills itself, without warning, at its Nth trace.

    python -m tests.sandbox.killed_rollback FLEET SANDBOX SOLUTION N NAMES

With N = 0 it runs to the end. NAMES gets a line for each trace.
"""

from __future__ import annotations

import sys
from pathlib import Path

from orchestration import Orchestrator, Sandbox, load_fleet
from tests.sandbox.killed_up import Counted


def main() -> int:
    """Roll back until it ends or is killed; return its exit code."""
    folder, sandbox, solution, last, names = sys.argv[1:]
    trace, target = Counted(int(last), Path(names)), Sandbox(Path(sandbox))
    work = Path(folder) / ".ewo"
    with Orchestrator(load_fleet(folder), target=target, work_dir=work, trace=trace, jobs=1) as orchestrator:
        return orchestrator.rollback(solution).exit_code


if __name__ == "__main__":
    sys.exit(main())
