"""The sandbox as a process: its folder, its port, its end."""

from __future__ import annotations

import os
import signal
import socket
import stat
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orchestration.drivers.process import clean_environment, run
from orchestration.errors import SandboxError
from orchestration.sandbox import RunningSandbox, join, start
from tests.sandbox.client import Client
from tests.sandbox.conftest import SUBSCRIPTION, TENANT


def test_a_second_start_joins_the_first(tmp_path: Path) -> None:
    """On one folder there is one server; whoever joined does not stop it."""
    with start(tmp_path) as first:
        with start(tmp_path) as second:
            assert second.port == first.port
        assert first.alive()
        assert join(tmp_path).url == first.url


def test_starts_at_the_same_time_share_one_server(tmp_path: Path) -> None:
    """Of several starts on a new folder one starts the server, and all have its token."""
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: start(tmp_path / "sandbox"), range(4)))
    try:
        assert [each.child is not None for each in found].count(True) == 1
        assert len({each.port for each in found}) == 1
        assert all(each.alive() for each in found)
    finally:
        for each in found:
            each.close()


def test_a_stopped_sandbox_cannot_be_joined(tmp_path: Path) -> None:
    """After its end `join` says how to start one."""
    start(tmp_path).close()
    with pytest.raises(SandboxError) as caught:
        join(tmp_path)

    assert "ewo sandbox run" in caught.value.hint


def test_the_port_and_the_keys_stay(tmp_path: Path) -> None:
    """The next server on a folder has the port, the token and the authority of the one before, and its resources."""
    with start(tmp_path) as first:
        first.seed(tenant=TENANT, subscriptions=[SUBSCRIPTION])
        before = (first.port, first.token, first.ca_file.read_bytes())
    with start(tmp_path) as second, Client(second) as arm:
        assert (second.port, second.token, second.ca_file.read_bytes()) == before
        assert arm.get(f"/subscriptions/{SUBSCRIPTION}", version="2021-04-01").status == 200


def test_a_taken_port_is_left_to_its_owner(tmp_path: Path) -> None:
    """Where the last port is taken another is used; where it was asked for, that is an error that names it."""
    with start(tmp_path) as running:
        port = running.port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with start(tmp_path) as running:
            assert running.port != port
        with pytest.raises(SandboxError, match=f"port {port} .* in use"):
            start(tmp_path, port=port)


def test_nobody_else_can_read_the_folder(tmp_path: Path) -> None:
    """The folder is 0700, and every file in it 0600."""
    folder = tmp_path / "sandbox"
    with start(folder) as running:
        running.seed(tenant=TENANT, subscriptions=[SUBSCRIPTION])
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir() if path.is_file()}

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}


def test_secrets_are_not_in_its_text(tmp_path: Path) -> None:
    """Neither the token nor the identity header is in the repr, nor in the arguments of the process."""
    with start(tmp_path) as running:
        assert running.child is not None
        text = f"{running!r} {running.keys!r}"
        arguments = Path(f"/proc/{running.child.pid}/cmdline").read_text() if Path("/proc").is_dir() else ""

        assert running.token not in text + arguments
        assert running.identity_header not in text + arguments


def test_the_environment_is_what_azapi_needs(running: RunningSandbox) -> None:
    """The variables lead to this server, with its authority and by managed identity."""
    assert running.environment() == {
        "ARM_RESOURCE_MANAGER_ENDPOINT": f"https://127.0.0.1:{running.port}",
        "ARM_USE_CLI": "false",
        "ARM_USE_MSI": "true",
        "IDENTITY_ENDPOINT": f"https://127.0.0.1:{running.port}/token",
        "IDENTITY_HEADER": running.identity_header,
        "SSL_CERT_FILE": str(running.ca_file),
    }


def test_the_server_dies_with_whoever_started_it(tmp_path: Path) -> None:
    """A starter that is killed leaves no server behind."""
    code = (
        "import os, signal, sys; from pathlib import Path; from orchestration.sandbox import start;"
        "print(start(Path(sys.argv[1])).child.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = run([sys.executable, "-c", code, str(tmp_path)], env=clean_environment(), cwd=Path(__file__).parents[2])
    pid = int(done.stdout)

    assert done.code == -signal.SIGKILL
    assert _gone(pid)


def test_a_killed_server_is_reported_and_replaced(tmp_path: Path) -> None:
    """A dead server is an error that names the log; the next start takes its place and keeps its state."""
    with start(tmp_path) as running:
        running.seed(tenant=TENANT, subscriptions=[SUBSCRIPTION])
        assert running.child is not None
        os.kill(running.child.pid, signal.SIGKILL)
        _gone(running.child.pid)
        assert not running.alive()
        with pytest.raises(SandboxError, match="does not answer") as caught:
            running.requests()
    with start(tmp_path) as again:
        assert again.call("GET", "/sandbox/health")["tenant"] == TENANT
    assert "server.log" in caught.value.hint


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    """A folder below a file is an error that says what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SandboxError, match="cannot be used") as caught:
        start(tmp_path / "file" / "sandbox")

    assert "--sandbox-dir" in caught.value.hint


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    """A folder that holds other things is refused, with its mode as it was and nothing written."""
    (tmp_path / "thesis.txt").write_text("mine")
    tmp_path.chmod(0o755)
    with pytest.raises(SandboxError, match=r"no sandbox folder: it holds thesis\.txt"):
        start(tmp_path)

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_damaged_state_is_reported(tmp_path: Path) -> None:
    """State that is no database is an error, with the way out, not a traceback."""
    start(tmp_path).close()
    for path in tmp_path.glob("state.sqlite*"):
        path.unlink()
    (tmp_path / "state.sqlite").write_text("not a database, but long enough to be looked at" * 100)
    with pytest.raises(SandboxError, match="cannot be opened") as caught:
        start(tmp_path)

    assert "start anew" in caught.value.hint


FULL_DISK = """
import resource, sys
from pathlib import Path
from orchestration.sandbox import start
from tests.sandbox.client import Client

folder, tenant, subscription = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
group = f"/subscriptions/{subscription}/resourceGroups/rg"
with start(folder) as running, Client(running) as arm:
    running.seed(tenant=tenant, subscriptions=[subscription])
    replies = []
    for number in range(400):
        body = {"location": "eastus", "tags": {"fill": "x" * 2000}}
        replies.append(arm.put(f"{group}{number}", body, version="2021-04-01"))
        if replies[-1].status >= 400:
            break
    last = len(replies) - 1
    codes = [arm.get(f"{group}{number}", version="2021-04-01").status for number in (last - 1, last)]
    print(replies[-1].status, replies[-1].code, codes)
"""


def test_a_full_disk_is_an_error_and_takes_nothing(tmp_path: Path) -> None:
    """What cannot be written is 507 and not there afterwards; what was there before stays readable."""
    arguments = [sys.executable, "-c", FULL_DISK, str(tmp_path), TENANT, SUBSCRIPTION]
    done = run(arguments, env=clean_environment(), cwd=Path(__file__).parents[2]).require()

    assert done.stdout.strip() == "507 InsufficientStorage [200, 404]"


def _gone(pid: int, seconds: float = 5) -> bool:
    """Return whether the process ends within *seconds*."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False
