"""The wheel: what is in it, and that it works where it may not write to itself."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import ROOT, write_tree

pytestmark = pytest.mark.slow

PARTS = ("orchestration", "modules", "blueprints", "pyproject.toml", "README.md", "LICENSE", ".gitignore")
LEFT_BEHIND = {
    "blueprints/core/terraform.tfstate": "canary",
    "blueprints/core/mine.auto.tfvars": "canary",
    "blueprints/core/.terraform/providers/azapi": "canary",
    "modules/edge-site/terraform.tfstate.backup": "canary",
    "orchestration/.ewo/state/fleet/core.tfstate": "canary",
}
"""What running Terraform and ewo by hand leaves in a clone."""
BY_HAND = {"blueprints/core/mine.auto.tfvars": "this is no HCL {", "blueprints/sites/terraform.tfstate": "no state"}
"""What Terraform would take up if it lay in a stack's folder."""
SHADOW = {"orchestration/__init__.py": "raise SystemExit('imported from the current folder')"}
OVERRIDES = (1, 2, 3)
"""CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_FOWNER: with them modes do not bind root."""
PR_CAPBSET_READ, PR_CAPBSET_DROP = 23, 24


@dataclass(frozen=True)
class Installed:
    """An environment that holds the wheel, and a folder to work in."""

    wheel: Path
    site: Path
    program: Path
    folder: Path

    def run(self, *argv: str | Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a program in the folder, bound by modes even as root."""
        return subprocess.run(
            argv, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, preexec_fn=bound
        )

    def listing(self) -> dict[str, str]:
        """Return the digest of everything that was installed, by its path."""
        paths = sorted(path for path in self.site.rglob("*") if path.is_file())
        return {str(path.relative_to(self.site)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def bound() -> None:
    """Give up, for the program that is to be run, what lets root write where nobody may."""
    if os.geteuid() == 0 and sys.platform == "linux":
        library = ctypes.CDLL(None, use_errno=True)
        for capability in OVERRIDES:
            held = library.prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1
            if held and library.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "prctl")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a clone in which somebody has worked."""
    source = tmp_path_factory.mktemp("wheel") / "source"
    source.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__", ".terraform*"))
        else:
            shutil.copy(ROOT / part, source)
    write_tree(source, LEFT_BEHIND)
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "../made"], cwd=source, check=True)
    (made,) = (source.parent / "made").glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """The wheel in an environment of its own, read-only.

    Its dependencies are those of this environment, lent by a path file: nothing is fetched. What is installed here in
    an editable way is not lent, for path files in a lent folder are not read.
    """
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    install = ("install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check")
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install, wheel], check=True)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.check_output([python, "-c", code], text=True).strip())
    lent = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    (site / "lent.pth").write_text("".join(f"{path}\n" for path in lent), encoding="utf-8")
    write_tree(folder / "elsewhere", SHADOW)
    write_tree(site / "orchestration" / "terraform", BY_HAND)
    paths = [site, *site.rglob("*")]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    yield Installed(wheel, site, python.with_name("ewo"), folder / "elsewhere")
    for path in paths:
        path.chmod(path.stat().st_mode | 0o200)


def test_the_wheel_has_what_is_needed_and_nothing_of_its_maker(wheel: Path) -> None:
    """Blueprints, modules, schemas and seeds are in it; no state, variables or caches that lay in the clone."""
    names = zipfile.ZipFile(wheel).namelist()
    packed = {name for name in names if name.startswith("orchestration/terraform/")}
    sources = [path for place in ("modules", "blueprints") for path in (ROOT / place).rglob("*.tf")]

    assert {f"orchestration/terraform/{path.relative_to(ROOT).as_posix()}" for path in sources} <= packed
    assert {"orchestration/fleet/schemas/fleet.schema.json", "orchestration/provision/connect.sh"} <= set(names)
    assert not [name for name in names if re.search(r"tfstate|tfvars|\.terraform/|\.ewo/|__pycache__", name)]
    assert {name.split("/")[0].split("-")[0] for name in names} == {"orchestration", "edge_workload_orchestration"}


def test_the_installed_program_works_from_another_folder(installed: Installed, environment: dict[str, str]) -> None:
    """From init to status; nothing is imported from the folder it is run in, and the installation stays as it was."""
    before = installed.listing()
    refused = installed.run("touch", installed.site / "orchestration" / "x", environment=environment)
    assert refused.returncode != 0, "the installation is not read-only"

    def ewo(*arguments: str) -> str:
        done = installed.run(installed.program, *arguments, environment=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    ewo("init", "plants")
    assert json.loads(ewo("validate", "plants", "--output", "json"))["problems"] == []
    assert json.loads(ewo("plan", "plants", "--sandbox", "--output", "json"))["changes"] is True
    assert json.loads(ewo("up", "plants", "--sandbox", "--output", "json"))["failed"] == []
    assert json.loads(ewo("plan", "plants", "--sandbox", "--output", "json"))["changes"] is False
    assert json.loads(ewo("status", "plants", "--sandbox", "--output", "json"))["healthy"] is True
    assert json.loads(ewo("schema", "fleet"))["$schema"].startswith("http://json-schema.org/draft-07")
    assert installed.listing() == before
