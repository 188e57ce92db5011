"""Measures lint and resolve of one solution with 50 keys for 1,000 targets in 4 levels, as a Markdown table.

    .venv/bin/python benchmarks/language.py [--targets 1000]

Loading the fleet, which every verb does, is measured by itself. Each part runs in one process of its own; seconds are
the processor's, so that a busy machine does not count, and the peak of memory is the kernel's figure.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KEYS = 50
FLEET = """\
version: 1
name: many
azure: {tenantId: 11111111-1111-1111-1111-111111111111, subscriptionId: 22222222-2222-2222-2222-222222222222,
        resourceGroup: rg, location: eastus2}
environments: [{name: prod}]
clusterTypes: [{name: plant, environment: prod}]
hierarchy:
  levels: [country, region, plant, line]
  sites:
"""


def write(folder: Path, targets: int) -> None:
    """Write a fleet: 2 countries of 5 regions of 10 plants, and as many clusters of ten targets as it takes."""
    sites, lines = [], [FLEET]
    for country in range(2):
        lines.append(f"    - name: country-{country}\n      sites:\n")
        for region in range(5):
            plants = [f"plant-{country}-{region}-{plant}" for plant in range(10)]
            sites += plants
            lines.append(f"        - {{name: region-{country}-{region}, sites: [{named(plants)}]}}\n")
    lines.append("capabilities: [any]\nclusters:\n")
    names = []
    for number in range(targets // 10):
        own = [f"t-{number}-{index}" for index in range(10)]
        names += own
        listed = ", ".join(f"{{name: {name}, capabilities: [any]}}" for name in own)
        site = sites[number % len(sites)]
        lines.append(
            f"  - {{name: c-{number}, clusterType: plant, site: {site}, connection: existing, targets: [{listed}]}}\n"
        )
    lines.append(
        "solutions:\n"
        "  - {name: app, version: 1.0.0, path: app, capabilities: [any], placement: [{environment: prod}],\n"
    )
    lines.append("     values: {country-0: {K0: 1, G1: {K11: 2}}, region-0-1: {K0: 3}, plant-0-1-2: {K0: 4}")
    lines += [f",\n       {name}: {{G2: {{K22: {index}}}}}" for index, name in enumerate(names) if index % 2]
    (folder / "fleet.yaml").write_text("".join([*lines, "}}\n"]))
    write_solution(folder / "app")


def named(names: list[str]) -> str:
    """Return a list of things that have a name, in YAML."""
    return ", ".join(f"{{name: {name}}}" for name in names)


def write_solution(folder: Path) -> None:
    """Write a solution of 50 keys: plain ones, nested ones, and every fifth worked out."""
    paths = [f"K{n}" if n < 10 else f"G{n // 10}.K{n}" for n in range(KEYS)]
    rules = "".join(
        f"    {path}: {{type: int, minValue: 0, maxValue: 99999, defaultValue: {n}}}\n" for n, path in enumerate(paths)
    )
    configs = []
    for n, path in enumerate(paths):
        value = f"${{{{$val({path})}}}}" if n % 5 else f"${{{{$if($gt($val({path}), 5), $target(name), small)}}}}"
        configs.append(f"  key{n}: {value}\n")
    folder.mkdir()
    (folder / "schema.yaml").write_text(f"metadata: {{name: app-schema, version: 1.0.0}}\nrules:\n  configs:\n{rules}")
    (folder / "template.yaml").write_text(f"schema: {{name: app-schema, version: 1.0.0}}\nconfigs:\n{''.join(configs)}")
    chart = "{chart: {repo: example.azurecr.io/app, version: 1.0.0}}"
    (folder / "specification.yaml").write_text(f"components: [{{name: app, type: helm.v3, properties: {chart}}}]\n")


def measure(part: str, folder: Path) -> None:
    """Do one part and print its seconds and the process's peak of memory in MB, as JSON."""
    from orchestration import load_fleet
    from orchestration.cli.output import json_pieces
    from orchestration.solutions import lint_folders, resolve_solution

    fleet = load_fleet(folder) if part != "lint" else None
    began = time.process_time()
    if part == "load":
        load_fleet(folder)
    elif part == "lint":
        assert not lint_folders([folder / "app"]).failed
    elif fleet is not None:
        report = resolve_solution(fleet, "app")
        assert not report.failed
        if part == "json":
            with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
                nowhere.writelines(json_pieces(*report.pieces()))
    seconds = time.process_time() - began
    peak = next(
        int(line.split()[1]) / 1024 for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line
    )
    print(json.dumps({"seconds": seconds, "peak": peak}))


def main() -> None:
    """Measure each part, the best of three runs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--targets", type=int, default=1000)
    parser.add_argument("--part", nargs=2, metavar=("PART", "FOLDER"))
    arguments = parser.parse_args()
    if arguments.part:
        measure(arguments.part[0], Path(arguments.part[1]))
        return
    with tempfile.TemporaryDirectory() as place:
        write(Path(place), arguments.targets)
        print(f"| {arguments.targets} targets, {KEYS} keys, 4 levels | seconds | peak MB |\n|---|---|---|")
        for part, text in (("load", "load the fleet"), ("lint", "lint"), ("resolve", "resolve"), ("json", "… as JSON")):
            command = [sys.executable, __file__, "--part", part, place]
            runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(3)]
            best = min(runs, key=lambda run: float(run["seconds"]))
            print(f"| {text} | {best['seconds']:.2f} | {best['peak']:.0f} |")


if __name__ == "__main__":
    main()
