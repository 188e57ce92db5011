"""The folder in which a stack runs: a copy of its blueprint and the modules, its inputs, its backend.

Each stack has a folder and a data directory of its own. Terraform's shared plugin cache is not used: it is not safe
under concurrency.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.drivers.disk import written

INPUTS, PLAN, ERRORED = "inputs.auto.tfvars.json", "plan.tfplan", "errored.tfstate"
ASIDE = {"tests", ".terraform"}
REGIONAL = "regional_arm_endpoint"


def terraform_root() -> Path:
    """Return the folder that holds `blueprints/` and `modules/`: a checkout's, or the wheel's."""
    package = Path(__file__).parents[1]
    packed = package / "terraform"
    return packed if packed.is_dir() else package.parent


def blueprint_hashes(root: Path) -> Mapping[str, str]:
    """Return the SHA-256 of each blueprint below *root* together with all modules, by the blueprint's name."""
    modules = _tree_hash(root / "modules")
    blueprints = [path for path in (root / "blueprints").iterdir() if path.is_dir()]
    return {path.name: hashlib.sha256(f"{modules}{_tree_hash(path)}".encode()).hexdigest() for path in blueprints}


@dataclass(frozen=True, slots=True)
class StackFolder:
    """Where one stack runs, below *path*; *root* holds the blueprints and modules it is copied from.

    `lock_file`, if there is one, says which providers it may use.
    """

    path: Path
    blueprint: str
    root: Path
    lock_file: Path | None = None

    @property
    def configuration(self) -> Path:
        """The folder that Terraform is run in."""
        return self.path / "blueprints" / self.blueprint

    @property
    def data(self) -> Path:
        """Terraform's data directory."""
        return self.path / "data"

    @property
    def plan(self) -> Path:
        """The file of the plan."""
        return self.path / PLAN

    def write(self, inputs: Mapping[str, Any], backend: Mapping[str, Any]) -> None:
        """Write the blueprint with its inputs."""
        _copy(self.root / "blueprints" / self.blueprint, self.configuration)
        _copy(self.root / "modules", self.path / "modules")
        self._json(INPUTS, inputs)
        self._finish(backend)

    def write_imports(self, imports: Mapping[str, str]) -> None:
        """Write what is to be taken into the state: ids by address."""
        if imports:
            blocks = [{"to": address, "id": found} for address, found in imports.items()]
            self._json("imports.tf.json", {"import": blocks})

    def write_empty(self, backend: Mapping[str, Any]) -> None:
        """Write a configuration of providers only: what is in the state is then to be destroyed."""
        source, copy = self.root / "blueprints" / self.blueprint, self.configuration
        shutil.rmtree(copy, ignore_errors=True)
        with written(copy):
            copy.mkdir(parents=True, mode=0o700)
            for part in ("terraform.tf", "providers.tf"):
                shutil.copyfile(source / part, copy / part)
        if REGIONAL in (source / "providers.tf").read_text(encoding="utf-8"):
            self._json("variables.tf.json", {"variable": {REGIONAL: {"type": "string"}}})
        self._finish(backend)

    def left_behind(self) -> dict[str, Any] | None:
        """Return the state that Terraform could not put where it belongs, if it had to leave one here."""
        try:
            found = json.loads((self.configuration / ERRORED).read_bytes())
        except (OSError, ValueError):
            return None  # there is none, or the disk was full for it, too
        return found if isinstance(found, dict) and {"lineage", "serial"} <= found.keys() else None

    def forget_left_behind(self) -> None:
        """Remove the state that was left here."""
        (self.configuration / ERRORED).unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _finish(self, backend: Mapping[str, Any]) -> None:
        self._json("backend.tf.json", {"terraform": {"backend": backend}})
        if self.lock_file is not None:
            shutil.copyfile(self.lock_file, self.configuration / self.lock_file.name)

    def _json(self, name: str, value: Any) -> None:
        path = self.configuration / name
        with written(path):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(value, file, indent=1)


def _copy(source: Path, target: Path) -> None:
    """Copy a folder's Terraform files in place of what was there, without their modes: the source may be read-only."""
    shutil.rmtree(target, ignore_errors=True)
    for path in _sources(source):
        copy = target / path.relative_to(source)
        with written(copy):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _tree_hash(folder: Path) -> str:
    found = hashlib.sha256()
    for path in _sources(folder):
        found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def _sources(folder: Path) -> list[Path]:
    """Return the Terraform files of a folder: no tests, and nothing that running Terraform there by hand left."""
    return [path for path in sorted(folder.rglob("*.tf")) if not ASIDE & set(path.relative_to(folder).parts)]
