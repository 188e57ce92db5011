"""Each defect of python-terraform 0.10.1 that the driver replaces: first the plain library, then ours.

Only `terraform_data` is used: nothing is downloaded.
"""

from __future__ import annotations

import copy
import inspect
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import python_terraform

from orchestration.drivers.process import clean_environment
from orchestration.drivers.terraform import Terraform
from orchestration.errors import Interrupted, TerraformError, UsageError

CONFIGURATION = """
variable "size" {
  type    = string
  default = "1"
}

resource "terraform_data" "this" {
  input = var.size
}

output "size" {
  value = terraform_data.this.output
}
"""

SLOW = """
resource "terraform_data" "this" {
  provisioner "local-exec" {
    command = "trap '' INT; sleep 2"
  }
}
"""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain library takes the process's environment: keep the user's settings and the network out of it."""
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    monkeypatch.setenv("CHECKPOINT_DISABLE", "1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    return tmp_path


def plain(folder: Path, **options: object) -> python_terraform.Terraform:
    return python_terraform.Terraform(working_dir=str(folder), **options)


def ours(folder: Path) -> Terraform:
    return Terraform(folder, environment=clean_environment())


@pytest.fixture
def applied(folder: Path) -> Path:
    """A folder with a state."""
    terraform = ours(folder)
    terraform.init()
    terraform.plan(folder / "plan")
    terraform.apply(folder / "plan")
    return folder


def test_destroy(applied: Path) -> None:
    """The library's `destroy` passes `-force`, which Terraform no longer has; ours destroys."""
    code, _, _ = plain(applied).destroy()
    assert code == 1

    ours(applied).destroy()
    state = ours(applied).state_pull()
    assert state is not None
    assert state["resources"] == []


def test_output_by_name(applied: Path) -> None:
    """The library cannot read one output any more; ours returns values by name."""
    with pytest.raises(TypeError):
        plain(applied).output("size")

    assert ours(applied).output()["size"] == "1"


def test_asynchronous_runs(folder: Path) -> None:
    """The library passes `-synchronous=false` on to Terraform; ours refuses before anything starts."""
    process, _, _ = plain(folder).cmd("version", synchronous=False)
    process.communicate()
    assert process.returncode != 0
    assert "-synchronous=false" in process.args

    with pytest.raises(UsageError, match="synchronous"):
        ours(folder).cmd("version", synchronous=False)


def test_variable_files(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library leaves its file of variables behind when a run fails to start; ours writes none."""
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with pytest.raises(FileNotFoundError):
        plain(folder, terraform_bin_path="/no/terraform").plan(var={"size": "s3cret"})
    (left,) = temporary.iterdir()
    assert json.loads(left.read_text()) == {"size": "s3cret"}
    left.unlink()

    with pytest.raises(UsageError):
        ours(folder).cmd("plan", var={"size": "s3cret"})
    assert not list(temporary.iterdir())


def test_context_manager(folder: Path) -> None:
    """The library has `__exit__` but no `__enter__`; ours works in a `with`."""
    with pytest.raises(TypeError), plain(folder):
        pass

    with ours(folder) as terraform:
        assert terraform.version() >= (1, 11)


def test_unknown_names(folder: Path) -> None:
    """The library makes a command of any name; ours has no such attribute."""
    assert hasattr(plain(folder), "no_such_verb")

    assert not hasattr(ours(folder), "no_such_verb")


def test_copies(folder: Path) -> None:
    """The library cannot be copied: the copy looks for names before it has any; ours can."""
    with pytest.raises((TypeError, RecursionError)):
        copy.deepcopy(plain(folder))

    assert copy.copy(ours(folder)).version() >= (1, 11)


def test_positional_directories(applied: Path) -> None:
    """The library passes a folder as an argument, which Terraform no longer takes; our verbs run in the folder."""
    code, _, _ = plain(applied.parent).plan(str(applied))
    assert code == 1

    assert ours(applied).plan(applied / "again").changes is False
    assert "dir_or_plan" not in inspect.signature(Terraform.plan).parameters


def test_plans_with_changes(folder: Path) -> None:
    """The library takes exit code 2, which means changes, for an error; ours is a result."""
    ours(folder).init()
    with pytest.raises(python_terraform.TerraformCommandError):
        plain(folder).plan(raise_on_error=True)

    assert ours(folder).plan(folder / "plan").changes is True


def test_variables_in_logs(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The library logs the values of variables; ours logs nothing."""
    caplog.set_level(logging.DEBUG)
    plain(folder).plan(var={"size": "s3cret"})
    assert "s3cret" in caplog.text
    caplog.clear()

    terraform = Terraform(folder, environment={**clean_environment(), "TF_VAR_size": "s3cret"})
    terraform.init()
    terraform.plan(folder / "plan")
    assert caplog.text == ""


def test_root_logger(folder: Path) -> None:
    """An unknown verb of the library configures the root logger of the whole program; ours leaves it alone."""
    code = "import logging, sys; {0}; print(len(logging.getLogger().handlers))"
    theirs = "import python_terraform; python_terraform.Terraform(sys.argv[1]).version()"
    own = (
        "from pathlib import Path; from orchestration.drivers.terraform import Terraform; import os; "
        "Terraform(Path(sys.argv[1]), environment=os.environ).version()"
    )
    handlers = [
        subprocess.check_output([sys.executable, "-c", code.format(part), str(folder)], text=True).split()[-1]
        for part in (theirs, own)
    ]
    assert handlers == ["1", "0"]


def test_reading_the_state(applied: Path) -> None:
    """The library reads the state file into memory after each success; ours does not."""
    assert plain(applied).tfstate.tfstate_file

    terraform = ours(applied)
    terraform.output()
    assert terraform.tfstate is None


def test_environment(folder: Path) -> None:
    """Without the process's environment the library gives none, not even PATH; ours gives exactly what it is told."""
    with pytest.raises(FileNotFoundError):
        plain(folder, is_env_vars_included=False).cmd("version")

    (folder / "main.tf").write_text(
        'resource "terraform_data" "this" {\n  provisioner "local-exec" {\n    command = "env > seen"\n  }\n}\n'
    )
    terraform = Terraform(folder, environment={"PATH": os.environ["PATH"], "GIVEN": "1"})
    terraform.init()
    terraform.plan(folder / "plan")
    terraform.apply(folder / "plan")
    seen = {line.partition("=")[0] for line in (folder / "seen").read_text().splitlines()}
    assert {"PATH", "GIVEN"} <= seen
    assert "HOME" not in seen


def test_streaming(folder: Path) -> None:
    """The library returns all output at the end; ours hands on each event when it comes."""
    (folder / "main.tf").write_text(SLOW)
    ours(folder).init()
    ours(folder).plan(folder / "plan")
    running: list[str] = []
    terraform = Terraform(folder, environment=clean_environment(), on_event=lambda event: running.append(event.type))
    thread = threading.Thread(target=terraform.apply, args=(folder / "plan",))

    thread.start()
    seen = _wait_for(running, "apply_start", thread)
    thread.join()

    assert "apply_complete" not in seen
    assert "apply_complete" in running
    assert "on_event" not in inspect.signature(python_terraform.Terraform.__init__).parameters


def _wait_for(running: list[str], event: str, thread: threading.Thread) -> tuple[str, ...]:
    while event not in running and thread.is_alive():
        thread.join(0.02)
    return tuple(running)


def test_interrupts(tmp_path: Path) -> None:
    """Interrupted, the library leaves Terraform and its lock behind; ours waits until it has let go."""
    theirs, folder = tmp_path / "theirs", tmp_path / "own"
    for path in (theirs, folder):
        path.mkdir()
        (path / "main.tf").write_text(SLOW)
        ours(path).init()
    lock = ".terraform.tfstate.lock.info"
    code = "import python_terraform, sys; python_terraform.Terraform(sys.argv[1]).apply(skip_plan=True)"
    with subprocess.Popen([sys.executable, "-c", code, str(theirs)], stderr=subprocess.DEVNULL) as process:
        _until((theirs / lock).exists)
        process.send_signal(signal.SIGINT)
    assert (theirs / lock).exists()

    ours(folder).plan(folder / "plan")
    cancel = threading.Event()
    terraform = Terraform(
        folder,
        environment=clean_environment(),
        on_event=lambda event: cancel.set() if event.type == "apply_start" else None,
        cancel=cancel,
    )
    with pytest.raises(Interrupted):
        terraform.apply(folder / "plan")
    assert cancel.is_set()
    assert not (folder / lock).exists()


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def spied(folder: Path) -> Iterator[Path]:
    """A `terraform` on PATH that notes its arguments and then becomes the real one."""
    real = subprocess.check_output(["sh", "-c", "command -v terraform"], text=True).strip()
    program = folder / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {folder}/arguments\nexec {real} "$@"\n')
    program.chmod(0o755)
    yield program


def test_secrets_in_arguments(folder: Path, spied: Path) -> None:
    """The library puts variables that are text into the argument list; ours reach Terraform by environment."""
    plain(folder, terraform_bin_path=str(spied)).plan(var=["size=s3cret"])
    assert "s3cret" in (folder / "arguments").read_text()
    (folder / "arguments").unlink()

    terraform = Terraform(folder, program=(str(spied),), environment={**clean_environment(), "TF_VAR_size": "s3cret"})
    terraform.init()
    terraform.plan(folder / "plan")
    terraform.apply(folder / "plan")
    assert terraform.output() == {"size": "s3cret"}
    assert "s3cret" not in (folder / "arguments").read_text()


def test_world_readable_plans(folder: Path) -> None:
    """Under the library a plan is readable by all; under ours by its owner."""
    old = os.umask(0o022)
    try:
        ours(folder).init()
        plain(folder).plan(out="theirs")
        ours(folder).plan(folder / "own")
    finally:
        os.umask(old)

    assert (folder / "theirs").stat().st_mode & 0o077 == 0o044
    assert (folder / "own").stat().st_mode & 0o077 == 0


def test_errors(folder: Path) -> None:
    """The library returns a code and a page of text; ours raises what Terraform said, and where, in one line."""
    (folder / "main.tf").write_text(CONFIGURATION.replace("var.size", "var.sise"))
    code, _, text = plain(folder).plan()
    assert code == 1
    assert len(text.splitlines()) > 5

    with pytest.raises(TerraformError) as caught:
        ours(folder).init()
        ours(folder).plan(folder / "plan")
    assert "main.tf:8: Reference to undeclared input variable" in caught.value.diagnostics[0]
