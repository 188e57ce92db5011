"""The table of checks, and how they are run: all at once, each bounded in time, none in the way of another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from orchestration.errors import OrchestrationError
from orchestration.fleet.model import Fleet
from orchestration.orchestrator.doctor import azure, fleet, network, repositories, sandbox, tools
from orchestration.orchestrator.doctor.place import Place, find_place
from orchestration.orchestrator.doctor.report import CheckRow, DoctorReport, Finding, fail
from orchestration.orchestrator.open_azure import is_github

SECONDS, GRACE = 10.0, 2.0
"""How long checks may take, and how long what they started then has to end."""

LATE = "see what it waits for: the network, a proxy, a disk that does not answer; then look again"
DEFECT = "this is a defect of ewo's: report it with this line"


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table: a function that looks, and raises as verbs do."""

    name: str
    look: Callable[[Place], Finding]


TOOLS = (
    Check("python", tools.python),
    Check("git", tools.git),
    Check("terraform", tools.terraform),
    Check("disk", tools.disk),
    Check("folder", tools.folder),
    Check("sandbox packages", tools.sandbox_packages),
    Check("azapi", tools.azapi),
)
SANDBOX = (Check("sandbox", sandbox.sandbox), Check("sandbox git", sandbox.git_server))

AZURE = (
    Check("login", azure.login),
    Check("terraform login", azure.terraform_login),
    Check("login token", azure.token),
)


def examine(path: Path | None = None, *, sandbox: bool = False, sandbox_dir: Path | None = None) -> DoctorReport:
    """Return what is there of what verbs need; *path* is a fleet's file or folder, without one only tools count."""
    place = find_place(path, sandbox=sandbox, sandbox_dir=sandbox_dir)
    return run_checks(list(checks(place)), place)


def checks(place: Place) -> Iterator[Check]:
    """Yield the checks of a place."""
    yield from TOOLS
    if place.path is not None:
        yield Check("fleet", fleet.fleet)
    if place.fleet is not None:
        yield Check("secrets", fleet.secrets)
    if place.sandbox is not None:
        yield from SANDBOX
    elif place.fleet is not None:
        yield from AZURE
        yield from _azure_checks(place, place.fleet)


def _azure_checks(place: Place, wanted: Fleet) -> Iterator[Check]:
    """Yield the checks of each subscription, resource group, address and repository."""
    for subscription, name in azure.places(wanted):
        yield Check(name, partial(azure.providers, subscription=subscription))
    for group, actions in azure.needed(wanted).items():
        yield Check(f"roles {group.rsplit('/', 1)[1]}", partial(azure.roles, group=group, actions=actions))
    for url in network.addresses(place):
        yield Check(f"network {urlsplit(url).netloc}", partial(network.address, url=url))
    yield Check("network registry", network.registry)
    for url in repositories.referred(wanted):
        yield Check(f"repository {url.rsplit('/', 1)[1]}", partial(repositories.repository, url=url))
    for url in repositories.owned(wanted):
        if is_github(urlsplit(url).netloc):
            yield Check(f"token {url.rsplit('/', 1)[1]}", partial(repositories.github_token, url=url))


def run_checks(table: Sequence[Check], place: Place, *, seconds: float = SECONDS) -> DoctorReport:
    """Run all checks at once and return their rows in order; one that is not done in time has failed."""
    found: dict[int, Finding] = {}

    def look(number: int) -> None:
        found[number] = _look(table[number], place)

    # Not an executor's: its threads would be waited for at the end, however long they hang.
    threads = [threading.Thread(target=look, args=(number,), daemon=True) for number in range(len(table))]
    for thread in threads:
        thread.start()
    try:
        _wait(threads, seconds)
        in_time = dict(found)
    finally:
        place.stop.set()
        _wait(threads, GRACE)
    late = fail(f"no answer within {seconds:g} seconds", LATE)
    return DoctorReport(tuple(_row(check, in_time.get(number, late)) for number, check in enumerate(table)))


def _look(check: Check, place: Place) -> Finding:
    try:
        return check.look(place)
    except OrchestrationError as error:
        return fail(str(error), error.hint or "mend what the message names, then look again")
    except Exception as error:  # one check's defect must not hide what the others found
        return fail(f"the check broke: {type(error).__name__}: {error}", DEFECT)


def _wait(threads: Sequence[threading.Thread], seconds: float) -> None:
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def _row(check: Check, found: Finding) -> CheckRow:
    return CheckRow(check.name, found.outcome, found.detail, found.fix)
