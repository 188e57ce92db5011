"""A program that runs `up` and may write no file larger than so many bytes; run by the tests of full disks.

    python -m tests.sandbox.limited_up FLEET SANDBOX WORK BYTES

The limit holds for everything that it starts, too. It prints the exit code and what is said to have gone wrong, each
with what to do about it, as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from orchestration import OrchestrationError, Orchestrator, Sandbox, load_fleet


def main() -> None:
    """Run `up` under the limit, and print what came of it."""
    fleet, sandbox, work, most = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), int(most)))
    said: list[tuple[str, str]] = []
    code = 1
    try:
        with Orchestrator(load_fleet(fleet), target=Sandbox(Path(sandbox)), work_dir=Path(work)) as orchestrator:
            report = orchestrator.up()
            code, said = report.exit_code, [(item.error, item.hint) for item in report.failed]
    except OrchestrationError as error:
        said = [(str(error), error.hint)]
    print(json.dumps([code, said]))  # noqa: T201 - into a pipe, which no limit holds for


if __name__ == "__main__":
    main()
