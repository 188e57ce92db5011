"""Writes a fleet folder of N existing clusters in three environments, each with one line, on contoso's templates.

python benchmarks/make_fleet.py 30 /tmp/fleet-30
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

CONTOSO = Path(__file__).parents[1] / "examples" / "contoso"
TYPES = {"dev": "lab", "qa": "pilot", "prod": "plant-small"}
PLANTS = ("lyon", "lille", "bilbao", "vigo")


def fleet(count: int) -> dict[str, Any]:
    """Return contoso's fleet file with *count* clusters of its own instead: a tenth dev, a tenth qa, the rest prod."""
    found: dict[str, Any] = yaml.safe_load((CONTOSO / "fleet.yaml").read_text(encoding="utf-8"))
    found["name"] = f"bench-{count}"
    found["clusters"] = [cluster(number, count) for number in range(count)]
    found["solutions"][0]["values"].pop("lyon-1-line-a")
    return found


def cluster(number: int, count: int) -> dict[str, Any]:
    """Return the declaration of one cluster."""
    share = number * 10 // count
    environment = "dev" if share == 0 else "qa" if share == 1 else "prod"
    name = f"{environment}-{number:03d}"
    return {
        "name": name,
        "clusterType": TYPES[environment],
        "site": PLANTS[number % len(PLANTS)],
        "connection": "existing",
        "targets": [{"name": f"{name}-line", "capabilities": ["vision", "telemetry"]}],
    }


def main() -> None:
    """Write the folder named by the second argument."""
    count, folder = int(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for part in ("config-templates", "solutions", "repositories"):
        shutil.copytree(CONTOSO / part, folder / part, dirs_exist_ok=True)
    (folder / "fleet.yaml").write_text(yaml.safe_dump(fleet(count), sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    main()
