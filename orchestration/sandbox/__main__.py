"""`python -m orchestration.sandbox DIRECTORY`: the sandbox as a server, until its standard input ends."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from pathlib import Path

from orchestration.errors import OrchestrationError
from orchestration.sandbox.serve import serve


def main() -> int:
    """Serve, and say on standard output, as one line of JSON, where, or why not."""
    parser = argparse.ArgumentParser(prog="python -m orchestration.sandbox", description=__doc__)
    parser.add_argument("directory", type=Path, help="folder of the sandbox; made if it is absent")
    parser.add_argument("--port", type=int, help="port on 127.0.0.1; the last one, or a free one, unless given")
    parser.add_argument("--lro-ms", type=int, default=20, help="how long long-running operations take")
    parser.add_argument("--forever", action="store_true", help="go on when standard input ends, until a signal")
    arguments = parser.parse_args()
    os.umask(0o077)
    stop = threading.Event()
    if not arguments.forever:
        threading.Thread(target=_await_end_of_input, args=(stop,), daemon=True).start()
    try:
        serve(arguments.directory, port=arguments.port, lro_seconds=arguments.lro_ms / 1000, stop=stop, ready=_say)
    except OrchestrationError as error:
        _say({"error": str(error), "hint": error.hint})
        return 1
    return 0


def _await_end_of_input(stop: threading.Event) -> None:
    """Set *stop* when whoever started us is gone, or wants us to end: either closes the pipe."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop.set()


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
