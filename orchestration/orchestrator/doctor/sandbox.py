"""Can the sandbox be started or joined."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from orchestration.drivers import git as git_driver
from orchestration.drivers import process
from orchestration.orchestrator.doctor.place import Place
from orchestration.orchestrator.doctor.report import Finding, fail, ok
from orchestration.sandbox.extra import require_extra


def sandbox(place: Place) -> Finding:
    """The sandbox runs, or starts and stops again; one that is not there yet is tried in a folder of its own."""
    from orchestration.sandbox.keys import KEYS_FILE
    from orchestration.sandbox.process import start

    require_extra()
    assert place.sandbox is not None
    if not (place.sandbox / KEYS_FILE).exists():
        with TemporaryDirectory(prefix="ewo-doctor-") as scratch, start(Path(scratch)):
            return ok(f"it starts; {place.sandbox} is made by the first verb that uses it")
    with start(place.sandbox) as running:
        held = running.call("GET", "/sandbox/health")["tenant"]
        wanted = place.fleet.azure.tenant_id if place.fleet else held
        if held and held.lower() != wanted.lower():
            detail = f"{place.sandbox} holds tenant {held}, the fleet is of {wanted}"
            return fail(detail, "give the fleet a sandbox folder of its own: --sandbox-dir DIR")
        how = "it starts on" if running.child else f"one runs at port {running.port} on"
        return ok(f"{how} {place.sandbox}")


def git_server(place: Place) -> Finding:
    """Git brings the program that serves repositories over HTTP, which the sandbox's Git host runs."""
    git = git_driver.find(cancel=place.stop)
    environment = process.clean_environment()
    done = process.run((str(git), "--exec-path"), env=environment, cancel=place.stop, kill=place.stop)
    folder = done.stdout.strip()
    if not (Path(folder) / "git-http-backend").exists():
        return fail(f"there is no git-http-backend in {folder}", "install your distribution's whole package of Git")
    return ok(f"git-http-backend is in {folder}")
