"""Without the packages of the sandbox the rest works, and the sandbox says how to get them."""

from __future__ import annotations

import subprocess
import sys

from tests.support import CONTOSO

WITHOUT = "import sys; sys.modules['starlette'] = sys.modules['grpc'] = None; "


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in which starlette and grpc cannot be imported."""
    argv = [sys.executable, "-c", WITHOUT + code, *arguments]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def test_the_sandbox_names_the_extra() -> None:
    """A missing package is one plain error with the command that installs it."""
    done = run("from orchestration.cli import main; main()", "up", str(CONTOSO), "--sandbox")
    assert done.returncode == 1
    assert "starlette" in done.stderr
    assert "pip install 'edge-workload-orchestration[sandbox]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_azure_needs_no_extra() -> None:
    """What a verb against Azure imports is there without the sandbox's packages."""
    assert run("import orchestration.orchestrator.open_azure").returncode == 0


def test_the_doctor_names_the_extra() -> None:
    """Only who means the sandbox needs its packages."""
    code = "from orchestration.cli import main; main()"
    assert "warn  sandbox packages" in run(code, "doctor").stdout
    done = run(code, "doctor", str(CONTOSO), "--sandbox")
    assert done.returncode == 1 and "fail  sandbox packages" in done.stdout
    assert "fix: pip install 'edge-workload-orchestration[sandbox]'" in done.stdout and "Traceback" not in done.stderr
