"""Measures `ewo up` against plain Terraform in a shell loop over the same stacks, from nothing, in the same run.

    .venv/bin/python benchmarks/against_terraform.py [--clusters 30] [--times 3]

Both get a sandbox of their own, started beforehand, and run by turns; the loop gets each stack's folder as `ewo` wrote
it, and runs `init`, `plan`, `apply` and `output` there, one stack after the other. A third run of `ewo`, one stack at a
time, shows what it does itself beside Terraform's commands.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from orchestration import Event, Orchestrator, Sandbox, load_fleet
from orchestration.reports import UpReport

ROOT = Path(__file__).parents[1]
EWO = Path(sys.executable).with_name("ewo")
WAVES = ("core", "sites", "links", "shard")
LOOP = """\
set -e
source "$1"
export TF_VAR_digest_key=of-this-benchmark TF_VAR_git_https_key=benchmark TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1
shift
for stack in "$@"; do
  cd "$stack"
  terraform init -input=false >/dev/null
  terraform plan -input=false -out=plan.tfplan >/dev/null
  terraform apply -input=false plan.tfplan >/dev/null
  terraform output -json >/dev/null
done
"""


@contextmanager
def sandbox(fleet: Path, directory: Path) -> Iterator[Path]:
    """Run a sandbox for *fleet* in *directory*; yield the file to be sourced."""
    process = subprocess.Popen(
        [EWO, "sandbox", "run", fleet, "--sandbox-dir", directory], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while not (directory / "environment.sh").exists():
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit("the sandbox did not start")
            time.sleep(0.1)
        yield directory / "environment.sh"
    finally:
        process.terminate()
        process.wait()


class Clock:
    """Sums what Terraform's commands took while it is on."""

    def __init__(self) -> None:
        self.on, self.seconds, self._began = False, 0.0, threading.local()

    def __call__(self, when: Literal["before", "after"], what: str) -> None:
        """Start or stop at one command."""
        if not what.startswith("terraform "):
            return
        if when == "before":
            self._began.at = time.monotonic()
        elif self.on:
            self.seconds += time.monotonic() - self._began.at


def up(fleet: Path, directory: Path, clock: Clock | None = None, jobs: int = 4) -> UpReport:
    """Bring the fleet up in the sandbox that runs in *directory*; *clock* is on while stacks are applied."""

    def listen(event: Event) -> None:
        if clock is not None and (event.what, event.where) == ("step", "provision"):
            clock.on = event.kind == "started"

    with Orchestrator(
        load_fleet(fleet), target=Sandbox(directory), work_dir=directory / "work", jobs=jobs, on_event=listen,
        **({"trace": clock} if clock else {}),
    ) as orchestrator:  # fmt: skip
        report = orchestrator.up()
    if report.failed:
        raise SystemExit(f"it failed: {report.failed}")
    return report


def ours(fleet: Path, work: Path) -> tuple[float, float]:
    """Return what a whole `up` took, and its stacks alone."""
    with sandbox(fleet, work):
        began = time.monotonic()
        report = up(fleet, work)
        return time.monotonic() - began, report.steps["provision"]


def loop(fleet: Path, stacks: Path, work: Path) -> float:
    """Return what plain Terraform took for copies of the *stacks* that `ewo` wrote."""
    names = sorted((path.name for path in stacks.iterdir()), key=lambda name: (WAVES.index(name.split("-")[0]), name))
    folders = []
    for name in names:
        copy = work / "stacks" / name
        shutil.copytree(stacks / name, copy, ignore=shutil.ignore_patterns("data", ".terraform*", "*.tfplan"))
        folder = copy / "blueprints" / name.split("-")[0]
        backend = {"terraform": {"backend": {"local": {"path": str(copy / "terraform.tfstate")}}}}
        (folder / "backend.tf.json").write_text(json.dumps(backend), encoding="utf-8")
        folders.append(str(folder))
    with sandbox(fleet, work / "sandbox") as environment:
        began = time.monotonic()
        subprocess.run(["bash", "-c", LOOP, "loop", str(environment), *folders], check=True)
        return time.monotonic() - began


def own_milliseconds(fleet: Path, work: Path) -> float:
    """Return what a stack takes beside Terraform's commands, on average, one stack at a time."""
    clock = Clock()
    with sandbox(fleet, work):
        report = up(fleet, work, clock, jobs=1)
    rows = [row for wave in report.waves for row in wave]
    return (sum(row.seconds for row in rows) - clock.seconds) / len(rows) * 1000


def rows(clusters: int, times: int, work: Path) -> Iterator[tuple[str, str]]:
    """Yield every measurement."""
    fleet = work / f"fleet-{clusters}"
    subprocess.run([sys.executable, ROOT / "benchmarks" / "make_fleet.py", str(clusters), fleet], check=True)
    whole, stacks, plain = [], [], []
    for number in range(times):
        place = work / f"ours-{number}"
        total, provisioned = ours(fleet, place)
        whole.append(total)
        stacks.append(provisioned)
        plain.append(loop(fleet, place / "client" / "stacks" / f"bench-{clusters}", work / f"plain-{number}"))
    name = f"{clusters} clusters, median of {times}"
    yield f"plain Terraform in a shell loop over the stacks of {name}", f"{statistics.median(plain):.1f} s"
    yield "… the same stacks by `ewo up`", f"{statistics.median(stacks):.1f} s"
    yield "… the whole `ewo up`, with repositories, schedule and rollout", f"{statistics.median(whole):.1f} s"
    yield "… `ewo`'s own time per stack beside Terraform's", f"{own_milliseconds(fleet, work / 'own'):.0f} ms"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=int, default=30)
    parser.add_argument("--times", type=int, default=3)
    chosen = parser.parse_args()
    print("| what | measured |\n|---|---|")
    with tempfile.TemporaryDirectory() as work:
        for what, value in rows(chosen.clusters, chosen.times, Path(work)):
            print(f"| {what} | {value} |", flush=True)


if __name__ == "__main__":
    main()
