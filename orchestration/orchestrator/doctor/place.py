"""What a doctor looks at, and what several checks need and is made once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.drivers.azure.token import Login, cli_login
from orchestration.errors import InvalidFleet, NotLoggedIn
from orchestration.fleet import load_fleet
from orchestration.fleet.model import Fleet
from orchestration.orchestrator.runs import WORK_FOLDER


@dataclass(frozen=True)
class Place:
    """Where verbs are to run.

    `path` is the fleet's file or folder as it was given, `sandbox` the sandbox's folder if that is meant and not
    Azure; `stop` is set when time is up.
    """

    folder: Path
    path: Path | None = None
    fleet: Fleet | None = None
    invalid: InvalidFleet | None = None
    sandbox: Path | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _logins: dict[str, Login | NotLoggedIn] = field(default_factory=dict, repr=False)

    def login(self, subscription: str) -> Login:
        """Return the Azure CLI's login for a subscription, asked for once; raise `NotLoggedIn`."""
        assert self.fleet is not None
        azure = self.fleet.azure
        with self._lock:  # checks run at once, and the CLI writes into its folder
            if subscription not in self._logins:
                try:
                    self._logins[subscription] = cli_login(azure.tenant_id, subscription, azure.cloud)
                except NotLoggedIn as error:
                    self._logins[subscription] = error
        found = self._logins[subscription]
        if isinstance(found, NotLoggedIn):
            raise found
        return found

    @property
    def work_dir(self) -> Path:
        """The folder of states, records and caches, which may not be there yet."""
        return self.folder / WORK_FOLDER


def find_place(path: Path | None, *, sandbox: bool, sandbox_dir: Path | None) -> Place:
    """Return the place of the fleet at *path*, whether it is valid or not, or of no fleet."""
    fleet, invalid = None, None
    if path is not None:
        try:
            fleet = load_fleet(path)
        except InvalidFleet as error:
            invalid = error
    folder = fleet.folder if fleet else Path() if path is None else path if path.is_dir() else path.parent
    chosen = sandbox_dir or folder / WORK_FOLDER / "sandbox" if sandbox or sandbox_dir else None
    return Place(folder, path, fleet, invalid, chosen)
