"""Measures what the README quotes and prints it as a Markdown table.

    .venv/bin/python benchmarks/run.py [--clusters 30]

Each command runs as a process of its own; memory is the peak of a process as the kernel counts it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
EWO = Path(sys.executable).with_name("ewo")
EMPTY = "import click\n@click.group()\ndef main():\n    '''Nothing.'''\nmain()\n"


@dataclass
class Measured:
    """One process: wall-clock seconds, and peak memory in MB of it and of the sandbox it started."""

    seconds: float
    memory: float
    sandbox: float


def peak(pid: int) -> float:
    """Return the peak resident memory of a process so far, in MB; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def children(pid: int) -> Iterator[int]:
    """Yield the sandbox processes that *pid* started."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="ascii").rsplit(")", 1)[1].split()
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == pid and b"orchestration.sandbox\0" in command:
            yield int(path.parent.name)


def measured(*arguments: str) -> Measured:
    """Run `ewo` with these arguments and return what it took; raise if it fails."""
    began = time.monotonic()
    process = subprocess.Popen([EWO, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found = {"own": 0.0, "sandbox": 0.0}

    def watch() -> None:
        while process.poll() is None:
            found["own"] = max(found["own"], peak(process.pid))
            for child in children(process.pid):
                found["sandbox"] = max(found["sandbox"], peak(child))
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, said = process.communicate()
    seconds = time.monotonic() - began
    watcher.join()
    if process.returncode:
        raise SystemExit(f"ewo {' '.join(arguments)} exited {process.returncode}:\n{said}")
    return Measured(seconds, found["own"], found["sandbox"])


def median_seconds(argv: list[str], times: int = 15) -> float:
    """Return the median time of a command, after one run to warm up."""
    taken = []
    for _ in range(times + 1):
        began = time.monotonic()
        subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
        taken.append(time.monotonic() - began)
    return statistics.median(taken[1:])


def listening(folder: Path) -> dict[str, object] | None:
    """Return what a sandbox has written of itself, once it can be reached there: the file may be of an earlier one."""
    try:
        info: dict[str, object] = json.loads((folder / "sandbox.json").read_text(encoding="utf-8"))
        socket.create_connection(("127.0.0.1", int(str(info["port"]))), timeout=1).close()
    except (OSError, ValueError, KeyError):
        return None
    return info


@contextmanager
def sandbox(folder: Path) -> Iterator[dict[str, object]]:
    """Run a sandbox on *folder* and yield its address and keys."""
    process = subprocess.Popen([EWO, "sandbox", "run", "--sandbox-dir", folder], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while (info := listening(folder)) is None:
            if time.monotonic() > deadline:
                raise SystemExit("the sandbox did not start")
            time.sleep(0.1)
        yield info | json.loads((folder / "keys.json").read_text(encoding="utf-8"))
    finally:
        process.terminate()
        process.wait()


def get_milliseconds(folder: Path, resource: str, times: int = 500) -> float:
    """Return the median time of a GET over one kept-alive connection, in milliseconds."""
    with sandbox(folder) as info:
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        port = int(str(info["port"]))
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=context)
        headers = {"Authorization": f"Bearer {info['token']}"}
        taken = []
        for _ in range(times):
            began = time.monotonic()
            connection.request("GET", resource, headers=headers)
            answer = connection.getresponse()
            answer.read()
            taken.append(time.monotonic() - began)
            if answer.status != 200:
                raise SystemExit(f"GET {resource} answered {answer.status}")
    return statistics.median(taken) * 1000


def fleet_rows(name: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what a fleet takes from nothing, and again with nothing changed."""
    first = measured("up", str(folder), "--sandbox")
    yield f"`up` of {name} from nothing", f"{first.seconds:.1f} s"
    yield "… peak memory of `ewo` / of the sandbox", f"{first.memory:.0f} / {first.sandbox:.0f} MB"
    again = measured("up", str(folder), "--sandbox")
    yield f"`up` of {name}, nothing changed", f"{again.seconds:.1f} s"


def rows(clusters: int, work: Path) -> Iterator[tuple[str, str]]:
    """Yield every measurement."""
    contoso = work / "contoso"
    shutil.copytree(ROOT / "examples" / "contoso", contoso, ignore=shutil.ignore_patterns(".ewo"))
    yield from fleet_rows("contoso (6 clusters, 7 stacks, 81 resources)", contoso)
    group = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge"
    context = f"{group}/providers/Microsoft.Edge/contexts/contoso?api-version=2026-03-01"
    milliseconds = get_milliseconds(contoso / ".ewo" / "sandbox", context)
    yield "GET on the sandbox, kept-alive connection, median of 500", f"{milliseconds:.2f} ms"
    large = work / f"fleet-{clusters}"
    subprocess.run([sys.executable, ROOT / "benchmarks" / "make_fleet.py", str(clusters), large], check=True)
    yield from fleet_rows(f"{clusters} clusters in 3 environments", large)
    empty = work / "empty.py"
    empty.write_text(EMPTY, encoding="utf-8")
    ours = median_seconds([str(EWO), "--help"])
    peer = median_seconds([sys.executable, str(empty), "--help"])
    yield "`ewo --help` / an empty click program, median of 15", f"{ours * 1000:.0f} / {peer * 1000:.0f} ms"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=int, default=30)
    chosen = parser.parse_args()
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| what | measured |\n|---|---|")
    with tempfile.TemporaryDirectory() as work:
        for what, value in rows(chosen.clusters, Path(work)):
            print(f"| {what} | {value} |", flush=True)


if __name__ == "__main__":
    main()
