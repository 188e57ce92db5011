"""Changes the product in one small way after the other and counts the changes that no test notices.

    .venv/bin/pip install --editable '.[sandbox,dev,mutants]'
    .venv/bin/python benchmarks/mutants.py [provision|terraform]… [--folder FOLDER] [--jobs 1]

mutmut makes the mutants, in a copy of the tree; it leaves alone what is decorated, and constants of modules. With
--folder the copy is kept, and the next run tests only what has changed or survived. Prints the difference of each
mutant that survived and the figures of each file; exits with 1 if fewer than four in five of a part were killed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
WANTED = 0.8
TIMED_OUT = (-24, 24, 36, 152, 255)
KILLED, NOT_RUN = (1, 3, -9, -11, *TIMED_OUT), (5, 33)

PLUGIN = "fastest_first"
FASTEST_FIRST = """\
import json
from pathlib import Path


def pytest_collection_modifyitems(items):
    stats = Path("mutmut-stats.json")
    seconds = json.loads(stats.read_text())["duration_by_test"] if stats.exists() else {}
    items.sort(key=lambda item: seconds.get(item.nodeid, 0))
"""


@dataclass(frozen=True)
class Part:
    """Files that are mutated, by pattern, and the tests that are to notice."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


PARTS = {
    "provision": Part(("orchestration/provision/*",), ("tests/unit/provision",)),
    "terraform": Part(
        ("orchestration/drivers/terraform.py", "orchestration/drivers/terraform_ui.py"),
        (
            "tests/unit/drivers/test_terraform_text.py",
            "tests/terraform/test_driver_said.py",
            "tests/terraform/test_driver_terraform.py",
            "tests/terraform/test_driver_defects.py",
        ),
    ),
}


def main() -> None:
    """Run mutmut on each part and print what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all, if none is named")
    parser.add_argument("--folder", type=Path, help="keeps the copies for the next run")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at a time")
    given = parser.parse_args()
    # A shell that starts us in the background lets us, and all that the tests start, ignore interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="ewo-mutants-") as temporary:
        shares = [
            measured(name, (given.folder or Path(temporary)).absolute() / name, given.jobs)
            for name in given.parts or PARTS
        ]
    raise SystemExit(min(shares) < WANTED)


def measured(name: str, folder: Path, jobs: int) -> float:
    """Run the mutants of a part in *folder*, print the report, and return the share that was killed."""
    part = PARTS[name]
    copy_tree(folder)
    (folder / "setup.cfg").write_text(configuration(part), encoding="utf-8")
    (folder / f"{PLUGIN}.py").write_text(FASTEST_FIRST, encoding="utf-8")
    forget_survivors(folder / "mutants")
    began = time.monotonic()
    mutmut(folder, "run", "--max-children", str(jobs), output=sys.stderr.fileno())
    codes = exit_codes(folder)
    seconds = time.monotonic() - began
    for survivor in (mutant for found in codes.values() for mutant, code in found.items() if code not in KILLED):
        print(mutmut(folder, "show", survivor))
    for file, found in sorted(codes.items()):
        print(line(file, found))
    whole = {mutant: code for found in codes.values() for mutant, code in found.items()}
    print(f"{line(name, whole)}, in {seconds:.0f} s", flush=True)
    return sum(code in KILLED for code in whole.values()) / len(whole)


def line(name: str, codes: dict[str, int | None]) -> str:
    """Return the figures of a file or a part; one whose time was up counts as killed."""
    counts = Counter(codes.values())
    killed, late = (sum(counts[code] for code in some) for some in (KILLED, TIMED_OUT))
    unseen = sum(counts[code] for code in NOT_RUN)
    share = killed / len(codes)
    return (
        f"{name}: {len(codes)} mutants, {killed} killed ({late} by time), {len(codes) - killed} survived "
        f"({unseen} without a test), {share:.1%}"
    )


def copy_tree(folder: Path) -> None:
    """Bring *folder* up to date with the tree: files whose content is the same keep their time."""
    argv = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        source, copy = ROOT / name, folder / name
        if source.exists() and not (copy.exists() and copy.read_bytes() == source.read_bytes()):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
            copy.chmod(source.stat().st_mode)


def forget_survivors(mutants: Path) -> None:
    """Let mutmut look anew at which test runs which function, and run what survived: tests may have changed."""
    (mutants / "mutmut-stats.json").unlink(missing_ok=True)
    for path in mutants.rglob("*.py.meta"):
        found = json.loads(path.read_text())
        codes = found["exit_code_by_key"]
        found["exit_code_by_key"] = {name: code if code in KILLED else None for name, code in codes.items()}
        path.write_text(json.dumps(found))


def configuration(part: Part) -> str:
    """Return mutmut's configuration; tests of other parts are not run, those that start Terraform may take longer."""
    settings = {
        "source_paths": ["orchestration"],
        "only_mutate": part.files,
        "also_copy": ["blueprints", "examples", "modules", "scripts", f"{PLUGIN}.py"],
        "pytest_add_cli_args_test_selection": part.tests,
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", PLUGIN],
        "timeout_multiplier": ["5"],
        "timeout_constant": ["2"],
        "use_git_change_detection": ["false"],
    }
    lines = (f"{key} =\n" + "".join(f"    {value}\n" for value in values) for key, values in settings.items())
    return "[mutmut]\n" + "".join(lines)


def mutmut(folder: Path, *arguments: str, output: int = subprocess.PIPE) -> str:
    """Run mutmut in *folder* and return what it printed; its end with an error ends this one."""
    # With CI set hypothesis draws the same examples in each run.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "CI": "true"}
    done = subprocess.run(
        (sys.executable, "-m", "mutmut", *arguments), cwd=folder, env=environment, stdout=output, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"mutmut {arguments[0]} exited {done.returncode}")
    return done.stdout


def exit_codes(folder: Path) -> dict[str, dict[str, int | None]]:
    """Return the exit code of the tests for each mutant, by file."""
    return {str(file): codes for file, codes in _exit_codes(folder / "mutants") if codes}


def _exit_codes(mutants: Path) -> Iterator[tuple[Path, dict[str, int | None]]]:
    for path in sorted(mutants.rglob("*.py.meta")):
        yield path.relative_to(mutants).with_suffix(""), json.loads(path.read_text())["exit_code_by_key"]


if __name__ == "__main__":
    main()
