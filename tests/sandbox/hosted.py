"""A control plane with its GitOps repository and a workload in the sandbox's Git host, and no fleet file."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestration.sandbox import RunningSandbox, start
from orchestration.sandbox.githost import create, repository_path
from tests.cli.conftest import PROGRAM
from tests.sandbox.git_client import Checkout
from tests.unit.kalypso.samples import APP, ENVIRONMENT, MAIN, config_map

HOST = "https://github.com/example"
PLANE = f"{HOST}/control-plane"


@dataclass(frozen=True)
class Hosted:
    """A control plane with its GitOps repository and a workload in the sandbox's Git host."""

    running: RunningSandbox
    plane: Checkout
    gitops: Checkout
    workload: Checkout

    def ewo(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `ewo control-plane` against the sandbox."""
        argv = (*PROGRAM, "control-plane", *arguments, "--repo", PLANE)
        argv += ("--sandbox-dir", str(self.running.directory))
        return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)


@contextmanager
def host(directory: Path) -> Iterator[Hosted]:
    """Yield the sample control plane, its environment pinned to main's head."""
    with start(directory) as running:

        def repository(name: str, files: Mapping[str, str]) -> Checkout:
            create(repository_path(running.git_root, f"{HOST}/{name}"))
            found = Checkout(repository_path(running.git_root, f"{HOST}/{name}"))
            found.begin({path: text.replace("https://git.example", HOST) for path, text in files.items()})
            return found

        plane = repository("control-plane", MAIN)
        main = plane.heads()["main"]
        plane.git("branch", "dev", "main")
        for path in MAIN:
            plane.remove("dev", path)
        config = {"configs/c.yaml": config_map("c", {"GREETING": "hello"})}
        for path, text in {**ENVIRONMENT, **config}.items():
            plane.write("dev", path, text.replace("https://git.example", HOST).replace("c0ffee", main))
        yield Hosted(running, plane, repository("gitops", {"README.md": "ours\n"}), repository("app", APP))
