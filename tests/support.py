"""What tests share: the contoso folder, trees of files, and outputs held against their schemas."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema

from orchestration.cli.schema import output_schema

ROOT = Path(__file__).parents[1]
CONTOSO = ROOT / "examples" / "contoso"
TWO = {"lab-1": "lab", "plant-2-a": "plant"}


def copy_contoso(folder: Path) -> Path:
    """Copy the contoso folder, without what earlier runs left in it, and return the copy."""
    shutil.copytree(CONTOSO, folder, ignore=shutil.ignore_patterns(".ewo"))
    return folder


def without_edge(folder: Path) -> Path:
    """Leave of the starter's fleet only Kalypso: two existing clusters and a workload; return the folder."""
    file = folder / "fleet.yaml"
    text = file.read_text(encoding="utf-8")
    kept = text[: text.index("hierarchy:")] + text[text.index("workloads:") : text.index("configTemplates:")]
    rows = (f"  - {{name: {name}, clusterType: {kind}, connection: existing}}\n" for name, kind in TWO.items())
    file.write_text(f"{kept}clusters:\n{''.join(rows)}", encoding="utf-8")
    return folder


def replace(path: Path, old: str, new: str) -> None:
    """Replace text that must be in the file."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def write_tree(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files by relative path and return the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def path_without(tool: str, folder: Path) -> str:
    """Return a PATH, one folder of links, that has every program of ours but *tool*."""
    folder.mkdir()
    for place in filter(Path.is_dir, map(Path, os.get_exec_path())):
        for program in place.iterdir():
            link = folder / program.name
            if program.name != tool and not os.path.lexists(link) and os.access(program, os.X_OK):
                link.symlink_to(program)
    return str(folder)


def problems_with(output: Any, kind: str) -> list[str]:
    """Return what the output's JSON Schema has against it, keys included that the schema does not know."""
    validator = jsonschema.Draft7Validator(_closed(output_schema(kind)))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(json.dumps(output)))]


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(item) for key, item in schema.items()}
    return {**closed, "additionalProperties": False} if "required" in closed else closed
