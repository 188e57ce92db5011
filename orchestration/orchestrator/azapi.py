"""Which azapi Terraform gets in the sandbox: the real one if the user has it here, otherwise our stand-in.

The real one is looked for in the filesystem mirrors and the plugin cache of the user's Terraform configuration:
https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
Nothing is downloaded unless `EWO_AZAPI=real` asks for it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.sandbox.provider.install import cli_config, install, terraform_platform

ADDRESS = "registry.terraform.io/azure/azapi"
LOCK_FILE = ".terraform.lock.hcl"
MINIMUM, BELOW = (2, 12), (3, 0)
SHARED = ("~/.terraform.d/plugins", "~/.local/share/terraform/plugins")
STAND_IN = b"orchestration.sandbox.provider"
FOLDERS = re.compile(r'^\s*(?:path|plugin_cache_dir)\s*=\s*"([^"]+)"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Azapi:
    """The provider in use: what to say of it, and Terraform's configuration, None for the user's own."""

    description: str
    config: Path | None
    real: bool = True


def choose_azapi(folder: Path, environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Azapi:
    """Return the azapi for a sandbox whose own files lie in *folder*; the choice is written there.

    On macOS it is always the stand-in: there the real one takes no private certificate authority from its environment.
    """
    found = sandbox_mirror(environment, platform)
    if found is not None:
        return Azapi(f"the real azapi from {found}", _write(folder, found))
    if environment.get("EWO_AZAPI") == "real" and platform != "darwin":
        return Azapi("the real azapi, as your Terraform configuration provides it", None)
    install(folder)
    return Azapi("a stand-in for azapi", _write(folder, folder), real=False)


def sandbox_mirror(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path | None:
    """Return the mirror or plugin cache whose azapi the sandbox takes, if it takes one."""
    return find_azapi(environment) if platform != "darwin" and environment.get("EWO_AZAPI") != "stand-in" else None


def find_azapi(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the mirror or plugin cache of the user's that holds an azapi we can use, if there is one."""
    found = (folder for folder in _folders(environment) if any(_usable(path) for path in (folder / ADDRESS).glob("*")))
    return next(found, None)


def lock_file(folder: Path) -> Path | None:
    """Return the dependency lock file beside a fleet file, if there is one; it holds for the real azapi alone.

    https://developer.hashicorp.com/terraform/language/files/dependency-lock
    """
    path = folder / LOCK_FILE
    return path if path.is_file() else None


def _folders(environment: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environment.get("HOME", "/nonexistent"))
    config = Path(environment.get("TF_CLI_CONFIG_FILE") or home / ".terraformrc")
    if environment.get("TF_PLUGIN_CACHE_DIR"):
        yield Path(environment["TF_PLUGIN_CACHE_DIR"])
    if config.is_file():
        yield from (Path(path).expanduser() for path in FOLDERS.findall(config.read_text(encoding="utf-8")))
    yield from (home / path.removeprefix("~/") for path in SHARED)


def _usable(path: Path) -> bool:
    """Whether *path* is, of a mirror's layout, an azapi of the right version for this machine, unpacked or packed."""
    match = re.search(r"(\d+)\.(\d+)\.\d+", path.name)
    if match is None or not MINIMUM <= tuple(int(part) for part in match.groups()) < BELOW:
        return False
    if path.is_dir():
        return any(_is_azapi(program) for program in path.glob(f"{terraform_platform()}/terraform-provider-azapi*"))
    return path.name.endswith(f"_{terraform_platform()}.zip")


def _is_azapi(program: Path) -> bool:
    """Whether *program* is azapi itself: a cache of the user's may have got our stand-in."""
    if not program.is_file():
        return False
    with program.open("rb") as file:
        return STAND_IN not in file.read(4096)


def _write(folder: Path, mirror: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "terraform.rc"
    config.write_text(cli_config(mirror), encoding="utf-8")
    return config
