"""No secret leaks: canaries are looked for wherever one could come out, while `up` runs and in all that it leaves.

The secrets are those that the fleet refers to, the sandbox's token and identity header, and the password of the server
of states. Looked at are every child's arguments and environment, every address asked for, all files of the runs,
states, plans and repositories, both output streams, reports and `repr`.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from orchestration.sandbox import start
from tests.sandbox.place import Place
from tests.sandbox.small import write_small
from tests.support import ROOT

pytestmark = pytest.mark.slow

STATE = "state: {http: {address: 'https://state.contoso.example/fleet'}}"
PLANS = "plan.tfplan"
KEPT = "kept"
MAY_HOLD: Mapping[str, tuple[str, ...]] = {
    # Terraform hands the clusters' credential to the blueprint, logs in to Azure, and reaches the states.
    "terraform": ("GITOPS_READ_TOKEN", "identity", "token"),
    # Terraform's providers inherit its environment.
    "provider": ("GITOPS_READ_TOKEN", "identity", "token"),
    # Git gets the token as a header of its own host.
    "git": ("token",),
    # What is run as itself, with the environment that the caller has.
    "ewo": ("GITHUB_TOKEN", "GITOPS_READ_TOKEN"),
}
"""Which secrets the environment of which program may hold; any other program's may hold none."""


@dataclass
class Watched:
    """What was seen of processes below ours, each once, and of Terraform's plans before they were removed."""

    arguments: set[str] = field(default_factory=set)
    environments: set[tuple[str, str]] = field(default_factory=set)
    plans: dict[Path, bytes] = field(default_factory=dict)


def kind_of(argv: list[str]) -> str:
    """Return which kind of program a command line is."""
    text = " ".join(argv[:6])
    if Path(argv[0]).name == "terraform":
        return "terraform"
    if "terraform-provider" in text or "orchestration.sandbox.provider" in text or ".sandbox.provider" in text:
        return "provider"
    if Path(argv[0]).name.startswith("git"):
        return "git"
    return "ewo" if "killed_up" in text else Path(argv[0]).name


def watch(pid: int, folder: Path, seen: Watched, stop: threading.Event) -> None:
    """Look at every process below *pid* and every plan below *folder*, again and again."""
    while not stop.wait(0.004):
        for plan in folder.glob(f"client/stacks/**/{PLANS}"):
            with suppress(FileNotFoundError):
                seen.plans[plan] = plan.read_bytes()
        try:
            below = psutil.Process(pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return
        for process in below:
            try:
                argv, environment = process.cmdline(), process.environ()
                # Between the two a process may have become another program.
                changed = argv != process.cmdline()
            except psutil.Error:
                continue
            if argv and not changed:
                seen.arguments.add("\0".join(argv))
                seen.environments |= {(kind_of(argv), f"{key}={value}") for key, value in environment.items()}


@dataclass(frozen=True)
class Leaky:
    """A fleet that was brought up while it was watched, its secrets, and what was seen."""

    place: Place
    secrets: dict[str, str]
    seen: Watched
    printed: str


def in_files(place: Place) -> dict[str, str]:
    """Let the fleet take its secrets from files beside it; return them by the variable that each takes the place of."""
    secrets = {"GITHUB_TOKEN": "canary-file-writes-5a1e", "GITOPS_READ_TOKEN": "canary-file-reads-77c0"}
    (place.folder / KEPT).mkdir(mode=0o700)
    for name, value in secrets.items():
        (place.folder / KEPT / name).write_text(f"{value}\n", encoding="utf-8")
        place.edit(f"{{env: {name}}}", f"{{file: {KEPT}/{name}}}")
    return secrets


@pytest.fixture(scope="module", params=["variables", pytest.param("files", marks=pytest.mark.long)])
def leaky(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, canaries: dict[str, str]
) -> Iterator[Leaky]:
    """The small fleet with state on a server, brought up by the program; its secrets in variables, or in files."""
    folder = tmp_path_factory.mktemp("leaks")
    with start(folder / "sandbox") as sandbox:
        place = Place(write_small(folder / "fleet", STATE), sandbox)
        secrets = canaries if request.param == "variables" else in_files(place)
        program = "from orchestration.cli import main; main()  # killed_up"
        argv = (sys.executable, "-c", program, "up", str(place.folder), "--sandbox", "-v", "-o", "json")
        running = subprocess.Popen(
            (*argv, "--sandbox-dir", str(sandbox.directory)),
            cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **canaries},
        )  # fmt: skip
        seen, stop = Watched(), threading.Event()
        watcher = threading.Thread(target=watch, args=(running.pid, sandbox.directory, seen, stop))
        watcher.start()
        printed, _ = running.communicate(timeout=240)
        stop.set()
        watcher.join()
        assert running.returncode == 0, printed
        yield Leaky(place, {**secrets, "token": sandbox.token, "identity": sandbox.identity_header}, seen, printed)


def leaked(secrets: Mapping[str, str], text: str | bytes) -> list[str]:
    """Return the names of the secrets that stand in *text*."""
    data = text if isinstance(text, bytes) else text.encode()
    return [name for name, secret in secrets.items() if secret.encode() in data]


def test_the_watch_saw_every_program(leaky: Leaky) -> None:
    """A test that looks at nothing proves nothing: Terraform, its provider and Git were caught in the act."""
    assert {"terraform", "provider", "git"} <= {kind for kind, _ in leaky.seen.environments}
    assert any(variable.startswith("TF_VAR_git_https_key=canary") for _, variable in leaky.seen.environments)


def test_no_childs_arguments_hold_a_secret(leaky: Leaky) -> None:
    """Every user of a machine can read them."""
    assert [argv for argv in leaky.seen.arguments if leaked(leaky.secrets, argv)] == []


def test_environments_hold_only_what_their_program_needs(leaky: Leaky) -> None:
    """A secret is in the environment of no program but those that cannot do without it."""
    found = {
        (kind, variable.partition("=")[0], name)
        for kind, variable in leaky.seen.environments
        for name in leaked(leaky.secrets, variable)
        if name not in MAY_HOLD.get(kind, ())
    }
    assert found == set()


def test_no_address_and_no_output_holds_a_secret(leaky: Leaky) -> None:
    """Nor does what the program prints, be it with -v, as a report or as an event."""
    addresses = json.dumps(leaky.place.sandbox.requests(0))
    assert leaked(leaky.secrets, addresses) == []
    assert leaked(leaky.secrets, leaky.printed) == []


def test_no_file_of_the_runs_holds_a_secret(leaky: Leaky) -> None:
    """Records, logs, states, inputs, plans and caches; the sandbox's own keys are where they belong."""
    roots = (leaky.place.folder, leaky.place.sandbox.directory)
    found_in = (path for root in roots for path in root.rglob("*") if path.is_file())
    paths = [path for path in found_in if path.name != "keys.json" and path.parent.name != KEPT]
    assert [path for path in paths if path.suffix == ".tfstate"]
    found = {str(path): names for path in paths if (names := leaked(leaky.secrets, inflated(path)))}
    assert found == {}


def test_no_plan_holds_a_secret(leaky: Leaky) -> None:
    """A plan is a file of its own while its stack is applied."""
    whole = [data for data in leaky.seen.plans.values() if zipfile.is_zipfile(io.BytesIO(data))]
    assert len(whole) >= 3
    for data in whole:
        with zipfile.ZipFile(io.BytesIO(data)) as plan:
            assert [name for name in plan.namelist() if leaked(leaky.secrets, plan.read(name))] == []


def test_no_commit_holds_a_secret(leaky: Leaky) -> None:
    """In no repository, on no branch, at no time."""
    names = leaky.place.fleet.repositories
    assert names is not None
    for name in (names.control_plane, names.gitops):
        assert leaked(leaky.secrets, leaky.place.checkout(name).history()) == []


def test_no_repr_and_no_error_holds_a_secret(leaky: Leaky) -> None:
    """What is shown of objects in a traceback or a log says nothing."""
    place = leaky.place
    place.sandbox.fault(status=403, path="/extensions/flux", method="PUT", times=9)
    place.edit("GREETING: hello", "GREETING: good evening")
    with place.orchestrator() as orchestrator:
        report = orchestrator.up()
        shown = [repr(item) for item in (orchestrator, vars(orchestrator), report, place.events, place.sandbox)]
    place.sandbox.clear_faults()
    assert leaked(leaky.secrets, "\n".join([*shown, json.dumps(report.to_json())])) == []


def inflated(path: Path) -> bytes:
    """Return a file's content, with what Git has packed in it unpacked."""
    data = path.read_bytes()
    try:
        return data + zlib.decompress(data)
    except zlib.error:
        return data
