"""A fleet folder with its sandbox and its runs, as whole-verb tests use it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestration import Orchestrator, Sandbox, UpOptions, load_fleet
from orchestration.fleet import Fleet
from orchestration.reports import DownReport, PlanReport, UpReport
from orchestration.sandbox import RunningSandbox, start
from orchestration.sandbox.githost import create, repository_path
from orchestration.status import StatusReport
from tests.sandbox.client import Client
from tests.sandbox.git_client import Checkout

WRITES = ("PUT", "PATCH", "DELETE")


@dataclass
class Place:
    """A fleet folder and its running sandbox; verbs read the fleet file anew and join the sandbox."""

    folder: Path
    sandbox: RunningSandbox
    events: list[Any] = field(default_factory=list)

    @property
    def fleet(self) -> Fleet:
        """The fleet as its file says now."""
        return load_fleet(self.folder)

    def orchestrator(self, **options: Any) -> Orchestrator:
        """Return an orchestrator of the fleet in its sandbox."""
        target = Sandbox(self.sandbox.directory)
        return Orchestrator(
            self.fleet, target=target, work_dir=self.folder / ".ewo", on_event=self.events.append, **options
        )

    def up(self, *, allow: int = 0, **options: Any) -> UpReport:
        """Run `up`, which may destroy *allow* things."""
        with self.orchestrator() as orchestrator:
            return orchestrator.up(UpOptions(allow_destroy=at_most(allow), **options))

    def plan(self) -> PlanReport:
        """Run `plan`."""
        with self.orchestrator() as orchestrator:
            return orchestrator.plan()

    def status(self) -> StatusReport:
        """Run `status`."""
        with self.orchestrator() as orchestrator:
            return orchestrator.status()

    def down(self) -> DownReport:
        """Run `down`."""
        with self.orchestrator() as orchestrator:
            return orchestrator.down()

    def edit(self, old: str, new: str, file: str = "fleet.yaml") -> None:
        """Replace text that must be in a file of the folder."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def checkout(self, repository: str) -> Checkout:
        """Return a repository of the sandbox's Git host."""
        return Checkout(next(self.sandbox.git_root.rglob(f"{repository}.git")))

    def repository(self, url: str, files: Mapping[str, str]) -> Checkout:
        """Return a new repository of the sandbox's Git host with these files on its main branch."""
        create(repository_path(self.sandbox.git_root, url))
        found = Checkout(repository_path(self.sandbox.git_root, url))
        found.begin(files)
        return found

    def heads(self) -> dict[str, str]:
        """Return the heads of all branches of the control plane and the GitOps repository."""
        names = self.fleet.repositories
        assert names is not None
        repositories = (names.control_plane, names.gitops)
        found = {name: self.checkout(name).heads() for name in repositories}
        return {f"{name} {branch}": head for name, heads in found.items() for branch, head in heads.items()}

    def seen(self) -> int:
        """Return the number of the last request."""
        last: int = self.sandbox.call("GET", "/sandbox/requests?since=0")["last"]
        return last

    def writes(self, since: int) -> list[str]:
        """Return the requests after *since* that change something in Azure, as `METHOD path`."""
        found = [row for row in self.sandbox.requests(since) if row["method"] in WRITES]
        return [f"{row['method']} {row['path']}" for row in found if not row["path"].startswith(("/api/", "/state/"))]

    def reviews(self, since: int) -> list[str]:
        """Return the paths of reviews, publications and installations after *since*; of bulk ones those that worked."""
        rows = self.sandbox.requests(since)
        bulk = [row for row in rows if "/bulk" in row["path"] and row["status"] < 300]
        single = [row for row in rows if row["path"].endswith(("Version", "installSolution"))]
        return [row["path"] for row in (*bulk, *single)]

    @contextmanager
    def arm(self) -> Iterator[Client]:
        """Yield a client of the sandbox's Azure Resource Manager."""
        with Client(self.sandbox) as client:
            yield client

    def state_ids(self) -> dict[str, list[str]]:
        """Return the ids of the `azapi_resource`s of each stack's state."""
        places = (
            path for root in ("client/state", "states") for path in self.sandbox.directory.glob(f"{root}/**/*.tfstate")
        )
        return {path.stem: _ids(path) for path in sorted(places)}


@dataclass(frozen=True)
class FirstRun:
    """A fleet's first plan with what it left, and the run of that plan with what it wrote."""

    folder: Path
    planned: PlanReport
    written_by_plan: list[str]
    repositories_after_plan: list[str]
    report: UpReport
    written: list[str]


def _ids(path: Path) -> list[str]:
    resources = json.loads(path.read_text(encoding="utf-8"))["resources"]
    mine = [item for item in resources if item["type"] == "azapi_resource" and item["mode"] == "managed"]
    return [instance["attributes"]["id"] for item in mine for instance in item["instances"]]


def at_most(number: int) -> Callable[[Sequence[str]], bool]:
    """Return a permission to destroy *number* things."""
    return lambda destroys: len(destroys) <= number


@contextmanager
def opened(folder: Path, *, port: int | None = None) -> Iterator[Place]:
    """Yield the place of a fleet folder whose sandbox runs for the length of the block."""
    with start(folder / ".ewo" / "sandbox", port=port) as sandbox:
        yield Place(folder, sandbox)


def copied(source: Path, folder: Path) -> Path:
    """Copy a fleet folder with everything its runs left in it."""
    return Path(shutil.copytree(source, folder, symlinks=True))


def rows(report: UpReport | PlanReport) -> dict[str, Any]:
    """Return the report's stacks by name."""
    return {row.stack: row for wave in report.waves for row in wave}


def placed(report: StatusReport) -> dict[str, Any]:
    """Return the installed solutions by target, for targets that have one."""
    return {row.name: row.solutions[0] for row in report.targets if row.solutions}
